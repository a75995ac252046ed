package measure_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"edgebench/executor/measure"
)

// drawn is n samples of a distribution about 10 ms.
func drawn(n int, draw func() float64) []measure.Sample {
	d := make([]int64, n)
	for i := range d {
		d[i] = int64(1e7 * draw())
	}
	return measured(d...)
}

// TestTwoModesAreDescribed: 57 % at 4.1 ms and 43 % at 6.3 ms are two modes, not 43 % outliers.
func TestTwoModesAreDescribed(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	s := measure.Summarize(drawn(1633, func() float64 {
		if r.Float64() < 0.57 {
			return 0.41 + 0.001*r.NormFloat64()
		}
		return 0.63 + 0.03*r.NormFloat64()
	}), plain)
	if len(s.Outliers.Indices) > 10 {
		t.Errorf("%d samples of a mode are called outliers", len(s.Outliers.Indices))
	}
	if len(s.Modes) != 2 || math.Abs(s.Modes[0].MedianNS/4.1e6-1) > 0.02 || math.Abs(s.Modes[1].MedianNS/6.3e6-1) > 0.02 || math.Abs(s.Modes[0].Share-0.57) > 0.03 {
		t.Errorf("modes: %+v", s.Modes)
	}
	found := false
	for _, w := range s.Warnings {
		found = found || w.Code == measure.WarnModes && strings.Contains(w.Message, "4.1 ms") && strings.Contains(w.Message, "6.3 ms")
	}
	if !found {
		t.Errorf("no warning of two modes: %v", s.Warnings)
	}
}

// TestOneModeIsOne: neither noise nor skewness nor a long tail is taken for a second mode, and never
// are more than 5 % of the samples outliers.
func TestOneModeIsOne(t *testing.T) {
	source := rand.NewPCG(3, 4)
	r := rand.New(source)
	shapes := map[string]func() float64{
		"normal":            func() float64 { return 1 + 0.05*r.NormFloat64() },
		"quiet":             func() float64 { return 1 + 0.0005*r.NormFloat64() },
		"log-normal":        func() float64 { return math.Exp(0.3 * r.NormFloat64()) },
		"exponential tail":  func() float64 { return 1 + 0.3*r.ExpFloat64() },
		"Pareto":            func() float64 { return math.Pow(r.Float64(), -0.5) },
		"3 % interruptions": func() float64 { return 1 + 0.01*r.NormFloat64() + 0.5*math.Floor(r.Float64()+0.03) },
		"12 % spread":       func() float64 { return 1 + 0.01*r.NormFloat64() + 3*r.ExpFloat64()*math.Floor(r.Float64()+0.12) },
	}
	const trials = 40
	for name, draw := range shapes {
		for _, n := range []int{100, 400} {
			source.Seed(3, 4) // whatever the order of the shapes
			several := 0
			for range trials {
				s := measure.Summarize(drawn(n, draw), plain)
				if len(s.Modes) > 0 {
					several++
				}
				if len(s.Outliers.Indices) > n/20 {
					t.Fatalf("%s: %d of %d are outliers", name, len(s.Outliers.Indices), n)
				}
			}
			if several > trials/20 {
				t.Errorf("%s, %d samples: %d of %d series have several modes", name, n, several, trials)
			}
		}
	}
}

// TestWidelySpreadSamplesAreNoOutliers: 20 % far away are said to be what the times are like.
func TestWidelySpreadSamplesAreNoOutliers(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	s := measure.Summarize(drawn(500, func() float64 {
		return 1 + 0.01*r.NormFloat64() + 5*r.ExpFloat64()*math.Floor(r.Float64()+0.2)
	}), plain)
	if s.Outliers.Indices != nil || !warns(s, measure.WarnHeavyTail) || s.Outliers.FarShare < 0.15 {
		t.Errorf("%d outliers, a share of %v is far away: %v", len(s.Outliers.Indices), s.Outliers.FarShare, s.Warnings)
	}
}

// TestDependentSamplesWidenTheInterval: of series whose samples depend on their neighbours, about as
// many intervals hold the median as they say, where those for independent samples would hold it in half.
func TestDependentSamplesWidenTheInterval(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	const trials, n = 300, 300
	for _, tt := range []struct{ correlation, least float64 }{{0, 0.93}, {0.5, 0.93}, {0.9, 0.90}} {
		held, asIfIndependent := 0, 0
		for range trials {
			series := autoregressive(r, n, tt.correlation)
			if holds(measure.Summarize(series, plain), 1e9) {
				held++
			}
			r.Shuffle(n, func(i, j int) { series[i], series[j] = series[j], series[i] })
			if holds(measure.Summarize(series, plain), 1e9) {
				asIfIndependent++
			}
		}
		if share := float64(held) / trials; share < tt.least || share > 0.995 {
			t.Errorf("correlation %v: %.3f of the intervals hold the median", tt.correlation, share)
		}
		if share := float64(asIfIndependent) / trials; tt.correlation == 0.9 && share > 0.6 {
			t.Errorf("correlation %v: without its order the same samples' intervals hold it as well: %.3f", tt.correlation, share)
		}
	}
}

func holds(s measure.Summary, median float64) bool {
	return s.MedianCI != nil && s.MedianCI.LowNS <= median && median <= s.MedianCI.HighNS
}

// autoregressive is a first-order series about 1 s.
func autoregressive(r *rand.Rand, n int, correlation float64) []measure.Sample {
	x := r.NormFloat64()
	d := make([]int64, n)
	for i := range d {
		d[i] = 1e9 + int64(1e7*x)
		x = correlation*x + math.Sqrt(1-correlation*correlation)*r.NormFloat64()
	}
	return measured(d...)
}

// TestADriftMayLeaveNoInterval: 19 samples that only grow are worth too few, and the warning says so.
func TestADriftMayLeaveNoInterval(t *testing.T) {
	s := measure.Summarize(upTo(19), plain)
	if s.MedianCI != nil {
		t.Errorf("the interval is %+v", s.MedianCI)
	}
	for _, w := range s.Warnings {
		if w.Code == measure.WarnNoInterval && strings.HasPrefix(w.Message, "19 samples that depend on their neighbours are worth about ") {
			return
		}
	}
	t.Errorf("no reason among %v", s.Warnings)
}

// TestMeansIntervalWidensToo: a mean's interval of dependent samples is as many times wider as the
// integrated time's root, about 4.4 at a correlation of 0.9.
func TestMeansIntervalWidensToo(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	series := autoregressive(r, 4000, 0.9)
	with := measure.Summarize(series, plain)
	r.Shuffle(len(series), func(i, j int) { series[i], series[j] = series[j], series[i] })
	without := measure.Summarize(series, plain)
	ratio := (with.MeanCI.HighNS - with.MeanCI.LowNS) / (without.MeanCI.HighNS - without.MeanCI.LowNS)
	if ratio < 3.3 || ratio > 5.5 {
		t.Errorf("the interval is %.2f times as wide, want about 4.4", ratio)
	}
	if worth := with.Autocorrelation.IndependentCount; worth < 100 || worth > 500 {
		t.Errorf("4000 samples are worth %.0f, want about 210", worth)
	}
	if !warns(with, measure.WarnCorrelated) || warns(without, measure.WarnCorrelated) {
		t.Errorf("warnings: %v, shuffled %v", with.Warnings, without.Warnings)
	}
}
