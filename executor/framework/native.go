package framework

import (
	"context"
	"fmt"
	"slices"
	"time"

	"edgebench/executor/engine"
	"edgebench/executor/measure"
	"edgebench/executor/result"
)

// Native is the embedded engine.
type Native struct{}

func nativeOptions(r Request) engine.Options {
	return engine.Options{
		Threads:  r.Threads,
		Fusion:   slices.Contains(r.Optimizations, "fusion"),
		MaxBytes: r.MaxBytes,
	}
}

// Probe implements Adapter: the engine is part of the program.
func (Native) Probe(context.Context) (Probe, error) {
	return Probe{Framework: "native", Version: nativeVersion(), Optimizations: []string{"fusion"}}, nil
}

// Check implements Adapter: a sample of every layer's output is recomputed in
// float64.
func (Native) Check(_ context.Context, r Request) (result.Check, error) {
	report, err := engine.Verify(r.Graph, r.Weights, r.Input, nativeOptions(r))
	worst := report.Worst()
	check := result.Check{
		Reference:  "each layer in float64, from the engine's own input to that layer, at sampled positions",
		Layers:     len(report.Layers),
		WorstError: worst.WorstError, WorstLayer: worst.Name,
		Bound: engine.ErrorBound,
	}
	for _, l := range report.Layers {
		check.Compared += l.Samples
	}
	return check, err
}

// Load implements Adapter.
func (Native) Load(_ context.Context, r Request) (Session, error) {
	p, err := engine.Compile(r.Graph, r.Weights, nativeOptions(r))
	if err != nil {
		return nil, err
	}
	if err := p.SetInput(r.Input); err != nil {
		p.Close()
		return nil, err
	}
	return &nativeSession{program: p, threads: r.Threads, origin: time.Now()}, nil
}

type nativeSession struct {
	program *engine.Program
	threads int
	origin  time.Time
}

// Infer implements measure.Subject.
func (s *nativeSession) Infer(ctx context.Context, n int) ([]measure.Sample, error) {
	samples := make([]measure.Sample, 0, n)
	for range n {
		if err := ctx.Err(); err != nil {
			return samples, err
		}
		start := time.Since(s.origin)
		if err := s.program.Run(); err != nil {
			return samples, fmt.Errorf("native: %w", err)
		}
		took := time.Since(s.origin) - start
		samples = append(samples, measure.Sample{StartNS: int64(start), DurationNS: int64(took)})
	}
	return samples, nil
}

// Software implements Session.
func (s *nativeSession) Software() result.Software {
	return result.Software{
		Framework: "native", Version: nativeVersion(),
		Kernels: s.program.Kernels(), Threads: s.threads,
	}
}

// nativeVersion names the engine by the digest of its sources: the program's own
// version does not change with each of its kernels.
func nativeVersion() string { return "sources " + engine.Revision() }

// MemoryBytes implements Session.
func (s *nativeSession) MemoryBytes() int64 { return s.program.MemoryBytes() }

// Close implements Session.
func (s *nativeSession) Close() error {
	s.program.Close()
	return nil
}
