package framework

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"edgebench/compiler/network/export/safetensors"
	"edgebench/compiler/plan"
	"edgebench/executor/framework/process"
	"edgebench/executor/framework/protocol"
	"edgebench/executor/measure"
	"edgebench/executor/result"
	"edgebench/executor/sensor"
	"edgebench/internal/scratch"
)

// limits are how long a runner may take.
type limits struct {
	load time.Duration // leaves room for a framework that tunes or compiles
	run  time.Duration // of a batch before which nothing is known of the speed
}

var nativeLimits = limits{load: 30 * time.Minute, run: 10 * time.Minute}

const (
	// A later batch has this many times of what the slowest inference so far
	// lets expect, and at least minRunLimit.
	patience    = 20
	minRunLimit = time.Minute
)

// session is a model in a runner.
type session struct {
	runner  *process.Runner
	model   *plan.Model
	loaded  protocol.Loaded
	device  string // that was asked for; empty: the first of hello
	dir     string // for outputs, and what else is the session's
	limits  limits
	slowest time.Duration
	usage   *measure.Usage
	// unaccounted says that a run of this batch came without its usage, so that
	// the batch's is not known.
	unaccounted bool
	groupCPU    *time.Duration // that the last Infer took of the runner's process group; nil: not known
}

// load starts a runner and loads a model into it. The folder is the session's
// from then on, and goes with it.
func load(ctx context.Context, dir string, c process.Command, params protocol.LoadParams, m *plan.Model, l limits) (_ Session, err error) {
	s := &session{model: m, dir: dir, limits: l, device: params.Device}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if s.runner, err = process.Start(ctx, c); err != nil {
		return nil, err
	}
	if err := s.runner.Call(ctx, protocol.OpLoad, params, &s.loaded, l.load); err != nil {
		return nil, err
	}
	for _, p := range s.loaded.Placement {
		if p.Nodes < 0 || p.Device == "" {
			return nil, fmt.Errorf("the runner says that %d nodes of the network run on the device %q", p.Nodes, p.Device)
		}
	}
	return s, nil
}

// Infer implements measure.Subject.
func (s *session) Infer(ctx context.Context, n int) ([]measure.Sample, error) {
	samples := make([]measure.Sample, 0, n)
	s.usage, s.unaccounted = nil, false
	defer s.countCPU()()
	for len(samples) < n {
		more, err := s.run(ctx, min(n-len(samples), protocol.MaxBatch))
		samples = append(samples, more...)
		if err != nil {
			return samples, err
		}
	}
	return samples, nil
}

// run runs one batch. What a runner that was cancelled has until then is kept.
func (s *session) run(ctx context.Context, n int) ([]measure.Sample, error) {
	var b protocol.Batch
	err := s.runner.Call(ctx, protocol.OpRun, protocol.RunParams{N: n}, &b, s.runLimit(n))
	if err == nil {
		err = checkBatch(b, n)
	}
	if err != nil && len(b.StartNS) != len(b.DurationNS) {
		return nil, err
	}
	samples := make([]measure.Sample, len(b.StartNS))
	for i, start := range b.StartNS {
		samples[i] = measure.Sample{StartNS: start, DurationNS: b.DurationNS[i]}
		s.slowest = max(s.slowest, time.Duration(b.DurationNS[i]))
	}
	s.use(b.Usage)
	return samples, err
}

// runLimit is how long a batch may take.
func (s *session) runLimit(n int) time.Duration {
	if s.slowest == 0 {
		return s.limits.run
	}
	return max(minRunLimit, patience*time.Duration(n)*s.slowest)
}

// checkBatch returns what a runner's answer lies about.
func checkBatch(b protocol.Batch, n int) error {
	if len(b.StartNS) != n || len(b.DurationNS) != n {
		return fmt.Errorf("the runner was told %d inferences and answered with %d starts and %d durations", n, len(b.StartNS), len(b.DurationNS))
	}
	for i, start := range b.StartNS {
		if b.DurationNS[i] < 0 {
			return fmt.Errorf("the runner's inference %d of %d took %d ns: its clock runs backwards", i+1, n, b.DurationNS[i])
		}
		// Note: unsigned, since a sum of times may have no room.
		if i > 0 && (start < b.StartNS[i-1] || uint64(start)-uint64(b.StartNS[i-1]) < uint64(b.DurationNS[i-1])) {
			return fmt.Errorf("the runner's inference %d of %d starts before the one before it ended", i+1, n)
		}
	}
	return nil
}

// use adds up the usage of a batch that took several runs. Without that of one
// of them there is no total: what is missing is not nothing.
func (s *session) use(u *protocol.Usage) {
	s.unaccounted = s.unaccounted || u == nil
	switch {
	case s.unaccounted:
		s.usage = nil
	case s.usage == nil:
		s.usage = (*measure.Usage)(u)
	default:
		sum := s.usage.Plus(measure.Usage(*u))
		s.usage = &sum
	}
}

// countCPU begins to count what the process group takes, and returns what ends it.
func (s *session) countCPU() (end func()) {
	s.groupCPU = nil
	before, known := s.runner.CPU()
	return func() {
		if after, still := s.runner.CPU(); known && still && after >= before { // less: a member ended that nobody waited for
			took := after - before
			s.groupCPU = &took
		}
	}
}

// GroupCPU implements measure.Grouped.
func (s *session) GroupCPU() *time.Duration { return s.groupCPU }

// Usage implements measure.Accounted.
func (s *session) Usage() *measure.Usage { return s.usage }

// Outputs implements Session.
func (s *session) Outputs(ctx context.Context) ([][]float32, error) {
	if _, err := s.run(ctx, 1); err != nil {
		return nil, err
	}
	s.slowest = 0 // the first inference says little about the next ones
	var written protocol.Output
	ask := protocol.OutputParams{File: filepath.Join(s.dir, "outputs.f32")}
	if err := s.runner.Call(ctx, protocol.OpOutput, ask, &written, s.limits.run); err != nil {
		return nil, err
	}
	return readOutputs(ask.File, written.Elements, s.model)
}

// readOutputs reads the outputs of a model that a runner wrote.
func readOutputs(path string, told []int64, m *plan.Model) ([][]float32, error) {
	want, total := m.OutputElements(), int64(0)
	for _, n := range want {
		total += n
	}
	if !slices.Equal(told, want) {
		return nil, fmt.Errorf("the runner's outputs have %v elements, and the model's %v", told, want)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the runner wrote no outputs: %w", err)
	}
	defer f.Close()
	const floatBytes = 4
	if info, err := f.Stat(); err != nil || info.Size() != floatBytes*total {
		return nil, errors.Join(err, fmt.Errorf("the runner wrote %d bytes of outputs, and the model has %d", info.Size(), floatBytes*total))
	}
	values, err := safetensors.ReadFloats(f, total)
	if err != nil {
		return nil, err
	}
	outputs := make([][]float32, len(want))
	for i, n := range want {
		outputs[i], values = values[:n], values[n:]
	}
	return outputs, nil
}

// Software implements Session.
func (s *session) Software() result.Software {
	h := s.runner.Hello
	return result.Software{Framework: h.Framework, Version: h.Version, Kernels: s.loaded.Kernels, Threads: s.loaded.Threads, Precision: s.loaded.Precision}
}

// Placement implements Session.
func (s *session) Placement() result.Placement {
	p := result.Placement{Device: s.device}
	if devices := s.runner.Hello.Devices; p.Device == "" && len(devices) > 0 {
		p.Device = devices[0]
	}
	p.Name, p.Transfers = s.runner.Hello.DeviceNames[p.Device], s.loaded.Transfers
	for _, part := range s.loaded.Placement {
		p.Parts = append(p.Parts, result.Part(part))
	}
	return p
}

// LoadTime implements Session.
func (s *session) LoadTime() time.Duration { return time.Duration(s.loaded.LoadNS) }

// MemoryBytes implements Session.
func (s *session) MemoryBytes() int64 { return s.loaded.MemoryBytes }

// Peak implements Session.
func (s *session) Peak() sensor.Reading { return s.runner.Peak() }

// Close implements Session.
func (s *session) Close() error {
	if s.runner != nil {
		s.runner.Close()
	}
	return scratch.Remove(s.dir)
}

// batched is the shape of a model's input with the batch of 1 before it.
func batched(m *plan.Model) []int { return append([]int{1}, m.Input...) }
