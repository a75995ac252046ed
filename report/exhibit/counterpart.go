package exhibit

import (
	"slices"

	"edgebench/compiler/spec"
	"edgebench/report/data"
	"edgebench/report/figure"
)

// counterparts are the published figures of inference times by model, each
// with a series more: what this machine took. The published figures themselves
// stay as they are.
func counterparts(published []*figure.Figure, rows []data.Row) []*figure.Figure {
	var charts []*figure.Figure
	for _, f := range published {
		perUnit, isTime := data.MillisecondsIn[f.Y.Unit]
		if !isTime || f.Form != figure.GroupedBars || !holdsPublished(f) {
			continue
		}
		var own []figure.Series
		for _, environment := range environments(rows) {
			if s, measured := ownTimes(f.Categories, in(environment, rows), perUnit); measured {
				s.Name = apart("This machine", environment)
				own = append(own, s)
			}
		}
		if len(own) > 0 {
			charts = append(charts, with(f, own...))
		}
	}
	return charts
}

// ownTimes is a series of this machine's fastest times of some models.
func ownTimes(models []string, rows []data.Row, perUnit float64) (s figure.Series, measured bool) {
	s.Origin = figure.Measured
	own := best(rows, spec.Measured)
	for _, model := range models {
		var p figure.Point
		if times := own[model]; len(times) > 0 {
			p = figure.Point{Value: times[fastest(times)] / perUnit, Present: true}
			measured = true
		}
		s.Points = append(s.Points, p)
	}
	return s, measured
}

// environments names those that results were measured in: one empty name where
// there is only one.
func environments(rows []data.Row) []string {
	var names []string
	for _, r := range rows {
		if r.Origin == spec.Measured && r.Status == "ok" {
			names = include(names, r.MeasuredIn)
		}
	}
	return names
}

// in keeps the results that were measured in an environment.
func in(environment string, rows []data.Row) []data.Row {
	return slices.DeleteFunc(slices.Clone(rows), func(r data.Row) bool {
		return r.Origin != spec.Measured || r.MeasuredIn != environment
	})
}

// holdsPublished tells whether a figure shows values of a source.
func holdsPublished(f *figure.Figure) bool {
	printed := []figure.Origin{figure.Label, figure.Text, figure.Digitised}
	return slices.ContainsFunc(f.Series, func(s figure.Series) bool {
		return slices.ContainsFunc(s.Points, func(p figure.Point) bool { return p.Present && slices.Contains(printed, p.Origin) })
	})
}

// with is a figure with more series.
func with(f *figure.Figure, more ...figure.Series) *figure.Figure {
	chart := *f
	chart.ID, chart.Number = f.ID+"-here", ""
	chart.Caption = "Figure " + f.Number + " with this machine, its fastest measured variant, beside the published values."
	if f.Number == "" {
		chart.Caption = f.Caption + " With this machine, its fastest measured variant."
	}
	chart.Notes = nil
	chart.Series = append(slices.Clone(f.Series), more...)
	return &chart
}
