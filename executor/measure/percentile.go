package measure

import (
	"edgebench/compiler/spec/policy"
	"fmt"
	"math"
)

// Percentile is an order statistic, or the reason why the sample does not give it.
type Percentile struct {
	Percentile float64 `json:"percentile"` // in percent
	// ValueNS is the sample of rank ceil(n p), nil where the sample does not suffice: an observed
	// value, never interpolated.
	ValueNS *float64  `json:"value_ns,omitempty"`
	CI      *Interval `json:"ci,omitempty"`
	// Reason says why ValueNS or CI is missing, and how many samples would give it.
	Reason string `json:"reason,omitempty"`
}

func percentileOf(samples, sorted []float64, sizes []int, percentile float64, p policy.Policy) Percentile {
	n := len(sorted)
	out := Percentile{Percentile: percentile}
	if need := policy.RequiredSamples(percentile, p.PercentileRule); n < need {
		out.Reason = fmt.Sprintf("p%v needs %d samples (percentile_rule %q), there are %d", percentile, need, p.PercentileRule, n)
		return out
	}
	value := sorted[nearestRank(n, percentile)-1]
	out.ValueNS = &value
	out.CI = quantileOf(samples, sorted, value, percentile/100, p.Confidence, sizes...).ci
	if out.CI == nil {
		out.Reason = fmt.Sprintf("%d samples do not bound p%v on both sides with %v %% confidence", n, percentile, 100*p.Confidence)
	}
	return out
}

func nearestRank(n int, percentile float64) int {
	rank := int(math.Ceil(float64(n)*percentile/100 - 1e-9)) // 1e-9: 0.07*100 is 7.000000000000001
	return min(max(rank, 1), n)
}
