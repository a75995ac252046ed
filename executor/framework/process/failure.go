package process

import (
	"fmt"
	"os"
	"strings"
	"sync"
)

// Kind is how a runner failed.
type Kind string

// The kinds.
const (
	Crashed  Kind = "crashed" // it ended by itself
	Killed   Kind = "killed"  // by a signal that this program did not send
	TimedOut Kind = "timed out"
	Garbage  Kind = "garbage" // it broke the protocol
)

// Failure is a runner's. Its process group is gone.
type Failure struct {
	Kind      Kind
	Framework string // empty where it failed before it said so
	What      string // what it did, after "the runner"
	LastWords string // the end of its standard error
}

// Error implements error.
func (f *Failure) Error() string {
	name := "the runner"
	if f.Framework != "" {
		name = "the runner of " + f.Framework
	}
	text := name + " " + f.What
	if f.LastWords != "" {
		text += "; its last words: " + f.LastWords
	}
	return text
}

// Ended reports whether the process was lost, unasked.
func (f *Failure) Ended() bool { return f.Kind == Crashed || f.Kind == Killed }

// maxQuote bounds how much of a wrong line stands in an error.
const maxQuote = 120

func quote(text []byte) string {
	if len(text) > maxQuote {
		return fmt.Sprintf("%q... (%d bytes)", text[:maxQuote], len(text))
	}
	return fmt.Sprintf("%q", text)
}

// maxWords bounds how much of a runner's standard error is kept.
const maxWords = 2000

// tail keeps the end of what a runner prints.
type tail struct {
	mu   sync.Mutex
	text []byte
	cut  bool
}

// copy reads until the other end is closed by all that hold it.
func (t *tail) copy(from *os.File) {
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		t.add(buffer[:n])
		if err != nil {
			return
		}
	}
}

func (t *tail) add(text []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, text...)
	if over := len(t.text) - maxWords; over > 0 {
		t.text, t.cut = append(t.text[:0], t.text[over:]...), true
	}
}

// String is the text on one line, without control characters.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := strings.ToValidUTF8(string(t.text), "\uFFFD")
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(strings.Map(printable, line)); line != "" {
			lines = append(lines, line)
		}
	}
	if text = strings.Join(lines, " / "); t.cut {
		text = "... " + text
	}
	return text
}

func printable(r rune) rune {
	if r < ' ' || r == 0x7f {
		return ' '
	}
	return r
}
