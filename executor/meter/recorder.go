package meter

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"gonum.org/v1/gonum/stat/distuv"
)

// Stream is a meter whose readings come by themselves, each with its time.
type Stream interface {
	Describe() Description
	// Run gives each reading until ctx is done, which is no error; at is the time since Run was called.
	Run(ctx context.Context, take func(at time.Duration, value float64)) error
}

// Recorder keeps what meters read while work is done, and the spans of that work.
type Recorder struct {
	now    func() time.Duration
	stop   context.CancelFunc
	ended  sync.WaitGroup
	mu     sync.Mutex
	traces []*trace
	meters []Meter // read at each mark; nil where a stream gives the readings
}

// Record starts to read: a power meter at each of its update periods, a counter at each [Recorder.Mark]
// only. The function now gives the time since some origin, and never goes backwards.
func Record(ctx context.Context, now func() time.Duration, meters []Meter, streams ...Stream) *Recorder {
	ctx, stop := context.WithCancel(ctx)
	r := &Recorder{now: now, stop: stop}
	for _, m := range meters {
		t := r.trace(m, m.Describe())
		if t.of.Quantity == Power {
			r.ended.Go(func() { r.poll(ctx, t, m) })
		}
	}
	for _, s := range streams {
		t := r.trace(nil, s.Describe())
		r.ended.Go(func() { r.follow(ctx, t, s) })
	}
	return r
}

func (r *Recorder) trace(m Meter, d Description) *trace {
	t := &trace{of: d}
	r.traces, r.meters = append(r.traces, t), append(r.meters, m)
	return t
}

// leastPoll is the shortest time between two readings of a power meter: more would take processor time
// from what is measured.
const leastPoll = 5 * time.Millisecond

func (r *Recorder) poll(ctx context.Context, t *trace, m Meter) {
	tick := time.NewTicker(max(t.of.Period, leastPoll))
	defer tick.Stop()
	for {
		r.read(t, m)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (r *Recorder) read(t *trace, m Meter) {
	value, err := m.Read()
	r.mu.Lock()
	defer r.mu.Unlock()
	t.add(r.now(), value, err) // below the lock: two goroutines read, and points are in order
}

func (r *Recorder) follow(ctx context.Context, t *trace, s Stream) {
	origin := r.now()
	err := s.Run(ctx, func(at time.Duration, value float64) {
		r.mu.Lock()
		defer r.mu.Unlock()
		t.add(origin+at, value, nil)
	})
	if err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		t.add(r.now(), 0, err)
	}
}

// Mark reads every meter that can be asked, and returns the time.
func (r *Recorder) Mark() time.Duration {
	for i, m := range r.meters {
		if m != nil {
			r.read(r.traces[i], m)
		}
	}
	return r.now()
}

// Stop ends the reading. What was recorded stays.
func (r *Recorder) Stop() {
	r.stop()
	r.ended.Wait()
}

// Span is a time of work.
type Span struct {
	From, To time.Duration
	Count    int // of pieces of work, such as inferences
}

// Account is the energy of spans, by one meter.
type Account struct {
	Meter Description `json:"meter"`
	// Spans is how many of the spans the meter could tell the energy of, Without how many it could not.
	Spans   int     `json:"spans"`
	Without int     `json:"without,omitempty"`
	Count   int     `json:"count"` // pieces of work in Spans
	Seconds float64 `json:"seconds"`
	Joules  float64 `json:"joules"`
	// Within is how far Joules may be off, by the meter's resolution and update period.
	Within float64 `json:"within"`
	// PerPiece is Joules by Count, with its interval from the scatter of the spans and Within.
	PerPiece Interval `json:"per_piece_j"`
	// Power is Joules by Seconds, in W.
	Power Interval `json:"power_w"`
	// Reason is why there is no energy, or why not of all spans; empty where nothing is to be said.
	Reason string `json:"reason,omitempty"`
}

// Known reports whether the account has an energy.
func (a Account) Known() bool { return a.Count > 0 && a.Spans > 0 }

// Interval is a value with an interval that holds it.
type Interval struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Accounts are the energies of the spans, by each meter. A meter that does not know half of them knows none:
// those that it does know are not those that one would have picked.
func (r *Recorder) Accounts(spans []Span, confidence float64) []Account {
	r.mu.Lock()
	defer r.mu.Unlock()
	accounts := make([]Account, len(r.traces))
	for i, t := range r.traces {
		accounts[i] = t.account(spans, confidence)
	}
	return accounts
}

func (t *trace) account(spans []Span, confidence float64) Account {
	a := Account{Meter: t.of}
	if t.stuck() {
		a.Without = len(spans)
		a.Reason = fmt.Sprintf("it read %.6g all the time: it is stuck, or nothing is connected to it", t.points[0].value)
		return a
	}
	var pieces []piece
	var reason error
	for _, s := range merged(spans, t.of.Period) {
		joules, within, err := t.energy(s.From, s.To)
		if err != nil {
			a.Without++
			reason = err
			continue
		}
		a.Spans++
		a.Within = math.Hypot(a.Within, within)
		pieces = append(pieces, piece{joules, (s.To - s.From).Seconds(), s.Count})
	}
	if reason != nil {
		a.Reason = reason.Error()
	}
	if a.Without >= a.Spans {
		if a.Reason == "" {
			a.Reason = "nothing was done"
		}
		return Account{Meter: a.Meter, Without: a.Without + a.Spans, Reason: a.Reason}
	}
	a.sum(pieces, confidence)
	return a
}

// shortest is how many update periods a span must have: below, what the meter does not resolve would be
// most of its energy.
const shortest = 4

// merged joins spans that follow one another without a gap that matters until they are long enough for
// the meter.
func merged(spans []Span, period time.Duration) []Span {
	var out []Span
	for _, s := range spans {
		if n := len(out); n > 0 && out[n-1].To-out[n-1].From < shortest*period && s.From-out[n-1].To <= period/10 {
			out[n-1].To, out[n-1].Count = s.To, out[n-1].Count+s.Count
			continue
		}
		out = append(out, s)
	}
	return out
}

type piece struct {
	joules, seconds float64
	count           int
}

func (a *Account) sum(pieces []piece, confidence float64) {
	for _, p := range pieces {
		a.Joules += p.joules
		a.Seconds += p.seconds
		a.Count += p.count
	}
	a.PerPiece = ratio(pieces, a.Joules, a.Within, confidence, func(p piece) float64 { return float64(p.count) })
	a.Power = ratio(pieces, a.Joules, a.Within, confidence, func(p piece) float64 { return p.seconds })
}

// ratio is the sum of joules by the sum of what they are divided by. Its interval is that of the ratio
// estimator (Cochran, Sampling Techniques, section 6.3), widened by what the meter cannot resolve.
func ratio(pieces []piece, joules, within, confidence float64, by func(piece) float64) Interval {
	total := 0.0
	for _, p := range pieces {
		total += by(p)
	}
	if total == 0 {
		return Interval{}
	}
	r := joules / total
	half := within / total
	if n := float64(len(pieces)); n > 1 {
		squares := 0.0
		for _, p := range pieces {
			d := p.joules - r*by(p)
			squares += d * d
		}
		mean := total / n
		t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile(1 - (1-confidence)/2)
		half = math.Hypot(half, t*math.Sqrt(squares/(n-1)/n)/mean)
	}
	return Interval{r, max(0, r-half), r + half}
}

// Idle is the power of a machine that does nothing but this: marks at each end of a wait. It is an error
// if the wait was cut short.
func (r *Recorder) Idle(ctx context.Context, wait time.Duration) (Span, error) {
	from := r.Mark()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return Span{}, errors.New("the idle power was not measured: interrupted")
	case <-timer.C:
	}
	return Span{from, r.Mark(), 1}, nil
}
