package measure

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Autocorrelation is the correlation of each sample with the next: drift, throttling and interference
// show here.
type Autocorrelation struct {
	// Lag1 is nil where it is undefined; Reason then says why.
	Lag1 *float64 `json:"lag1,omitempty"`
	// Bound is the magnitude that independent samples stay below with the policy's confidence,
	// z/sqrt(n) (Bartlett, 1946; Box and Jenkins, Time Series Analysis, section 2.1.6).
	Bound       float64 `json:"bound,omitempty"`
	Significant bool    `json:"significant"`
	// IndependentCount is how many independent samples the headline's interval takes the sample for;
	// it is the sample's size where no dependence was found.
	IndependentCount float64 `json:"independent_count,omitempty"`
	Reason           string  `json:"reason,omitempty"`
}

// leastForLag1: Box and Jenkins want 50 for a useful estimate; below 10 it is noise only.
const leastForLag1 = 10

func autocorrelation(samples []float64, confidence float64) Autocorrelation {
	n := len(samples)
	if n < leastForLag1 {
		return Autocorrelation{Reason: "needs at least 10 samples"}
	}
	lag1, ok := lag1(samples)
	if !ok {
		return Autocorrelation{Reason: "every sample is the same"}
	}
	bound := distuv.UnitNormal.Quantile(1-(1-confidence)/2) / math.Sqrt(float64(n))
	return Autocorrelation{Lag1: &lag1, Bound: bound, Significant: math.Abs(lag1) > bound}
}

// lag1 is the correlation of each sample with the next; false where all are the same.
func lag1(samples []float64) (float64, bool) {
	mean := stat.Mean(samples, nil)
	var with, own float64
	for i, x := range samples {
		own += (x - mean) * (x - mean)
		if i+1 < len(samples) {
			with += (x - mean) * (samples[i+1] - mean)
		}
	}
	if own == 0 {
		return 0, false
	}
	return with / own, true
}
