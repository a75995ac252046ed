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
	own := best(rows, spec.Measured)
	var charts []*figure.Figure
	for _, f := range published {
		perUnit, isTime := data.MillisecondsIn[f.Y.Unit]
		if !isTime || f.Form != figure.GroupedBars || !holdsPublished(f) {
			continue
		}
		mine := figure.Series{Name: "This machine", Origin: figure.Measured}
		measured := false
		for _, model := range f.Categories {
			var p figure.Point
			if times := own[model]; len(times) > 0 {
				p = figure.Point{Value: times[fastest(times)] / perUnit, Present: true}
				measured = true
			}
			mine.Points = append(mine.Points, p)
		}
		if measured {
			charts = append(charts, with(f, mine))
		}
	}
	return charts
}

// holdsPublished tells whether a figure shows values of a source.
func holdsPublished(f *figure.Figure) bool {
	printed := []figure.Origin{figure.Label, figure.Text, figure.Digitised}
	return slices.ContainsFunc(f.Series, func(s figure.Series) bool {
		return slices.ContainsFunc(s.Points, func(p figure.Point) bool { return p.Present && slices.Contains(printed, p.Origin) })
	})
}

// with is a figure with a series more.
func with(f *figure.Figure, s figure.Series) *figure.Figure {
	chart := *f
	chart.ID, chart.Number = f.ID+"-here", ""
	chart.Caption = "Figure " + f.Number + " with this machine, its fastest measured variant, beside the published values."
	if f.Number == "" {
		chart.Caption = f.Caption + " With this machine, its fastest measured variant."
	}
	chart.Notes = nil
	chart.Series = append(slices.Clone(f.Series), s)
	return &chart
}
