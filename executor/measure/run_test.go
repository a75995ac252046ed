package measure_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"edgebench/compiler/spec/policy"
	"edgebench/executor/measure"
	"edgebench/executor/measure/measuretest"

	"github.com/google/go-cmp/cmp"
)

const ms = time.Millisecond

func dur(d time.Duration) policy.Duration { return policy.Duration(d) }

func count(s measure.Series, phase measure.Phase) (n int) {
	for _, x := range s.Samples {
		if x.Phase == phase {
			n++
		}
	}
	return n
}

// TestStopClauses gives each clause the device that brings it about. Durations are exact, since the
// clock moves only when the fake device infers.
func TestStopClauses(t *testing.T) {
	type P = policy.Policy
	noisy := measuretest.Cycle(5*ms, 15*ms, 9*ms, 11*ms, 10*ms, 7*ms, 13*ms)
	tests := []struct {
		name     string
		policy   P
		script   func(int) (time.Duration, error)
		clause   measure.Clause
		measured int
		below    bool
		note     string
	}{
		{name: "min_count where nothing else is asked", policy: P{MinCount: 30},
			script: measuretest.Constant(10 * ms), clause: measure.ByMinCount, measured: 30},
		{name: "min_time obeys the min_count floor", policy: P{MinCount: 30, MinTime: dur(100 * ms)},
			script: measuretest.Constant(10 * ms), clause: measure.ByMinTime, measured: 30},
		{name: "min_time beyond min_count", policy: P{MinCount: 3, MinTime: dur(time.Second)},
			script: measuretest.Constant(10 * ms), clause: measure.ByMinTime, measured: 100},
		{name: "a quiet device meets its target at min_count", policy: P{MinCount: 30, TargetCI: 0.01, MaxCount: 1000},
			script: measuretest.Constant(10 * ms), clause: measure.ByTarget, measured: 30},
		{name: "target_ci waits for min_time", policy: P{MinCount: 30, MinTime: dur(time.Second), TargetCI: 0.01, MaxCount: 1000},
			script: measuretest.Constant(10 * ms), clause: measure.ByTarget, measured: 100},
		{name: "a noisy one reaches max_count", policy: P{MinCount: 7, TargetCI: 0.001, MaxCount: 50},
			script: noisy, clause: measure.ByMaxCount, measured: 50},
		{name: "max_time is never overrun", policy: P{MinCount: 3, TargetCI: 0.0001, MaxTime: dur(time.Second)},
			script: measuretest.Cycle(30*ms, 31*ms), clause: measure.ByMaxTime, measured: 32},
		{name: "max_time does not cut min_count", policy: P{MinCount: 30, MaxTime: dur(10 * time.Second)},
			script: measuretest.Constant(3 * time.Second), clause: measure.ByMinCount, measured: 30},
		{name: "max_time ends what goes beyond min_count", policy: P{MinCount: 10, TargetCI: 0.0001, MaxTime: dur(5 * time.Second)},
			script: measuretest.Cycle(900*ms, 1100*ms), clause: measure.ByMaxTime, measured: 10},
		{name: "ten times max_time cuts min_count and says so", policy: P{MinCount: 100, MaxTime: dur(10 * time.Second)},
			script: measuretest.Constant(3 * time.Second), clause: measure.ByGiveUp, measured: 33, below: true,
			note: "give_up ended it at 33 of min_count 100 samples"},
		{name: "give_up cuts min_count and says so", policy: P{MinCount: 30, MaxTime: dur(10 * time.Second), GiveUp: dur(20 * time.Second)},
			script: measuretest.Constant(3 * time.Second), clause: measure.ByGiveUp, measured: 6, below: true,
			note: "give_up ended it at 6 of min_count 30 samples"},
		{name: "one inference beyond give_up is still a sample", policy: P{MinCount: 5, MaxTime: dur(time.Second)},
			script: measuretest.Constant(time.Minute), clause: measure.ByGiveUp, measured: 1, below: true,
			note: "give_up ended it at 1 of min_count 5 samples"},
		{name: "the target is met with the last allowed sample", policy: P{MinCount: 50, TargetCI: 0.01, MaxCount: 50},
			script: measuretest.Constant(10 * ms), clause: measure.ByTarget, measured: 50},
		{name: "the target is met between two looks, where max_count ends it", policy: P{MinCount: 40, TargetCI: 0.05, MaxCount: 42},
			script: measuretest.Then(append(slices.Repeat([]time.Duration{8 * ms, 12 * ms}, 13), 8*ms), 10*ms),
			clause: measure.ByTarget, measured: 42},
		{name: "the mean's target needs no order statistics", policy: P{MinCount: 2, TargetCI: 0.01, MaxCount: 50, Headline: policy.Mean},
			script: measuretest.Constant(10 * ms), clause: measure.ByTarget, measured: 2},
		{name: "a clock too coarse to see one inference", policy: P{MinCount: 100_000},
			script: measuretest.Constant(0), clause: measure.ByMinCount, measured: 100_000},
		{name: "the scripts' mean of N", policy: meanOfN(100),
			script: measuretest.Constant(10 * ms), clause: measure.ByMinCount, measured: 100},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.policy.Headline == "" {
				tt.policy.Headline = policy.Median
			}
			tt.policy.Confidence = 0.95
			if errs := tt.policy.Check(); errs != nil {
				t.Fatal(errs)
			}
			clock := &measuretest.Clock{}
			device := &measuretest.Device{Clock: clock, Script: tt.script}
			got := measure.Run(t.Context(), tt.policy, []measure.Subject{device}, clock, nil)[0]
			if got.Stopped != tt.clause || count(got, measure.Measured) != tt.measured {
				t.Errorf("stopped by %s after %d, want %s after %d", got.Stopped, count(got, measure.Measured), tt.clause, tt.measured)
			}
			if got.BelowMinCount != tt.below || got.Note != tt.note {
				t.Errorf("below min_count %v, note %q, want %v, %q", got.BelowMinCount, got.Note, tt.below, tt.note)
			}
		})
	}
}

func TestWarmupEnds(t *testing.T) {
	falling := func(i int) (time.Duration, error) { return time.Second - time.Duration(i)*9*ms, nil }
	cold := slices.Repeat([]time.Duration{100 * ms}, 8)
	tests := []struct {
		name   string
		warmup policy.Warmup
		script func(int) (time.Duration, error)
		clause measure.Clause
		count  int
	}{
		{"none", policy.Warmup{}, measuretest.Constant(ms), measure.ByNoWarmup, 0},
		{"a fixed number", policy.Warmup{MinCount: 5}, measuretest.Constant(ms), measure.ByMinCount, 5},
		{"steady from the start", policy.Warmup{MinCount: 5, MaxCount: 100}, measuretest.Constant(60 * ms), measure.BySteady, 10},
		{"eight cold inferences", policy.Warmup{MinCount: 5, MaxCount: 100}, measuretest.Then(cold, 60*ms), measure.BySteady, 16},
		{"still getting faster: not reached", policy.Warmup{MinCount: 5, MaxCount: 100}, falling, measure.ByMaxCount, 100},
		{"still getting faster: out of time", policy.Warmup{MaxTime: dur(3 * time.Second)}, falling, measure.ByMaxTime, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			clock := &measuretest.Clock{}
			p := policy.Policy{MinCount: 5, Confidence: 0.95, Headline: policy.Median, Warmup: tt.warmup}
			device := &measuretest.Device{Clock: clock, Script: tt.script}
			got := measure.Run(t.Context(), p, []measure.Subject{device}, clock, nil)[0]
			if got.WarmupStopped != tt.clause || count(got, measure.WarmingUp) != tt.count {
				t.Errorf("warm-up stopped by %s after %d, want %s after %d", got.WarmupStopped, count(got, measure.WarmingUp), tt.clause, tt.count)
			}
			if got.Stopped != measure.ByMinCount || count(got, measure.Measured) != 5 {
				t.Errorf("measured %d, stopped by %s", count(got, measure.Measured), got.Stopped)
			}
		})
	}
}

func TestIncludedWarmupCountsTowardsTheRules(t *testing.T) {
	clock := &measuretest.Clock{}
	p := policy.Policy{MinCount: 10, MaxCount: 10, Confidence: 0.95, Headline: policy.Mean,
		IncludeWarmup: true, Warmup: policy.Warmup{MinCount: 4}}
	device := &measuretest.Device{Clock: clock, Script: measuretest.Constant(ms)}
	got := measure.Run(t.Context(), p, []measure.Subject{device}, clock, nil)[0]
	if count(got, measure.WarmingUp) != 4 || count(got, measure.Measured) != 6 || got.BelowMinCount {
		t.Errorf("%d warm-up and %d measured samples, below min_count %v", count(got, measure.WarmingUp), count(got, measure.Measured), got.BelowMinCount)
	}
}

// TestAFailureEndsOnlyItsOwnSeries runs a good device beside ones that misbehave in every way.
func TestAFailureEndsOnlyItsOwnSeries(t *testing.T) {
	broken := errors.New("out of memory")
	at := func(n int, do func() (time.Duration, error)) func(int) (time.Duration, error) {
		return func(i int) (time.Duration, error) {
			if i == n {
				return do()
			}
			return ms, nil
		}
	}
	for _, interleave := range []bool{false, true} {
		clock := &measuretest.Clock{}
		device := func(s func(int) (time.Duration, error)) measure.Subject {
			return &measuretest.Device{Clock: clock, Script: s}
		}
		subjects := []measure.Subject{
			device(at(7, func() (time.Duration, error) { return 0, broken })),
			device(at(3, func() (time.Duration, error) { panic("index out of range") })),
			device(at(5, func() (time.Duration, error) { return -ms, nil })),
			liar{clock, -1}, liar{clock, +1},
			device(measuretest.Constant(ms)),
		}
		p := policy.Policy{MinCount: 40, Confidence: 0.95, Headline: policy.Median, Interleave: interleave, Seed: 1}
		got := measure.Run(t.Context(), p, subjects, clock, nil)
		notes := []string{
			"out of memory",
			"inference panicked: index out of range",
			"its clock runs backwards",
			"the runner was told 1 inferences and returned 0",
			"the runner was told 1 inferences and returned 2",
		}
		for i, note := range notes {
			if got[i].Stopped != measure.ByFailure || !strings.Contains(got[i].Note, note) {
				t.Errorf("subject %d: %s, %q, want failed, %q", i, got[i].Stopped, got[i].Note, note)
			}
		}
		if n := len(got[0].Samples); n != 7 {
			t.Errorf("the first kept %d samples, want the 7 before its error", n)
		}
		if !errors.Is(got[0].Err, broken) {
			t.Errorf("the cause is lost: %v", got[0].Err)
		}
		if good := got[5]; good.Stopped != measure.ByMinCount || len(good.Samples) != 40 {
			t.Errorf("the good one: %s after %d", good.Stopped, len(good.Samples))
		}
	}
}

// liar returns more or fewer samples than it was told.
type liar struct {
	clock *measuretest.Clock
	by    int
}

func (l liar) Infer(_ context.Context, n int) ([]measure.Sample, error) {
	l.clock.Advance(ms)
	return make([]measure.Sample, n+l.by), nil
}

func TestCancellationKeepsWhatWasSampled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	clock := &measuretest.Clock{}
	first := &measuretest.Device{Clock: clock, Script: func(i int) (time.Duration, error) {
		if i == 20 {
			cancel()
		}
		return 30 * ms, nil
	}}
	second := &measuretest.Device{Clock: clock, Script: measuretest.Constant(ms)}
	p := policy.Policy{MinCount: 100, Confidence: 0.95, Headline: policy.Median}
	got := measure.Run(ctx, p, []measure.Subject{first, second}, clock, nil)
	if got[0].Stopped != measure.ByCancel || len(got[0].Samples) != 21 || got[0].Err != nil {
		t.Errorf("the first: %s with %d samples, %v", got[0].Stopped, len(got[0].Samples), got[0].Err)
	}
	if want := "cancelled ended it at 21 of min_count 100 samples"; got[0].Note != want {
		t.Errorf("note %q, want %q", got[0].Note, want)
	}
	if got[1].Stopped != measure.ByCancel || len(second.Calls) != 0 {
		t.Errorf("the second: %s after %d calls", got[1].Stopped, len(second.Calls))
	}
}

func TestInterleavingIsShuffledFromTheSeed(t *testing.T) {
	order := func(seed uint64) (rounds [][]int) {
		clock := &measuretest.Clock{}
		subjects := make([]measure.Subject, 3)
		for i := range subjects {
			subjects[i] = &measuretest.Device{Clock: clock, Script: measuretest.Constant(ms)}
		}
		p := policy.Policy{MinCount: 100, Confidence: 0.95, Headline: policy.Median, Interleave: true, Seed: seed}
		for _, s := range measure.Run(t.Context(), p, subjects, clock, nil) {
			for _, b := range s.Batches {
				for len(rounds) < b.Round {
					rounds = append(rounds, []int{-1, -1, -1})
				}
				rounds[b.Round-1][b.Position] = s.Subject
			}
			if s.Seed != seed || len(s.Samples) != 100 {
				t.Errorf("subject %d: seed %d, %d samples", s.Subject, s.Seed, len(s.Samples))
			}
		}
		return rounds
	}
	one, again, other := order(1), order(1), order(2)
	if diff := cmp.Diff(one, again); diff != "" {
		t.Error("the same seed gave another order:", diff)
	}
	if cmp.Equal(one, other) {
		t.Error("another seed gave the same order")
	}
	if len(one) < 10 {
		t.Errorf("%d rounds: drift meets the subjects unequally", len(one))
	}
	for i, round := range one {
		if slices.Contains(round, -1) {
			t.Errorf("round %d left a subject out: %v", i+1, round)
		}
	}
}

// TestAGroupIsMeasuredUntilAllAreDone: a quiet variant has its target at once, and is still measured in
// every round that the noisy one needs. Only a failure takes a subject out before.
func TestAGroupIsMeasuredUntilAllAreDone(t *testing.T) {
	clock := &measuretest.Clock{}
	quiet := &measuretest.Device{Clock: clock, Script: measuretest.Constant(10 * ms)}
	noisy := &measuretest.Device{Clock: clock, Script: measuretest.Cycle(5*ms, 15*ms, 9*ms, 11*ms, 10*ms, 7*ms, 13*ms)}
	dies := &measuretest.Device{Clock: clock, Script: func(i int) (time.Duration, error) {
		if i == 15 {
			return 0, errors.New("out of memory")
		}
		return 10 * ms, nil
	}}
	p := policy.Policy{MinCount: 20, TargetCI: 0.06, MaxTime: dur(time.Minute), Confidence: 0.95,
		Headline: policy.Median, Interleave: true, Seed: 1}
	got := measure.Run(t.Context(), p, []measure.Subject{quiet, noisy, dies}, clock, nil)
	if got[0].Stopped != measure.ByTarget || got[0].MetAt != 20 || got[1].Stopped != measure.ByTarget || got[1].MetAt <= 40 {
		t.Errorf("quiet: %s, met at %d; noisy: %s, met at %d", got[0].Stopped, got[0].MetAt, got[1].Stopped, got[1].MetAt)
	}
	if got[2].Stopped != measure.ByFailure || len(got[2].Samples) != 15 {
		t.Errorf("the one that dies: %s after %d", got[2].Stopped, len(got[2].Samples))
	}
	rounds := func(s measure.Series) int { return s.Batches[len(s.Batches)-1].Round }
	if rounds(got[0]) != rounds(got[1]) || len(got[0].Samples) < 40 {
		t.Errorf("quiet: %d rounds and %d samples, noisy: %d rounds", rounds(got[0]), len(got[0].Samples), rounds(got[1]))
	}
}

// TestTurnsTakeAsLongForFastAsForSlow: one inference of the slow one takes longer than a quantum.
func TestTurnsTakeAsLongForFastAsForSlow(t *testing.T) {
	clock := &measuretest.Clock{}
	slow := &measuretest.Device{Clock: clock, Script: measuretest.Constant(400 * ms)}
	fast := &measuretest.Device{Clock: clock, Script: measuretest.Constant(40 * ms)}
	p := policy.Policy{MinCount: 10, MinTime: dur(4 * time.Second), MaxTime: dur(5 * time.Second), Confidence: 0.95,
		Headline: policy.Median, Interleave: true, Seed: 1}
	got := measure.Run(t.Context(), p, []measure.Subject{slow, fast}, clock, nil)
	for i, s := range got {
		if s.Stopped != measure.ByMinTime || s.MeasuredTime < dur(4*time.Second) || s.MeasuredTime > dur(5*time.Second) {
			t.Errorf("subject %d: %s after %v", i, s.Stopped, s.MeasuredTime)
		}
	}
}

// TestDisturbedSamples gives a device that is paused in inference 30, and each way to know of it.
func TestDisturbedSamples(t *testing.T) {
	const paused = 30
	used := func(u measure.Usage) func(first, end int) *measure.Usage {
		return func(first, end int) *measure.Usage {
			out := measure.Usage{CPUNS: int64(end-first) * int64(20*ms)}
			if first <= paused && paused < end {
				out = out.Plus(u)
			}
			return &out
		}
	}
	tests := []struct {
		name     string
		pause    time.Duration
		used     func(first, end int) *measure.Usage
		sleeps   bool
		want     measure.Disturbance
		excluded int
		code     string
	}{
		{name: "stopped by a signal", pause: 3 * time.Second, used: used(measure.Usage{Continued: 1}),
			want: measure.Stopped, excluded: 1, code: measure.WarnExcluded},
		{name: "stopped for a moment", pause: 8 * ms, used: used(measure.Usage{Continued: 1}),
			want: measure.Stopped, excluded: 1, code: measure.WarnExcluded},
		{name: "the machine slept", pause: 100 * ms, sleeps: true,
			want: measure.Slept, excluded: 1, code: measure.WarnExcluded},
		{name: "nothing tells of the pause", pause: 3 * time.Second, used: used(measure.Usage{}),
			want: measure.Stalled, code: measure.WarnStalled},
		{name: "a slow inference that ran all the time", pause: 3 * time.Second,
			used: used(measure.Usage{CPUNS: int64(3 * time.Second)}), code: measure.WarnOutliers},
		{name: "a device that does not tell", pause: 3 * time.Second, code: measure.WarnOutliers},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			clock := &measuretest.Clock{}
			device := &measuretest.Device{Clock: clock, Used: tt.used, Script: func(i int) (time.Duration, error) {
				switch {
				case i != paused:
					return 10 * ms, nil
				case tt.sleeps:
					clock.Sleep(time.Hour)
				}
				return 10*ms + tt.pause, nil
			}}
			p := policy.Policy{MinCount: 40, Confidence: 0.95, Headline: policy.Median}
			series := measure.Run(t.Context(), p, []measure.Subject{device}, clock, nil)[0]
			for i, s := range series.Samples {
				if want := tt.want; i == paused && s.Disturbed != want || i != paused && s.Disturbed != "" {
					t.Errorf("sample %d of %d ns is marked %q", i, s.DurationNS, s.Disturbed)
				}
			}
			got := measure.Summarize(series.Samples, p)
			if got.Excluded != tt.excluded || got.Count != 40 || len(series.Samples) != 40+tt.excluded || series.BelowMinCount {
				t.Errorf("%d excluded, %d counted of %d", got.Excluded, got.Count, len(series.Samples))
			}
			if !warns(got, tt.code) {
				t.Errorf("no warning %q: %v", tt.code, got.Warnings)
			}
		})
	}
}

// TestAWaitingDeviceIsNotStalled: one that infers elsewhere, as a GPU does, uses little of the
// processor in every inference.
func TestAWaitingDeviceIsNotStalled(t *testing.T) {
	clock := &measuretest.Clock{}
	device := &measuretest.Device{Clock: clock, Script: measuretest.Constant(400 * ms),
		Used: func(int, int) *measure.Usage { return &measure.Usage{CPUNS: int64(ms)} }}
	p := policy.Policy{MinCount: 10, Confidence: 0.95, Headline: policy.Median}
	series := measure.Run(t.Context(), p, []measure.Subject{device}, clock, nil)[0]
	for i, s := range series.Samples {
		if s.Disturbed != "" {
			t.Errorf("sample %d is marked %q", i, s.Disturbed)
		}
	}
}

// meter is an observer that reads the clock as a counter.
type meter struct {
	clock *measuretest.Clock
	log   []string
	since time.Duration
	busy  map[int]time.Duration
}

func (m *meter) BeforeBatch(subject int, phase measure.Phase) {
	m.log = append(m.log, fmt.Sprintf("before %d %v", subject, phase))
	m.since = m.clock.Now()
}

func (m *meter) AfterBatch(subject int, b measure.Batch) {
	m.log = append(m.log, fmt.Sprintf("after %d %v %d", subject, b.Phase, b.Count))
	if b.Phase == measure.Measured {
		m.busy[subject] += m.clock.Now() - m.since
	}
	m.clock.Advance(time.Second) // what a meter takes is nobody's time
}

// TestAMeterIsToldOfEveryBatch: its counters cover the inferences and nothing else.
func TestAMeterIsToldOfEveryBatch(t *testing.T) {
	clock := &measuretest.Clock{}
	subjects := []measure.Subject{
		&measuretest.Device{Clock: clock, Script: measuretest.Constant(10 * ms)},
		&measuretest.Device{Clock: clock, Script: measuretest.Constant(20 * ms)},
	}
	p := policy.Policy{MinCount: 3, Confidence: 0.95, Headline: policy.Median, Warmup: policy.Warmup{MinCount: 1}}
	m := &meter{clock: clock, busy: map[int]time.Duration{}}
	got := measure.Run(t.Context(), p, subjects, clock, nil, m)
	want := []string{
		"before 0 warmup", "after 0 warmup 1", "before 0 measured", "after 0 measured 1", "before 0 measured", "after 0 measured 1",
		"before 0 measured", "after 0 measured 1",
		"before 1 warmup", "after 1 warmup 1", "before 1 measured", "after 1 measured 1", "before 1 measured", "after 1 measured 1",
		"before 1 measured", "after 1 measured 1",
	}
	if diff := cmp.Diff(want, m.log); diff != "" {
		t.Error(diff)
	}
	for i, s := range got {
		if want := time.Duration(s.MeasuredTime); m.busy[i] != want || want != time.Duration(3*(i+1))*10*ms {
			t.Errorf("subject %d: the meter saw %v, the series %v", i, m.busy[i], want)
		}
	}
}

func TestTimeLimitsCountOnlyASubjectsOwnTime(t *testing.T) {
	clock := &measuretest.Clock{}
	slow := &measuretest.Device{Clock: clock, Script: measuretest.Constant(500 * ms)}
	fast := &measuretest.Device{Clock: clock, Script: measuretest.Constant(10 * ms), Overhead: 10 * ms}
	p := policy.Policy{MinCount: 10, MinTime: dur(time.Second), MaxTime: dur(5 * time.Second), Confidence: 0.95,
		Headline: policy.Median, Interleave: true}
	got := measure.Run(t.Context(), p, []measure.Subject{slow, fast}, clock, nil)
	if got[0].Stopped != measure.ByMinTime || len(got[0].Samples) != 10 || got[0].MeasuredTime != dur(5*time.Second) {
		t.Errorf("slow: %s, %d samples in %v", got[0].Stopped, len(got[0].Samples), got[0].MeasuredTime)
	}
	if got[1].Stopped != measure.ByMinTime || got[1].MeasuredTime < dur(time.Second) || got[1].MeasuredTime > dur(1100*ms) {
		t.Errorf("fast: %s in %v", got[1].Stopped, got[1].MeasuredTime)
	}
}

func TestProgressEstimatesTheTimeLeft(t *testing.T) {
	clock := &measuretest.Clock{}
	device := &measuretest.Device{Clock: clock, Script: measuretest.Constant(50 * ms)}
	p := policy.Policy{MinCount: 10, Confidence: 0.95, Headline: policy.Median, Warmup: policy.Warmup{MinCount: 2}}
	var got []measure.Update
	measure.Run(t.Context(), p, []measure.Subject{device}, clock, func(p measure.Update) { got = append(got, p) })
	want := []measure.Update{
		{Phase: measure.WarmingUp, Count: 1, Elapsed: 50 * ms, Remaining: 50 * ms},
		{Phase: measure.WarmingUp, Count: 2, Elapsed: 100 * ms},
		{Count: 1, Elapsed: 50 * ms, Remaining: 450 * ms},
		{Count: 2, Elapsed: 100 * ms, Remaining: 400 * ms},
		{Count: 4, Elapsed: 200 * ms, Remaining: 300 * ms},
		{Count: 6, Elapsed: 300 * ms, Remaining: 200 * ms},
		{Count: 8, Elapsed: 400 * ms, Remaining: 100 * ms},
		{Count: 10, Elapsed: 500 * ms},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestMonotonicClockDoesNotGoBack(t *testing.T) {
	clock := measure.MonotonicClock()
	last := clock.Now()
	for range 1000 {
		now := clock.Now()
		if now < last || last < 0 {
			t.Fatalf("%v after %v", now, last)
		}
		last = now
	}
}

func TestSamplesAreCSV(t *testing.T) {
	samples := []measure.Sample{{StartNS: 0, DurationNS: 90, Phase: measure.WarmingUp}, {StartNS: 100, DurationNS: 20, Disturbed: measure.Stopped, Process: 1}}
	var b bytes.Buffer
	if err := measure.WriteSamples(&b, samples); err != nil {
		t.Fatal(err)
	}
	if want := "start_ns,duration_ns,phase,disturbed,process\n0,90,warmup,,0\n100,20,measured,stopped,1\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
	back, err := measure.ReadSamples(&b)
	if diff := cmp.Diff(samples, back); err != nil || diff != "" {
		t.Error(err, diff)
	}
	for text, want := range map[string]string{
		"": "samples: EOF",
		"start_ns,duration_ns,phase,disturbed\n1,2,measured,moved\n":    `samples: line 2: "moved" is not a disturbance: must be stopped, slept, stalled or empty`,
		"start_ns,duration_ns,phase,disturbed\n1,2,cooling,\n":          `samples: line 2: "cooling" is not a phase: must be measured or warmup`,
		"start_ns,duration_ns,phase,disturbed\n1,2s,warmup,\n":          `samples: line 2: strconv.ParseInt: parsing "2s": invalid syntax`,
		"start_ns,duration_ns,phase\n":                                  "samples: line 1: it has 3 columns, not 5",
		"start_ns,duration_ns,phase,disturbed,process\n1,2,warmup,,x\n": `samples: line 2: strconv.Atoi: parsing "x": invalid syntax`,
		"start,duration_ns,phase,disturbed\n":                           `samples: line 1: column 1 is "start", not "start_ns"`,
	} {
		if _, err := measure.ReadSamples(strings.NewReader(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// meanOfN is the method of the original edgeBench scripts.
func meanOfN(n int) policy.Policy {
	return policy.Policy{MinCount: n, MaxCount: n, Confidence: 0.95, Headline: policy.Mean, IncludeWarmup: true}
}
