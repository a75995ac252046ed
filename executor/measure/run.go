package measure

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"edgebench/compiler/spec/policy"
)

// Subject is something that infers: the embedded engine, or a runner process.
type Subject interface {
	// Infer runs n inferences one after another and returns each one's start and duration, in order,
	// timed by the subject's own clock; the executor sets the phase. When ctx is done or an inference
	// fails it returns soon, with the error and the samples it has until then.
	Infer(ctx context.Context, n int) ([]Sample, error)
}

// Clause is what ended a phase.
type Clause string

const (
	ByTarget   Clause = "target_ci"
	ByMinTime  Clause = "min_time"  // there is no target_ci
	ByMinCount Clause = "min_count" // there is neither target_ci nor min_time
	ByMaxTime  Clause = "max_time"
	ByGiveUp   Clause = "give_up" // the hard limit of time, below min_count
	ByMaxCount Clause = "max_count"
	ByCancel   Clause = "cancelled"
	ByFailure  Clause = "failed"
	BySteady   Clause = "steady" // warm-up only: its end was detected
	ByNoWarmup Clause = "none"   // warm-up only: the policy has none

	notYet Clause = ""
)

// Batch is one call of Infer, as the executor saw it.
type Batch struct {
	Process   int   `json:"process,omitempty"` // of the job's, from 0
	Round     int   `json:"round"`             // interleaved: 1, 2 ...; 0 in warm-up or alone
	Position  int   `json:"position"`          // within the shuffled round, from 0
	Phase     Phase `json:"phase"`
	Count     int   `json:"count"`      // samples it returned
	StartNS   int64 `json:"start_ns"`   // on the executor's clock
	ElapsedNS int64 `json:"elapsed_ns"` // on the executor's clock, communication included
	// Usage is what the inferring process took; nil where the subject does not tell.
	Usage *Usage `json:"usage,omitempty"`
	// GroupCPUNS is what the inferring process and all others of its group took of the processors, as the
	// executor's system tells it; nil where it does not.
	GroupCPUNS *int64 `json:"group_cpu_ns,omitempty"`
	// SleptNS is how long the machine was suspended meanwhile, which ElapsedNS does not count.
	SleptNS int64 `json:"slept_ns,omitempty"`
}

// Series is everything sampled from one subject.
type Series struct {
	Subject int      `json:"subject"` // index in Run's subjects
	Samples []Sample `json:"samples"` // in the order they ran, warm-up first
	Batches []Batch  `json:"batches"`
	Seed    uint64   `json:"seed,omitempty"` // of the interleaving

	WarmupStopped Clause          `json:"warmup_stopped"`
	WarmupTime    policy.Duration `json:"warmup_time"` // in Infer, on the executor's clock
	Stopped       Clause          `json:"stopped"`
	// MetAt is how many samples counted when Stopped held: interleaved subjects go on until all are done.
	MetAt        int             `json:"met_at,omitempty"`
	MeasuredTime policy.Duration `json:"measured_time"` // in Infer, on the executor's clock
	// BelowMinCount: a ceiling, failure or cancellation ended it before min_count.
	BelowMinCount bool `json:"below_min_count,omitempty"`
	// Note is the end in words, where there is more to say than Stopped does.
	Note string `json:"note,omitempty"`
	Err  error  `json:"-"` // why it failed; Note has its text
}

// Then is the series of a process followed by that of the next one, which says how both ended.
func (s Series) Then(next Series) Series {
	s.Samples = slices.Concat(s.Samples, next.Samples)
	s.Batches = slices.Concat(s.Batches, next.Batches)
	s.WarmupTime += next.WarmupTime
	s.MeasuredTime += next.MeasuredTime
	s.MetAt += next.MetAt
	s.WarmupStopped, s.Stopped, s.Note, s.Err = next.WarmupStopped, next.Stopped, next.Note, next.Err
	s.BelowMinCount = s.BelowMinCount || next.BelowMinCount
	return s
}

// InProcess marks all samples and batches as those of one of the job's processes.
func (s *Series) InProcess(index int) {
	for i := range s.Samples {
		s.Samples[i].Process = index
	}
	for i := range s.Batches {
		s.Batches[i].Process = index
	}
}

// Update is where one subject stands after a batch.
type Update struct {
	Subject int
	Phase   Phase
	Count   int           // samples in this phase
	Elapsed time.Duration // in this phase, in Infer
	// Remaining is an estimate for this subject's phase; negative where there is no ground for one.
	Remaining time.Duration
}

// Run samples every subject by the policy, which must pass Check. One subject's failure, a panic
// included, ends only its own series, and keeps what it has. When ctx is done every series not yet
// at its end is marked cancelled. The function progress, which may be nil, is called after each batch,
// and observers around it.
func Run(ctx context.Context, p policy.Policy, subjects []Subject, clock Clock, progress func(Update), observers ...Observer) []Series {
	r := &run{ctx: ctx, policy: p, clock: clock, progress: progress, observers: observers}
	series := make([]Series, len(subjects))
	tracks := make([]*track, len(subjects))
	for i, s := range subjects {
		series[i].Subject = i
		tracks[i] = &track{subject: s, series: &series[i]}
	}
	if p.Interleave {
		r.interleaved(tracks)
	} else {
		r.sequential(tracks)
	}
	return series
}

type run struct {
	ctx       context.Context
	policy    policy.Policy
	clock     Clock
	progress  func(Update)
	observers []Observer
}

// track is a subject's series while it grows.
type track struct {
	subject Subject
	series  *Series
	phase   Phase
	count   int           // samples in this phase
	counted []float64     // durations that the stop rules look at, in ns
	spent   time.Duration // in Infer, in this phase
	cost    time.Duration // of one inference in the last batch, communication included
	look    int           // count at which the interval is looked at next
	met     Clause        // the rule that was met, while the group goes on
	width   float64       // relative half-width at the last look; 0: none yet
}

func (r *run) sequential(tracks []*track) {
	for _, t := range tracks {
		r.warmUp(t)
		r.measure([]*track{t}, nil)
	}
}

// seedStream is PCG's second seed word, fixed so that a policy's one seed decides the order.
const seedStream = 0x9e3779b97f4a7c15

func (r *run) interleaved(tracks []*track) {
	for _, t := range tracks {
		t.series.Seed = r.policy.Seed
		r.warmUp(t)
	}
	r.measure(tracks, rand.New(rand.NewPCG(r.policy.Seed, seedStream)))
}

// measure samples the tracks in rounds until all have met a rule. One that has goes on with the others,
// so that all see the same conditions until the end; only a ceiling, a failure or the user takes a
// track out before. Without an order there is one track and no rounds.
func (r *run) measure(tracks []*track, order *rand.Rand) {
	live := slices.Clone(tracks)
	for round := 1; ; round++ {
		live = slices.DeleteFunc(live, func(t *track) bool { return t.series.Stopped != notYet })
		if r.allMet(live) {
			break
		}
		b := Batch{}
		if order != nil {
			order.Shuffle(len(live), func(i, j int) { live[i], live[j] = live[j], live[i] })
			b.Round = round
		}
		turn := longestTurn(live)
		for position, t := range live {
			b.Position = position
			r.turn(t, b, turn)
		}
	}
	for _, t := range tracks {
		r.finish(t)
	}
}

// allMet looks at every track, so that each keeps where it met its rule first.
func (r *run) allMet(live []*track) bool {
	all := true
	for _, t := range live {
		if t.met == notYet {
			if t.met = r.satisfied(t); t.met != notYet {
				t.series.MetAt = len(t.counted)
			}
		}
		all = all && t.met != notYet
	}
	return all
}

// longestTurn is how long each track is measured in a round: all the same, though the slowest may take
// longer than a quantum for one inference.
func longestTurn(live []*track) time.Duration {
	turn := quantum
	for _, t := range live {
		turn = max(turn, t.cost)
	}
	return turn
}

// turn measures one batch, or ends the track at a ceiling.
func (r *run) turn(t *track, b Batch, length time.Duration) {
	n, stop := r.next(t, length)
	switch {
	case stop == notYet:
		r.batch(t, b, n)
	case t.met != notYet:
		t.series.Stopped = t.met
	default:
		t.series.Stopped = stop
	}
}

func (r *run) warmUp(t *track) {
	t.phase = WarmingUp
	for t.series.Stopped == notYet {
		n, stop := r.nextWarmup(t)
		if stop != notYet {
			t.series.WarmupStopped = stop
			break
		}
		r.batch(t, Batch{}, n)
	}
	if t.series.WarmupStopped == notYet {
		t.series.WarmupStopped = t.series.Stopped
	}
	t.series.WarmupTime = policy.Duration(t.spent)
	t.startMeasuring(r.policy)
}

func (t *track) startMeasuring(p policy.Policy) {
	t.phase, t.count, t.spent, t.look = Measured, 0, 0, 0
	if !p.IncludeWarmup {
		t.counted = nil
	}
}

func (r *run) finish(t *track) {
	s := t.series
	if s.Stopped == notYet {
		s.Stopped = t.met
	}
	s.MeasuredTime = policy.Duration(t.spent)
	s.BelowMinCount = len(t.counted) < r.policy.MinCount
	switch {
	case s.Err != nil:
		s.Note = s.Err.Error()
	case s.BelowMinCount:
		s.Note = fmt.Sprintf("%s ended it at %d of min_count %d samples", s.Stopped, len(t.counted), r.policy.MinCount)
	}
}

// batch runs n inferences and takes what they returned into the series.
func (r *run) batch(t *track, b Batch, n int) {
	if r.ctx.Err() != nil {
		t.series.Stopped = ByCancel
		return
	}
	b.Phase = t.phase
	for _, o := range r.observers {
		o.BeforeBatch(t.series.Subject, b.Phase)
	}
	sleptBefore, start := sleptOf(r.clock), r.clock.Now()
	samples, err := infer(r.ctx, t.subject, n)
	elapsed := r.clock.Now() - start
	samples, err = trusted(samples, n, err)
	b.Count, b.StartNS, b.ElapsedNS, b.Usage = len(samples), int64(start), int64(elapsed), usageOf(t.subject)
	b.GroupCPUNS = groupCPUOf(t.subject)
	if d := sleptOf(r.clock) - sleptBefore; d >= leastSleep {
		b.SleptNS = int64(d)
	}
	for _, o := range r.observers {
		o.AfterBatch(t.series.Subject, b)
	}
	mark(samples, b, t.counted)
	t.take(b, samples)
	t.end(r.ctx, err)
	r.report(t)
}

func infer(ctx context.Context, s Subject, n int) (samples []Sample, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("inference panicked: %v", p)
		}
	}()
	return s.Infer(ctx, n)
}

// trusted cuts the samples before the first that cannot be, and says what is wrong with them.
func trusted(samples []Sample, n int, err error) ([]Sample, error) {
	for i, s := range samples {
		if s.DurationNS < 0 {
			return samples[:i], fmt.Errorf("the runner's inference %d of %d took %d ns: its clock runs backwards", i+1, n, s.DurationNS)
		}
	}
	if len(samples) > n {
		return samples[:n], fmt.Errorf("the runner was told %d inferences and returned %d", n, len(samples))
	}
	if err == nil && len(samples) < n {
		err = fmt.Errorf("the runner was told %d inferences and returned %d", n, len(samples))
	}
	return samples, err
}

func (t *track) take(b Batch, samples []Sample) {
	for _, s := range samples {
		s.Phase = t.phase
		t.series.Samples = append(t.series.Samples, s)
		if !s.Disturbed.Excluded() {
			t.counted = append(t.counted, float64(s.DurationNS))
		}
	}
	t.series.Batches = append(t.series.Batches, b)
	t.count += b.Count
	t.spent += time.Duration(b.ElapsedNS)
	if b.Count > 0 {
		t.cost = time.Duration(b.ElapsedNS) / time.Duration(b.Count)
	}
}

// end marks the series by what Infer returned: an error once ctx is done is the cancellation.
func (t *track) end(ctx context.Context, err error) {
	switch {
	case err == nil:
	case ctx.Err() != nil:
		t.series.Stopped = ByCancel
	default:
		t.series.Stopped, t.series.Err = ByFailure, err
	}
}

func (r *run) report(t *track) {
	if r.progress == nil {
		return
	}
	r.progress(Update{
		Subject: t.series.Subject, Phase: t.phase, Count: t.count, Elapsed: t.spent,
		Remaining: r.remaining(t),
	})
}
