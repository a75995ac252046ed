package framework

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/graph/graphtest"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/executor/deviation"
	"edgebench/executor/framework/native"
	"edgebench/executor/framework/process"
	"edgebench/executor/framework/protocol"
	"edgebench/executor/framework/runnertest"
	"edgebench/executor/measure"
)

func TestMain(m *testing.M) {
	if code, handled := native.Main(); handled {
		os.Exit(code)
	}
	runnertest.Main()
	os.Exit(m.Run())
}

// small is a model with one output of 2 elements.
func small(t *testing.T) *plan.Model {
	g := graphtest.Single(t, "small", graph.FC{Out: 2, Bias: true}, 4)
	return &plan.Model{Name: "small", Input: g.Input(), Graph: g}
}

// TestLies: a session's runner is believed only what can be.
func TestLies(t *testing.T) {
	for behaviour, want := range map[runnertest.Behaviour]string{
		runnertest.OK:         "",
		runnertest.WrongCount: "was told 3 inferences and answered with 2 starts and 2 durations",
		runnertest.Overlaps:   "inference 2 of 3 starts before the one before it ended",
	} {
		args, environment := runnertest.Command(t, behaviour)
		s, err := load(t.Context(), t.TempDir(), process.Command{Args: args, Environment: environment}, protocol.LoadParams{}, small(t), nativeLimits)
		if err != nil {
			t.Fatal(err)
		}
		samples, err := s.Infer(t.Context(), 3)
		s.Close()
		if want == "" && (err != nil || len(samples) != 3 || samples[2] != (measure.Sample{StartNS: 20, DurationNS: 10}) || s.Usage().CPUNS != 9) {
			t.Errorf("%s: %v, %v", behaviour, samples, err)
		}
		if want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", behaviour, err)
		}
	}
}

// TestOutputsThatAreMissing: what a runner wrote is as long as it says.
func TestOutputsThatAreMissing(t *testing.T) {
	args, environment := runnertest.Command(t, runnertest.WrongSize)
	s, err := load(t.Context(), t.TempDir(), process.Command{Args: args, Environment: environment}, protocol.LoadParams{}, small(t), nativeLimits)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Outputs(t.Context()); err == nil || !strings.Contains(err.Error(), "wrote 4 bytes of outputs, and the model has 8") {
		t.Error(err)
	}
}

// TestNative runs the engine in its process: the session computes what the
// reference does, times itself, and leaves no file behind.
func TestNative(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	r := Request{Model: small(t), Seed: 7, Threads: 2, Optimizations: []string{"fusion"}}
	reference, err := Native{}.Reference(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Native{}.Load(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Outputs(t.Context())
	if err != nil || deviation.Largest(reference.Outputs, got) != 0 || len(got[0]) != 2 || reference.Check.Compared == 0 {
		t.Errorf("outputs %v, expected %+v, %v", got, reference, err)
	}
	samples, err := s.Infer(t.Context(), 5)
	if err != nil || len(samples) != 5 || samples[0].DurationNS <= 0 {
		t.Errorf("samples %v, %v", samples, err)
	}
	if runtime.GOOS == "linux" && (!s.Peak().Known() || s.Usage() == nil) {
		t.Errorf("peak %v, usage %v", s.Peak(), s.Usage())
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if left, err := filepath.Glob(filepath.Join(os.TempDir(), "*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestPrunedReference: a pruned network is compared with the same weights, which
// compute something else than all of them, and those outputs are told too.
func TestPrunedReference(t *testing.T) {
	r := Request{Model: small(t), Seed: 7, Threads: 1}
	dense, err := Process{}.Reference(t.Context(), r)
	if err != nil || dense.Dense != nil {
		t.Fatalf("dense %v, %v", dense.Dense, err)
	}
	r.Sparsity = 0.5
	reference, err := Process{}.Reference(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if deviation.Largest(dense.Outputs, reference.Dense) != 0 || deviation.Largest(dense.Outputs, reference.Outputs) < 0.01 {
		t.Errorf("outputs %v and dense ones %v, where dense are %v", reference.Outputs, reference.Dense, dense.Outputs)
	}
	s, err := Native{}.Load(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, err := s.Outputs(t.Context())
	if err != nil || deviation.Largest(reference.Outputs, got) > deviation.Bound32 {
		t.Errorf("outputs %v, expected %v, %v", got, reference.Outputs, err)
	}
}

// TestNativeCancelled: a batch that would take for ever ends soon, and keeps
// what it has.
func TestNativeCancelled(t *testing.T) {
	s, err := Native{}.Load(t.Context(), Request{Model: small(t), Seed: 7, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	samples, err := s.Infer(ctx, protocol.MaxBatch)
	if err == nil || len(samples) == protocol.MaxBatch {
		t.Errorf("%d samples, %v", len(samples), err)
	}
}

// TestNeeds: a framework that the system lacks is not installed, and the words
// say how to get it.
func TestNeeds(t *testing.T) {
	p := Process{Name: "Missing", Runner: &spec.Runner{Command: []string{filepath.Join(t.TempDir(), "none")}, Needs: "libmissing"}}
	_, err := p.Probe(t.Context())
	if !errors.Is(err, ErrNotInstalled) || !strings.Contains(err.Error(), "Missing is not installed: it needs libmissing") {
		t.Error(err)
	}
}

// TestUsageOfABatch: a batch of several runs has their usage together, or none
// where one of them came without.
func TestUsageOfABatch(t *testing.T) {
	for _, c := range []struct {
		name string
		runs []*protocol.Usage
		want *measure.Usage
	}{
		{"of two runs", []*protocol.Usage{{CPUNS: 3}, {CPUNS: 4}}, &measure.Usage{CPUNS: 7}},
		{"the one between is not known", []*protocol.Usage{{CPUNS: 3}, nil, {CPUNS: 4}}, nil},
		{"the first is not known", []*protocol.Usage{nil, {CPUNS: 4}}, nil},
	} {
		var s session
		for _, u := range c.runs {
			s.use(u)
		}
		if diff := cmp.Diff(c.want, s.Usage()); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// TestGreedy: what a runner takes of the processors, with whatever it starts, is counted by the system, whatever
// it says itself.
func TestGreedy(t *testing.T) {
	args, environment := runnertest.Command(t, runnertest.Greedy)
	s, err := load(t.Context(), t.TempDir(), process.Command{Args: args, Environment: environment}, protocol.LoadParams{Threads: 1}, small(t), nativeLimits)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	grouped := s.(measure.Grouped)
	for range 2 { // the second is counted for itself
		if _, err := s.Infer(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		took := grouped.GroupCPU()
		if runtime.GOOS != "linux" && took == nil {
			t.Skip("this system does not tell what a group of processes takes")
		}
		const ticks = 100 * time.Millisecond // 10 ms for each of its times, rounded down
		if took == nil || *took < 2*runnertest.Burnt-ticks || *took > 10*runnertest.Burnt {
			t.Errorf("it took %v, and at least %v in its threads and as much in its child", took, runnertest.Burnt)
		}
	}
	if own := s.Usage(); own == nil || own.CPUNS != 9 {
		t.Errorf("it says of itself %+v", own)
	}
}
