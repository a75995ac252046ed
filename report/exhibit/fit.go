package exhibit

import (
	"fmt"
	"slices"
	"strings"

	"edgebench/compiler/estimate"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/compiler/verdict"
	"edgebench/executor/measure/quantity"
	"edgebench/report/data"
	"edgebench/report/table"
)

// fitTable tells for each model where it would run. That it cannot run
// somewhere, and that this machine does not reach the place, are two columns.
func fitTable(r *data.Run, out *table.Table, s plan.Study, t *spec.Table) {
	out.Columns = []table.Column{
		{Name: "Platform", Weight: 2}, {Name: "Framework, optimizations", Weight: 2},
		{Name: "Runs there?", Weight: 2}, {Name: "What speaks for it", Weight: 6}, {Name: "Estimated time", Weight: 3}, {Name: "Reached from here", Align: table.Center, Weight: 1},
	}
	if slices.ContainsFunc(r.Plan.Places, func(p plan.Place) bool { return p.Estimate != nil }) {
		out.Notes = append(out.Notes, fmt.Sprintf("Estimated times were not measured: they follow from published times of other models there, and lie in the interval in about %.0f %% of cases.", 100*estimate.Level))
	}
	marks := &footnotes{table: out}
	for _, model := range fitModels(r, s, t) {
		out.Rows = append(out.Rows, table.Row{Heading: true, Cells: []table.Cell{{Text: model}}})
		for _, p := range r.Plan.Places {
			if p.Model == model {
				out.Rows = append(out.Rows, fitRow(p, marks))
			}
		}
	}
}

// fitModels are the models that a table of fit shows: those that it names, or
// those of the study's results.
func fitModels(r *data.Run, s plan.Study, t *spec.Table) []string {
	if len(t.Rows) > 0 {
		return t.Rows
	}
	var ofStudy, models names
	for _, row := range r.Rows() {
		if row.Study == s.Name {
			ofStudy.add(row.Model)
		}
	}
	for _, p := range r.Plan.Places {
		if slices.Contains(ofStudy.list, p.Model) {
			models.add(p.Model)
		}
	}
	return models.list
}

func fitRow(p plan.Place, marks *footnotes) table.Row {
	row := table.Text(p.Platform, strings.Join(append([]string{p.Framework}, p.Optimizations...), ", "), "", strings.Join(p.Facts, "; "), estimated(p.Estimate), tick(p.Reached))
	runs := &row.Cells[2]
	switch p.Verdict.Name {
	case verdict.OK:
		runs.Text = yes
	case verdict.Degraded:
		*runs = table.Cell{Text: yes + " degraded: " + reasonCode(p.Verdict.Code), Mark: marks.mark(p.Verdict.Reason), Tone: table.Warn}
	default:
		*runs = table.Cell{Text: no + " " + reasonCode(p.Verdict.Code), Mark: marks.mark(p.Verdict.Reason), Tone: table.Bad}
	}
	if !p.Reached {
		row.Cells[5].Mark = marks.mark("To reach it: " + p.Remedy())
	}
	return row
}

// estimated is an estimate with its interval.
func estimated(e *plan.Estimate) string {
	if e == nil {
		return ""
	}
	bare := func(seconds float64) string { return quantity.BareTime(seconds * 1e9).String() }
	return fmt.Sprintf("%s (%s to %s)", bare(e.Seconds), bare(e.Low), bare(e.High))
}

func reasonCode(code string) string { return strings.ReplaceAll(code, "_", " ") }
