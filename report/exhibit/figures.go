package exhibit

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"edgebench/compiler/expression"
	"edgebench/compiler/spec"
	"edgebench/report/data"
	"edgebench/report/figure"
)

const halfWidthMM = 110

// chartOf makes a figure of its declaration.
func chartOf(f *spec.Figure, rows []data.Row, models []*expression.Model) (*figure.Figure, error) {
	q, err := compileQuery(f)
	if err != nil {
		return nil, err
	}
	bars, err := q.bars(f.Over, rows, models)
	if err != nil {
		return nil, err
	}
	if err := hasValues(f, bars); err != nil {
		return nil, err
	}
	g, err := newGrid(f, bars)
	if err != nil {
		return nil, err
	}
	if f.X != nil {
		if err := g.place(f, rows, models); err != nil {
			return nil, err
		}
	}
	chart := outline(f)
	if err := g.addLines(chart, f); err != nil {
		return nil, err
	}
	if err := g.summarize(f); err != nil {
		return nil, err
	}
	g.fill(chart, f)
	if chart.Form == figure.Scatter {
		chart.Notes = append(slices.Clip(chart.Notes), categoriesOf(chart))
	}
	return chart, nil
}

// categoriesOf names the markers of each series, which are not named in a
// scatter itself, from the lowest to the highest.
func categoriesOf(chart *figure.Figure) string {
	var texts []string
	for _, s := range chart.Series {
		var present []int
		for c, p := range s.Points {
			if p.Present {
				present = append(present, c)
			}
		}
		slices.SortStableFunc(present, func(a, b int) int { return cmp.Compare(s.Points[a].Value, s.Points[b].Value) })
		var markers []string
		for _, c := range present {
			markers = append(markers, chart.Categories[c])
		}
		texts = append(texts, cmp.Or(s.Name, "All")+": "+strings.Join(markers, ", "))
	}
	return "The markers, from the lowest up: " + strings.Join(texts, "; ") + "."
}

// hasValues says why a figure would be empty.
func hasValues(f *spec.Figure, bars []bar) error {
	if len(bars) == 0 {
		return nothing(fmt.Sprintf("its `where` selects none of the %s: %s", f.Over, f.Where))
	}
	missing := map[string]int{}
	for _, b := range bars {
		if b.point.Present {
			return nil
		}
		missing[cmp.Or(b.status, "without a value")]++
	}
	var why []string
	for _, status := range slices.Sorted(maps.Keys(missing)) {
		why = append(why, fmt.Sprintf("%d %s", missing[status], strings.ReplaceAll(status, "_", " ")))
	}
	return nothing(fmt.Sprintf("none of the %d %s that it is about has a value: %s", len(bars), f.Over, strings.Join(why, ", ")))
}

// seriesOf counts the series that a figure over results selects. An expression
// that cannot be evaluated is left to chartOf: then as many as are wanted.
func seriesOf(f *spec.Figure, rows []data.Row) int {
	if f.MinSeries == 0 || f.Over != "results" {
		return f.MinSeries
	}
	q, err := compileQuery(f)
	if err != nil {
		return f.MinSeries
	}
	bars, err := q.bars(f.Over, rows, nil)
	if err != nil {
		return f.MinSeries
	}
	var names []string
	for _, b := range bars {
		names = include(names, b.series)
	}
	return len(names)
}

// outline is a figure without its data.
func outline(f *spec.Figure) *figure.Figure {
	chart := &figure.Figure{
		ID: f.Name, Number: f.Number, Caption: f.Caption, Notes: f.Notes, Form: figure.Form(f.Form),
		Y: axis(f.Y), Summary: f.Summary.Category != "",
		SlantNames: f.SlantNames, GroupRules: f.GroupRules, ValueLabels: f.ValueLabels, LabelsInside: f.LabelsInside,
	}
	if f.X != nil {
		chart.X = axis(f.X.Axis)
	}
	if f.Right != nil {
		chart.Right = axis(*f.Right)
	}
	if f.Width == "half" {
		chart.WidthMM = halfWidthMM
	}
	for code, s := range f.Symbols.All() {
		chart.Symbols = append(chart.Symbols, figure.Symbol{Name: code, Glyph: s.Glyph, Meaning: s.Meaning})
	}
	return chart
}

func axis(a spec.Axis) figure.Axis {
	return figure.Axis{Label: a.Label, Unit: a.Unit, Min: a.Min, Max: a.Max, Step: a.Step, Log: a.Log}
}
