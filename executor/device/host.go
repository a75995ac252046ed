package device

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/executor/deviation"
	"edgebench/executor/framework"
	"edgebench/executor/framework/process"
	"edgebench/executor/measure"
	"edgebench/executor/measure/conditions"
	"edgebench/executor/modelfile"
	"edgebench/executor/result"
	"edgebench/executor/sensor"
)

// Host measures on this machine.
type Host struct {
	Plan    *plan.Plan       // for models and frameworks
	Files   modelfile.Folder // of models
	Sensor  *sensor.Host
	Adapter func(*spec.Framework) (framework.Adapter, error)
}

// Run implements Backend. It takes these steps:
//
//  1. for each job, compare the memory that it needs with what is available;
//  2. compute the outputs to expect, and load a session;
//  3. compare the session's own outputs with them;
//  4. measure all sessions by the policy, interleaved where it says so;
//  5. summarize each series and hand out the outcome.
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
	opaque   *framework.Reference // of the one model, where only other frameworks read it
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
		s.close()
	}
}

// prepare checks and loads every job.
func (b *bench) prepare(ctx context.Context, jobs []plan.Job) error {
	model, ok := b.host.Plan.Catalog.Models.Get(jobs[0].Model)
	if !ok || !model.Runnable() {
		return fmt.Errorf("the plan holds no graph of %s", jobs[0].Model)
	}
	for _, j := range jobs {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s := &station{job: j, started: time.Now()}
		if err := b.load(ctx, s, model); err != nil {
			s.close()
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err := b.done(s.failed(err)); err != nil {
				return err
			}
			continue
		}
		b.stations = append(b.stations, s)
	}
	return nil
}

func (s *station) close() {
	if s.session != nil {
		s.session.Close()
	}
}

// failed is the outcome of a job that was not measured.
func (s *station) failed(reason error) Outcome {
	return Outcome{Job: s.job, Started: s.started, Finished: time.Now(), Err: reason, Result: result.Result{Lost: lost(reason)}}
}

// lost reports whether a job failed because its process ended unasked.
func lost(reason error) bool {
	var failure *process.Failure
	return errors.As(reason, &failure) && failure.Ended()
}

// load opens one job's session and checks its outputs. A panic in an adapter
// is its job's failure.
func (b *bench) load(ctx context.Context, s *station, m *plan.Model) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the framework panicked: %v\n%s", p, debug.Stack())
		}
	}()
	f, ok := b.host.Plan.Catalog.Frameworks.Get(s.job.Framework)
	if !ok {
		return fmt.Errorf("the plan holds no framework %q", s.job.Framework)
	}
	adapter, err := b.host.Adapter(f)
	if err != nil {
		return err
	}
	r := framework.Request{
		Model: m, Files: b.host.Files, Seed: s.job.Seed,
		Optimizations: s.job.Optimizations, Precision: s.job.Precision, Sparsity: s.job.Sparsity, Threads: s.job.Threads,
	}
	if r.Threads == 0 {
		r.Threads = runtime.GOMAXPROCS(0)
	}
	available := b.host.Sensor.State().Memory
	if err := needOf(f, m).fits(available); err != nil {
		return err
	}
	if available.Known() {
		r.MaxBytes = int64(available.Value)
	}
	b.report(s.job, Checking)
	reference, err := b.reference(ctx, adapter, r)
	if err != nil {
		if lost(err) {
			return err
		}
		return fmt.Errorf("its outputs were not accepted: %w", err)
	}
	b.report(s.job, Loading)
	r.Tell = func(words string) { b.report(s.job, Loading+Step(": "+words)) }
	if s.session, err = adapter.Load(ctx, r); err != nil {
		return err
	}
	s.result.LoadTime = s.session.LoadTime()
	s.result.MemoryBytes = s.session.MemoryBytes()
	s.result.Software = s.session.Software()
	s.result.Placement = s.session.Placement()
	s.result.Check = reference.Check
	return s.checkOutputs(ctx, reference)
}

// precision is the number format that the session calculates in. It is an
// error if that is not the one asked for, unless the framework was to choose.
func (s *station) precision() (string, error) {
	used := s.result.Software.Precision
	if used == "" || used == s.job.Precision {
		return s.job.Precision, nil
	}
	if !slices.Contains(s.job.Optimizations, "mixed_precision") {
		return "", fmt.Errorf("it calculates in %s, and %s was asked for", used, s.job.Precision)
	}
	return used, nil
}

// checkOutputs compares what the session that will be timed computes with what
// is expected.
func (s *station) checkOutputs(ctx context.Context, want framework.Reference) error {
	got, err := s.session.Outputs(ctx)
	if err != nil {
		return err
	}
	if s.result.Check.Unchecked != "" {
		_, err := s.precision()
		return err
	}
	s.result.Check.OutputError = deviation.Largest(want.Outputs, got)
	if want.Dense != nil {
		cost := deviation.Largest(want.Dense, got)
		s.result.Check.DenseError = &cost
	}
	precision, err := s.precision()
	if err != nil {
		return err
	}
	s.result.Check.OutputBound = max(deviation.Bound(precision), s.result.Check.OutputBound)
	if !(s.result.Check.OutputError <= s.result.Check.OutputBound) {
		return fmt.Errorf("wrong output: its relative error is %.2g, and %.0e is allowed", s.result.Check.OutputError, s.result.Check.OutputBound)
	}
	return nil
}

func (b *bench) report(j plan.Job, step Step) {
	b.progress(Progress{Job: j, Step: step, Remaining: -1})
}

// measure samples all stations and hands out their outcomes.
func (b *bench) measure(ctx context.Context) error {
	policy := *b.stations[0].job.Policy
	policy.Seed = b.stations[0].job.Seed
	subjects, threads := make([]measure.Subject, len(b.stations)), make([]int, len(b.stations))
	for i, s := range b.stations {
		subjects[i], threads[i] = s.session, s.result.Software.Threads
		s.result.Before = b.host.Sensor.State()
	}
	watch := conditions.NewWatch(b.host.Sensor, threads...)
	runtime.GC() // rather here than in the middle of an inference
	all := measure.Run(ctx, policy, subjects, measure.MonotonicClock(), func(p measure.Update) {
		b.progress(Progress{Job: b.stations[p.Subject].job, Step: stepOf(p.Phase), Count: p.Count, Remaining: p.Remaining})
	}, watch)
	var failures []error
	for i, series := range all {
		b.stations[i].result.Conditions = watch.Of(i)
		failures = append(failures, b.finish(b.stations[i], series))
	}
	if err := errors.Join(failures...); err != nil {
		return err
	}
	return ctx.Err()
}

func stepOf(p measure.Phase) Step {
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
	s.result.PeakMemory = s.session.Peak()
	s.result.Summary = measure.Summarize(samples, *s.job.Policy)
	s.result.Summary.Warnings = append(s.result.Summary.Warnings, s.result.Conditions.Warnings()...)
	s.result.Summary.Warnings = append(s.result.Summary.Warnings, s.result.Placement.Warnings()...)
	if why := s.result.Check.Unchecked; why != "" {
		s.result.Summary.Warnings = append(s.result.Summary.Warnings, measure.Warning{Code: result.WarnUnchecked, Message: "the outputs were not checked: " + why})
	}
	outcome := Outcome{
		Job: s.job, Started: s.started, Finished: time.Now(),
		Result: result.Result{Measurement: &s.result, Lost: lost(series.Err)}, Samples: samples, Err: series.Err,
	}
	switch {
	case outcome.Err != nil:
	case series.Stopped == measure.ByCancel:
		outcome.Err = fmt.Errorf("%w after %d measured inferences", ErrInterrupted, s.result.Summary.Count)
	case s.result.Summary.Count == 0:
		outcome.Err = errors.New("no inference was measured")
	}
	return b.done(outcome)
}
