package load

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"time"

	"edgebench/compiler/spec"
	"edgebench/compiler/spec/requirement"
)

// evaluation is what evaluating a user's spec gives.
type evaluation struct {
	Value  json.RawMessage  `json:"value,omitempty"`
	Files  []string         `json:"files,omitempty"` // of the package, absolute
	Faults spec.Diagnostics `json:"faults,omitempty"`

	Require map[string][]requirement.Requirement `json:"require,omitempty"` // by experiment
}

// childCommand makes a program that holds this package evaluate one spec, and
// do nothing else.
const childCommand = "evaluate-spec"

// init takes the process over if it is a child to evaluate a spec.
//
// Note: CUE's evaluator cannot be cancelled, and some inputs of a line take all
// memory or end the Go runtime (a stack that overflows, an allocation that the
// system refuses), which no recover catches. So users' specs are evaluated in a
// child process, which can be killed, and whose end is a diagnostic. It is
// taken over here, and not by a subcommand, so that every program that loads
// specs, each test's too, can be its own child, and so that the child does not
// initialise what it does not use. It costs about 10 ms.
func init() {
	if len(os.Args) == 3 && os.Args[1] == childCommand {
		evaluateAsChild(os.Args[2])
	}
}

// evaluateAsChild evaluates a spec, within limits, and writes the evaluation
// to the standard output. It ends the process.
func evaluateAsChild(path string) {
	signal.Ignore(os.Interrupt, syscall.SIGTERM) // the parent ends this process
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(1) // the parent is gone
	}()
	answers := make(chan evaluation, 2)
	go func() {
		l, err := readLimits()
		if err != nil {
			answers <- evaluation{Faults: spec.DiagnosticsOf(err)}
			return
		}
		answers <- tooLarge(path, l.watch())
	}()
	go func() { answers <- evaluateHere(path) }()
	if err := json.NewEncoder(os.Stdout).Encode(<-answers); err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// maxValue is the size of a spec as JSON. The catalogue has 0.2 MB.
const maxValue = 32 << 20

// evaluateHere evaluates a user's spec in this process.
func evaluateHere(path string) (e evaluation) {
	var err error
	defer func() {
		if cause := recover(); cause != nil {
			err = spec.Crash(path, cause)
		}
		if err != nil {
			e = evaluation{Faults: shown(spec.DiagnosticsOf(err))}
		}
	}()
	src, err := userSource(path)
	if err != nil {
		return e
	}
	if err = src.checkFiles(); err != nil {
		return e
	}
	doc, checked, err := src.check()
	if err != nil {
		return e
	}
	var faults spec.Diagnostics
	if e.Require, faults = doc.requirements(checked); len(faults) > 0 {
		err = faults.Err()
		return e
	}
	if e.Value, err = checked.MarshalJSON(); err != nil {
		err = doc.cueErrors(err).Err()
		return e
	}
	if len(e.Value) > maxValue {
		return tooLarge(path, fmt.Sprintf("gives %d MiB, and %d are allowed: something in it multiplies, and most likely here. Make it smaller, or divide it into several specs",
			len(e.Value)>>20, maxValue>>20))
	}
	for _, f := range doc.syntax {
		e.Files = append(e.Files, f.Filename)
	}
	return e
}

// tooLarge is the diagnostic of a spec that takes more than it may, at what
// most likely grows.
func tooLarge(path, how string) evaluation {
	at, remedy := largest(path)
	return evaluation{Faults: spec.Diagnostics{{Position: at, Msg: "evaluating the spec " + how + remedy}}}
}

// grace is what a child may take beyond its own limit, to start and to answer.
const grace = 2 * time.Second

// evaluate evaluates a user's spec in a child process.
func evaluate(ctx context.Context, path string) (evaluation, error) {
	l, err := readLimits()
	if err != nil {
		return evaluation{}, err
	}
	limited, stop := context.WithTimeout(ctx, l.time()+grace)
	defer stop()
	output, stderr, err := runChild(limited, path)
	if ctx.Err() != nil {
		return evaluation{}, ctx.Err()
	}
	var e evaluation
	if err == nil {
		err = json.Unmarshal(output, &e)
	}
	if err != nil {
		return evaluation{}, l.childFault(limited, path, stderr, err)
	}
	return e, e.Faults.Err()
}

func runChild(ctx context.Context, path string) (stdout, stderr []byte, err error) {
	self, err := executable()
	if err != nil {
		return nil, nil, err
	}
	c := exec.CommandContext(ctx, self, childCommand, path)
	var out, trouble bytes.Buffer
	c.Stdout, c.Stderr = &out, &trouble
	alive, err := c.StdinPipe() // closed when this process ends, however it ends
	if err != nil {
		return nil, nil, err
	}
	defer alive.Close()
	if err := c.Start(); err != nil {
		return nil, nil, err
	}
	err = c.Wait()
	return out.Bytes(), trouble.Bytes(), err
}

// executable is this program, also where its file was replaced since it started.
func executable() (string, error) {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe", nil
	}
	return os.Executable()
}

// outOfMemory is how the Go runtime ends where the system gives it no more. It
// ends by SIGSEGV, which is no panic, where its own parts go without.
var outOfMemory = regexp.MustCompile(`out of memory|cannot allocate memory|errno=12|^SIGSEGV`)

// childFault says why a child gave no answer: the Go runtime ended it, or the
// system did.
func (l limits) childFault(ctx context.Context, path string, stderr []byte, err error) error {
	reason := err.Error()
	first, _, _ := strings.Cut(string(bytes.TrimSpace(stderr)), "\n")
	switch {
	case ctx.Err() != nil:
		reason = "no answer in time"
	case outOfMemory.Match(stderr):
		return tooLarge(path, l.tooMuchMemory()).Faults
	case first != "":
		reason = first
	}
	at, _ := largest(path)
	return spec.Diagnostic{
		Position: at,
		Msg:      fmt.Sprintf("the spec could not be evaluated (%s): something in it is too large, or too deep. Make it smaller; if it is not large, that is a fault of edgebench: please report it, with the spec", reason),
	}
}

// firstFile is the file of specs at a path that an error names if it can name
// no place.
func firstFile(path string) string {
	if found, _ := filepath.Glob(filepath.Join(escapeGlob(path), "*.cue")); len(found) > 0 {
		return found[0]
	}
	return path
}
