package equivalence

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"edgebench/compiler/network/export"
	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/weights"
	"edgebench/executor/engine"
)

// ErrorBound is the largest relative L2 error of an output,
// ||got-want||/||want||, that counts as the same. Different orders of summation
// in float32 give about 1e-6.
const ErrorBound = 1e-4

// Status says how a comparison ended.
type Status string

// The statuses.
const (
	Same        Status = "same"
	Differs     Status = "differs"
	Unsupported Status = "unsupported" // the format cannot express the model
	Skipped     Status = "skipped"     // the runtime is missing
	Failed      Status = "failed"      // the export or the runtime failed
)

// Fault tells whether a status is one that a user must look into.
func (s Status) Fault() bool { return s == Differs || s == Failed }

// Result is one comparison.
type Result struct {
	Model   string        `json:"model"`
	Format  export.Format `json:"format"`
	Runtime string        `json:"runtime,omitempty"` // with its version
	Status  Status        `json:"status"`
	// Reason says why it is not the same.
	Reason string   `json:"reason,omitempty"`
	Notes  []string `json:"notes,omitempty"` // of the export
	// Outputs is how many were compared: the graph's, and the inputs of those
	// that are a softmax.
	Outputs int `json:"outputs,omitempty"`
	// Elements is the number of values of all outputs.
	Elements int64 `json:"elements,omitempty"`
	// RelativeL2 is that of the worst output; nil if nothing was compared or it
	// is not finite.
	RelativeL2 *float64 `json:"relative_l2,omitempty"`
	// SameTop1 tells whether the largest element of each output is the same
	// one. Elements within ErrorBound of the largest count as it.
	SameTop1 bool `json:"same_top1"`
}

// Options say what to compare and how.
type Options struct {
	Formats []export.Format // empty is all that have a runtime
	Seed    uint64          // of the input
	Timeout time.Duration   // of one run in a runtime; 0 is 10 minutes
	Dir     string          // for temporary files; empty is the system's
}

const defaultTimeout = 10 * time.Minute

// Formats lists the formats that have a runtime.
func Formats() []export.Format {
	var list []export.Format
	for _, r := range runtimes {
		list = append(list, r.format)
	}
	return list
}

// Checker compares models. It looks for each runtime once.
type Checker struct {
	opt      Options
	runtimes []*runner
}

// New prepares comparisons. It is an error to ask for a format that no runtime
// reads.
func New(opt Options) (*Checker, error) {
	if len(opt.Formats) == 0 {
		opt.Formats = Formats()
	}
	if opt.Timeout == 0 {
		opt.Timeout = defaultTimeout
	}
	c := &Checker{opt: opt}
	for _, f := range opt.Formats {
		r, ok := runtimeOf(f)
		if !ok {
			return nil, fmt.Errorf("no runtime reads the format %q: choose from %v", f, Formats())
		}
		c.runtimes = append(c.runtimes, &runner{runtimeSpec: r})
	}
	return c, nil
}

// Check compares one model in all formats, with the given weights and an input
// drawn from the seed, and reports each result as it comes.
// The error is only that the native engine cannot run the model, that there is
// no room for temporary files, or that ctx has ended.
func (c *Checker) Check(ctx context.Context, g *graph.Graph, w *weights.Set, report func(Result)) error {
	m := &model{graph: withLogits(g), weights: w, input: weights.Input(g, c.opt.Seed)}
	if err := m.run(); err != nil {
		return fmt.Errorf("%s: the native engine: %w", g.Name, err)
	}
	for _, r := range c.runtimes {
		result, err := c.compare(ctx, m, r)
		if err != nil {
			return err
		}
		report(result)
	}
	return nil
}

// withLogits makes the input of each softmax that is an output an output too.
// A softmax whose largest input is far above the others has nearly the same
// output whatever is before it, and would hide errors.
func withLogits(g *graph.Graph) *graph.Graph {
	outputs := slices.Clone(g.Outputs)
	for _, id := range g.Outputs {
		n := g.Nodes[id]
		if _, ok := n.Op.(graph.Softmax); ok && n.Inputs[0] != 0 && !slices.Contains(outputs, n.Inputs[0]) {
			outputs = append(outputs, n.Inputs[0])
		}
	}
	return &graph.Graph{Name: g.Name, Nodes: g.Nodes, Outputs: outputs}
}

// model is what all formats of one model share.
type model struct {
	graph   *graph.Graph
	weights *weights.Set
	input   []float32
	outputs [][]float32 // the native engine's
}

func (m *model) run() error {
	p, err := engine.Compile(m.graph, m.weights, engine.Options{Threads: runtime.GOMAXPROCS(0), Fusion: true})
	if err != nil {
		return err
	}
	defer p.Close()
	if err := p.SetInput(m.input); err != nil {
		return err
	}
	if err := p.Run(); err != nil {
		return err
	}
	for i := range m.graph.Outputs {
		m.outputs = append(m.outputs, p.Output(i))
	}
	return nil
}

func (m *model) elements() int64 {
	total := int64(0)
	for _, y := range m.outputs {
		total += int64(len(y))
	}
	return total
}

// compare exports a model and runs it in one runtime.
func (c *Checker) compare(ctx context.Context, m *model, r *runner) (result Result, err error) {
	result = Result{Model: m.graph.Name, Format: r.format}
	if result.Notes, err = export.Check(m.graph, r.format); err != nil {
		return result.failed(err), nil
	}
	if err := r.find(ctx); err != nil {
		result.Status, result.Reason = Skipped, fmt.Sprintf("%v; %s", err, r.install)
		return result, ctx.Err()
	}
	result.Runtime = r.name
	dir, err := os.MkdirTemp(c.opt.Dir, "edgebench-verify-*")
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	exported, err := export.Write(dir, m.graph, m.weights, r.format)
	if err != nil {
		return result.failed(err), nil
	}
	got, err := r.run(ctx, c.opt.Timeout, dir, m, exported)
	if err != nil {
		return result.failed(err), ctx.Err()
	}
	return result.compared(m, got), nil
}

func (r Result) failed(err error) Result {
	r.Status, r.Reason = Failed, err.Error()
	if unsupported := (*export.UnsupportedError)(nil); errors.As(err, &unsupported) {
		r.Status = Unsupported
	}
	return r
}
