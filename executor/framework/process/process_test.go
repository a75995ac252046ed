package process_test

import (
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"edgebench/executor/framework/process"
	"edgebench/executor/framework/protocol"
	"edgebench/executor/framework/runnertest"
	"edgebench/internal/visible"
)

func TestMain(m *testing.M) {
	runnertest.Main()
	os.Exit(m.Run())
}

// limit is more than any answer takes; short is for those that never come.
const (
	limit = time.Minute
	short = 10 * time.Millisecond
)

func command(t *testing.T, b runnertest.Behaviour) process.Command {
	args, environment := runnertest.Command(t, b)
	return process.Command{Args: args, Environment: environment, Grace: short}
}

// start starts a runner; when the test ends nothing of it may be left.
func start(t *testing.T, c process.Command) *process.Runner {
	t.Helper()
	r, err := process.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.Close()
		nothingLeft(t)
	})
	return r
}

// nothingLeft fails if a goroutine of package process still runs.
func nothingLeft(t *testing.T) {
	t.Helper()
	buffer := make([]byte, 1<<20)
	stacks := string(buffer[:runtime.Stack(buffer, true)])
	for stack := range strings.SplitSeq(stacks, "\n\n") {
		frames, _, _ := strings.Cut(stack, "created by") // which one that is just ending has, too
		if strings.Contains(frames, "process.(*") {
			t.Errorf("a goroutine is left:\n%s", stack)
		}
	}
}

func load(ctx context.Context, r *process.Runner, limit time.Duration) error {
	var loaded protocol.Loaded
	return r.Call(ctx, protocol.OpLoad, protocol.LoadParams{}, &loaded, limit)
}

// TestSession is a session in which all goes well, and an operation that does
// not, after which the session goes on.
func TestSession(t *testing.T) {
	c := command(t, runnertest.WrongModel)
	c.Grace = limit
	r := start(t, c)
	if r.Hello.Framework != "Fake" || r.Hello.Version != "1.0" {
		t.Errorf("it is %+v", r.Hello)
	}
	err := load(t.Context(), r, limit)
	if failure := (*process.Failure)(nil); err == nil || err.Error() != "no such operator" || errors.As(err, &failure) {
		t.Errorf("loading ends with %v", err)
	}
	var b protocol.Batch
	if err := r.Call(t.Context(), protocol.OpRun, protocol.RunParams{N: 3}, &b, limit); err != nil || len(b.StartNS) != 3 {
		t.Errorf("a run gives %+v, %v", b, err)
	}
	if runtime.GOOS == "linux" && !(r.Peak().Value > 1<<20) {
		t.Errorf("its peak is %v", r.Peak())
	}
}

// TestProgress: what a runner says while it loads is passed on, made safe to show.
func TestProgress(t *testing.T) {
	var told []string
	c := command(t, runnertest.Slow)
	c.Tell = func(words string) { told = append(told, words) }
	if err := load(t.Context(), start(t, c), limit); err != nil {
		t.Fatal(err)
	}
	if want := []string{"tuning", visible.Line("tuning, 1 of 2 \x1b[2J")}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

// TestFailures: whatever a runner does, the call ends with a reason, and later
// calls with the same.
func TestFailures(t *testing.T) {
	for _, c := range []struct {
		behaviour runnertest.Behaviour
		limit     time.Duration
		kind      process.Kind
		want      string
	}{
		{runnertest.Crash, limit, process.Crashed, `the runner of Fake ended with exit code 3 while it was asked "load"; its last words: loading / fatal: out of cheese`},
		{runnertest.Hang, short, process.TimedOut, `the runner of Fake did not answer "load" within 10ms`},
		{runnertest.Garbage, limit, process.Garbage, `the runner of Fake answered "load" with garbage, "Loading model... done": invalid character`},
		{runnertest.OtherID, limit, process.Garbage, `it is of request 3, and this is request 2`},
		{runnertest.Huge, limit, process.Garbage, `a line is longer than 64 MiB`},
		{runnertest.ClosesPipe, limit, process.Garbage, `closed its pipe instead of answering "load"`},
		{runnertest.Kills, limit, process.Killed, `was killed while it was asked "load", not by edgebench`},
	} {
		t.Run(string(c.behaviour), func(t *testing.T) {
			if c.behaviour == runnertest.Kills && runtime.GOOS == "windows" {
				t.Skip("windows does not tell a killed process from one that exits")
			}
			r := start(t, command(t, c.behaviour))
			err := load(t.Context(), r, c.limit)
			var failure *process.Failure
			if !errors.As(err, &failure) || failure.Kind != c.kind || !strings.Contains(err.Error(), c.want) {
				t.Errorf("it fails with %v\nexpected %s: %s", err, c.kind, c.want)
			}
			if again := load(t.Context(), r, limit); again != err {
				t.Errorf("another call fails with %v", again)
			}
		})
	}
}

// TestGreetings that are refused.
func TestGreetings(t *testing.T) {
	for behaviour, want := range map[runnertest.Behaviour]string{
		runnertest.NewVersion: "speaks version 2 of the protocol, and this program version 1",
		runnertest.NoName:     "does not say which framework it runs",
	} {
		r, err := process.Start(t.Context(), command(t, behaviour))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v", behaviour, r, err)
		}
	}
	if _, err := process.Start(t.Context(), process.Command{Args: []string{"no such program"}}); err == nil || !strings.Contains(err.Error(), "cannot be started") {
		t.Errorf("a missing program: %v", err)
	}
	nothingLeft(t)
}

// TestPrints: what a library prints does not reach the protocol's pipes, and
// however much it is, only its end is kept.
func TestPrints(t *testing.T) {
	r := start(t, command(t, runnertest.Chatty))
	if err := load(t.Context(), r, limit); err != nil {
		t.Error(err)
	}
}

// TestForks: what a runner leaves behind ends with it, though it holds all its
// pipes.
func TestForks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the fake's child would not be watched there")
	}
	watched, gone := runnertest.Watch(t)
	c := command(t, runnertest.Forks)
	c.Environment = append(c.Environment, watched)
	r := start(t, c)
	if err := load(t.Context(), r, limit); err == nil || !strings.Contains(err.Error(), "a child is left behind") {
		t.Errorf("it fails with %v", err)
	}
	if err := gone(); err != nil {
		t.Error(err)
	}
}

// TestCancelled: a runner that goes on regardless is ended, at the latest by
// force.
func TestCancelled(t *testing.T) {
	for _, behaviour := range []runnertest.Behaviour{runnertest.Hang, runnertest.Stubborn} {
		t.Run(string(behaviour), func(t *testing.T) {
			r := start(t, command(t, behaviour))
			ctx, cancel := context.WithTimeout(t.Context(), short)
			defer cancel()
			if err := load(ctx, r, limit); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the call ends with %v", err)
			}
		})
	}
}
