package equivalence

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"edgebench/compiler/network/export"
	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/weights"
	"edgebench/compiler/spec/policy"
	"edgebench/executor/framework/runnertest"
)

func TestMain(m *testing.M) {
	runnertest.Main()
	os.Exit(m.Run())
}

// pretend makes a fake the runner of ONNX.
func pretend(t *testing.T, b runnertest.Behaviour, opt Options) *Checker {
	t.Helper()
	opt.Formats = []export.Format{export.ONNX}
	checker, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	args, environment := runnertest.Command(t, b)
	r := checker.runtimes[0].adapter.Runner
	r.Command, r.Environment = args, map[string]string{}
	for _, variable := range environment {
		name, value, _ := strings.Cut(variable, "=")
		r.Environment[name] = value
	}
	return checker
}

// two is a network with one output of 2 elements, which is what the fake gives.
func two(t *testing.T) *graph.Graph {
	n := start(t, 4)
	n.then(graph.FC{Out: 2, Bias: true})
	return n.end()
}

// check compares a graph with weights drawn from a seed.
func check(ctx context.Context, c *Checker, g *graph.Graph, report func(Result)) error {
	return c.Check(ctx, g, weights.Seeded(g, 5), report)
}

// TestBadRuntimes shows that whatever a runtime does becomes one result.
func TestBadRuntimes(t *testing.T) {
	tests := []struct {
		what   runnertest.Behaviour
		status Status
		reason string
	}{
		{runnertest.NoName, Skipped, "or `pip install onnxruntime numpy`"},
		{runnertest.WrongModel, Failed, "no such operator"},
		{runnertest.Crash, Failed, "while it was asked \"load\""},
		{runnertest.Hang, Failed, "did not answer \"load\" within 1s"},
		{runnertest.WrongSize, Failed, "wrote 4 bytes of outputs, and the model has 8"},
		{runnertest.OK, Differs, "has the relative error"},
	}
	for _, test := range tests {
		t.Run(string(test.what), func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir())
			t.Setenv("EDGEBENCH_FRAMEWORKS", t.TempDir())
			checker := pretend(t, test.what, Options{})
			if test.what == runnertest.Hang {
				checker.runtimes[0].adapter.Runner.Limits.Load = policy.Duration(time.Second)
			}
			results := 0
			err := check(t.Context(), checker, two(t), func(r Result) {
				results++
				if r.Status != test.status || !strings.Contains(r.Reason, test.reason) || r.Status != Differs && r.Err == nil {
					t.Errorf("%s: %s (%v)", r.Status, r.Reason, r.Err)
				}
			})
			if err != nil || results != 1 {
				t.Errorf("%d results and the error %v", results, err)
			}
			if left, err := filepath.Glob(filepath.Join(os.TempDir(), "*")); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

func TestCancelled(t *testing.T) {
	checker := pretend(t, runnertest.Hang, Options{})
	if err := checker.runtimes[0].find(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := check(ctx, checker, two(t), func(r Result) { t.Errorf("a cancelled comparison reports %+v", r) })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}

func TestNewRefusesFormatsWithoutRuntime(t *testing.T) {
	_, err := New(Options{Formats: []export.Format{export.Safetensors}})
	if want := `no runtime reads the format "safetensors": choose from [onnx darknet caffe tflite ncnn]`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestComparedFindsTheWorstOutput has three outputs, the second of which is
// wrong.
func TestComparedFindsTheWorstOutput(t *testing.T) {
	n := start(t, 2, 3, 3)
	a := n.then(fn(graph.ReLU))
	b := n.then(fn(graph.Tanh), a)
	m := &model{graph: n.end(a, b, n.then(fn(graph.Sigmoid), a)), outputs: [][]float32{{1, 2}, {3, 4}, {5, 6}}}
	r := Result{}.compared(m, [][]float32{{1, 2}, {3.03, 4.04}, {5, 6.0001}})
	if r.Status != Differs || !strings.Contains(r.Reason, `output "activationb" has the relative error 0.01`) {
		t.Errorf("%s: %s", r.Status, r.Reason)
	}
	if r.Outputs != 3 || r.Elements != 6 || math.Abs(*r.RelativeL2-0.01) > 1e-5 || !r.SameTop1 {
		t.Errorf("%+v with the error %v", r, *r.RelativeL2)
	}
	r = Result{}.compared(m, [][]float32{{1, 2}, {3, float32(math.NaN())}, {5, 6}})
	if r.Status != Differs || r.RelativeL2 != nil {
		t.Errorf("NaN is %s with the error %v", r.Status, r.RelativeL2)
	}
}

// TestWithLogits shows what is compared of a classifier: the softmax's input
// too, since a saturated softmax hides errors before it.
func TestWithLogits(t *testing.T) {
	n := start(t, 4)
	x := n.then(graph.FC{Out: 3})
	g := n.end(n.then(graph.Softmax{}, x))
	if got := withLogits(g).Outputs; len(got) != 2 || got[1] != x {
		t.Errorf("the outputs are %v", got)
	}
	if len(g.Outputs) != 1 {
		t.Errorf("the graph itself has changed: %v", g.Outputs)
	}
}
