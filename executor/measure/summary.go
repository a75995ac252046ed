package measure

import (
	"fmt"
	"slices"
	"strings"

	"edgebench/compiler/spec/policy"
	"edgebench/executor/measure/quantity"

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
	WarnBelowMinimum  = "below_min_count"
	WarnExcluded      = "excluded"
	WarnStalled       = "stalled"
	WarnModes         = "modes"
	WarnHeavyTail     = "heavy_tail"
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
	// Excluded samples are measured ones that a stop or a sleep fell into: they are not counted.
	Excluded int `json:"excluded,omitempty"`

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
	// Modes are two or more where the samples gather about several times.
	Modes []Mode `json:"modes,omitempty"`
	// Steady is looked for in all samples, warm-up included; its Index counts from the first.
	Steady   Steady    `json:"steady"`
	Warnings []Warning `json:"warnings,omitempty"`
}

// Summarize computes the statistics that the policy asks for. The samples are in the order they
// ran, warm-up first, as in Series.Samples.
func Summarize(samples []Sample, p policy.Policy) Summary {
	s := Summary{Headline: p.Headline}
	all, counted, from := s.split(samples, p)
	s.Steady = steady(all)
	s.judgeDisturbed(samples, p)
	if s.Count < p.MinCount {
		s.warn(WarnBelowMinimum, "it rests on %d of the %d inferences that its policy promises", s.Count, p.MinCount)
	}
	if len(counted) == 0 {
		s.warn(WarnNoSamples, "no inference was measured")
		return s
	}
	sorted := slices.Sorted(slices.Values(counted))
	s.center(counted, sorted, p)
	s.spread(counted, sorted)
	for _, q := range p.Percentiles {
		s.Percentiles = append(s.Percentiles, percentileOf(counted, sorted, q, p))
	}
	s.Outliers = outliers(counted, sorted, from)
	s.Modes = modes(sorted)
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
		switch counts := x.Phase == Measured || p.IncludeWarmup; {
		case counts && x.Disturbed.Excluded():
			s.Excluded++
		case counts:
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
	median := quantileOf(counted, sorted, medianOf(sorted), 0.5, p.Confidence)
	mean := meanOf(counted, p.Confidence)
	s.MedianNS, s.MedianCI = median.value, median.ci
	s.MeanNS, s.MeanCI = mean.value, mean.ci
	head := median
	if p.Headline == policy.Mean {
		head = mean
	}
	s.HeadlineNS, s.HeadlineCI = head.value, head.ci
	s.Autocorrelation = autocorrelation(counted, p.Confidence)
	s.Autocorrelation.IndependentCount = head.independent
	if width, ok := head.relativeHalfWidth(); ok {
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

func (s *Summary) warn(code, format string, args ...any) {
	s.Warnings = append(s.Warnings, Warning{code, fmt.Sprintf(format, args...)})
}

// worthSaying: what is worth nearly as many independent samples needs no warning.
const worthSaying = 0.9

func (s *Summary) dependent() bool {
	return s.Autocorrelation.IndependentCount < worthSaying*float64(s.Count)
}

// size says how many samples there are, and what they are worth where that is less.
func (s *Summary) size() string {
	if s.dependent() {
		return fmt.Sprintf("%d samples that depend on their neighbours are worth about %.0f independent ones, which are", s.Count, s.Autocorrelation.IndependentCount)
	}
	return fmt.Sprintf("%d samples are", s.Count)
}

// judge turns what was found into warnings.
func (s *Summary) judge(p policy.Policy, ran int) {
	if s.HeadlineCI == nil {
		s.warn(WarnNoInterval, "%s too few for a %v %% confidence interval of the %s", s.size(), 100*p.Confidence, s.Headline)
	}
	if s.dependent() {
		s.warn(WarnCorrelated, "samples depend on their neighbours: %d are worth about %.0f independent ones, which the interval allows for",
			s.Count, s.Autocorrelation.IndependentCount)
	}
	s.judgeShape()
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

// judgeDisturbed says what was left out, and what was not.
func (s *Summary) judgeDisturbed(samples []Sample, p policy.Policy) {
	longest, count := map[Disturbance]int64{}, map[Disturbance]int{}
	for _, x := range samples {
		if x.Phase == Measured || p.IncludeWarmup {
			longest[x.Disturbed] = max(longest[x.Disturbed], x.DurationNS)
			count[x.Disturbed]++
		}
	}
	for _, d := range []struct {
		by            Disturbance
		code, message string
	}{
		{Stopped, WarnExcluded, "%s left out, of up to %v: the process was stopped meanwhile (raw samples are kept)"},
		{Slept, WarnExcluded, "%s left out, of up to %v: the machine slept meanwhile (raw samples are kept)"},
		{Stalled, WarnStalled, "%s counted, of up to %v, in most of which the process did not run"},
	} {
		if n := count[d.by]; n > 0 {
			s.warn(d.code, d.message, inferencesAre(n), quantity.BareTime(float64(longest[d.by])))
		}
	}
}

func inferencesAre(n int) string {
	if n == 1 {
		return "1 inference is"
	}
	return fmt.Sprintf("%d inferences are", n)
}

// judgeShape says where one number describes the samples badly.
func (s *Summary) judgeShape() {
	switch {
	case len(s.Modes) > 0:
		s.warn(WarnModes, "the times gather about %s: they have %d modes, and one number describes none of them", modesInWords(s.Modes), len(s.Modes))
	case s.Outliers.heavy():
		s.warn(WarnHeavyTail, "%s of the samples lie far from the middle half: the times are widely spread, and no few of them are outliers", quantity.Percent(s.Outliers.FarShare))
	case len(s.Outliers.Indices) > 0:
		s.warn(WarnOutliers, "%d of %d samples are outliers (beyond %s); they are kept", len(s.Outliers.Indices), s.Count, s.Outliers.Method)
	}
}

// modesInWords is such as "4.1 ms (57 %) and 6.3 ms (43 %)".
func modesInWords(modes []Mode) string {
	var words []string
	for _, m := range modes {
		words = append(words, fmt.Sprintf("%v (%.0f %%)", quantity.BareTime(m.MedianNS), 100*m.Share))
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
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
