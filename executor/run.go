package executor

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/executor/device"
	"edgebench/executor/framework"
	"edgebench/executor/journal"
	"edgebench/executor/measure"
	"edgebench/executor/modelfile"
	"edgebench/executor/result"
	"edgebench/executor/sensor"
)

// Options say how a plan is run.
type Options struct {
	Dir     string              // the run directory
	Resume  bool                // go on with the run that Dir holds
	Retry   bool                // also with jobs that have lost their process twice
	Program string              // this program's version
	Only    func(plan.Job) bool // nil: all jobs
	Files   modelfile.Folder    // that came with the plan, where it was not just compiled
	// Progress is told what happens; it may be nil.
	Progress func(Event)
	// Adapter finds a framework's adapter; nil: framework.Of.
	Adapter func(*spec.Framework) (framework.Adapter, error)
}

// Event is a step of a run.
type Event struct {
	Done, Total int // measured jobs
	Job         plan.Job
	Step        device.Step // empty once the job has ended
	Count       int         // inferences in this step
	Outcome     *device.Outcome
	Progress    device.Progress
}

// Tally counts how the jobs of a run ended.
type Tally struct {
	Done     int       // now, with a result of this machine
	Replayed int       // now, of a source
	Failed   int       // now, with a reason
	Reused   int       // that the directory had results of
	Excluded int       // that Only left out
	Faults   []string  // about what was found in the directory
	Failures []Failure // of this run
	Skipped  []Failure // jobs that this machine cannot run as it is, and why
	Dir      string    // the run directory
}

// Failure is a job without a result.
type Failure struct {
	Job    plan.Job
	Reason error
}

// Run runs a plan. Failed jobs are counted, not an error; the error says why
// the run as a whole could not go on. When ctx is done it is ctx.Err(), and what was
// measured until then is kept.
func Run(ctx context.Context, p *plan.Plan, opt Options) (Tally, error) {
	if opt.Adapter == nil {
		opt.Adapter = framework.Of
	}
	host := sensor.Local()
	environment := host.Environment(opt.Program)
	j, err := open(p, opt, environment)
	if err != nil {
		return Tally{}, err
	}
	r := &run{plan: p, opt: opt, journal: j, environment: environment.Digest(), tally: Tally{Dir: opt.Dir}}
	r.backends = map[string]device.Backend{
		replay: device.Published{},
		"host": &device.Host{Plan: p, Files: modelfile.InRun(opt.Dir), Sensor: host, Adapter: opt.Adapter, Earlier: r.earlier},
	}
	for _, f := range faults(j.Run()) {
		r.tally.Faults = append(r.tally.Faults, f.String())
	}
	err = r.all(ctx)
	return r.tally, errors.Join(err, j.Close())
}

func faults(run *journal.Run) []journal.Fault {
	damaged, _ := run.Damage()
	if run.Torn != nil {
		damaged = append(damaged, *run.Torn)
	}
	return damaged
}

func open(p *plan.Plan, opt Options, environment sensor.Environment) (*journal.Journal, error) {
	var data bytes.Buffer
	if err := p.Encode(&data); err != nil {
		return nil, err
	}
	description, err := json.Marshal(environment)
	if err != nil {
		return nil, err
	}
	return journal.Create(opt.Dir, journal.Options{
		Plan: data.Bytes(), PlanDigest: p.Digest, Planned: result.Planned(p),
		Environment: description, EnvironmentDigest: environment.Digest(),
		Resume: opt.Resume,
	})
}

type run struct {
	plan         *plan.Plan
	opt          Options
	journal      *journal.Journal
	environment  string
	software     software
	unreadable   map[string]error // models whose files are not to be had
	backends     map[string]device.Backend
	tally        Tally
	total, ended int              // measured jobs of this run, and those of them that ended
	replayed     []journal.Record // not yet in the journal
}

func (r *run) all(ctx context.Context) error {
	selected := r.selected()
	r.software = probe(ctx, r.plan, selected, r.opt.Adapter)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	pending := r.pending(selected)
	pending = r.leaveLost(pending)
	if len(pending) > 0 {
		r.unreadable = keepFiles(r.plan, r.opt)
	}
	pending, err := r.refuse(pending)
	if err != nil {
		return err
	}
	for _, g := range r.group(pending) {
		err := r.backends[r.backendOf(g[0])].Run(ctx, g, r.progress, r.record)
		if err := errors.Join(err, r.flush()); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// flush appends the replayed results together: they cost nothing to make
// again, and syncing the disk after each would take longer than all the rest.
func (r *run) flush() error {
	records := r.replayed
	r.replayed = nil
	if len(records) == 0 {
		return nil
	}
	return r.journal.AppendAll(records)
}

// selected lists the jobs that are asked for.
func (r *run) selected() []plan.Job {
	var jobs []plan.Job
	for _, j := range r.plan.Jobs {
		if r.opt.Only != nil && !r.opt.Only(j) {
			r.tally.Excluded++
		} else {
			jobs = append(jobs, j)
		}
	}
	return jobs
}

// pending lists the jobs to run now: those without a result of this
// environment and of the software that is installed.
func (r *run) pending(selected []plan.Job) []plan.Job {
	var jobs []plan.Job
	for _, j := range selected {
		if r.journal.Done(r.key(j)) {
			r.tally.Reused++
		} else {
			jobs = append(jobs, j)
			if j.Origin == spec.Measured {
				r.total++
			}
		}
	}
	return jobs
}

// refuse fails the jobs whose backend, framework or model is not at hand, and
// returns the others.
func (r *run) refuse(jobs []plan.Job) ([]plan.Job, error) {
	var able []plan.Job
	for _, j := range jobs {
		missing := cmp.Or(r.unreachable(j), r.software[j.Framework].missing, r.software[j.Framework].Offers(j.Optimizations), r.software[j.Framework].Sees(j.Device), r.unreadable[j.Model])
		if missing == nil || j.Origin != spec.Measured {
			able = append(able, j)
			continue
		}
		now := time.Now()
		if err := r.record(device.Outcome{Job: j, Started: now, Finished: now, Err: missing}); err != nil {
			return nil, err
		}
	}
	return able, nil
}

// groupKey is what jobs that run together have in common.
type groupKey struct {
	backend, model, policy string
	seed                   uint64
}

// group puts jobs together that a backend runs together, in the order of each
// group's first job.
func (r *run) group(jobs []plan.Job) [][]plan.Job {
	var groups [][]plan.Job
	index := map[groupKey]int{}
	for _, j := range jobs {
		key := groupKey{backend: r.backendOf(j)}
		if j.Origin == spec.Measured {
			key = groupKey{key.backend, j.Model, j.Policy.Name, j.Seed}
		}
		i, known := index[key]
		if !known {
			i = len(groups)
			index[key] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], j)
	}
	return groups
}

func (r *run) progress(p device.Progress) {
	r.notify(Event{Job: p.Job, Step: p.Step, Count: p.Count, Progress: p})
}

func (r *run) notify(e Event) {
	if r.opt.Progress == nil {
		return
	}
	e.Done, e.Total = r.ended, r.total
	r.opt.Progress(e)
}

// record appends one outcome to the journal.
func (r *run) record(o device.Outcome) error {
	o.Result.NoDevice = errors.Is(o.Err, framework.ErrNoDevice)
	payload, err := json.Marshal(o.Result)
	if err != nil {
		return fmt.Errorf("result of %s: %w", o.Job.ID, err)
	}
	record := journal.Record{
		Job: o.Job.ID, Identity: o.Job.Identity, Status: journal.StatusDone, Origin: o.Job.Origin,
		Started: o.Started, Finished: o.Finished, Payload: payload,
	}
	if o.Job.Origin == spec.Measured {
		record.Software = r.software[o.Job.Framework].digest
	}
	skipped := framework.Absent(o.Err)
	if o.Err != nil {
		record.Status, record.Reason = journal.StatusFailed, o.Err.Error()
	}
	if skipped {
		record.Status = journal.StatusSkipped
	}
	if err := r.append(record, o.Samples); err != nil || o.Unfinished {
		return err
	}
	if skipped {
		r.tally.Skipped = append(r.tally.Skipped, Failure{o.Job, o.Err})
		r.total-- // nobody waits for it
		return nil
	}
	if o.Job.Origin == spec.Measured {
		r.ended++
	}
	switch {
	case o.Err != nil:
		r.tally.Failed++
		r.tally.Failures = append(r.tally.Failures, Failure{o.Job, o.Err})
	case o.Job.Origin == spec.Published:
		r.tally.Replayed++
	default:
		r.tally.Done++
	}
	r.notify(Event{Job: o.Job, Outcome: &o})
	return nil
}

func (r *run) append(record journal.Record, samples []measure.Sample) error {
	if record.Origin == spec.Published {
		r.replayed = append(r.replayed, record)
		return nil
	}
	text, err := encodeSamples(samples)
	if err != nil {
		return err
	}
	_, err = r.journal.Append(record, text)
	return err
}

// earlier is what the directory holds of a job that was measured in part.
func (r *run) earlier(j plan.Job) (*result.Measurement, []measure.Sample) {
	stored := r.journal.Run()
	rec, ok := stored.Last(r.key(j))
	if !ok || rec.Status != journal.StatusFailed {
		return nil, nil
	}
	var found result.Result
	if json.Unmarshal(rec.Payload, &found) != nil || found.Measurement == nil {
		return nil, nil
	}
	text, err := stored.Samples(rec)
	if err != nil {
		return nil, nil // measured anew: the fault was told when the directory was read
	}
	samples, err := measure.ReadSamples(bytes.NewReader(text))
	if err != nil {
		return nil, nil
	}
	return found.Measurement, samples
}

func encodeSamples(samples []measure.Sample) ([]byte, error) {
	if len(samples) == 0 {
		return nil, nil
	}
	var b bytes.Buffer
	err := measure.WriteSamples(&b, samples)
	return b.Bytes(), err
}
