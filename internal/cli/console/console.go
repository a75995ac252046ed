// Package console writes to a terminal, or to what stands in for one: a file, a
// pipe, a log of continuous integration.
//
//   - What is written is made safe first: control characters, which a spec's
//     names may hold, are shown as escapes such as \u001b, so that they command
//     no terminal.
//   - A terminal may show one status line below all other text. It is cut to the
//     terminal's width, rewritten in place, and out of the way of what is written.
//   - Colour is for terminals alone, and for none where NO_COLOR is set.
//   - The first error of writing is kept, for the end of the program.
package console

import (
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/mattn/go-runewidth"
	"golang.org/x/term"
)

// Console is an output stream of the program.
type Console struct {
	mu       sync.Mutex
	raw      io.Writer
	terminal bool // takes control sequences
	colour   bool
	width    func() int // in columns
	status   int        // columns of the status line that is shown; 0: none
	partial  []byte     // start of a character whose rest was not written yet
	err      error
}

// New is a console on a file, such as os.Stderr.
func New(f *os.File) *Console {
	terminal := term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
	_, plain := os.LookupEnv("NO_COLOR")
	return &Console{raw: f, terminal: terminal, colour: terminal && !plain, width: func() int { return widthOf(f) }}
}

// usualWidth is that of a terminal that does not tell its own.
const usualWidth = 80

func widthOf(f *os.File) int {
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width <= 0 {
		return usualWidth
	}
	return width
}

// Terminal reports whether a status line can be shown.
func (c *Console) Terminal() bool { return c.terminal }

// Width is that of the terminal, in columns.
func (c *Console) Width() int { return c.width() }

// Err is the first error of writing.
func (c *Console) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Write implements io.Writer. It takes the status line away.
func (c *Console) Write(text []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.write(c.erase())
	safe, partial := clean(append(c.partial, text...), isLayout)
	c.partial = partial
	c.write(safe)
	return len(text), c.err
}

func (c *Console) write(text string) {
	if text == "" || c.err != nil {
		return
	}
	_, c.err = io.WriteString(c.raw, text)
}

// Printf writes like fmt.Fprintf, with the texts among the arguments made safe to
// stand in a line: the lines and columns are the format's alone.
func Printf(w io.Writer, format string, args ...any) (int, error) {
	safe := make([]any, len(args))
	for i, a := range args {
		switch a := a.(type) {
		case string:
			safe[i] = Clean(Shorten(a))
		case error:
			safe[i] = Clean(Shorten(a.Error()))
		case fmt.Stringer:
			safe[i] = Clean(Shorten(a.String()))
		default:
			safe[i] = a
		}
	}
	return fmt.Fprintf(w, format, safe...)
}

// A Style is the colour of a text.
type Style string

// The styles, as parameters of the control sequence that selects them.
const (
	Bold   Style = "1"
	Red    Style = "31"
	Green  Style = "32"
	Yellow Style = "33"
)

// Print writes a text in a style, where w is a console with colours, or else as
// it is.
func Print(w io.Writer, s Style, text string) {
	c, ok := w.(*Console)
	if !ok || !c.colour {
		fmt.Fprint(w, text)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	safe, _ := clean([]byte(text), isLayout)
	c.write(c.erase() + "\x1b[" + string(s) + "m" + safe + "\x1b[0m")
}

// Lines that are too long for a terminal, by its own idea of a character's
// width, are cut by it too, and do not wrap.
const (
	noWrap = "\x1b[?7l"
	wrap   = "\x1b[?7h"
)

// Status shows a text in the status line; empty: none. It does nothing where
// there is no terminal.
func (c *Console) Status(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.terminal {
		return
	}
	before := c.erase()
	// A line that ends in the last column makes some terminals wrap.
	line := runewidth.Truncate(Clean(text), c.width()-1, "…")
	if line == "" {
		c.write(before)
		return
	}
	c.status = runewidth.StringWidth(line)
	c.write(before + noWrap + line + wrap)
}

// erase is what takes the status line away. A terminal that was made narrower
// has wrapped it, and the cursor stands in the last of its rows.
func (c *Console) erase() string {
	if c.status == 0 {
		return ""
	}
	rows := (c.status + c.width() - 1) / c.width()
	c.status = 0
	if rows > 1 {
		return fmt.Sprintf("\r\x1b[%dA\x1b[J", rows-1)
	}
	return "\r\x1b[K"
}
