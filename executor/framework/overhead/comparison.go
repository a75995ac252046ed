package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"edgebench/compiler/network/export"
	"edgebench/compiler/network/export/safetensors"
	"edgebench/compiler/network/weights"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec/policy"
	"edgebench/executor/framework"
	"edgebench/executor/measure"
	"edgebench/executor/measure/conditions"
	"edgebench/executor/sensor"
	"edgebench/internal/scratch"
)

const (
	seed        = 1 // of weights and input
	warmup      = 5 // inferences of either side; benchmark_app has one of its own
	leastCount  = 20
	mostCount   = 10000
	mostRepeats = 2 // times the rounds asked for, where the machine is busy
	leastQuiet  = 6 // rounds that an interval needs
)

// comparison is one model in one framework, and in its tool.
type comparison struct {
	options
	side
	model   *plan.Model
	weights *weights.Set
	host    *sensor.Host
	dir     string
	request request
	quiet   []round // of a machine that had nothing else to do
	busy    []round
}

// round is what both sides reported.
type round struct{ edgebench, tool time.Duration }

func newComparison(o options, m *plan.Model, s side) (_ *comparison, err error) {
	c := &comparison{options: o, side: s, model: m, weights: weights.Seeded(m.Graph, seed), host: sensor.Local()}
	if c.dir, err = scratch.Make("overhead"); err != nil {
		return nil, err
	}
	if err := c.write(); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func (c *comparison) close() error { return scratch.Remove(c.dir) }

// write puts what the tool needs into the folder: the model and the input that EdgeBench gives its
// runner too, and scripts.
func (c *comparison) write() error {
	exported, err := export.Write(c.dir, c.model.Graph, c.weights, export.Format(c.adapter.Runner.Format))
	if err != nil {
		return err
	}
	c.request = request{
		Input: filepath.Join(c.dir, "input.bin"), Shape: append([]int{1}, c.model.Input...),
		Threads: c.threads, Optimizations: c.tool.optimizations, Warmup: warmup, Seconds: c.seconds.Seconds(),
	}
	for _, f := range exported.Files {
		c.request.Files = append(c.request.Files, f.Path)
	}
	f, err := os.Create(c.request.Input)
	if err != nil {
		return err
	}
	if err := errors.Join(safetensors.WriteFloats(f, weights.InputOf(c.model.Input, seed)), f.Close()); err != nil {
		return err
	}
	return writeScripts(c.dir)
}

// run measures rounds until enough were quiet.
func (c *comparison) run(ctx context.Context) error {
	if err := c.estimate(ctx); err != nil {
		return err
	}
	for i := range mostRepeats * c.rounds {
		if len(c.quiet) == c.rounds {
			return nil
		}
		r, quiet, err := c.round(ctx, i%2 == 1)
		if err != nil {
			return err
		}
		if quiet {
			c.quiet = append(c.quiet, r)
		} else {
			c.busy = append(c.busy, r)
		}
	}
	return nil
}

// estimate chooses how many inferences of a round take about the time asked for.
func (c *comparison) estimate(ctx context.Context) error {
	c.request.Count = leastCount
	once, _, err := c.edgebench(ctx)
	if err != nil {
		return err
	}
	c.request.Count = min(max(int(c.seconds/max(once, 1)), leastCount), mostCount)
	return nil
}

// round measures both sides, in either order, and reports whether the machine had nothing else to do.
func (c *comparison) round(ctx context.Context, toolFirst bool) (r round, quiet bool, err error) {
	sides := []func() (bool, error){
		func() (quiet bool, err error) { r.edgebench, quiet, err = c.edgebench(ctx); return quiet, err },
		func() (quiet bool, err error) { r.tool, quiet, err = c.report(ctx); return quiet, err },
	}
	if toolFirst {
		slices.Reverse(sides)
	}
	quiet = true
	for _, measure := range sides {
		undisturbed, err := measure()
		if err != nil {
			return r, false, err
		}
		quiet = quiet && undisturbed
	}
	return r, quiet, nil
}

// edgebench is the median of a fresh session, measured as a job is.
func (c *comparison) edgebench(ctx context.Context) (time.Duration, bool, error) {
	session, err := c.adapter.LoadWeights(ctx, framework.Request{
		Model: c.model, Seed: seed, Threads: c.threads, Precision: "fp32", Optimizations: c.tool.optimizations,
	}, c.weights)
	if err != nil {
		return 0, false, err
	}
	defer session.Close()
	p := policy.Policy{
		MinCount: c.request.Count, MaxCount: c.request.Count, Confidence: confidence,
		Headline: policy.Median, Warmup: policy.Warmup{MinCount: warmup},
	}
	watch := conditions.NewWatch(c.host, c.threads)
	series := measure.Run(ctx, p, []measure.Subject{session}, measure.MonotonicClock(), nil, watch)
	if err := cmp.Or(series[0].Err, ctx.Err()); err != nil {
		return 0, false, err
	}
	summary := measure.Summarize(series[0].Samples, p)
	return time.Duration(summary.HeadlineNS), len(watch.Of(0).Warnings()) == 0, nil
}

// report is the median that a fresh process of the tool reports.
func (c *comparison) report(ctx context.Context) (time.Duration, bool, error) {
	before, start := c.host.Activity(), time.Now()
	median, used, err := c.side.report(ctx, c.dir, c.request)
	after := c.host.Activity()
	during := conditions.Conditions{Threads: c.threads, Cores: after.Cores, WallS: time.Since(start).Seconds(), CPUS: new(float64)}
	*during.CPUS = used.Seconds()
	if before.Busy.Known() && after.Busy.Known() {
		busy := after.Busy.Value - before.Busy.Value
		during.BusyS = &busy
	}
	return median, len(during.Warnings()) == 0, err
}

const header = "model         framework      EdgeBench ms   tool ms  ratio  95 % interval   rounds  inferences  tool"

// counted are the quiet rounds, or all where those are too few to tell anything.
func (c *comparison) counted() []round {
	if len(c.quiet) >= min(c.rounds, leastQuiet) {
		return c.quiet
	}
	return slices.Concat(c.quiet, c.busy)
}

// row is the table's line of a comparison.
func (c *comparison) row() string {
	rounds := c.counted()
	ratio, low, high := medianOver(rounds, func(r round) float64 { return float64(r.edgebench) / float64(r.tool) })
	edgebench, _, _ := medianOver(rounds, func(r round) float64 { return ms(r.edgebench) })
	tool, _, _ := medianOver(rounds, func(r round) float64 { return ms(r.tool) })
	interval := "(too few)"
	if low > 0 {
		interval = fmt.Sprintf("%.3f to %.3f", low, high)
	}
	row := fmt.Sprintf("%-13s %-13s %13.4g %9.4g  %.3f  %-14s  %6d  %10d  %s",
		c.model.Name, c.adapter.Name, edgebench, tool, ratio, interval, len(rounds), c.request.Count, c.tool.name)
	switch {
	case len(rounds) > len(c.quiet):
		row += fmt.Sprintf("; the machine was BUSY in %d of these rounds: measure again when it is not", len(c.busy))
	case len(c.busy) > 0:
		row += fmt.Sprintf("; %d more rounds do not count, the machine was busy", len(c.busy))
	}
	return row
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func medianOver(rounds []round, value func(round) float64) (median, low, high float64) {
	var values []float64
	for _, r := range rounds {
		values = append(values, value(r))
	}
	return medianInterval(values)
}
