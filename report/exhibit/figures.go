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
	g.kind = plural(q.category.Names())
	if f.X != nil {
		if err := g.place(f, rows, models); err != nil {
			return nil, err
		}
	}
	if err := g.relate(f, bars); err != nil {
		return nil, err
	}
	chart := outline(f)
	if err := g.addLines(chart, f); err != nil {
		return nil, err
	}
	if err := g.summarize(f); err != nil {
		return nil, err
	}
	g.fill(chart, f)
	chart.Notes = append(slices.Clip(chart.Notes), g.notes...)
	if lacks := lackingOf(bars); lacks.any() {
		chart.Notes = append(chart.Notes, "Not installed: "+lacks.String()+".")
	}
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

// hasValues says why a figure would be empty, or have fewer series with a value
// than it asks for.
func hasValues(f *spec.Figure, bars []bar) error {
	if len(bars) == 0 {
		return nothing{why: fmt.Sprintf("its `where` selects none of the %s: %s", f.Over, f.Where)}
	}
	var series names
	missing := map[string]int{}
	for _, b := range bars {
		if b.point.Present {
			series.add(b.series)
		} else {
			missing[cmp.Or(b.status, "without a value")]++
		}
	}
	if n := len(series.list); n > 0 && n >= f.MinSeries {
		return nil
	}
	var why []string
	for _, status := range slices.Sorted(maps.Keys(missing)) {
		why = append(why, fmt.Sprintf("%d %s", missing[status], strings.ReplaceAll(status, "_", " ")))
	}
	text := fmt.Sprintf("none of the %d %s that it is about has a value", len(bars), f.Over)
	if n := len(series.list); n > 0 {
		text = fmt.Sprintf("it needs %d series with a value, and has %d", f.MinSeries, n)
	}
	if len(why) > 0 {
		text += ": " + strings.Join(why, ", ")
	}
	return nothing{text, lackingOf(bars)}
}

// plural is what a figure's categories are, for its notes.
func plural(kind string) string {
	return cmp.Or(kind, "categorie") + "s"
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
