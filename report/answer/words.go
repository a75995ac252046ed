package answer

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"edgebench/compiler/plan"
	"edgebench/compiler/spec/requirement"
	"edgebench/executor/deviation"
	"edgebench/executor/measure"
	"edgebench/executor/measure/conditions"
	"edgebench/executor/measure/quantity"
)

// Name names an entry among those of its model: by framework and optimizations,
// and by what else they differ in.
func (a *Answer) Name(t plan.Target) string {
	name := t.Framework
	if len(t.Optimizations) > 0 {
		name += " with " + and(spaced(t.Optimizations))
	}
	if a.varies(func(t plan.Target) string { return fmt.Sprint(t.Threads) }) {
		name += " on " + threads(t.Threads)
	}
	if a.varies(func(t plan.Target) string { return t.Platform }) {
		name = t.Platform + ": " + name
	}
	return name
}

// varies reports whether the entries differ in something.
func (a *Answer) varies(of func(plan.Target) string) bool {
	return slices.ContainsFunc(a.Ranked, func(e Entry) bool { return of(e.Target) != of(a.Ranked[0].Target) })
}

func spaced(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = strings.ReplaceAll(n, "_", " ")
	}
	return out
}

func threads(n int) string {
	switch n {
	case 0:
		return "all cores"
	case 1:
		return "1 thread"
	}
	return fmt.Sprintf("%d threads", n)
}

func and(list []string) string { return listed(list, "and") }

func listed(list []string, last string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " " + last + " " + list[len(list)-1]
}

// Time is an entry's latency with its interval, such as "3.1 ms ±2 %".
func (e *Entry) Time() string {
	if ci := e.Values.LatencyCI; ci != nil {
		return quantity.Time(e.Values.LatencyMS*nsPerMS, ci[0]*nsPerMS, ci[1]*nsPerMS).String()
	}
	return quantity.BareTime(e.Values.LatencyMS * nsPerMS).String()
}

// Ratio is how many times as long as the first place an entry takes, with the
// interval; empty where that is not known.
func (e *Entry) Ratio() string {
	if e.ToFirst == nil {
		return ""
	}
	q := quantity.New(e.ToFirst.Ratio, e.ToFirst.Low, e.ToFirst.High, "")
	return fmt.Sprintf("%s (%s)", q.Number(), q.Interval())
}

// words are the answer in sentences.
func (a *Answer) words() []string {
	if len(a.Ranked) == 0 {
		return []string{"Nothing ran, so that nothing can be recommended."}
	}
	if a.Recommended == nil {
		return a.noneMeets()
	}
	return slices.Concat([]string{a.recommendation()}, a.aboutErrors(), a.aboutDoubts())
}

// recommendation is what to use, and why.
func (a *Answer) recommendation() string {
	first := &a.Ranked[0]
	text := fmt.Sprintf("Use %s: %s for one inference", a.Name(first.Target), first.Time())
	among := ""
	if n := a.count(Met); len(a.Requirements) > 0 {
		among = fmt.Sprintf(", the fastest of %s that %s", ways(n), meets(n, a.Requirements))
		if n == 1 {
			among = ", and nothing else is known to meet " + Listed(a.Requirements)
		}
	}
	rivals := a.Ranked[1:a.count(Met)]
	switch alike := a.alike(rivals); {
	case len(alike) > 0:
		return text + among + fmt.Sprintf("; %s cannot be told from it (no significant difference).", and(alike))
	case len(rivals) == 0 || rivals[0].ToFirst == nil:
		return text + among + "."
	}
	r := rivals[0].ToFirst
	q := quantity.New(r.Ratio, r.Low, r.High, "")
	return text + among + fmt.Sprintf("; the next, %s, takes %s times as long.", a.Name(rivals[0].Target), q.Number())
}

func ways(n int) string {
	if n == 1 {
		return "1 combination"
	}
	return fmt.Sprintf("%d combinations", n)
}

func meets(n int, list []requirement.Requirement) string {
	if n == 1 {
		return "meets " + Listed(list)
	}
	return "meet " + Listed(list)
}

// Listed is requirements in words.
func Listed(list []requirement.Requirement) string {
	var texts []string
	for _, q := range list {
		texts = append(texts, q.String())
	}
	return and(texts)
}

func (a *Answer) count(s State) (n int) {
	for _, e := range a.Ranked {
		if e.Meets == s {
			n++
		}
	}
	return n
}

// alike names those that cannot be told from the first place.
func (a *Answer) alike(entries []Entry) []string {
	var list []string
	for _, e := range entries {
		if e.Alike {
			list = append(list, a.Name(e.Target))
		}
	}
	const most = 3
	if more := len(list) - most; more > 1 {
		list = append(list[:most], fmt.Sprintf("%d others", more))
	}
	return list
}

// noneMeets says that nothing is recommended, and what comes nearest.
func (a *Answer) noneMeets() []string {
	first := &a.Ranked[0]
	var why []string
	for _, v := range first.Verdicts {
		if v.State == first.Meets {
			why = append(why, fmt.Sprintf("%s: %s", v.Requirement, v.Reason))
		}
	}
	lead := fmt.Sprintf("None of %s is known to meet %s.", ways(len(a.Ranked)), Listed(a.Requirements))
	if first.Meets == Undecided {
		return []string{lead, fmt.Sprintf("It cannot be decided of %s, of which %s is the fastest (%s). %s.", ways(a.count(Undecided)), a.Name(first.Target), first.Time(), strings.Join(why, "; "))}
	}
	return []string{lead, fmt.Sprintf("The fastest is %s, %s. %s.", a.Name(first.Target), first.Time(), strings.Join(why, "; "))}
}

// aboutErrors says how far the outputs of the first place are off, and what is the
// fastest without that.
func (a *Answer) aboutErrors() []string {
	first := &a.Ranked[0]
	e := first.Values.OutputError
	if e == nil {
		return []string{"Its outputs were not checked: " + first.Row.Measurement.Check.Unchecked + "."}
	}
	if *e <= deviation.Bound32 {
		return nil
	}
	text := fmt.Sprintf("Its outputs differ by %s from those in 32 bits (relative L2 error)", quantity.Percent(*e))
	for i := range a.Ranked[:a.count(Met)] {
		other := &a.Ranked[i]
		if x := other.Values.OutputError; x != nil && *x <= deviation.Bound32 {
			return []string{fmt.Sprintf("%s; of those that keep 32 bits, %s is the fastest, %s.", text, a.Name(other.Target), other.Time())}
		}
	}
	return []string{text + "."}
}

// doubtful says in words what speaks against a result; others are said by their
// code.
var doubtful = map[string]string{
	measure.WarnNotSteady: "the times still drifted", measure.WarnBelowMinimum: "fewer inferences than promised",
	measure.WarnModes: "the times gather about several values", measure.WarnHeavyTail: "the times are widely spread",
	measure.WarnNoInterval: "too few inferences for an interval",
}

// aboutDoubts says what speaks against the first place's result.
func (a *Answer) aboutDoubts() []string {
	var list []string
	for _, code := range a.Ranked[0].Doubts {
		if text, ok := doubtful[code]; ok {
			list = append(list, text)
		} else if !slices.Contains(disturbing, code) {
			list = append(list, strings.ReplaceAll(code, "_", " "))
		}
	}
	var sentences []string
	if a.disturbed() {
		sentences = append(sentences, "The machine was not quiet meanwhile, and on a quiet one another may come first: run it again there.")
	}
	if len(list) > 0 {
		sentences = append(sentences, "Its result is to be trusted less: "+strings.Join(list, "; ")+".")
	}
	return sentences
}

// disturbing are warnings of a machine that did not give a result all that it has.
var disturbing = []string{conditions.WarnBusy, conditions.WarnStarved, conditions.WarnSteal, conditions.WarnClock, conditions.WarnThrottled}

// disturbed reports whether a machine disturbed what may come first.
func (a *Answer) disturbed() bool {
	return slices.ContainsFunc(a.Ranked, func(e Entry) bool {
		near := e.ToFirst == nil || e.ToFirst.Low < reach
		return near && slices.ContainsFunc(e.Doubts, func(code string) bool { return slices.Contains(disturbing, code) })
	})
}

// reach is how many times as long something may have taken that comes first on
// another day.
const reach = 2

// Compared says in short how the first place stands to the others.
func (a *Answer) Compared() string {
	alike := 0
	for _, e := range a.Ranked {
		if e.Alike {
			alike++
		}
	}
	switch {
	case len(a.Ranked) == 1:
		return "nothing else ran"
	case alike > 0:
		return "no significant difference from " + and(a.alike(a.Ranked[1:]))
	case a.Ranked[1].ToFirst == nil:
		return "too few samples to compare"
	}
	return fmt.Sprintf("%s takes %s times as long", a.Name(a.Ranked[1].Target), quantity.New(a.Ranked[1].ToFirst.Ratio, a.Ranked[1].ToFirst.Low, a.Ranked[1].ToFirst.High, "").Number())
}

// About is the model's size in words, as a part of a caption.
func (a *Answer) About() string {
	var parts []string
	if bytes, ok := SizeOf(a.model); ok {
		parts = append(parts, scaled(float64(bytes), 1024, " B", " KiB", " MiB", " GiB"))
	}
	number := func(n int64, of string) string {
		return scaled(float64(n), 1000, "", " thousand", " million", " billion") + " " + of
	}
	switch {
	case a.model == nil:
	case a.model.Audit != nil:
		cost := a.model.Audit.Cost
		parts = append(parts, number(cost.Params, "parameters"), number(cost.MACs, "multiply-adds"))
	case a.model.Opaque != nil:
		parts = append(parts, number(a.model.Opaque.Parameters, "parameters"))
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// scaled is a number in the largest unit of which it is at least one.
func scaled(v, step float64, units ...string) string {
	i := 0
	for ; v >= step && i < len(units)-1; i++ {
		v /= step
	}
	if i == 0 {
		return fmt.Sprint(v) + units[0]
	}
	return Digits(v) + units[i]
}

// Digits is a value that is known once, with three digits.
func Digits(v float64) string {
	if v == 0 {
		return "0"
	}
	return quantity.Round(v, 2-int(math.Floor(math.Log10(math.Abs(v))+1e-12)))
}
