// Package policy says how often an inference is measured and what is reported of
// it. Specs state policies, the compiler checks them, a plan holds them, and the
// executor follows them.
package policy

import (
	"fmt"
	"math"
)

// Headline names the statistic that a result is quoted by.
type Headline string

// The headlines.
const (
	Median Headline = "median"
	Mean   Headline = "mean"
)

// Warmup bounds the warm-up phase. With neither MaxCount nor MaxTime it is exactly MinCount
// inferences; with one of them it goes on from MinCount until its end is detected (executor/measure.Steady) or
// the bound is reached. The zero value is no warm-up.
type Warmup struct {
	MinCount int      `json:"min_count,omitempty"`
	MaxCount int      `json:"max_count,omitempty"`
	MaxTime  Duration `json:"max_time,omitempty"`
}

// Detects reports whether the warm-up goes on until its end is detected.
func (w Warmup) Detects() bool { return w.MaxCount > 0 || w.MaxTime > 0 }

// Policy says how a subject is sampled and summarized. MinCount is a promise: MaxTime ends only
// what goes beyond it. GiveUp, a failure or the user may end a measurement below it, and its result then
// says so wherever it stands.
type Policy struct {
	Name     string   `json:"name"`
	About    string   `json:"about,omitempty"`
	MinCount int      `json:"min_count"`
	MaxCount int      `json:"max_count,omitempty"` // 0: none
	MinTime  Duration `json:"min_time,omitempty"`
	MaxTime  Duration `json:"max_time,omitempty"` // 0: none
	// GiveUp ends the measurement even below MinCount. 0: giveUpFactor times MaxTime, see Limit.
	GiveUp Duration `json:"give_up,omitempty"`

	// TargetCI is the relative half-width of the headline's confidence interval at which sampling
	// stops, such as 0.02 for ±2 %. 0: not a stop rule.
	TargetCI   float64  `json:"target_ci,omitempty"`
	Confidence float64  `json:"confidence"` // of every interval, such as 0.95
	Warmup     Warmup   `json:"warmup,omitzero"`
	Headline   Headline `json:"headline"`

	// IncludeWarmup counts warm-up samples, in the stop rules and in the statistics.
	IncludeWarmup  bool           `json:"include_warmup,omitempty"`
	Percentiles    []float64      `json:"percentiles,omitempty"` // such as 90, 99
	PercentileRule PercentileRule `json:"percentile_rule,omitempty"`

	// Processes is how many fresh processes a job is measured in, one after another; 0 is 1. They share
	// the counts and times above: see OfProcess.
	Processes int `json:"processes,omitempty"`

	// Tolerance is how far outputs may be from those expected.
	Tolerance Tolerance `json:"tolerance,omitzero"`

	// Interleave measures several subjects in rounds, in an order shuffled from Seed.
	Interleave bool   `json:"interleave,omitempty"`
	Seed       uint64 `json:"seed,omitempty"`
}

// giveUpFactor: ten inferences may each take as long as MaxTime.
const giveUpFactor = 10

// Limit is the time after which a measurement ends in any case; 0 where there is none.
func (p Policy) Limit() Duration {
	if p.GiveUp > 0 {
		return p.GiveUp
	}
	return giveUpFactor * p.MaxTime
}

// ProcessCount is how many processes a job is measured in.
func (p Policy) ProcessCount() int { return max(1, p.Processes) }

// OfProcess is the policy by which one of a job's processes is measured, index from 0. What the policy
// promises and allows of all of them together is shared out, so that several processes take about as long
// as one would. The target is wider by the square root of their number, since the headline is a mean over
// them. Not shared is how many inferences warm up: each process has to.
func (p Policy) OfProcess(index int) Policy {
	n := p.ProcessCount()
	p.MinCount, p.MaxCount = share(p.MinCount, index, n), share(p.MaxCount, index, n)
	p.MinTime, p.MaxTime, p.GiveUp = p.MinTime/Duration(n), p.MaxTime/Duration(n), p.GiveUp/Duration(n)
	p.Warmup.MaxTime /= Duration(n)
	p.TargetCI = min(p.TargetCI*math.Sqrt(float64(n)), widestTarget)
	p.Processes = 1
	return p
}

// widestTarget is below 1, as a target must be.
const widestTarget = 0.99

// share is one of n parts of a count, as equal as can be, the first ones larger.
func share(count, index, n int) int {
	part := count / n
	if index < count%n {
		part++
	}
	return part
}

// FieldError is a fault in one field of a policy.
type FieldError struct {
	Field   string // path in the JSON form, such as "warmup.max_count"
	Message string
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Message }

// Check returns every fault of the policy, each a *FieldError, in the order of the fields.
func (p Policy) Check() []error {
	var c checker
	c.counts(p)
	c.processes(p)
	c.times(p)
	c.target(p)
	c.warmup(p.Warmup)
	c.choices(p)
	c.tolerance(p.Tolerance)
	c.percentiles(p)
	return c.errs
}

type checker struct{ errs []error }

func (c *checker) require(ok bool, field, format string, args ...any) {
	if !ok {
		c.errs = append(c.errs, &FieldError{field, fmt.Sprintf(format, args...)})
	}
}

func (c *checker) counts(p Policy) {
	c.require(p.MinCount >= 1, "min_count", "is %d: must be at least 1", p.MinCount)
	c.require(p.MaxCount >= 0, "max_count", "is %d: must be 0 (no ceiling) or more", p.MaxCount)
	c.require(p.MaxCount <= 0 || p.MinCount <= p.MaxCount, "min_count",
		"is %d, above max_count %d: lower min_count or raise max_count", p.MinCount, p.MaxCount)
}

func (c *checker) processes(p Policy) {
	c.require(p.Processes >= 0, "processes", "is %d: must be at least 1", p.Processes)
	c.require(p.Processes <= 1 || p.MinCount >= p.Processes, "processes",
		"is %d, and min_count %d has not an inference for each: lower processes or raise min_count", p.Processes, p.MinCount)
}

func (c *checker) times(p Policy) {
	c.require(p.MinTime >= 0, "min_time", "is %v: must not be negative", p.MinTime)
	c.require(p.MaxTime >= 0, "max_time", "is %v: must be 0s (no ceiling) or more", p.MaxTime)
	c.require(p.MaxTime <= 0 || p.MinTime <= p.MaxTime, "min_time",
		"is %v, above max_time %v: lower min_time or raise max_time", p.MinTime, p.MaxTime)
	c.require(p.GiveUp >= 0, "give_up", "is %v: must be 0s (ten times max_time) or more", p.GiveUp)
	c.require(p.GiveUp <= 0 || p.GiveUp >= max(p.MaxTime, p.MinTime), "give_up",
		"is %v, below %v, which the measurement may take: raise it, or leave it out for ten times max_time", p.GiveUp, max(p.MaxTime, p.MinTime))
}

func (c *checker) target(p Policy) {
	c.require(p.TargetCI >= 0 && p.TargetCI < 1, "target_ci",
		"is %v: must be 0 (not a stop rule) or a fraction below 1, such as 0.02 for 2 %%", p.TargetCI)
	c.require(p.TargetCI == 0 || p.MaxCount > 0 || p.MaxTime > 0, "target_ci",
		"may never be reached, so the policy has no end: set max_time or max_count")
	c.require(p.Confidence >= 0.5 && p.Confidence < 1, "confidence",
		"is %v: must be at least 0.5 and below 1, such as 0.95", p.Confidence)
}

func (c *checker) warmup(w Warmup) {
	c.require(w.MinCount >= 0, "warmup.min_count", "is %d: must not be negative", w.MinCount)
	c.require(w.MaxCount >= 0, "warmup.max_count", "is %d: must be 0 (no ceiling) or more", w.MaxCount)
	c.require(w.MaxTime >= 0, "warmup.max_time", "is %v: must be 0s (no ceiling) or more", w.MaxTime)
	c.require(w.MaxCount <= 0 || w.MinCount <= w.MaxCount, "warmup.min_count",
		"is %d, above warmup.max_count %d: lower one or raise the other", w.MinCount, w.MaxCount)
}

func (c *checker) choices(p Policy) {
	c.require(p.Headline == Median || p.Headline == Mean, "headline",
		"is %q: must be %q or %q", p.Headline, Median, Mean)
	c.require(len(p.Percentiles) == 0 || p.PercentileRule.known(), "percentile_rule",
		"is %q: must be %q or %q", p.PercentileRule, Exact, LoadGen)
}

func (c *checker) percentiles(p Policy) {
	for i, q := range p.Percentiles {
		field := fmt.Sprintf("percentiles[%d]", i)
		if !(q > 0 && q < 100) || math.IsInf(q, 0) {
			c.require(false, field, "is %v: must lie between 0 and 100", q)
			continue
		}
		if need := RequiredSamples(q, p.PercentileRule); p.PercentileRule.known() && p.MinCount < need {
			c.require(false, field,
				"p%v needs at least %d samples (percentile_rule %q) but min_count guarantees %d: raise min_count to %d or drop p%v",
				q, need, p.PercentileRule, p.MinCount, need, q)
		}
	}
}
