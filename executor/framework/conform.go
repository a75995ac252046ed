package framework

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/weights"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec/policy"
	"edgebench/executor/deviation"
	"edgebench/executor/framework/process"
	"edgebench/executor/framework/protocol"
	"edgebench/internal/scratch"
)

// Finding is what one check of a runner found.
type Finding struct {
	Check  string `json:"check"`
	Passed bool   `json:"passed"`
	Reason string `json:"reason,omitempty"` // why not, and what to do
}

// Conform checks that a runner keeps the protocol: with a small model, as a
// session would use it, and with requests that it has to refuse. A check in
// which the runner is lost is the last one. The error is of what is not the
// runner's, such as a format that there is not.
func (p Process) Conform(ctx context.Context) ([]Finding, error) {
	dir, err := scratch.Make("conform")
	if err != nil {
		return nil, err
	}
	defer scratch.Remove(dir)
	model, err := conformModel()
	if err != nil {
		return nil, err
	}
	r := Request{Model: model, Seed: 1, Threads: 1}
	params, err := p.params(dir, r, weights.Seeded(model.Graph, r.Seed))
	if err != nil {
		return nil, err
	}
	reference, err := p.Reference(ctx, r)
	if err != nil {
		return nil, err
	}
	command, err := p.command(dir)
	if err != nil {
		return nil, err
	}
	c := conformance{ctx: ctx, session: session{model: model, dir: dir, limits: p.limits()}, params: params, reference: reference.Outputs}
	c.all(command)
	return c.findings, ctx.Err()
}

// conformModel has a convolution and a fully connected layer, which every
// format can say, and outputs that differ from each other.
func conformModel() (*plan.Model, error) {
	g, err := graph.New("conformance", graph.Shape{3, 8, 8})
	if err != nil {
		return nil, err
	}
	same := graph.Pad{Begin: 1, End: 1}
	window := graph.Window{Kernel: []int{3, 3}, Stride: []int{1, 1}, Dilation: []int{1, 1}, Pad: []graph.Pad{same, same}}
	last := 0
	for _, layer := range []struct {
		name string
		op   graph.Op
	}{
		{"conv", graph.Conv{Out: 4, Window: window, Groups: 1, Bias: true}},
		{"relu", graph.Activation{Fn: graph.ReLU}},
		{"flatten", graph.Flatten{}},
		{"fc", graph.FC{Out: 10, Bias: true}},
	} {
		node, err := g.Add(layer.name, layer.op, last)
		if err != nil {
			return nil, err
		}
		last = node.ID
	}
	if err := g.Finish(last); err != nil {
		return nil, err
	}
	return &plan.Model{Name: g.Name, Input: g.Input(), Graph: g}, nil
}

// conformance is the checks of one runner.
type conformance struct {
	session
	ctx       context.Context
	params    protocol.LoadParams
	reference [][]float32
	findings  []Finding
	lost      bool // the runner failed: there is none to check
}

// all makes the checks in order.
func (c *conformance) all(command process.Command) {
	start := func() (err error) {
		c.runner, err = process.Start(c.ctx, command)
		return err
	}
	if !c.check("starts, and greets", start) {
		return
	}
	defer c.runner.Close()
	c.check("says its devices and precisions", c.greeting)
	c.check("refuses an operation that it does not know", func() error { return c.refuses("no-such-operation", struct{}{}) })
	c.check("refuses to run before a model is loaded", func() error { return c.refuses(protocol.OpRun, protocol.RunParams{N: 1}) })
	if !c.check("loads a model", c.load) {
		return
	}
	c.check("says its load time and its threads", c.told)
	c.check("refuses a run of no inference", func() error { return c.refuses(protocol.OpRun, protocol.RunParams{}) })
	c.check("computes what the reference does", c.outputs)
	c.check("times each inference, one after another", c.times)
	c.check("its clock counts nanoseconds", c.clock)
	c.check("answers a close, and ends", c.closes)
	if c.check("starts again", start) {
		c.check("refuses a device that it does not see", c.elsewhere)
		c.check("ends with its requests", c.hangUp)
	}
}

// check makes one, unless the runner was lost in one before it, and reports
// whether it passed.
func (c *conformance) check(name string, do func() error) bool {
	if c.lost || c.ctx.Err() != nil {
		return false
	}
	f := Finding{Check: name}
	err := do()
	if f.Passed = err == nil; !f.Passed {
		f.Reason = err.Error()
	}
	var failure *process.Failure
	c.lost = errors.As(err, &failure)
	c.findings = append(c.findings, f)
	return f.Passed
}

func (c *conformance) greeting() error {
	h := c.runner.Hello
	if len(h.Devices) == 0 || len(h.Precisions) == 0 {
		return fmt.Errorf(`it says devices %q and precisions %q: its answer to "hello" needs one of each at least, such as "cpu" and "fp32"`, h.Devices, h.Precisions)
	}
	return nil
}

// refuses asks for what a runner has to answer with an error, after which the
// session goes on.
func (c *conformance) refuses(op protocol.Op, params any) error {
	var result any
	err := c.runner.Call(c.ctx, op, params, &result, c.limits.run)
	var failed *process.Failure
	switch {
	case err == nil:
		return fmt.Errorf(`it answered %q with a result: answer {"id": ..., "error": "why not"}`, op)
	case errors.As(err, &failed):
		return fmt.Errorf(`%w: answer what cannot be done with "error", and go on`, err)
	}
	return nil
}

// elsewhere asks for a device that there is not: another one in its place would
// be measured under its name.
func (c *conformance) elsewhere() error {
	params := c.params
	params.Device = "no-such-device"
	return c.refuses(protocol.OpLoad, params)
}

// load asks for fusion where the runner offers it, since some have no model
// without.
func (c *conformance) load() error {
	if slices.Contains(c.runner.Hello.Optimizations, "fusion") {
		c.params.Optimizations = []string{"fusion"}
	}
	return c.runner.Call(c.ctx, protocol.OpLoad, c.params, &c.loaded, c.limits.load)
}

func (c *conformance) told() error {
	if c.loaded.Threads != c.params.Threads || c.loaded.LoadNS <= 0 {
		return fmt.Errorf("it was told to use %d thread, and says threads %d and load_ns %d: say the threads actually used, and the time from the files to a session that can infer", c.params.Threads, c.loaded.Threads, c.loaded.LoadNS)
	}
	return nil
}

func (c *conformance) outputs() error {
	got, err := c.Outputs(c.ctx)
	if err != nil {
		return err
	}
	if e := deviation.Largest(c.reference, got); !(e <= policy.DefaultTolerance.Of(c.loaded.Precision)) {
		return fmt.Errorf("the outputs' relative L2 error is %.2g, and %.2g is allowed: look at the input's order (NCHW, little-endian float32) and at the order of the outputs", e, policy.DefaultTolerance.Of(c.loaded.Precision))
	}
	return nil
}

func (c *conformance) times() error {
	_, err := c.Infer(c.ctx, 10)
	return err
}

const (
	clockTime = 100 * time.Millisecond // that a batch takes here, at least
	// clockShare is the least part of that time which the runner must account
	// for. Wide, since what lies between inferences is not timed: it tells
	// microseconds from nanoseconds.
	clockShare = 0.02
)

// clock compares the runner's clock with ours, on a batch long enough that what
// surrounds the inferences is small.
func (c *conformance) clock() error {
	for n := 10; ; n = min(10*n, protocol.MaxBatch) {
		began := time.Now()
		samples, err := c.run(c.ctx, n)
		took := time.Since(began)
		if err != nil {
			return err
		}
		last := samples[n-1]
		counted := time.Duration(last.StartNS - samples[0].StartNS + last.DurationNS)
		if counted > took {
			return fmt.Errorf("by its clock, %d inferences took %v, and they were answered after %v: start_ns and duration_ns are nanoseconds of one monotonic clock", n, counted, took)
		}
		if took < clockTime && n < protocol.MaxBatch {
			continue
		}
		if float64(counted) < clockShare*float64(took) {
			return fmt.Errorf("by its clock, %d inferences took %v, and they were answered after %v: start_ns and duration_ns are nanoseconds, and end when the output is ready", n, counted, took)
		}
		return nil
	}
}

func (c *conformance) closes() error {
	var closed struct{}
	if err := c.runner.Call(c.ctx, protocol.OpClose, struct{}{}, &closed, c.limits.run); err != nil {
		return err
	}
	return c.alone(`"close"`, false)
}

func (c *conformance) hangUp() error { return c.alone("the end of its requests", true) }

func (c *conformance) alone(after string, hangUp bool) error {
	if !c.runner.EndsAlone(hangUp) {
		return fmt.Errorf("it was still there 3 s after %s, and was killed: end the process, its threads and children too", after)
	}
	return nil
}
