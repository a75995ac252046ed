package main

import (
	"slices"

	"edgebench/executor/measure"
)

const confidence = 0.95

// medianInterval is the median of independent values, with its distribution-free interval; 0 to 0
// where they are too few for one.
func medianInterval(values []float64) (median, low, high float64) {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	median = (sorted[(n-1)/2] + sorted[n/2]) / 2
	first, last, _ := measure.QuantileRanks(n, 0.5, confidence)
	if first > 0 {
		low, high = sorted[first-1], sorted[last-1]
	}
	return median, low, high
}
