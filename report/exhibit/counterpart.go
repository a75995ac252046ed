package exhibit

import (
	"slices"
	"strings"

	"edgebench/compiler/metric"
	"edgebench/compiler/spec"
	"edgebench/report/data"
	"edgebench/report/figure"
)

// thisMachine names the series of its results.
const thisMachine = "This machine"

// counterparts are the published figures of inference times by model, each
// with a series more: what this machine took. The published figures themselves
// stay as they are.
func counterparts(published []*figure.Figure, rows []data.Row) []*figure.Figure {
	own := bests(rows, spec.Measured)
	var charts []*figure.Figure
	for _, f := range published {
		perUnit, isTime := metric.MillisecondsIn[f.Y.Unit]
		if !isTime || f.Form != figure.GroupedBars || !holdsPublished(f) {
			continue
		}
		var more []figure.Series
		for _, environment := range environments(rows) {
			if s, measured := ownTimes(f.Categories, environment, own, perUnit); measured {
				s.Name = apart(thisMachine, environment)
				more = append(more, s)
			}
		}
		if len(more) > 0 {
			charts = append(charts, with(f, more...))
		}
	}
	return charts
}

// ownTimes is a series of this machine's fastest times of some models in an
// environment. Each point says what it ran with.
func ownTimes(models []string, environment string, own map[string]map[place]best, perUnit float64) (s figure.Series, measured bool) {
	s.Provenance = figure.Measured
	for _, model := range models {
		var p figure.Point
		if places := in(environment, own[model]); len(places) > 0 {
			_, b := overall(places)
			p = ownPoint(b, perUnit)
			measured = true
		}
		s.Points = append(s.Points, p)
	}
	return s, measured
}

func ownPoint(b best, perUnit float64) figure.Point {
	r := b.counts()
	p := figure.Point{Value: r.ValueMS.Float() / perUnit, Present: true, Note: b.with()}
	if r.Low.Known() && r.High.Known() {
		p.Low, p.High = r.Low.Float()/perUnit, r.High.Float()/perUnit
	}
	if suspect(r) {
		p.Symbol = suspectSymbol.Name
	}
	return p
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

// in keeps what was measured in an environment.
func in(environment string, places map[place]best) map[place]best {
	kept := map[place]best{}
	for at, b := range places {
		if at.environment == environment {
			kept[at] = b
		}
	}
	return kept
}

// holdsPublished reports whether a figure shows values of a source.
func holdsPublished(f *figure.Figure) bool {
	printed := []figure.Provenance{figure.Label, figure.Text, figure.Digitised}
	return slices.ContainsFunc(f.Series, func(s figure.Series) bool {
		return slices.ContainsFunc(s.Points, func(p figure.Point) bool { return p.Present && slices.Contains(printed, p.Provenance) })
	})
}

// with is a figure with more series. What it says of its own values still holds.
func with(f *figure.Figure, more ...figure.Series) *figure.Figure {
	chart := *f
	chart.ID, chart.Number = f.ID+"-here", ""
	chart.Caption = "Figure " + f.Number + " with this machine, its fastest measured variant, beside the published values."
	if f.Number == "" {
		chart.Caption = f.Caption + " With this machine, its fastest measured variant."
	}
	chart.Notes = append(ranWith(more), f.Notes...)
	chart.Series = append(slices.Clone(f.Series), more...)
	if !chart.Y.Log && chart.Span() > widestLinear {
		chart.Y = figure.Axis{Label: f.Y.Label, Unit: f.Y.Unit, Log: true}
	}
	explainSuspects(&chart)
	return &chart
}

// ranWith says what the bars of each series ran with.
func ranWith(series []figure.Series) []string {
	var notes []string
	for _, s := range series {
		var with []string
		for _, p := range s.Points {
			if p.Present {
				with = include(with, p.Note)
			}
		}
		notes = append(notes, s.Name+": "+strings.Join(with, " or ")+".")
	}
	return notes
}

// widestLinear is how many times the shortest time the longest may be on a
// linear axis: beyond it, the shorter bars are too low to be seen or the longer
// ones are cut, and which of the two depends on the source's own range.
const widestLinear = 50
