package device_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/graph/graphtest"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/compiler/spec/policy"
	"edgebench/executor/device"
	"edgebench/executor/framework"
	"edgebench/executor/measure"
	"edgebench/executor/modelfile"
	"edgebench/executor/result"
	"edgebench/executor/sensor"
)

// faulty is a framework that fails in the way that an optimization's name
// says, as real ones do.
type faulty struct{}

func (faulty) Probe(context.Context) (framework.Probe, error) { return framework.Probe{}, nil }

func (faulty) Reference(_ context.Context, r framework.Request) (framework.Reference, error) {
	switch {
	case slices.Contains(r.Optimizations, "wrong"):
		return framework.Reference{}, errors.New("layer fc1 is wrong")
	case slices.Contains(r.Optimizations, "panics"):
		panic("index out of range")
	}
	reference := framework.Reference{Outputs: [][]float32{{3, 4}}, Check: result.Check{Compared: 1}}
	if slices.Contains(r.Optimizations, "pruned") {
		reference.Dense = [][]float32{{6, 8}}
	}
	return reference, nil
}

func (faulty) Load(_ context.Context, r framework.Request) (framework.Session, error) {
	if _, err := r.Files.Weights(r.Model, r.Seed); err != nil {
		return nil, err
	}
	if slices.Contains(r.Optimizations, "missing") {
		return nil, errors.New("the runner is not installed")
	}
	s := &session{dies: slices.Contains(r.Optimizations, "dies"), stopped: slices.Contains(r.Optimizations, "stopped"), outputs: [][]float32{{3, 4}}}
	if slices.Contains(r.Optimizations, "falls back") {
		s.placement = result.Placement{Device: "cuda", Parts: []result.Part{{Device: "cuda", Nodes: 3}, {Device: "cpu", Nodes: 1}}}
	}
	if slices.Contains(r.Optimizations, "differs") {
		s.outputs[0][1] = 4.01
	}
	return s, nil
}

// session takes 1 ms an inference, on its own clock.
type session struct {
	dies    bool
	stopped bool // in its first inference
	count   int
	outputs [][]float32

	placement result.Placement
}

func (s *session) Infer(ctx context.Context, n int) ([]measure.Sample, error) {
	var samples []measure.Sample
	for range n {
		if err := ctx.Err(); err != nil {
			return samples, err
		}
		if s.count++; s.dies && s.count > 3 {
			return samples, errors.New("the runner died")
		}
		samples = append(samples, measure.Sample{StartNS: int64(s.count) * 1e6, DurationNS: 1e6})
	}
	return samples, nil
}

func (s *session) Outputs(context.Context) ([][]float32, error) { return s.outputs, nil }
func (*session) Software() result.Software                      { return result.Software{Framework: "faulty"} }
func (s *session) Placement() result.Placement                  { return s.placement }
func (*session) LoadTime() time.Duration                        { return time.Millisecond }
func (*session) MemoryBytes() int64                             { return 1 }
func (*session) Peak() sensor.Reading                           { return sensor.Reading{Status: sensor.OK, Value: 2} }
func (*session) Close() error                                   { return nil }

func (s *session) Usage() *measure.Usage {
	if !s.stopped {
		return nil
	}
	u := &measure.Usage{CPUNS: 1e6}
	if s.count == 1 {
		u.Continued = 1
	}
	return u
}

// testPlan has one job for each optimization that is named.
func testPlan(t *testing.T, optimizations ...string) *plan.Plan {
	g := graphtest.Single(t, "m", graph.FC{Out: 2}, 4)
	p := &plan.Plan{}
	p.Catalog.Models.Add("m", &plan.Model{Name: "m", Graph: g})
	p.Catalog.Frameworks.Add("f", &spec.Framework{Name: "f", Adapter: "faulty"})
	rules := &policy.Policy{
		MinCount: 5, MaxCount: 5, MaxTime: policy.Duration(time.Minute), Confidence: 0.95, Headline: policy.Median, Interleave: true,
	}
	for i, o := range optimizations {
		p.Jobs = append(p.Jobs, plan.Job{
			ID: fmt.Sprint(i), Origin: spec.Measured, Policy: rules, Seed: 1,
			Target: plan.Target{Model: "m", Framework: "f", Platform: "host", Optimizations: []string{o}, Precision: "fp32", Threads: 1},
		})
	}
	return p
}

func run(ctx context.Context, p *plan.Plan, files modelfile.Folder) (map[string]string, error) {
	host := &device.Host{
		Plan: p, Files: files, Sensor: sensor.Local(),
		Adapter: func(*spec.Framework) (framework.Adapter, error) { return faulty{}, nil },
	}
	outcomes := map[string]string{}
	err := host.Run(ctx, p.Jobs, func(device.Progress) {}, func(o device.Outcome) error {
		text := fmt.Sprintf("%d samples", len(o.Samples))
		if o.Err != nil {
			first, _, _ := strings.Cut(o.Err.Error(), "\n")
			text += ", " + first
		}
		outcomes[o.Job.Optimizations[0]] = text
		return nil
	})
	return outcomes, err
}

// TestOneFailureDoesNotStopTheOthers: each job ends in its own way, with a
// reason, and keeps the samples that it has.
func TestOneFailureDoesNotStopTheOthers(t *testing.T) {
	got, err := run(t.Context(), testPlan(t, "works", "wrong", "panics", "missing", "dies", "differs", "works too"), "")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"works":     "5 samples",
		"works too": "5 samples",
		"wrong":     "0 samples, its outputs were not accepted: layer fc1 is wrong",
		"panics":    "0 samples, the framework panicked: index out of range",
		"missing":   "0 samples, the runner is not installed",
		"dies":      "3 samples, the runner died",
		"differs":   "0 samples, wrong output: its relative L2 error is 0.002, and the policy's tolerance in fp32 is 0.0004",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestWhatSpeaksAgainstANumber: what disturbed a measurement is in its samples, and its warnings are in its
// result, with the conditions that it was made under.
func TestWhatSpeaksAgainstANumber(t *testing.T) {
	p := testPlan(t, "stopped")
	host := &device.Host{
		Plan: p, Sensor: sensor.Local(),
		Adapter: func(*spec.Framework) (framework.Adapter, error) { return faulty{}, nil },
	}
	err := host.Run(t.Context(), p.Jobs, func(device.Progress) {}, func(o device.Outcome) error {
		m := o.Result.Measurement
		if len(o.Samples) != 6 || o.Samples[0].Disturbed != measure.Stopped || m.Summary.Count != 5 || m.Summary.Excluded != 1 {
			t.Errorf("samples %v, summary %+v", o.Samples, m.Summary)
		}
		if !slices.ContainsFunc(m.Summary.Warnings, func(w measure.Warning) bool { return w.Code == measure.WarnExcluded }) {
			t.Errorf("warnings %v", m.Summary.Warnings)
		}
		if m.Conditions.CPUS == nil || *m.Conditions.CPUS != float64(len(m.Series.Batches)-1)*1e-3 {
			t.Errorf("conditions %+v", m.Conditions)
		}
		return o.Err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestPruned: the outputs of pruned weights are right where they agree with those
// of the same weights, and the result says how far they are from the dense ones.
func TestPruned(t *testing.T) {
	p := testPlan(t, "pruned")
	host := &device.Host{
		Plan: p, Sensor: sensor.Local(),
		Adapter: func(*spec.Framework) (framework.Adapter, error) { return faulty{}, nil },
	}
	err := host.Run(t.Context(), p.Jobs, func(device.Progress) {}, func(o device.Outcome) error {
		check := o.Result.Measurement.Check
		if check.OutputError != 0 || check.DenseError == nil || *check.DenseError != 0.5 {
			t.Errorf("the check is %+v", check)
		}
		return o.Err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestFallback: a result says which part of its network ran elsewhere than asked
// for.
func TestFallback(t *testing.T) {
	p := testPlan(t, "falls back")
	host := &device.Host{
		Plan: p, Sensor: sensor.Local(),
		Adapter: func(*spec.Framework) (framework.Adapter, error) { return faulty{}, nil },
	}
	err := host.Run(t.Context(), p.Jobs, func(device.Progress) {}, func(o device.Outcome) error {
		m := o.Result.Measurement
		if share, known := m.Placement.Share(); !known || share != 0.75 {
			t.Errorf("placement %+v", m.Placement)
		}
		if !slices.ContainsFunc(m.Summary.Warnings, func(w measure.Warning) bool { return w.Code == result.WarnElsewhere }) {
			t.Errorf("warnings %v", m.Summary.Warnings)
		}
		return o.Err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestCancelled: nothing is measured once the user has interrupted.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got, err := run(ctx, testPlan(t, "works"), "")
	if !errors.Is(err, context.Canceled) || len(got) != 0 {
		t.Errorf("outcomes %v, error %v", got, err)
	}
}

// TestTolerance: what a policy tolerates of a precision decides whether outputs pass, and the result holds both
// figures.
func TestTolerance(t *testing.T) {
	for tolerance, passes := range map[policy.Tolerance]bool{{}: false, {FP32: 3e-3}: true, {FP32: 1e-3}: false, {FP16: 3e-3}: false} {
		p := testPlan(t, "differs")
		p.Jobs[0].Policy.Tolerance = tolerance
		host := &device.Host{
			Plan: p, Sensor: sensor.Local(),
			Adapter: func(*spec.Framework) (framework.Adapter, error) { return faulty{}, nil },
		}
		err := host.Run(t.Context(), p.Jobs, func(device.Progress) {}, func(o device.Outcome) error {
			if (o.Err == nil) != passes {
				t.Errorf("%+v: the error is %v", tolerance, o.Err)
			}
			if o.Err != nil {
				return nil
			}
			if c := o.Result.Measurement.Check; c.OutputBound != 3e-3 || !(c.OutputError > 1e-3) {
				t.Errorf("%+v: %+v", tolerance, c)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
