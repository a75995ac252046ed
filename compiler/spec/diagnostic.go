package spec

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Position is a place in a spec file. The zero Position is unknown.
type Position struct {
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
	Col  int    `json:"col,omitempty"`
}

func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Diagnostic is one error or warning about a spec.
type Diagnostic struct {
	Position
	Path string `json:"path,omitempty"` // where in the data, such as experiments.latency.models[1]
	Msg  string `json:"message"`        // what is wrong, and what to do
	More int    `json:"more,omitempty"` // how many others it stands for, which are not listed
}

func (d Diagnostic) Error() string {
	parts := make([]string, 0, 3)
	for _, s := range []string{d.Position.String(), d.Path, d.Msg} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ": ")
}

// Diagnostics is a list of errors, in the order of their positions. It is an
// error itself where it is not empty: use Err.
type Diagnostics []Diagnostic

func (ds Diagnostics) Error() string {
	lines := make([]string, len(ds))
	for i, d := range ds {
		lines[i] = d.Error()
	}
	return strings.Join(lines, "\n")
}

// MaxListed is how many diagnostics an error lists. More are of no use to anyone,
// and a file of one slip a line has millions.
const MaxListed = 100

// Err returns the list sorted, without repetitions and with at most MaxListed
// entries, after which one says how many more there are, or nil if it is empty.
func (ds Diagnostics) Err() error {
	if len(ds) == 0 {
		return nil
	}
	more := 0
	sorted := slices.DeleteFunc(slices.Clone(ds), func(d Diagnostic) bool {
		more += d.More
		return d.More > 0
	})
	slices.SortStableFunc(sorted, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col),
			cmp.Compare(a.Path, b.Path), cmp.Compare(a.Msg, b.Msg))
	})
	sorted = slices.CompactFunc(sorted, sameFault)
	if n := len(sorted) - MaxListed; n > 0 {
		more += n
		sorted = sorted[:MaxListed]
	}
	if more > 0 {
		sorted = append(sorted, Diagnostic{Msg: fmt.Sprintf("and %d more: mend these first", more), More: more})
	}
	return sorted
}

// Count is how many errors there are, those that are not listed too.
func (ds Diagnostics) Count() int {
	n := 0
	for _, d := range ds {
		n += max(1, d.More)
	}
	return n
}

// DiagnosticsOf keeps an error's positions where it has them.
func DiagnosticsOf(err error) Diagnostics {
	var many Diagnostics
	var single Diagnostic
	switch {
	case errors.As(err, &many):
		return many
	case errors.As(err, &single):
		return Diagnostics{single}
	}
	return Diagnostics{{Msg: err.Error()}}
}

// sameFault reports whether two neighbours in a sorted list are one fault met on
// two paths, as happens where several models share a block that is wrong.
func sameFault(a, b Diagnostic) bool {
	return a.Position == b.Position && a.Msg == b.Msg && (a.Path == b.Path || a.Line != 0 && field(a.Path) == field(b.Path))
}

// field is the last element of a path.
func field(path string) string { return path[strings.LastIndex(path, ".")+1:] }

// Recover makes an error of a panic, for a deferred call: a fault of the
// program's own that names the file it was working on, instead of a trace.
func Recover(file string, err *error) {
	if cause := recover(); cause != nil {
		*err = Diagnostics{Crash(file, cause)}
	}
}

// Crash is the diagnostic of a recovered panic. It must be called by the
// function that recovered, while the panic's frames are on the stack.
func Crash(file string, cause any) Diagnostic {
	return Diagnostic{
		Position: Position{File: file},
		Msg: fmt.Sprintf("edgebench failed at it (%s: %v). That is a fault of edgebench, whatever the file says: please report it, with the file",
			panicOrigin(), cause),
	}
}

// panicOrigin is the line of the program that panicked: the first below the
// runtime's own frames.
func panicOrigin() string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	panicked := false
	for {
		f, more := frames.Next()
		inRuntime := strings.HasPrefix(f.Function, "runtime.")
		switch {
		case f.Function == "runtime.gopanic":
			panicked = true
		case panicked && !inRuntime:
			return fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line)
		}
		if !more {
			return "at an unknown place"
		}
	}
}

// maxShown is how much of a user's text a message repeats.
const maxShown = 100

// Shortened is a text as a message repeats it.
func Shortened(text string) string {
	runes := []rune(text[:min(len(text), 4*maxShown)])
	if len(runes) <= maxShown {
		return text
	}
	return string(runes[:maxShown]) + fmt.Sprintf("... (%d bytes)", len(text))
}
