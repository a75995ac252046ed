// Package native is the runner of the embedded engine: the same program, run
// again as a child.
package native

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/weights"
	"edgebench/compiler/plan"
	"edgebench/executor/engine"
	"edgebench/executor/framework/protocol"
	"edgebench/executor/framework/runner"
	"edgebench/executor/modelfile"
)

// Name is the framework's.
const Name = "native"

// Arguments make this program the runner.
var Arguments = []string{"__runner", Name}

// Main is the runner where the program was started as one; handled is false
// where it was not. It is called before anything else is set up, by tests'
// TestMain too.
func Main() (code int, handled bool) {
	if !slices.Equal(os.Args[1:], Arguments) {
		return 0, false
	}
	in, out, err := runner.Pipes()
	if err == nil {
		err = runner.Serve(in, out, &native{})
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "edgebench: native runner: %v\n", err)
		return 1, true
	}
	return 0, true
}

// Version names the engine by the digest of its sources: the program's own
// version does not change with each of its kernels.
func Version() string { return "sources " + engine.Revision() }

type native struct {
	graph   *graph.Graph
	program *engine.Program
}

// Hello implements runner.Framework.
func (*native) Hello() protocol.Hello {
	return protocol.Hello{
		Framework: Name, Version: Version(),
		Devices: []string{"cpu"}, Optimizations: []string{"fusion"}, Precisions: []string{"fp32"},
	}
}

// problem is a network with values for everything.
type problem struct {
	graph   *graph.Graph
	weights *weights.Set
	input   []float32
	options engine.Options
}

func newProblem(p protocol.LoadParams) (problem, error) {
	var m plan.Model
	if err := json.Unmarshal(p.Model.Plan, &m); err != nil {
		return problem{}, fmt.Errorf("the model: %w", err)
	}
	if m.Graph == nil {
		return problem{}, fmt.Errorf("the plan holds no graph of %s", m.Name)
	}
	values, err := modelfile.Folder(p.Model.Folder).Weights(&m, p.Model.Seed)
	if err != nil {
		return problem{}, fmt.Errorf("the weights of %s: %w", m.Name, err)
	}
	return problem{
		graph: m.Graph, weights: values.Pruned(m.Graph, p.Model.Sparsity), input: weights.Input(m.Graph, p.Model.Seed),
		options: engine.Options{Threads: p.Threads, Fusion: slices.Contains(p.Optimizations, "fusion"), MaxBytes: p.MaxBytes},
	}, nil
}

// Load implements runner.Framework.
func (n *native) Load(p protocol.LoadParams) (protocol.Loaded, error) {
	x, err := newProblem(p)
	if err != nil {
		return protocol.Loaded{}, err
	}
	start := time.Now() // weights of a file are read for every framework alike
	if n.program, err = engine.Compile(x.graph, x.weights, x.options); err != nil {
		return protocol.Loaded{}, err
	}
	if err := n.program.SetInput(x.input); err != nil {
		return protocol.Loaded{}, err
	}
	n.graph = x.graph
	took := time.Since(start)
	runtime.GC() // rather here than in the middle of an inference
	return protocol.Loaded{
		LoadNS:      int64(took),
		MemoryBytes: n.program.MemoryBytes(), Kernels: n.program.Kernels(), Threads: p.Threads, Precision: "fp32",
	}, nil
}

// Infer implements runner.Framework.
func (n *native) Infer() error { return n.program.Run() }

// Outputs implements runner.Framework.
func (n *native) Outputs() [][]float32 { return outputs(n.graph, n.program) }

func outputs(g *graph.Graph, p *engine.Program) [][]float32 {
	all := make([][]float32, len(g.Outputs))
	for i := range g.Outputs {
		all[i] = p.Output(i)
	}
	return all
}

// Reference implements runner.Referrer: a sample of every layer's output is
// recomputed in float64.
func (*native) Reference(p protocol.LoadParams) (protocol.Reference, [][]float32, error) {
	x, err := newProblem(p)
	if err != nil {
		return protocol.Reference{}, nil, err
	}
	report, err := engine.Verify(x.graph, x.weights, x.input, x.options)
	worst := report.Worst()
	reference := protocol.Reference{
		Description: "each layer in float64, from the engine's own input to that layer, at sampled positions",
		Layers:      len(report.Layers),
		WorstError:  worst.WorstError, WorstLayer: worst.Name,
		Bound: engine.ErrorBound,
	}
	for _, l := range report.Layers {
		reference.Compared += l.Samples
	}
	return reference, report.Outputs, err
}
