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
	// Earlier is what an earlier run has measured of a job that it did not finish, with the samples; it may be
	// nil, and so may what it returns.
	Earlier func(plan.Job) (*result.Measurement, []measure.Sample)
}

// Run implements Backend. It takes these steps:
//
//  1. for each job, compare the memory that it needs with what is available, and compute the outputs to
//     expect;
//  2. as often as the policy asks for processes: load a session of each job, compare its own outputs with those
//     expected, measure all sessions, interleaved where the policy says so, and close them;
//  3. summarize each job's series and hand out the outcome.
//
// A job that fails in one step does not take part in the next ones. What a job's processes have given is
// handed out after each, so that it is not lost with this program.
func (h *Host) Run(ctx context.Context, jobs []plan.Job, progress func(Progress), done func(Outcome) error) error {
	b := &bench{host: h, progress: progress, done: done, processes: jobs[0].Policy.ProcessCount()}
	defer b.close()
	if err := b.prepare(ctx, jobs); err != nil {
		return err
	}
	for process := range b.processes {
		if err := b.round(ctx, process); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// bench is one model under measurement.
type bench struct {
	host      *Host
	progress  func(Progress)
	done      func(Outcome) error
	processes int // that each job is measured in
	process   int // that is now measured, from 0
	stations  []*station
	opaque    *framework.Reference // of the one model, where only other frameworks read it
}

// station is one job that is ready to be measured.
type station struct {
	job       plan.Job
	started   time.Time
	adapter   framework.Adapter
	need      need
	request   framework.Request
	reference framework.Reference
	session   framework.Session // of the process that is now measured
	result    result.Measurement
	processes []result.Process // that were measured
	samples   []measure.Sample // of all of them
}

func (b *bench) close() {
	for _, s := range b.stations {
		s.close()
	}
}

// prepare checks every job.
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
		b.stations = append(b.stations, s)
		if b.processes > 1 && b.host.Earlier != nil {
			s.takeUp(b.host.Earlier(j))
		}
		if err := caught(func() error { return b.check(ctx, s, model) }); err != nil {
			if err := b.drop(ctx, s, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// takeUp goes on with what was measured of a job before this program ended: its whole processes.
func (s *station) takeUp(m *result.Measurement, samples []measure.Sample) {
	if m == nil {
		return
	}
	for _, part := range measure.ByProcess(samples) {
		index := len(s.processes)
		if index == min(len(m.Processes), s.job.Policy.ProcessCount()-1) || part[0].Process != index || !m.Processes[index].Whole() {
			break
		}
		s.processes = append(s.processes, m.Processes[index])
		s.samples = append(s.samples, part...)
	}
	s.result.Check = m.Check
}

// drop ends a job that failed, unless the user interrupted it.
func (b *bench) drop(ctx context.Context, s *station, reason error) error {
	s.close()
	b.stations = slices.DeleteFunc(b.stations, func(other *station) bool { return other == s })
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return b.done(s.outcome(reason))
}

func (s *station) close() {
	if s.session != nil {
		s.session.Close()
		s.session = nil
	}
}

// lost reports whether a job failed because its process ended unasked.
func lost(reason error) bool {
	var failure *process.Failure
	return errors.As(reason, &failure) && failure.Ended()
}

// caught makes a panic in an adapter its job's failure.
func caught(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the framework panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return f()
}

// check finds out whether a job can run here, and what it must compute.
func (b *bench) check(ctx context.Context, s *station, m *plan.Model) error {
	f, ok := b.host.Plan.Catalog.Frameworks.Get(s.job.Framework)
	if !ok {
		return fmt.Errorf("the plan holds no framework %q", s.job.Framework)
	}
	var err error
	if s.adapter, err = b.host.Adapter(f); err != nil {
		return err
	}
	s.need = needOf(f, m)
	s.request = framework.Request{
		Model: m, Files: b.host.Files, Seed: s.job.Seed,
		Device: s.job.Device, Optimizations: s.job.Optimizations, Precision: s.job.Precision, Sparsity: s.job.Sparsity, Threads: s.job.Threads,
	}
	if s.request.Threads == 0 {
		s.request.Threads = runtime.GOMAXPROCS(0)
	}
	if err := b.allot(s); err != nil {
		return err
	}
	b.report(s.job, Checking)
	if s.reference, err = b.reference(ctx, s.adapter, s.request); err != nil {
		if lost(err) {
			return err
		}
		return fmt.Errorf("its outputs were not accepted: %w", err)
	}
	return nil
}

// allot gives a job the memory that is available now, or says that it does not suffice.
func (b *bench) allot(s *station) error {
	available := b.host.Sensor.State().Memory
	if available.Known() {
		s.request.MaxBytes = int64(available.Value)
	}
	return s.need.fits(available)
}

// load opens a session of a job and checks its outputs.
func (b *bench) load(ctx context.Context, s *station) error {
	err := b.allot(s)
	if err != nil {
		return err
	}
	b.report(s.job, Loading)
	s.request.Tell = func(words string) { b.report(s.job, Loading+Step(": "+words)) }
	if s.session, err = s.adapter.Load(ctx, s.request); err != nil {
		return err
	}
	s.result.Software = s.session.Software()
	s.result.Placement = s.session.Placement()
	worst := s.result.Check.OutputError
	s.result.Check = s.reference.Check
	err = s.checkOutputs(ctx, s.reference)
	s.result.Check.OutputError = max(s.result.Check.OutputError, worst)
	return err
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
	if o := s.request.Model.Opaque; o != nil && o.Quantized {
		precision = "int8" // whatever the rest of it calculates in
	}
	s.result.Check.OutputBound = s.job.Policy.Tolerance.Of(precision)
	if !(s.result.Check.OutputError <= s.result.Check.OutputBound) {
		return fmt.Errorf("wrong output: its relative L2 error is %.2g, and the policy's tolerance in %s is %.2g", s.result.Check.OutputError, precision, s.result.Check.OutputBound)
	}
	return nil
}

func (b *bench) report(j plan.Job, step Step) {
	b.tell(Progress{Job: j, Step: step, Remaining: -1})
}

func (b *bench) tell(p Progress) {
	p.Process, p.Processes = b.process, b.processes
	b.progress(p)
}

// round measures one process of each job that is as far.
func (b *bench) round(ctx context.Context, process int) error {
	b.process = process
	var live []*station
	for _, s := range slices.Clone(b.stations) {
		if len(s.processes) != process {
			continue // it has more, of an earlier run
		}
		if err := caught(func() error { return b.load(ctx, s) }); err != nil {
			if err := b.drop(ctx, s, err); err != nil {
				return err
			}
			continue
		}
		live = append(live, s)
	}
	if len(live) == 0 || ctx.Err() != nil {
		return ctx.Err()
	}
	return b.measure(ctx, live)
}

// measure samples stations and hands out what they gave.
func (b *bench) measure(ctx context.Context, live []*station) error {
	policy := live[0].job.Policy.OfProcess(b.process)
	policy.Seed = live[0].job.Seed + uint64(b.process)
	subjects, threads := make([]measure.Subject, len(live)), make([]int, len(live))
	for i, s := range live {
		subjects[i], threads[i] = s.session, s.result.Software.Threads
	}
	before := b.host.Sensor.State()
	watch := conditions.NewWatch(b.host.Sensor, threads...)
	runtime.GC() // rather here than in the middle of an inference
	all := measure.Run(ctx, policy, subjects, measure.MonotonicClock(), func(p measure.Update) {
		b.tell(Progress{Job: live[p.Subject].job, Step: stepOf(p.Phase), Count: p.Count, Remaining: p.Remaining})
	}, watch)
	var failures []error
	for i, series := range all {
		met := watch.Of(i)
		met.Asked = live[i].request.Threads
		live[i].take(series, b.process, result.Process{Before: before, After: b.host.Sensor.State(), Conditions: met})
		failures = append(failures, b.handOut(live[i], series))
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

// take adds what a process gave, and ends it.
func (s *station) take(series measure.Series, index int, p result.Process) {
	series.InProcess(index)
	s.samples = append(s.samples, series.Samples...)
	series.Samples = nil // they have a file of their own
	p.Series = series
	p.LoadTime, p.MemoryBytes, p.PeakMemory = s.session.LoadTime(), s.session.MemoryBytes(), s.session.Peak()
	s.processes = append(s.processes, p)
	s.close()
}

// handOut hands out what a station has. An interrupted series is a failure
// that keeps its samples: a resumed run goes on behind its last whole process.
func (b *bench) handOut(s *station, series measure.Series) error {
	count := measuredIn(s.samples)
	switch {
	case series.Err != nil:
		return b.end(s, series.Err)
	case series.Stopped == measure.ByCancel:
		return b.end(s, fmt.Errorf("%w after %d measured inferences", ErrInterrupted, count))
	case count == 0:
		return b.end(s, errors.New("no inference was measured"))
	case len(s.processes) == b.processes:
		return b.end(s, nil)
	}
	o := s.outcome(fmt.Errorf("measured in %d of %d processes when the run ended: resume the run, which goes on with it", len(s.processes), b.processes))
	o.Unfinished = true
	return b.done(o)
}

func measuredIn(samples []measure.Sample) (count int) {
	for _, x := range samples {
		if x.Phase == measure.Measured && !x.Disturbed.Excluded() {
			count++
		}
	}
	return count
}

// end hands out the last outcome of a station.
func (b *bench) end(s *station, reason error) error {
	b.stations = slices.DeleteFunc(b.stations, func(other *station) bool { return other == s })
	return b.done(s.outcome(reason))
}

// outcome is that of a job as far as it has come; of one that nothing was measured of it is the reason alone.
func (s *station) outcome(reason error) Outcome {
	o := Outcome{Job: s.job, Started: s.started, Finished: time.Now(), Err: reason, Result: result.Result{Lost: lost(reason)}}
	if len(s.processes) > 0 {
		o.Result.Measurement, o.Samples = s.measured(), s.samples
	}
	return o
}

// measured is the measurement as far as it has come.
func (s *station) measured() *result.Measurement {
	m := s.result
	m.Process = result.Together(s.processes)
	if s.job.Policy.ProcessCount() > 1 {
		m.Processes = slices.Clone(s.processes)
	}
	m.Summary = measure.Summarize(s.samples, *s.job.Policy)
	m.Summary.Warnings = append(m.Summary.Warnings, m.Conditions.Warnings()...)
	m.Summary.Warnings = append(m.Summary.Warnings, m.Placement.Warnings(s.job.MinShare)...)
	if why := m.Check.Unchecked; why != "" {
		m.Summary.Warnings = append(m.Summary.Warnings, measure.Warning{Code: result.WarnUnchecked, Message: "the outputs were not checked: " + why})
	}
	return &m
}
