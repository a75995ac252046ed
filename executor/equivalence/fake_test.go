package equivalence

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"testing"
	"time"

	"edgebench/compiler/network/export"
	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/weights"
)

// behaviour is the environment's name of what the fake interpreter does.
const behaviour = "EDGEBENCH_TEST_BEHAVIOUR"

// TestMain lets the test binary stand in for the Python interpreter.
func TestMain(m *testing.M) {
	if what := os.Getenv(behaviour); what != "" {
		os.Exit(fake(what, os.Args[2]))
	}
	os.Exit(m.Run())
}

// fake answers as a script would, or does not.
func fake(what, argument string) int {
	if argument == "--probe" {
		if what == "missing" {
			fmt.Fprintln(os.Stderr, "ModuleNotFoundError: No module named 'onnxruntime'")
			return 1
		}
		fmt.Println(`{"name": "Fake 1.0"}`)
		return 0
	}
	switch what {
	case "crash":
		fmt.Fprintln(os.Stderr, "loading\nRuntimeError: no such operator\ndone")
		return 134
	case "hang":
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, os.Interrupt)
		<-stop
	case "silent":
		return 0
	}
	return answer(what, argument)
}

// answer writes an output of the right size, or of half of it.
func answer(what, argument string) int {
	var ask request
	data, err := os.ReadFile(argument)
	if err == nil {
		err = json.Unmarshal(data, &ask)
	}
	size := 4 * ask.Elements
	if what == "short" {
		size /= 2
	}
	if err == nil {
		err = os.WriteFile(ask.Output, make([]byte, size), fileMode)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// pretend makes this binary the interpreter.
func pretend(t *testing.T, what string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(PythonVariable, self)
	t.Setenv(behaviour, what)
}

func relu(t *testing.T) *graph.Graph {
	n := start(t, 2, 3, 3)
	n.then(fn(graph.ReLU))
	return n.end()
}

// check compares a graph with weights drawn from a seed.
func check(ctx context.Context, c *Checker, g *graph.Graph, report func(Result)) error {
	return c.Check(ctx, g, weights.Seeded(g, 5), report)
}

// TestBadRuntimes shows that whatever a runtime does becomes one result.
func TestBadRuntimes(t *testing.T) {
	tests := []struct {
		what   string
		status Status
		reason string
	}{
		{"missing", Skipped, "ModuleNotFoundError: No module named 'onnxruntime' (exit status 1); install it with `pip install onnxruntime numpy`"},
		{"crash", Failed, "RuntimeError: no such operator"},
		{"hang", Failed, "it did not end within 1s: allow more with --timeout"},
		{"silent", Failed, "Fake 1.0 wrote no output"},
		{"short", Failed, "Fake 1.0 wrote 36 bytes of output, and the model has 72"},
		{"zeros", Differs, "has the relative error 1, and 1e-04 is allowed"},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			pretend(t, test.what)
			dir := t.TempDir()
			opt := Options{Formats: []export.Format{export.ONNX}, Dir: dir}
			if test.what == "hang" {
				opt.Timeout = time.Second
			}
			checker, err := New(opt)
			if err != nil {
				t.Fatal(err)
			}
			results := 0
			err = check(t.Context(), checker, relu(t), func(r Result) {
				results++
				if r.Status != test.status || !strings.Contains(r.Reason, test.reason) {
					t.Errorf("%s: %s", r.Status, r.Reason)
				}
			})
			if err != nil || results != 1 {
				t.Errorf("%d results and the error %v", results, err)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
				t.Errorf("%d temporary files are left (%v)", len(left), err)
			}
		})
	}
}

func TestCancelled(t *testing.T) {
	pretend(t, "hang")
	checker, err := New(Options{Formats: []export.Format{export.ONNX}})
	if err != nil {
		t.Fatal(err)
	}
	if err := checker.runtimes[0].find(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err = check(ctx, checker, relu(t), func(r Result) { t.Errorf("a cancelled comparison reports %+v", r) })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}

func TestNewRefusesFormatsWithoutRuntime(t *testing.T) {
	_, err := New(Options{Formats: []export.Format{export.Safetensors}})
	if want := `no runtime reads the format "safetensors": choose from [onnx darknet caffe]`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
