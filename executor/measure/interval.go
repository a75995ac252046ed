package measure

import (
	"edgebench/compiler/spec/policy"
	"math"
	"sort"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Interval is a confidence interval, in nanoseconds.
type Interval struct {
	LowNS  float64 `json:"low_ns"`
	HighNS float64 `json:"high_ns"`
	// Confidence is the coverage reached: order statistics move in steps, so it is usually above the
	// one asked for.
	Confidence float64 `json:"confidence"`
}

// quantileInterval is the distribution-free interval of the q-quantile (0 < q < 1) between two
// order statistics, equal-tailed and not interpolated: the number of samples below the quantile is
// binomial, so ranks l < u hold it with probability B(u-1; n, q) - B(l-1; n, q). David and
// Nagaraja, Order Statistics, 3rd ed., section 7.1; Le Boudec, Performance Evaluation of Computer
// and Communication Systems, theorem 2.1. It is nil where n is too small.
func quantileInterval(sorted []float64, q, confidence float64) *Interval {
	n := len(sorted)
	if n < 2 {
		return nil
	}
	below := distuv.Binomial{N: float64(n), P: q}
	tail := (1 - confidence) / 2
	low := sort.Search(n, func(k int) bool { return below.CDF(float64(k)) > tail })
	high := 1 + sort.Search(n, func(k int) bool { return 1-below.CDF(float64(k)) <= tail })
	if low < 1 || high > n {
		return nil
	}
	coverage := below.CDF(float64(high-1)) - below.CDF(float64(low-1))
	return &Interval{LowNS: sorted[low-1], HighNS: sorted[high-1], Confidence: coverage}
}

// meanInterval is Student's t interval. It assumes independent samples and a mean that is about
// normal; latencies are skewed, so the median's interval is the safer one.
func meanInterval(samples []float64, confidence float64) *Interval {
	n := float64(len(samples))
	if n < 2 {
		return nil
	}
	mean, dev := stat.MeanStdDev(samples, nil)
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile(1 - (1-confidence)/2)
	half := t * dev / math.Sqrt(n)
	return &Interval{LowNS: mean - half, HighNS: mean + half, Confidence: confidence}
}

// headline returns the statistic that p names, with its interval, of a sample and its sorted copy.
func headline(samples, sorted []float64, p policy.Policy) (float64, *Interval) {
	if p.Headline == policy.Mean {
		return stat.Mean(samples, nil), meanInterval(samples, p.Confidence)
	}
	return medianOf(sorted), quantileInterval(sorted, 0.5, p.Confidence)
}

// relativeHalfWidth is half the interval's width as a fraction of the value; false where there is
// no interval or nothing to relate it to.
func relativeHalfWidth(value float64, ci *Interval) (float64, bool) {
	if ci == nil || value <= 0 {
		return 0, false
	}
	return (ci.HighNS - ci.LowNS) / 2 / value, true
}

func medianOf(sorted []float64) float64 {
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
