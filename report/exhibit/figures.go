package exhibit

import (
	"fmt"

	"edgebench/compiler/expression"
	"edgebench/compiler/spec"
	"edgebench/report/data"
	"edgebench/report/figure"
)

const halfWidthMM = 110

// makeFigure makes a figure of its declaration; nil where there is nothing to
// show.
func makeFigure(f *spec.Figure, rows []data.Row, models []*expression.Model) (*figure.Figure, error) {
	chart, err := chartOf(f, rows, models)
	if err != nil {
		return nil, fmt.Errorf("figure %s: %w", f.Name, err)
	}
	return chart, nil
}

func chartOf(f *spec.Figure, rows []data.Row, models []*expression.Model) (*figure.Figure, error) {
	q, err := compileQuery(f)
	if err != nil {
		return nil, err
	}
	bars, err := q.bars(f.Over, rows, models)
	if err != nil || len(bars) == 0 {
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
	return chart, nil
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
