package measure

import (
	"edgebench/compiler/spec/policy"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Warning is a reason to trust a summary less, for the report to print.
type Warning struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

const (
	WarnNoSamples     = "no_samples"
	WarnNoInterval    = "no_interval"
	WarnCorrelated    = "correlated"
	WarnOutliers      = "outliers"
	WarnNotSteady     = "not_steady"
	WarnWarmupCounted = "warmup_counted"
	WarnZero          = "zero_duration"
	WarnPercentile    = "percentile"
)

// Summary is what a sample says. With Count 0 only the counts, FirstNS and Warnings mean anything.
type Summary struct {
	Count       int `json:"count"` // samples counted: the measured ones, or all with include_warmup
	WarmupCount int `json:"warmup_count"`
	// FirstNS is the very first inference, which pays for everything that is done once.
	FirstNS *int64 `json:"first_ns,omitempty"`

	Headline   policy.Headline `json:"headline"`
	HeadlineNS float64         `json:"headline_ns"`
	HeadlineCI *Interval       `json:"headline_ci,omitempty"`
	// RelativeHalfWidth of HeadlineCI, as a fraction of HeadlineNS.
	RelativeHalfWidth *float64 `json:"relative_half_width,omitempty"`

	MedianNS float64   `json:"median_ns"` // of an even count, the middle of the two middle samples
	MedianCI *Interval `json:"median_ci,omitempty"`
	MeanNS   float64   `json:"mean_ns"`
	MeanCI   *Interval `json:"mean_ci,omitempty"`
	StdDevNS *float64  `json:"std_dev_ns,omitempty"` // of the sample (n-1); nil below 2 samples
	MinNS    float64   `json:"min_ns"`
	MaxNS    float64   `json:"max_ns"`
	MADNS    float64   `json:"mad_ns"` // median absolute deviation, not scaled

	Percentiles     []Percentile    `json:"percentiles,omitempty"`
	Autocorrelation Autocorrelation `json:"autocorrelation"`
	Outliers        Outliers        `json:"outliers"`
	// Steady is looked for in all samples, warm-up included; its Index counts from the first.
	Steady   Steady    `json:"steady"`
	Warnings []Warning `json:"warnings,omitempty"`
}

// Summarize computes the statistics that the policy asks for. The samples are in the order they
// ran, warm-up first, as in Series.Samples.
func Summarize(samples []Sample, p policy.Policy) Summary {
	s := Summary{Headline: p.Headline, Outliers: Outliers{Method: outlierMethod, Threshold: outlierThreshold}}
	all, counted, from := s.split(samples, p)
	s.Steady = steady(all)
	if len(counted) == 0 {
		s.warn(WarnNoSamples, "no inference was measured")
		return s
	}
	sorted := slices.Sorted(slices.Values(counted))
	s.center(counted, sorted, p)
	s.spread(counted, sorted)
	for _, q := range p.Percentiles {
		s.Percentiles = append(s.Percentiles, percentileOf(sorted, q, p))
	}
	s.Autocorrelation = autocorrelation(counted, p.Confidence)
	s.flagOutliers(counted, from)
	s.judge(p, len(all))
	return s
}

// split returns the durations of all samples, those that count, and each counted one's index.
func (s *Summary) split(samples []Sample, p policy.Policy) (all, counted []float64, from []int) {
	for i, x := range samples {
		d := float64(x.DurationNS)
		all = append(all, d)
		if x.Phase == WarmingUp {
			s.WarmupCount++
		}
		if x.Phase == Measured || p.IncludeWarmup {
			counted, from = append(counted, d), append(from, i)
		}
	}
	if len(samples) > 0 {
		first := samples[0].DurationNS
		s.FirstNS = &first
	}
	s.Count = len(counted)
	return all, counted, from
}

func (s *Summary) center(counted, sorted []float64, p policy.Policy) {
	s.MedianNS = medianOf(sorted)
	s.MedianCI = quantileInterval(sorted, 0.5, p.Confidence)
	s.MeanNS = stat.Mean(counted, nil)
	s.MeanCI = meanInterval(counted, p.Confidence)
	s.HeadlineNS, s.HeadlineCI = headline(counted, sorted, p)
	if width, ok := relativeHalfWidth(s.HeadlineNS, s.HeadlineCI); ok {
		s.RelativeHalfWidth = &width
	}
}

func (s *Summary) spread(counted, sorted []float64) {
	s.MinNS, s.MaxNS = sorted[0], sorted[len(sorted)-1]
	s.MADNS = medianDeviation(counted, s.MedianNS)
	if len(counted) > 1 {
		dev := stat.StdDev(counted, nil)
		s.StdDevNS = &dev
	}
}

func (s *Summary) flagOutliers(counted []float64, from []int) {
	for i, out := range outlierFlags(counted, s.MedianNS, s.MADNS) {
		if out {
			s.Outliers.Indices = append(s.Outliers.Indices, from[i])
		}
	}
}

func (s *Summary) warn(code, format string, args ...any) {
	s.Warnings = append(s.Warnings, Warning{code, fmt.Sprintf(format, args...)})
}

// judge turns what was found into warnings.
func (s *Summary) judge(p policy.Policy, ran int) {
	if s.HeadlineCI == nil {
		s.warn(WarnNoInterval, "%d samples are too few for a %v %% confidence interval of the %s",
			s.Count, 100*p.Confidence, s.Headline)
	}
	if s.Autocorrelation.Significant {
		s.warn(WarnCorrelated, "samples depend on their neighbours (lag-1 autocorrelation %.2f, bound %.2f): the machine drifted, so the confidence intervals are too narrow",
			*s.Autocorrelation.Lag1, s.Autocorrelation.Bound)
	}
	if n := len(s.Outliers.Indices); n > 0 {
		s.warn(WarnOutliers, "%d of %d samples are outliers (%s above %v); they are kept", n, s.Count, s.Outliers.Method, s.Outliers.Threshold)
	}
	if s.MinNS == 0 {
		s.warn(WarnZero, "an inference took 0 ns: the runner's clock is too coarse for it")
	}
	s.judgeWarmup(p, ran)
	for _, q := range s.Percentiles {
		if q.Reason != "" {
			s.warn(WarnPercentile, "%s", q.Reason)
		}
	}
}

func (s *Summary) judgeWarmup(p policy.Policy, ran int) {
	counts := ran - s.WarmupCount
	switch {
	case !s.Steady.Reached:
		s.warn(WarnNotSteady, "a steady state was not reached: %s", s.Steady.Reason)
	case p.IncludeWarmup && s.Steady.Index > 0:
		s.warn(WarnWarmupCounted, "the first %d samples are warm-up and count, as the policy asks", s.Steady.Index)
	case !p.IncludeWarmup && s.Steady.Index > s.WarmupCount:
		s.warn(WarnWarmupCounted, "the machine settled at sample %d: %d of %d measured samples are still warm-up",
			s.Steady.Index+1, s.Steady.Index-s.WarmupCount, counts)
	}
}
