package measure

import (
	"math"
	"slices"
)

// Outliers are flagged, never dropped: at the edge they are often the finding.
type Outliers struct {
	Method    string  `json:"method"`
	Threshold float64 `json:"threshold"`
	// Indices of the samples, in what was given to Summarize; none where FarShare is too large for
	// outliers.
	Indices []int `json:"indices,omitempty"`
	// FarShare of the counted samples lie beyond the fences.
	FarShare float64 `json:"far_share,omitempty"`
}

const (
	outlierMethod = "Tukey's far-out fences"
	// outlierThreshold: in interquartile ranges beyond the quartiles (Tukey, Exploratory Data Analysis,
	// 1977, section 2E). Of a normal sample 2 in a million lie there.
	outlierThreshold = 3
	// mostOutliers: a larger share is no set of outliers but what the sample is like; one always may be.
	mostOutliers = 0.05
	// leastOutlier is the least deviation, of the median, that is worth a flag: a quiet machine's
	// samples differ by less.
	leastOutlier = 0.01
)

// outliers finds those of the samples whose index in the whole is from[i].
func outliers(samples, sorted []float64, from []int) Outliers {
	out := Outliers{Method: outlierMethod, Threshold: outlierThreshold}
	low, high := fences(samples, sorted)
	for i, x := range samples {
		if x < low || x > high {
			out.Indices = append(out.Indices, from[i])
		}
	}
	n := float64(len(samples))
	out.FarShare = float64(len(out.Indices)) / n
	if float64(len(out.Indices)) > max(1, mostOutliers*n) {
		out.Indices = nil
	}
	return out
}

// heavy reports whether too many samples lie far out to be outliers.
func (o Outliers) heavy() bool { return o.FarShare > 0 && o.Indices == nil }

// fences are the bounds beyond which a sample lies far out. Where more than half of the samples are
// equal the mean absolute deviation takes the interquartile range's place, scaled so that both agree
// for a normal sample.
func fences(samples, sorted []float64) (low, high float64) {
	q1, median, q3 := quartiles(sorted)
	iqr := q3 - q1
	if iqr == 0 {
		iqr = 1.349 * 1.2533 * meanDeviation(samples, median)
	}
	least := leastOutlier * median
	return min(q1-outlierThreshold*iqr, median-least), max(q3+outlierThreshold*iqr, median+least)
}

// quartiles are observed samples, and the median.
func quartiles(sorted []float64) (q1, median, q3 float64) {
	n := len(sorted)
	return sorted[nearestRank(n, 25)-1], medianOf(sorted), sorted[nearestRank(n, 75)-1]
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
