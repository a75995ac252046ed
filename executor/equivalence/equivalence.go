package equivalence

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"time"

	"edgebench/compiler/network/export"
	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/weights"
	"edgebench/executor/deviation"
	"edgebench/executor/engine"
)

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

// Fault reports whether a status is one that a user must look into.
func (s Status) Fault() bool { return s == Differs || s == Failed }

// Result is one comparison.
type Result struct {
	Model   string        `json:"model"`
	Format  export.Format `json:"format"`
	Runtime string        `json:"runtime,omitempty"` // with its version
	Status  Status        `json:"status"`
	// Reason says why it is not the same.
	Reason string `json:"reason,omitempty"`
	// Err is what Reason says of a runtime that is missing or failed.
	Err   error    `json:"-"`
	Notes []string `json:"notes,omitempty"` // of the export
	// Outputs is how many were compared: the graph's, and the inputs of those
	// that are a softmax.
	Outputs int `json:"outputs,omitempty"`
	// Elements is the number of values of all outputs.
	Elements int64 `json:"elements,omitempty"`
	// RelativeL2 is that of the worst output; nil if nothing was compared or it
	// is not finite.
	RelativeL2 *float64 `json:"relative_l2,omitempty"`
	// SameTop1 reports whether the largest element of each output is the same
	// one. Elements within deviation.Bound32 of the largest count as it.
	SameTop1 bool `json:"same_top1"`
}

// Options say what to compare and how.
type Options struct {
	Formats []export.Format // empty is all that have a runtime
	Seed    uint64          // of the input
	Timeout time.Duration   // of one step in a runtime, such as loading; 0 is 10 minutes
}

const defaultTimeout = 10 * time.Minute

// Checker compares models. It looks for each runtime once.
type Checker struct {
	opt      Options
	runtimes []*found
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
		c.runtimes = append(c.runtimes, &found{foreign: r, adapter: r.adapter(opt.Timeout)})
	}
	return c, nil
}

// Check compares one model in all formats, with the given weights and an input
// drawn from the seed, and reports each result as it comes.
// The error is only that the native engine cannot run the model, that there is
// no room for temporary files, or that ctx has ended.
func (c *Checker) Check(ctx context.Context, g *graph.Graph, w *weights.Set, report func(Result)) error {
	m := &model{graph: withLogits(g), weights: w, seed: c.opt.Seed}
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
	seed    uint64      // of the input
	outputs [][]float32 // the native engine's
}

func (m *model) run() error {
	p, err := engine.Compile(m.graph, m.weights, engine.Options{Threads: runtime.GOMAXPROCS(0), Fusion: true, Convolution: engine.Direct})
	if err != nil {
		return err
	}
	defer p.Close()
	if err := p.SetInput(weights.Input(m.graph, m.seed)); err != nil {
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

// compare runs a model in one runtime.
func (c *Checker) compare(ctx context.Context, m *model, r *found) (Result, error) {
	result := Result{Model: m.graph.Name, Format: r.format}
	notes, err := export.Check(m.graph, r.format)
	if err != nil {
		return result.failed(err), nil
	}
	result.Notes = notes
	if err := r.find(ctx); err != nil {
		result.Status, result.Err, result.Reason = Skipped, err, err.Error()
		return result, ctx.Err()
	}
	result.Runtime = r.name
	got, err := r.outputs(ctx, m)
	if err != nil {
		return result.failed(err), ctx.Err()
	}
	return result.compared(m, got), nil
}

func (r Result) failed(err error) Result {
	r.Status, r.Err, r.Reason = Failed, err, err.Error()
	if unsupported := (*export.UnsupportedError)(nil); errors.As(err, &unsupported) {
		r.Status = Unsupported
	}
	return r
}

// compared sets a result from a runtime's outputs.
func (r Result) compared(m *model, got [][]float32) Result {
	r.Status, r.SameTop1 = Same, true
	r.Outputs, r.Elements = len(m.outputs), m.elements()
	for i, want := range m.outputs {
		name := m.graph.Nodes[m.graph.Outputs[i]].Name
		if e := deviation.RelativeL2(want, got[i]); !(e <= deviation.Bound32) && r.Status == Same {
			r.Status, r.Reason = Differs, fmt.Sprintf("output %q has the relative error %.2g, and %.0e is allowed", name, e, deviation.Bound32)
		}
		if !deviation.SameTop1(want, got[i]) {
			r.SameTop1 = false
			if r.Status == Same {
				r.Status, r.Reason = Differs, fmt.Sprintf("output %q has its largest element elsewhere", name)
			}
		}
	}
	if worst := deviation.Largest(m.outputs, got); !math.IsNaN(worst) && !math.IsInf(worst, 0) {
		r.RelativeL2 = &worst
	}
	return r
}
