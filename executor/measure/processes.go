package measure

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"edgebench/compiler/spec/policy"
)

// A job may be measured in several processes, since one process keeps the memory layout and the thread
// placement that it happened to get, and no number of its inferences tells how another would differ. The
// design is nested: inferences within processes, a random-effects model with processes as its highest
// level. Then what varies independently is the processes' headlines, and the interval is Student's t of
// those alone (Kalibera and Jones, "Rigorous Benchmarking in Reasonable Time", ISMM 2013, section 6; "Quantifying
// Performance Changes with Effect Size Confidence Intervals", arXiv 2007.10899, section 4). It is
// taken on the logarithms, since processes differ by factors, and the headline is the processes'
// geometric mean. Package comparison's tests count processes in the same way (difference.go).
//
// Few processes may agree by chance, and their t interval be narrower than the inferences allow. So the
// interval is never narrower than that of the inferences: of all samples, each divided by its own process's headline,
// widened for the headlines that were taken out of them.
//
// Note: a bootstrap over processes was rejected. With three to five of them it has too few different resamples,
// and its intervals are too narrow.

// Processes says how a job's processes differ.
type Processes struct {
	Levels []Level `json:"levels"` // in the order they ran
	// Spread is the relative standard deviation of the processes' headlines beyond what the noise of
	// their own inferences explains, and Share its part of the headlines' variance. They are not known
	// where the inferences are too few for an interval of their own.
	Spread *float64 `json:"spread,omitempty"`
	Share  *float64 `json:"share,omitempty"`
}

// Level is what one process's inferences say.
type Level struct {
	Count      int     `json:"count"` // inferences that count
	HeadlineNS float64 `json:"headline_ns"`
}

// across is the headline of several processes with its interval, and how they
// differ. It is false where a process has no headline to take the logarithm of.
func across(processes [][]float64, p policy.Policy) (center, *Processes, bool) {
	found := &Processes{}
	var logs []float64
	for _, x := range processes {
		level := headlineOf(x, p.Headline)
		if !(level > 0) {
			return center{}, nil, false
		}
		found.Levels = append(found.Levels, Level{len(x), level})
		logs = append(logs, math.Log(level))
	}
	mean, variance := stat.MeanVariance(logs, nil)
	value := math.Exp(mean)
	within := withinProcesses(processes, found.Levels, value, p)
	low, high := spreadOfMean(variance, len(logs), p.Confidence)
	if within.ci != nil {
		low, high = min(low, math.Log(within.ci.LowNS/value)), max(high, math.Log(within.ci.HighNS/value))
		found.divide(variance, within)
	}
	ci := &Interval{LowNS: value * math.Exp(low), HighNS: value * math.Exp(high), Confidence: p.Confidence}
	return center{value, ci, within.independent}, found, true
}

// spreadOfMean is Student's t interval of the mean of n logarithms, about it.
func spreadOfMean(variance float64, n int, confidence float64) (low, high float64) {
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(n - 1)}
	half := t.Quantile(1-(1-confidence)/2) * math.Sqrt(variance/float64(n))
	return -half, half
}

// withinProcesses is the interval that the inferences alone give the headline, as if
// the processes did not differ.
func withinProcesses(processes [][]float64, levels []Level, value float64, p policy.Policy) center {
	var alike []float64
	for i, x := range processes {
		for _, d := range x {
			alike = append(alike, d/levels[i].HeadlineNS*value)
		}
	}
	c := headline(alike, slices.Sorted(slices.Values(alike)), p)
	n, k := float64(len(alike)), float64(len(processes))
	if c.ci == nil || n <= k || !(c.ci.LowNS > 0) {
		c.ci = nil
		return c
	}
	wider := math.Sqrt(n / (n - k)) // samples lie closer to a centre that is taken from them
	c.ci = &Interval{
		LowNS:      value * math.Pow(c.ci.LowNS/c.value, wider),
		HighNS:     value * math.Pow(c.ci.HighNS/c.value, wider),
		Confidence: c.ci.Confidence,
	}
	return c
}

// divide splits the variance of the processes' logarithms into what their inferences'
// noise explains and the rest.
func (f *Processes) divide(variance float64, within center) {
	z := distuv.UnitNormal.Quantile(1 - (1-within.ci.Confidence)/2)
	deviation := math.Log(within.ci.HighNS/within.ci.LowNS) / 2 / z // of the mean over the processes
	between := max(0, variance-deviation*deviation*float64(len(f.Levels)))
	spread, share := math.Sqrt(between), 0.0
	if variance > 0 {
		share = between / variance
	}
	f.Spread, f.Share = &spread, &share
}

// significant reports whether the processes differ by more than their inferences' noise would let them
// in 1 of 20 jobs: the ratio of the two variances beside a chi-squared quantile.
func (f *Processes) significant() bool {
	if f.Share == nil {
		return false
	}
	freedom := float64(len(f.Levels) - 1)
	return freedom > (1-*f.Share)*distuv.ChiSquared{K: freedom}.Quantile(0.95)
}

// designEffect is by how much samples of one process are worth less than
// independent ones, because they are alike: 1 + (m-1) rho, with m the samples of a
// process and rho their intraclass correlation by analysis of variance (Kish, Survey
// Sampling, 1965, section 5.4). It is 1 of one process.
func designEffect(x []float64, sizes []int) float64 {
	k, n := float64(len(sizes)), float64(len(x))
	if k < 2 || n <= k {
		return 1
	}
	mean := stat.Mean(x, nil)
	between, within, squares := 0.0, 0.0, 0.0
	rest := x
	for _, size := range sizes {
		if size == 0 {
			continue
		}
		own := stat.Mean(rest[:size], nil)
		between += float64(size) * (own - mean) * (own - mean)
		for _, v := range rest[:size] {
			within += (v - own) * (v - own)
		}
		squares += float64(size) * float64(size)
		rest = rest[size:]
	}
	between, within = between/(k-1), within/(n-k)
	m := (n - squares/n) / (k - 1)
	total := between + (m-1)*within
	if !(total > 0) {
		return 1
	}
	return 1 + (m-1)*max(0, (between-within)/total)
}
