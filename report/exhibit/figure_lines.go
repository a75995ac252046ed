package exhibit

import (
	"fmt"
	"math"
	"slices"

	"edgebench/compiler/expression"
	"edgebench/compiler/spec"
	"edgebench/report/figure"
)

// addLines computes the figure's lines from the bars, before means join them. A
// line that names a series of which nothing was to be had is left out.
func (g *grid) addLines(chart *figure.Figure, f *spec.Figure) error {
	for _, l := range f.Lines {
		p, err := expression.Compile(l.Value, expression.Lines, expression.Quantity, nil)
		if err != nil {
			return fmt.Errorf("line %q: %w", l.Name, err)
		}
		drawn, err := g.draws(p)
		if err != nil {
			return fmt.Errorf("line %q: %w", l.Name, err)
		}
		if !drawn {
			continue
		}
		s, err := g.line(l, p)
		if err != nil {
			return fmt.Errorf("line %q: %w", l.Name, err)
		}
		chart.Lines = append(chart.Lines, s)
	}
	if len(f.Lines) > 0 && len(chart.Lines) == 0 {
		chart.Form = figure.GroupedBars
		g.note("No line: a series that each is computed of is missing.")
	}
	if f.Summary.Category == "" {
		return nil
	}
	return g.averageLines(chart, f)
}

// draws reports whether the series that a line's expression names are there.
func (g *grid) draws(line *expression.Program) (bool, error) {
	drawn := true
	for _, name := range line.Series() {
		if slices.Contains(g.series, name) {
			continue
		}
		if !g.absent.has(name) {
			return false, fmt.Errorf("the figure has no series %q; it has %q", name, g.series)
		}
		drawn = false
	}
	return drawn, nil
}

func (g *grid) line(l spec.Line, p *expression.Program) (figure.Series, error) {
	s := figure.Series{Name: l.Name, Provenance: figure.Computed, Marker: figure.Marker(l.Marker)}
	for _, c := range g.categories {
		point, err := g.linePoint(p, c)
		if err != nil {
			return s, err
		}
		s.Points = append(s.Points, point)
	}
	return s, nil
}

// averageLines adds the geometric mean of each line to its points.
func (g *grid) averageLines(chart *figure.Figure, f *spec.Figure) error {
	lines := map[string]*figure.Series{}
	var order []string
	for i := range chart.Lines {
		l := &chart.Lines[i]
		lines[l.Name], order = l, append(order, l.Name)
	}
	at := func(category, line string) figure.Point {
		return lines[line].Points[slices.Index(g.categories, category)]
	}
	for _, a := range g.averages(f, g.categories, order, func(c, line string) bool { return at(c, line).Present }) {
		var points []figure.Point
		for _, c := range a.over {
			points = append(points, at(c, a.name))
		}
		mean, err := meanPoint(points)
		if err != nil {
			return fmt.Errorf("line %q: summary: %w", a.name, err)
		}
		if mean.Present {
			mean.Label = meanText(mean.Value)
		}
		lines[a.name].Points = append(lines[a.name].Points, mean)
	}
	return nil
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
	point := computed(value)
	g.lineInterval(&point, p, category, values)
	return point, nil
}

// lineInterval gives a line's point the interval that follows from those of the
// series that it is computed of: each alone moves the value, from one end of its
// interval to the other, and as the series are independent the distances add in
// squares, on logarithms as those of a ratio do. A point has none where a series
// has none, or where it is not positive.
func (g *grid) lineInterval(point *figure.Point, p *expression.Program, category string, values map[string]float64) {
	below, above := 0.0, 0.0
	for _, s := range p.Series() {
		bar := uncertainPoint(g.points[[2]string{category, s}])
		if !bar.known {
			return
		}
		moved := uncertain{value: point.Value, low: point.Value, high: point.Value, known: true}
		for _, end := range []float64{bar.low, bar.high} {
			v, err := p.Run(expression.OfCategory{V: replaced(values, s, end)})
			if err != nil {
				return
			}
			moved.low, moved.high = min(moved.low, v.(float64)), max(moved.high, v.(float64))
		}
		if !moved.positive() {
			return
		}
		below, above = math.Hypot(below, moved.below()), math.Hypot(above, moved.above())
	}
	if below+above > 0 {
		point.Low, point.High = point.Value*math.Exp(-below), point.Value*math.Exp(above)
	}
}

func replaced(values map[string]float64, series string, value float64) map[string]float64 {
	changed := map[string]float64{}
	for s, v := range values {
		changed[s] = v
	}
	changed[series] = value
	return changed
}
