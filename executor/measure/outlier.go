package measure

import (
	"math"
	"slices"
)

// Outliers are flagged, never dropped: at the edge they are often the finding.
type Outliers struct {
	Method    string  `json:"method"`
	Threshold float64 `json:"threshold"`
	// Indices of the samples, in what was given to Summarize.
	Indices []int `json:"indices,omitempty"`
}

const (
	outlierMethod    = "modified z-score"
	outlierThreshold = 3.5
)

// outlierFlags marks the samples whose modified z-score is above 3.5 (Iglewicz and Hoaglin, How to
// Detect and Handle Outliers, ASQC 1993): 0.6745 |x - median| / MAD, and where more than half of the
// samples are equal, so that MAD is 0, |x - median| / (1.2533 mean absolute deviation).
func outlierFlags(samples []float64, median, mad float64) []bool {
	scale := mad / 0.6745
	if mad == 0 {
		scale = 1.253314 * meanDeviation(samples, median)
	}
	flags := make([]bool, len(samples))
	for i, x := range samples {
		flags[i] = scale > 0 && math.Abs(x-median) > outlierThreshold*scale
	}
	return flags
}

// medianDeviation is the median absolute deviation (MAD), not scaled to a standard deviation.
func medianDeviation(samples []float64, median float64) float64 {
	dev := make([]float64, len(samples))
	for i, x := range samples {
		dev[i] = math.Abs(x - median)
	}
	slices.Sort(dev)
	return medianOf(dev)
}

func meanDeviation(samples []float64, median float64) float64 {
	var sum float64
	for _, x := range samples {
		sum += math.Abs(x - median)
	}
	return sum / float64(len(samples))
}
