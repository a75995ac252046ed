package device

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"edgebench/compiler/network/weights"
	"edgebench/compiler/plan"
	"edgebench/executor/framework"
	"edgebench/executor/measure"
	"edgebench/executor/modelfile"
	"edgebench/executor/result"
	"edgebench/executor/sensor"
)

// Host measures on this machine.
type Host struct {
	Plan    *plan.Plan       // for models and frameworks
	Files   modelfile.Folder // of models
	Sensor  *sensor.Host
	Adapter func(name string) (framework.Adapter, error)
}

// Run implements Backend. It takes these steps:
//
//  1. draw the model's weights and input, or read the weights from the model's
//     file, once for all jobs;
//  2. for each job, check the framework's outputs and load a session;
//  3. measure all sessions by the policy, interleaved where it says so;
//  4. summarize each series and hand out the outcome.
//
// A job that fails in one step does not take part in the next ones.
func (h *Host) Run(ctx context.Context, jobs []plan.Job, progress func(Progress), done func(Outcome) error) error {
	b := &bench{host: h, progress: progress, done: done}
	defer b.close()
	if err := b.prepare(ctx, jobs); err != nil {
		return err
	}
	if len(b.stations) == 0 || ctx.Err() != nil {
		return ctx.Err()
	}
	return b.measure(ctx)
}

// bench is one model under measurement.
type bench struct {
	host     *Host
	progress func(Progress)
	done     func(Outcome) error
	stations []*station
}

// station is one job that is ready to be measured.
type station struct {
	job     plan.Job
	started time.Time
	session framework.Session
	result  result.Measurement
}

func (b *bench) close() {
	for _, s := range b.stations {
		s.session.Close()
	}
}

// prepare checks and loads every job.
func (b *bench) prepare(ctx context.Context, jobs []plan.Job) error {
	model, ok := b.host.Plan.Catalog.Models.Get(jobs[0].Model)
	if !ok || model.Graph == nil {
		return fmt.Errorf("the plan holds no graph of %s", jobs[0].Model)
	}
	b.report(jobs[0], Loading)
	values, err := b.host.Files.Weights(model, jobs[0].Seed)
	if err != nil {
		return b.failAll(jobs, fmt.Errorf("the weights of %s: %w", model.Name, err))
	}
	request := framework.Request{
		Graph:   model.Graph,
		Weights: values,
		Input:   weights.Input(model.Graph, jobs[0].Seed),
	}
	for _, j := range jobs {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s := &station{job: j, started: time.Now()}
		if err := b.load(ctx, s, request); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err := b.done(Outcome{Job: j, Started: s.started, Finished: time.Now(), Err: err}); err != nil {
				return err
			}
			continue
		}
		b.stations = append(b.stations, s)
	}
	return nil
}

// failAll hands out one reason as the outcome of all jobs.
func (b *bench) failAll(jobs []plan.Job, reason error) error {
	for _, j := range jobs {
		now := time.Now()
		if err := b.done(Outcome{Job: j, Started: now, Finished: now, Err: reason}); err != nil {
			return err
		}
	}
	return nil
}

// load checks one job's outputs and opens its session. A panic in an adapter
// is its job's failure.
func (b *bench) load(ctx context.Context, s *station, r framework.Request) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the framework panicked: %v\n%s", p, debug.Stack())
		}
	}()
	f, ok := b.host.Plan.Catalog.Frameworks.Get(s.job.Framework)
	if !ok {
		return fmt.Errorf("the plan holds no framework %q", s.job.Framework)
	}
	adapter, err := b.host.Adapter(f.Adapter)
	if err != nil {
		return err
	}
	r.Optimizations = s.job.Optimizations
	r.Threads = s.job.Threads
	if r.Threads == 0 {
		r.Threads = runtime.GOMAXPROCS(0)
	}
	r.MaxBytes = b.memoryLeft()
	b.report(s.job, Checking)
	if s.result.Check, err = adapter.Check(ctx, r); err != nil {
		return fmt.Errorf("its outputs were not accepted: %w", err)
	}
	runtime.GC() // what the check allocated is not the session's
	b.report(s.job, Loading)
	start := time.Now()
	if s.session, err = adapter.Load(ctx, r); err != nil {
		return err
	}
	s.result.LoadTime = time.Since(start)
	s.result.MemoryBytes = s.session.MemoryBytes()
	s.result.Software = s.session.Software()
	return nil
}

// memoryLeft bounds a session by the memory that is available now; 0 where
// that cannot be read.
func (b *bench) memoryLeft() int64 {
	available := b.host.Sensor.State().Memory
	if !available.Known() {
		return 0
	}
	return int64(available.Value)
}

func (b *bench) report(j plan.Job, phase Phase) {
	b.progress(Progress{Job: j, Phase: phase, Remaining: -1})
}

// measure samples all stations and hands out their outcomes.
func (b *bench) measure(ctx context.Context) error {
	policy := *b.stations[0].job.Policy
	policy.Seed = b.stations[0].job.Seed
	subjects := make([]measure.Subject, len(b.stations))
	for i, s := range b.stations {
		subjects[i] = s.session
		s.result.Before = b.host.Sensor.State()
	}
	runtime.GC() // rather here than in the middle of an inference
	all := measure.Run(ctx, policy, subjects, measure.MonotonicClock(), func(p measure.Progress) {
		b.progress(Progress{Job: b.stations[p.Subject].job, Phase: phaseOf(p.Phase), Count: p.Count, Remaining: p.Remaining})
	})
	var failures []error
	for i, series := range all {
		failures = append(failures, b.finish(b.stations[i], series))
	}
	if err := errors.Join(failures...); err != nil {
		return err
	}
	return ctx.Err()
}

func phaseOf(p measure.Phase) Phase {
	if p == measure.WarmingUp {
		return WarmingUp
	}
	return Measuring
}

// finish hands out one station's outcome. An interrupted series is a failure
// that keeps its samples: a resumed run measures it anew.
func (b *bench) finish(s *station, series measure.Series) error {
	samples := series.Samples
	series.Samples = nil // they have a file of their own
	s.result.Series = series
	s.result.After = b.host.Sensor.State()
	s.result.Summary = measure.Summarize(samples, *s.job.Policy)
	outcome := Outcome{
		Job: s.job, Started: s.started, Finished: time.Now(),
		Result: result.Result{Measurement: &s.result}, Samples: samples, Err: series.Err,
	}
	switch {
	case outcome.Err != nil:
	case series.Stopped == measure.ByCancel:
		outcome.Err = fmt.Errorf("interrupted after %d measured inferences", s.result.Summary.Count)
	case s.result.Summary.Count == 0:
		outcome.Err = errors.New("no inference was measured")
	}
	return b.done(outcome)
}
