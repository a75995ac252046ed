package measure_test

import (
	"bytes"
	"context"
	"edgebench/compiler/spec/policy"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

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
		{name: "max_time cuts min_count and says so", policy: P{MinCount: 30, MaxTime: dur(10 * time.Second)},
			script: measuretest.Constant(3 * time.Second), clause: measure.ByMaxTime, measured: 3, below: true,
			note: "max_time ended it at 3 of min_count 30 samples"},
		{name: "one inference beyond max_time is still a sample", policy: P{MinCount: 5, MaxTime: dur(time.Second)},
			script: measuretest.Constant(time.Minute), clause: measure.ByMaxTime, measured: 1, below: true,
			note: "max_time ended it at 1 of min_count 5 samples"},
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
	var got []measure.Progress
	measure.Run(t.Context(), p, []measure.Subject{device}, clock, func(p measure.Progress) { got = append(got, p) })
	want := []measure.Progress{
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
	samples := []measure.Sample{{StartNS: 0, DurationNS: 90, Phase: measure.WarmingUp}, {StartNS: 100, DurationNS: 20}}
	var b bytes.Buffer
	if err := measure.WriteSamples(&b, samples); err != nil {
		t.Fatal(err)
	}
	if want := "start_ns,duration_ns,phase\n0,90,warmup\n100,20,measured\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
	back, err := measure.ReadSamples(&b)
	if diff := cmp.Diff(samples, back); err != nil || diff != "" {
		t.Error(err, diff)
	}
	for text, want := range map[string]string{
		"": "samples: EOF",
		"start_ns,duration_ns,phase\n1,2,cooling\n": `samples: line 2: "cooling" is not a phase: must be measured or warmup`,
		"start_ns,duration_ns,phase\n1,2s,warmup\n": `samples: line 2: strconv.ParseInt: parsing "2s": invalid syntax`,
		"start,duration_ns,phase\n":                 `samples: line 1: column 1 is "start", not "start_ns"`,
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
