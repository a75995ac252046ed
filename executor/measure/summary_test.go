package measure_test

import (
	"edgebench/compiler/spec/policy"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"edgebench/executor/measure"

	"github.com/google/go-cmp/cmp"
)

func measured(durations ...int64) []measure.Sample {
	samples := make([]measure.Sample, len(durations))
	for i, d := range durations {
		samples[i] = measure.Sample{StartNS: int64(i) * 1000, DurationNS: d}
	}
	return samples
}

func upTo(n int) []measure.Sample {
	d := make([]int64, n)
	for i := range d {
		d[i] = int64(i + 1)
	}
	return measured(d...)
}

// mixed is 1..n in an order in which low and high ones alternate: no drift.
func mixed(n int) []measure.Sample {
	d := make([]int64, n)
	for i := range d {
		d[i] = int64(i/2 + 1)
		if i%2 == 1 {
			d[i] = int64(n - i/2)
		}
	}
	return measured(d...)
}

var plain = policy.Policy{MinCount: 1, Confidence: 0.95, Headline: policy.Median}

// TestMedianIntervalRanks compares with exact binomial sums; the samples are 1..n, so that a bound
// is its own rank.
func TestMedianIntervalRanks(t *testing.T) {
	for n := 1; n <= 200; n++ {
		low, coverage := exactMedianRank(n, 0.95)
		ci := measure.Summarize(mixed(n), plain).MedianCI
		if low == 0 {
			if ci != nil {
				t.Errorf("n=%d: got %v where no interval exists", n, ci)
			}
			continue
		}
		if ci == nil || ci.LowNS != float64(low) || ci.HighNS != float64(n+1-low) || math.Abs(ci.Confidence-coverage) > 1e-9 {
			t.Errorf("n=%d: %+v, want [%d, %d] at %v", n, ci, low, n+1-low, coverage)
		}
	}
}

// exactMedianRank is the largest l with P(Bin(n, 1/2) < l) <= (1-confidence)/2, in integers.
func exactMedianRank(n int, confidence float64) (low int, coverage float64) {
	total := new(big.Float).SetInt(new(big.Int).Lsh(big.NewInt(1), uint(n)))
	sum := new(big.Int)
	for k := 0; k < n/2; k++ {
		sum.Add(sum, new(big.Int).Binomial(int64(n), int64(k)))
		tail, _ := new(big.Float).Quo(new(big.Float).SetInt(sum), total).Float64()
		if tail > (1-confidence)/2 {
			break
		}
		low, coverage = k+1, 1-2*tail
	}
	return low, coverage
}

// TestMedianIntervalCovers: at least 95 of 100 intervals from a skewed distribution hold its median.
func TestMedianIntervalCovers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const trials = 1000
	median := 1e6 * math.Ln2
	for _, n := range []int{6, 11, 30, 100} {
		held := 0
		for range trials {
			d := make([]int64, n)
			for i := range d {
				d[i] = int64(1e6 * r.ExpFloat64())
			}
			if ci := measure.Summarize(measured(d...), plain).MedianCI; ci == nil || ci.LowNS <= median && median <= ci.HighNS {
				held++
			}
		}
		if share := float64(held) / trials; share < 0.93 {
			t.Errorf("n=%d: %.3f of the intervals hold the median", n, share)
		}
	}
}

func TestCenterAndSpread(t *testing.T) {
	// t(0.975, 4) is 2.776445; the deviation of 2, 4, 4, 6, 9 is sqrt(7).
	s := measure.Summarize(measured(4, 2, 9, 4, 6), policy.Policy{Confidence: 0.95, Headline: policy.Mean})
	half := 2.7764451052 * math.Sqrt(7) / math.Sqrt(5)
	for name, v := range map[string][2]float64{
		"median": {s.MedianNS, 4}, "mean": {s.MeanNS, 5}, "headline": {s.HeadlineNS, 5},
		"deviation": {*s.StdDevNS, math.Sqrt(7)}, "min": {s.MinNS, 2}, "max": {s.MaxNS, 9}, "MAD": {s.MADNS, 2},
		"low": {s.MeanCI.LowNS, 5 - half}, "high": {s.MeanCI.HighNS, 5 + half}, "width": {*s.RelativeHalfWidth, half / 5},
		"first": {float64(*s.FirstNS), 4}, "count": {float64(s.Count), 5},
	} {
		if math.Abs(v[0]-v[1]) > 1e-6 {
			t.Errorf("%s is %v, want %v", name, v[0], v[1])
		}
	}
	if s.MedianCI != nil {
		t.Errorf("5 samples have no 95 %% interval of the median, got %v", s.MedianCI)
	}
}

func TestPercentilesOnlyWhereTheSampleSuffices(t *testing.T) {
	p := policy.Policy{Confidence: 0.95, Headline: policy.Median, Percentiles: []float64{90, 99}, PercentileRule: policy.Exact}
	s := measure.Summarize(mixed(100), p)
	p90, p99 := s.Percentiles[0], s.Percentiles[1]
	if p90.ValueNS == nil || *p90.ValueNS != 90 {
		t.Errorf("p90 of 1..100: %+v", p90)
	}
	// qbinom(c(.025, .975), 100, .9) in R is 84 and 95; ranks are 84 and 96.
	if p90.CI == nil || p90.CI.LowNS != 84 || p90.CI.HighNS != 96 {
		t.Errorf("p90's interval: %+v", p90.CI)
	}
	if p99.ValueNS != nil || p99.CI != nil || p99.Reason != `p99 needs 459 samples (percentile_rule "exact"), there are 100` {
		t.Errorf("p99: %+v", p99)
	}
	if s := measure.Summarize(mixed(459), p); *s.Percentiles[1].ValueNS != 455 || s.Percentiles[1].CI == nil {
		t.Errorf("p99 of 459: %+v", s.Percentiles[1])
	}
}

func TestOutliersAreFlaggedAndKept(t *testing.T) {
	d := []int64{100, 101, 99, 102, 98, 100, 101, 99, 500, 100, 101, 99}
	samples := measured(append([]int64{900}, d...)...)
	samples[0].Phase = measure.WarmingUp
	s := measure.Summarize(samples, plain)
	if !slices.Equal(s.Outliers.Indices, []int{9}) || s.MaxNS != 500 || s.Count != 12 {
		t.Errorf("outliers at %v, max %v, count %d", s.Outliers.Indices, s.MaxNS, s.Count)
	}
	same := measured(5, 5, 5, 5, 5, 5, 5, 5, 5, 80)
	if s := measure.Summarize(same, plain); !slices.Equal(s.Outliers.Indices, []int{9}) {
		t.Errorf("with a MAD of 0: outliers at %v", s.Outliers.Indices)
	}
	if s := measure.Summarize(measured(5, 5, 5, 5), plain); s.Outliers.Indices != nil {
		t.Errorf("equal samples: outliers at %v", s.Outliers.Indices)
	}
}

func TestDriftWarns(t *testing.T) {
	drift := measure.Summarize(upTo(100), plain)
	if r := *drift.Autocorrelation.Lag1; math.Abs(r-0.97) > 0.001 || !drift.Autocorrelation.Significant {
		t.Errorf("a ramp of 100: %+v (lag-1 %v)", drift.Autocorrelation, r)
	}
	if b := drift.Autocorrelation.Bound; math.Abs(b-0.1959964) > 1e-6 {
		t.Errorf("bound %v, want 1.96/sqrt(100)", b)
	}
	if !warns(drift, measure.WarnCorrelated) {
		t.Errorf("no warning of drift in %v", drift.Warnings)
	}
	flat := measure.Summarize(measured(slices.Repeat([]int64{7}, 50)...), plain)
	if flat.Autocorrelation.Lag1 != nil || flat.Autocorrelation.Reason != "every sample is the same" {
		t.Errorf("constant samples: %+v", flat.Autocorrelation)
	}
}

func warns(s measure.Summary, code string) bool {
	return slices.ContainsFunc(s.Warnings, func(w measure.Warning) bool { return w.Code == code })
}

func TestSteadyState(t *testing.T) {
	ramp := func(n int, f func(i int) int64) []measure.Sample {
		d := make([]int64, n)
		for i := range d {
			d[i] = f(i)
		}
		return measured(d...)
	}
	wobble := func(i int) int64 { return int64(i*7919%11) - 5 }
	tests := []struct {
		name    string
		samples []measure.Sample
		reached bool
		index   int
		reason  string
	}{
		{"flat", ramp(100, func(i int) int64 { return 1000 + wobble(i) }), true, 0, ""},
		{"20 slow, then flat", ramp(200, func(i int) int64 {
			if i < 20 {
				return 3000 + wobble(i)
			}
			return 1000 + wobble(i)
		}), true, 20, ""},
		{"falls to the end", ramp(100, func(i int) int64 { return 10000 - 50*int64(i) }), false, 0, "still changing in the second half of 100 samples"},
		{"throttles late", ramp(100, func(i int) int64 {
			if i < 80 {
				return 1000 + wobble(i)
			}
			return 2000 + wobble(i)
		}), false, 0, "still changing in the second half of 100 samples"},
		{"few samples, first slow", measured(90, 10, 11, 10, 9, 10, 11, 10, 9, 10, 11, 10), true, 1, ""},
		{"one late outlier hides nothing", ramp(100, func(i int) int64 {
			if i == 90 {
				return 9000
			}
			return 1000 + wobble(i)
		}), true, 0, ""},
		{"thousands, found to a 500th", ramp(5000, func(i int) int64 {
			if i < 1003 {
				return 1500 + wobble(i)
			}
			return 1000 + wobble(i)
		}), true, 1000, ""},
		{"two levels, back and forth", ramp(100, func(i int) int64 { return 1000 + 500*int64(i/20%2) + wobble(i) }), false, 0,
			"still changing in the second half of 100 samples"},
		{"too few", measured(90, 10, 11), false, 0, "needs at least 10 samples, there are 3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := measure.Summarize(tt.samples, plain)
			if s.Steady.Reached != tt.reached || s.Steady.Index != tt.index || s.Steady.Reason != tt.reason {
				t.Errorf("%+v", s.Steady)
			}
			if warned := warns(s, measure.WarnNotSteady) || warns(s, measure.WarnWarmupCounted); warned != (!tt.reached || tt.index > 0) {
				t.Errorf("warnings: %v", s.Warnings)
			}
		})
	}
}

func TestIncludedWarmupIsSummarized(t *testing.T) {
	samples := measured(90, 10, 10)
	samples[0].Phase = measure.WarmingUp
	p := meanOfN(3)
	if s := measure.Summarize(samples, p); s.Count != 3 || s.WarmupCount != 1 || math.Abs(s.HeadlineNS-110.0/3) > 1e-9 {
		t.Errorf("include_warmup: %+v", s)
	}
	p.IncludeWarmup = false
	if s := measure.Summarize(samples, p); s.Count != 2 || s.HeadlineNS != 10 || *s.FirstNS != 90 {
		t.Errorf("without: %+v", s)
	}
}

// TestAnySampleSummarizes: no size, constant or zero sample gives NaN or Inf, which JSON refuses.
func TestAnySampleSummarizes(t *testing.T) {
	p := policy.Policy{Confidence: 0.95, Headline: policy.Mean, Percentiles: []float64{1, 50, 99.9}, PercentileRule: policy.LoadGen}
	for n := range 70 {
		for _, d := range []int64{0, 1, math.MaxInt64} {
			s := measure.Summarize(measured(slices.Repeat([]int64{d}, n)...), p)
			if _, err := json.Marshal(s); err != nil {
				t.Fatalf("%d samples of %d: %v", n, d, err)
			}
			if s.Count != n || (n == 0) != warns(s, measure.WarnNoSamples) {
				t.Fatalf("%d samples of %d: %+v", n, d, s)
			}
		}
	}
}

func TestSummaryReadsBack(t *testing.T) {
	want := measure.Summarize(upTo(60), plain)
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got measure.Summary
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func ExampleSummarize() {
	samples := mixed(30)
	samples[1].DurationNS = 200
	s := measure.Summarize(samples, plain)
	fmt.Printf("median %v ns, %.1f %% confidence interval [%v, %v]\n",
		s.MedianNS, 100*s.MedianCI.Confidence, s.MedianCI.LowNS, s.MedianCI.HighNS)
	for _, w := range s.Warnings {
		fmt.Println(w.Code)
	}
	// Output:
	// median 15.5 ns, 95.7 % confidence interval [10, 21]
	// outliers
	// warmup_counted
}
