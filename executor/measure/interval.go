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
// and Communication Systems, theorem 2.1. Dependent samples have the ranks of as many independent
// ones as they are worth, spread over the sample. It is nil where those are too few.
func quantileInterval(sorted []float64, q, confidence, independent float64) *Interval {
	n, m := len(sorted), int(independent+1e-6) // 1e-6: sums round in other ways on other processors
	low, high, coverage := QuantileRanks(m, q, confidence)
	if low == 0 {
		return nil
	}
	if m < n {
		low, high = spreadRank(low, m, n, math.Floor), spreadRank(high, m, n, math.Ceil)
	}
	return &Interval{LowNS: sorted[low-1], HighNS: sorted[high-1], Confidence: coverage}
}

// QuantileRanks are the ranks, from 1, between which the q-quantile lies with the confidence, among n
// independent samples in order, and the coverage reached; 0 where n is too few.
func QuantileRanks(n int, q, confidence float64) (low, high int, coverage float64) {
	if n < 2 {
		return 0, 0, 0
	}
	below := distuv.Binomial{N: float64(n), P: q}
	tail := (1 - confidence) / 2
	low = sort.Search(n, func(k int) bool { return below.CDF(float64(k)) > tail })
	high = 1 + sort.Search(n, func(k int) bool { return 1-below.CDF(float64(k)) <= tail })
	if low < 1 || high > n {
		return 0, 0, 0
	}
	return low, high, below.CDF(float64(high-1)) - below.CDF(float64(low-1))
}

// spreadRank is the rank among n samples of where rank r lies among m.
func spreadRank(r, m, n int, round func(float64) float64) int {
	rank := int(round((float64(r)-0.5)*float64(n)/float64(m) + 0.5))
	return min(max(rank, 1), n)
}

// meanInterval is Student's t interval of as many independent samples as these are worth. It assumes a
// mean that is about normal; latencies are skewed, so the median's interval is the safer one.
func meanInterval(samples []float64, confidence, independent float64) *Interval {
	n := float64(len(samples))
	if independent < 2 {
		return nil
	}
	mean, dev := stat.MeanStdDev(samples, nil)
	dev *= math.Sqrt((n - 1) / (n - n/independent)) // dependent samples vary less than their population
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: independent - 1}.Quantile(1 - (1-confidence)/2)
	half := t * dev / math.Sqrt(independent)
	return &Interval{LowNS: mean - half, HighNS: mean + half, Confidence: confidence}
}

// center is a statistic with its interval.
type center struct {
	value       float64
	ci          *Interval
	independent float64 // samples that the interval takes the sample for
}

func meanOf(samples []float64, confidence float64) center {
	independent := independentCount(samples, depends(samples))
	return center{stat.Mean(samples, nil), meanInterval(samples, confidence, independent), independent}
}

// quantileOf is the value of a quantile with its interval, of a sample and its sorted copy. The sizes are
// those of the parts of the sample that processes took, in its order.
func quantileOf(samples, sorted []float64, value, q, confidence float64, sizes ...int) center {
	counts := atOrBelow(samples, value)
	independent := independentCount(counts, depends(counts) || depends(samples))
	independent = min(independent, max(1, float64(len(samples))/designEffect(counts, sizes)))
	return center{value, quantileInterval(sorted, q, confidence, independent), independent}
}

// headline returns the statistic that p names, of a sample and its sorted copy.
func headline(samples, sorted []float64, p policy.Policy) center {
	if p.Headline == policy.Mean {
		return meanOf(samples, p.Confidence)
	}
	return quantileOf(samples, sorted, medianOf(sorted), 0.5, p.Confidence)
}

// relativeHalfWidth is half the interval's width as a fraction of the value; false where there is
// no interval or nothing to relate it to.
func (c center) relativeHalfWidth() (float64, bool) {
	if c.ci == nil || c.value <= 0 {
		return 0, false
	}
	return (c.ci.HighNS - c.ci.LowNS) / 2 / c.value, true
}

func medianOf(sorted []float64) float64 {
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
