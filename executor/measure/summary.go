package measure

import (
	"cmp"
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
	WarnShort         = "short_processes"
	WarnProcesses     = "processes_differ"
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
	// Processes says how the processes differ; nil of one process. The headline, the median and the mean are
	// then geometric means of theirs.
	Processes *Processes `json:"processes,omitempty"`
	// Modes are two or more where the samples gather about several times.
	Modes []Mode `json:"modes,omitempty"`
	// Steady is looked for in all samples of a process, warm-up included; its Index counts from the
	// first. Of several processes it is that of the one which settled last.
	Steady   Steady    `json:"steady"`
	Warnings []Warning `json:"warnings,omitempty"`
}

// Summarize computes the statistics that the policy asks for. The samples are in the order they
// ran, process after process and warm-up first, as in Series.Samples.
func Summarize(samples []Sample, p policy.Policy) Summary {
	s := Summary{Headline: p.Headline}
	x := s.take(samples, p)
	s.judgeDisturbed(samples, p)
	if s.Count < p.MinCount {
		s.warn(WarnBelowMinimum, "it rests on %d of the %d inferences that its policy promises", s.Count, p.MinCount)
	}
	if len(x.counted) == 0 {
		s.warn(WarnNoSamples, "no inference was measured")
		return s
	}
	sorted := slices.Sorted(slices.Values(x.counted))
	s.center(x, sorted, p)
	s.spread(x.counted, sorted)
	for _, q := range p.Percentiles {
		s.Percentiles = append(s.Percentiles, percentileOf(x.counted, sorted, x.sizes, q, p))
	}
	s.Outliers = outliers(x.counted, sorted, x.from)
	s.Modes = modes(sorted)
	s.judge(p, x)
	return s
}

// taken is what a summary is made from.
type taken struct {
	counted []float64 // durations that count, process after process
	from    []int     // their indices among the samples
	sizes   []int     // how many of them are each process's
	courses []course  // of the processes
}

// course is how one process went: how many of its inferences warmed up, and where it settled.
type course struct {
	ran, warmups int
	steady       Steady
}

// take sorts the samples.
func (s *Summary) take(samples []Sample, p policy.Policy) taken {
	var x taken
	at := 0
	for _, own := range ByProcess(samples) {
		c := course{ran: len(own)}
		var all []float64
		before := len(x.counted)
		for _, o := range own {
			d := float64(o.DurationNS)
			all = append(all, d)
			if o.Phase == WarmingUp {
				c.warmups++
			}
			switch counts := o.Phase == Measured || p.IncludeWarmup; {
			case counts && o.Disturbed.Excluded():
				s.Excluded++
			case counts:
				x.counted, x.from = append(x.counted, d), append(x.from, at)
			}
			at++
		}
		c.steady = steady(all)
		s.WarmupCount += c.warmups
		x.sizes = append(x.sizes, len(x.counted)-before)
		x.courses = append(x.courses, c)
	}
	if len(samples) > 0 {
		first := samples[0].DurationNS
		s.FirstNS = &first
	}
	s.Count = len(x.counted)
	s.Steady = lastSettled(x.courses)
	return x
}

// lastSettled is where the process settled that did so last, or did not.
func lastSettled(courses []course) Steady {
	if len(courses) == 0 {
		return steady(nil)
	}
	return slices.MaxFunc(courses, func(a, b course) int {
		if a.steady.Reached != b.steady.Reached {
			if b.steady.Reached {
				return 1
			}
			return -1
		}
		return cmp.Compare(a.steady.Index-a.warmups, b.steady.Index-b.warmups)
	}).steady
}

// processes cuts what counts into the processes' parts, without those of which nothing does.
func (x taken) processes() [][]float64 {
	var parts [][]float64
	rest := x.counted
	for _, n := range x.sizes {
		if n > 0 {
			parts = append(parts, rest[:n])
		}
		rest = rest[n:]
	}
	return parts
}

func (s *Summary) center(x taken, sorted []float64, p policy.Policy) {
	median, mean := s.centerOf(x, sorted, p, policy.Median), s.centerOf(x, sorted, p, policy.Mean)
	s.MedianNS, s.MedianCI = median.value, median.ci
	s.MeanNS, s.MeanCI = mean.value, mean.ci
	head := median
	if p.Headline == policy.Mean {
		head = mean
	}
	s.HeadlineNS, s.HeadlineCI = head.value, head.ci
	s.Autocorrelation = autocorrelation(x.longest(), p.Confidence)
	s.Autocorrelation.IndependentCount = head.independent
	if width, ok := head.relativeHalfWidth(); ok {
		s.RelativeHalfWidth = &width
	}
}

// centerOf is a statistic with its interval, over the processes where there are several.
func (s *Summary) centerOf(x taken, sorted []float64, p policy.Policy, statistic policy.Headline) center {
	of := p
	of.Headline = statistic
	if parts := x.processes(); len(parts) > 1 {
		if c, differ, ok := across(parts, of); ok {
			if statistic == p.Headline {
				s.Processes = differ
			}
			return c
		}
	}
	return headline(x.counted, sorted, of)
}

// longest is the largest process's samples that count: how each depends on the one before it does not show
// across processes.
func (x taken) longest() []float64 {
	return slices.MaxFunc(x.processes(), func(a, b []float64) int { return cmp.Compare(len(a), len(b)) })
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
func (s *Summary) judge(p policy.Policy, x taken) {
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
	s.judgeWarmup(p, x.courses)
	s.judgeProcesses(p)
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

// judgeWarmup says where processes did not settle, or settled while they were measured.
func (s *Summary) judgeWarmup(p policy.Policy, courses []course) {
	var unsettled, short, late []course
	for _, c := range courses {
		switch {
		case !c.steady.Reached && c.ran < leastForSteady && len(courses) > 1:
			short = append(short, c)
		case !c.steady.Reached:
			unsettled = append(unsettled, c)
		case p.IncludeWarmup && c.steady.Index > 0 || !p.IncludeWarmup && c.steady.Index > c.warmups:
			late = append(late, c)
		}
	}
	in := func(some []course) string {
		if len(courses) == 1 {
			return ""
		}
		return fmt.Sprintf(" in %d of %d processes", len(some), len(courses))
	}
	if len(short) > 0 {
		s.warn(WarnShort, "whether it settled is not known%s: that %s", in(short), short[0].steady.Reason)
	}
	if len(unsettled) > 0 {
		s.warn(WarnNotSteady, "a steady state was not reached%s: %s", in(unsettled), unsettled[0].steady.Reason)
	}
	if len(late) == 0 {
		return
	}
	warming, measured := 0, 0
	for _, c := range late {
		warming, measured = warming+c.steady.Index, measured+c.ran
		if !p.IncludeWarmup {
			warming, measured = warming-c.warmups, measured-c.warmups
		}
	}
	switch {
	case p.IncludeWarmup:
		s.warn(WarnWarmupCounted, "the first %d samples%s are warm-up and count, as the policy asks", warming, in(late))
	case len(courses) > 1:
		s.warn(WarnWarmupCounted, "the machine settled late%s: %d of their %d measured samples are still warm-up", in(late), warming, measured)
	default:
		s.warn(WarnWarmupCounted, "the machine settled at sample %d: %d of %d measured samples are still warm-up",
			late[0].steady.Index+1, warming, measured)
	}
}

// judgeProcesses says where the interval is as wide as it is because the processes differ, which more
// inferences would not change.
func (s *Summary) judgeProcesses(p policy.Policy) {
	f := s.Processes
	if f == nil || !f.significant() || s.RelativeHalfWidth == nil || p.TargetCI == 0 || *s.RelativeHalfWidth <= p.TargetCI {
		return
	}
	s.warn(WarnProcesses, "its %d processes differ by %s (standard deviation), which is %.0f %% of what varies: more processes would narrow the interval, more inferences would not",
		len(f.Levels), quantity.Percent(*f.Spread), 100**f.Share)
}
