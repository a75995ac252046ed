package policy

import (
	"math"
	"sort"
)

// PercentileRule says how many samples a percentile needs.
type PercentileRule string

const (
	// Exact asks that, with 99 % confidence, at least one sample lies beyond the percentile: p^n <= 0.01,
	// the order-statistic bound of David and Nagaraja, Order Statistics, 3rd ed., section 7.1.
	Exact PercentileRule = "exact"
	// LoadGen asks that at least two do, so that one query may be discarded and the estimate still
	// bounds the percentile: p^n + n p^(n-1) (1-p) <= 0.01, the early-stopping rule of MLPerf
	// Inference (mlcommons/inference, loadgen/early_stopping.cc; Reddi et al., "MLPerf Inference
	// Benchmark", ISCA 2020) with the single-stream scenario's one discarded query.
	LoadGen PercentileRule = "loadgen"
)

func (r PercentileRule) known() bool { return r == Exact || r == LoadGen }

// missRisk is the chance that a sample of the required size does not reach beyond the percentile.
// LoadGen fixes it; the exact rule uses the same so that the two compare.
const missRisk = 0.01

// RequiredSamples is the smallest number of samples from which the rule lets a percentile (in
// percent, such as 99) be reported. A percentile below 50 needs what its mirror image needs. One
// outside (0, 100), or an unknown rule, is never satisfied: math.MaxInt.
func RequiredSamples(percentile float64, rule PercentileRule) int {
	if !(percentile > 0 && percentile < 100) || !rule.known() {
		return math.MaxInt
	}
	p := math.Max(percentile, 100-percentile) / 100
	const most = 1 << 30 // percentiles so extreme that this does not do are refused too
	n := sort.Search(most, func(n int) bool { return n > 0 && risk(p, float64(n), rule) <= missRisk })
	if n == most {
		return math.MaxInt
	}
	return n
}

func risk(p, n float64, rule PercentileRule) float64 {
	none := math.Pow(p, n)
	if rule == Exact {
		return none
	}
	return none + n*math.Pow(p, n-1)*(1-p)
}
