package exhibit

import (
	"fmt"
	"math"
	"slices"

	"edgebench/compiler/expression"
	"edgebench/compiler/spec"
	"edgebench/report/figure"
)

// addLines computes the figure's lines from the bars, before means join them.
func (g *grid) addLines(chart *figure.Figure, f *spec.Figure) error {
	for _, l := range f.Lines {
		s, err := g.line(l, f.Summary.Category != "")
		if err != nil {
			return fmt.Errorf("line %q: %w", l.Name, err)
		}
		chart.Lines = append(chart.Lines, s)
	}
	return nil
}

func (g *grid) line(l spec.Line, summary bool) (figure.Series, error) {
	s := figure.Series{Name: l.Name, Provenance: figure.Computed, Marker: figure.Marker(l.Marker)}
	p, err := expression.Compile(l.Value, expression.Lines, expression.Quantity, nil)
	if err != nil {
		return s, err
	}
	for _, name := range p.Series() {
		if !slices.Contains(g.series, name) {
			return s, fmt.Errorf("the figure has no series %q; it has %q", name, g.series)
		}
	}
	var values []float64
	for _, c := range g.categories {
		point, err := g.linePoint(p, c)
		if err != nil {
			return s, err
		}
		if point.Present {
			values = append(values, point.Value)
		}
		s.Points = append(s.Points, point)
	}
	if !summary {
		return s, nil
	}
	average := figure.Point{}
	if len(values) > 0 {
		m, err := expression.GeoMean(values)
		if err != nil {
			return s, fmt.Errorf("summary: %w", err)
		}
		average = computed(m)
		average.Label = meanText(m)
	}
	s.Points = append(s.Points, average)
	return s, nil
}

// linePoint is a line's point in a category: none where a series that it
// needs has no value there.
func (g *grid) linePoint(p *expression.Program, category string) (figure.Point, error) {
	values := map[string]float64{}
	for _, s := range g.series {
		if p := g.points[[2]string{category, s}]; p.Present {
			values[s] = p.Value
		}
	}
	v, err := p.Run(expression.OfCategory{V: values})
	if _, missing := expression.IsUndecided(err); missing {
		return figure.Point{}, nil
	}
	if err != nil {
		return figure.Point{}, fmt.Errorf("in the category %q: %w", category, err)
	}
	value, _ := v.(float64)
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return figure.Point{}, fmt.Errorf("in the category %q its value is %g: it divides by zero", category, value)
	}
	return computed(value), nil
}
