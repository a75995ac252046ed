package measure

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Steady tells where warm-up ended, by changepoints in the mean, as Barrett et al. do ("Virtual
// Machine Warmup Blows Hot and Cold", OOPSLA 2017): outliers are set aside (Hampel's filter), PELT
// (Killick, Fearnhead and Eckley, "Optimal Detection of Changepoints With a Linear Computational
// Cost", JASA 107, 2012) splits the series with their penalty of 15 log n, and the steady state begins
// with the first of the last segments whose means are equal, within 1 % or the noise. It is
// reached where it holds at least half of the series; a machine that slows down late, or is still
// getting faster, has not reached it.
//
// MSER-5 was rejected: it takes a late slow-down for a steady state from the start.
//
// Limits: samples that depend on their neighbours give more changepoints than there are; a cycle
// longer than half the series looks like a change, a shorter one like noise or "not reached"; a slow
// drift within 1 % passes; above 500 samples the resolution is a 500th of the series.
type Steady struct {
	Method  string `json:"method"`
	Reached bool   `json:"reached"`
	// Index of the first steady sample where Reached.
	Index  int    `json:"index"`
	Reason string `json:"reason,omitempty"` // why it was not reached
}

const (
	steadyMethod    = "PELT"
	leastForSteady  = 10
	mostBlocks      = 500 // PELT is quadratic where there are no changes
	sameMean        = 0.01
	leastNoise      = 0.005 // of the median: a quiet device's clock ticks are no changes
	hampelHalf      = 3     // the filter's window is 7 samples
	hampelThreshold = 3.5
)

func steady(samples []float64) Steady {
	n := len(samples)
	if n < leastForSteady {
		return Steady{Method: steadyMethod, Reason: fmt.Sprintf("needs at least %d samples, there are %d", leastForSteady, n)}
	}
	block := (n + mostBlocks - 1) / mostBlocks
	x := blockMedians(samples, block)
	sigma := noise(x)
	x = withoutOutliers(x, sigma)
	first := steadyFrom(x, changepoints(x, sigma, 15*math.Log(float64(len(x)))), sigma) * block
	if 2*first > n {
		return Steady{Method: steadyMethod, Reason: fmt.Sprintf("still changing in the second half of %d samples", n)}
	}
	return Steady{Method: steadyMethod, Reached: true, Index: first}
}

// withoutOutliers replaces a sample far from its neighbours by their median. The first samples are
// left as they are: there a slow one is warm-up. Where most neighbours are equal sigma is the scale.
func withoutOutliers(samples []float64, sigma float64) []float64 {
	out := slices.Clone(samples)
	for i := hampelHalf; i < len(samples); i++ {
		window := slices.Sorted(slices.Values(samples[i-hampelHalf : min(i+hampelHalf+1, len(samples))]))
		median := medianOf(window)
		scale := max(sigma, medianDeviation(window, median)/0.6745)
		if math.Abs(samples[i]-median) > hampelThreshold*scale {
			out[i] = median
		}
	}
	return out
}

func blockMedians(x []float64, block int) []float64 {
	if block == 1 {
		return x
	}
	var medians []float64
	for b := range slices.Chunk(x, block) {
		medians = append(medians, medianOf(slices.Sorted(slices.Values(b))))
	}
	return medians
}

// noise is the standard deviation about a mean that may change, from successive differences.
func noise(x []float64) float64 {
	diffs := make([]float64, len(x)-1)
	for i := range diffs {
		diffs[i] = x[i+1] - x[i]
	}
	slices.Sort(diffs)
	sigma := medianDeviation(diffs, medianOf(diffs)) / 0.6745 / math.Sqrt2
	least := leastNoise * medianOf(slices.Sorted(slices.Values(x)))
	if sigma = max(sigma, least); sigma > 0 {
		return sigma
	}
	return 1
}

// changepoints are the starts of the segments, 0 first, that minimize the squared residuals in units
// of sigma plus the penalty for each segment. It is PELT.
func changepoints(x []float64, sigma, penalty float64) []int {
	cost := residuals(x, sigma)
	n := len(x)
	best := make([]float64, n+1) // of the first t samples
	last := make([]int, n+1)     // the start of their last segment
	best[0] = -penalty
	candidates := []int{0}
	for t := 1; t <= n; t++ {
		best[t] = math.Inf(1)
		for _, s := range candidates {
			if c := best[s] + cost(s, t) + penalty; c < best[t] {
				best[t], last[t] = c, s
			}
		}
		candidates = slices.DeleteFunc(candidates, func(s int) bool { return best[s]+cost(s, t) > best[t] })
		candidates = append(candidates, t)
	}
	return backtrack(last)
}

func backtrack(last []int) []int {
	var starts []int
	for t := len(last) - 1; t > 0; t = last[t] {
		starts = append(starts, last[t])
	}
	slices.Reverse(starts)
	return starts
}

// residuals returns the sum of squared deviations of x[s:t] from their mean, from running sums.
func residuals(x []float64, sigma float64) func(s, t int) float64 {
	mean := stat.Mean(x, nil)
	sum, squares := make([]float64, len(x)+1), make([]float64, len(x)+1)
	for i, v := range x {
		z := (v - mean) / sigma
		sum[i+1], squares[i+1] = sum[i]+z, squares[i]+z*z
	}
	return func(s, t int) float64 {
		d := sum[t] - sum[s]
		return max(0, squares[t]-squares[s]-d*d/float64(t-s))
	}
}

// steadyFrom is the start of the first of the last segments that are equal to the final one.
func steadyFrom(x []float64, starts []int, sigma float64) int {
	end := len(x)
	first := starts[len(starts)-1]
	final := stat.Mean(x[first:end], nil)
	for i := len(starts) - 2; i >= 0; i-- {
		mean := stat.Mean(x[starts[i]:first], nil)
		if math.Abs(mean-final) > max(sameMean*final, sigma) {
			break
		}
		first = starts[i]
	}
	return first
}
