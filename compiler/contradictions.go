package compiler

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"edgebench/compiler/metric"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
)

// quantity is what a published value is about, wherever it was printed.
type quantity struct{ source, model, platform, framework, environment, metric, note string }

// reading is one published value of a quantity.
type reading struct {
	figure string
	text   string
	value  float64 // in the quantity's base unit
}

// baseUnits convert units of published values that occur beside each other.
var baseUnits = map[string]float64{"s": 1, "ms": 1e-3, "us": 1e-6}

// contradictions compares all published values of one quantity with each
// other, and adds what cells themselves say to be contradicted.
func (e *expander) contradictions() {
	readings := map[quantity][]reading{}
	var order []quantity
	for _, j := range e.plan.Jobs {
		if j.Origin != spec.Published || !slices.ContainsFunc(j.Feeds, e.ofThisStudy) {
			continue
		}
		q, r := readingOf(j)
		if readings[q] == nil {
			order = append(order, q)
		}
		readings[q] = append(readings[q], r)
	}
	for _, q := range order {
		if text, found := q.compare(readings[q]); found {
			e.plan.Contradictions = append(e.plan.Contradictions, text)
		}
	}
	for _, c := range e.plan.Cells {
		if c.Stated.ContradictedBy != "" {
			e.plan.Contradictions = append(e.plan.Contradictions,
				fmt.Sprintf("%s on %s: table %s has it as %s. %s", c.Model, c.Platform, c.Label(), c.Stated.Code, c.Stated.ContradictedBy))
		}
	}
}

func (e *expander) ofThisStudy(f plan.Feed) bool { return f.Study == e.spec.Study.Name }

func readingOf(j plan.Job) (quantity, reading) {
	p := j.Published
	q := quantity{p.Source, j.Model, j.Platform, j.Framework, j.Environment, j.Metric, ""}
	if j.Metric != metric.TimePerInference {
		q.note = p.Note // tells the functions of a profile and the two temperatures apart
	}
	scale := cmp.Or(baseUnits[p.Unit], 1)
	text := strconv.FormatFloat(p.Value, 'g', -1, 64) + " " + p.Unit
	if p.Origin == "digitised" {
		text = "about " + text
	}
	return q, reading{p.Rows, text, p.Value * scale}
}

// compare reports whether the values lie apart, and where each stands.
func (q quantity) compare(all []reading) (string, bool) {
	low, high := all[0].value, all[0].value
	for _, r := range all {
		low, high = min(low, r.value), max(high, r.value)
	}
	if !plan.Contradict(low, high) {
		return "", false
	}
	var places []string
	for _, r := range all {
		places = append(places, fmt.Sprintf("%s in figure %s", r.text, r.figure))
	}
	return fmt.Sprintf("%s on %s with %s, %s: %s", q.model, q.platform, q.framework,
		strings.ReplaceAll(q.metric, "_", " "), strings.Join(places, ", ")), true
}
