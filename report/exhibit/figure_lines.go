package exhibit

import (
	"fmt"
	"math"
	"slices"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm"

	"edgebench/compiler/spec"
	"edgebench/executor/measure"
	"edgebench/report/figure"
)

// lineEnv is what a line's expression sees: the values of a category by
// series.
type lineEnv struct {
	V map[string]float64 `expr:"v"`
}

// lineQuery is a line's compiled expression and the series that it names.
type lineQuery struct {
	program *vm.Program
	series  []string
}

// Visit implements ast.Visitor: it notes what v is asked for.
func (q *lineQuery) Visit(node *ast.Node) {
	member, ok := (*node).(*ast.MemberNode)
	if !ok {
		return
	}
	of, isName := member.Node.(*ast.IdentifierNode)
	name, isText := member.Property.(*ast.StringNode)
	if isName && isText && of.Value == "v" {
		q.series = include(q.series, name.Value)
	}
}

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
	s := figure.Series{Name: l.Name, Origin: figure.Computed, Marker: figure.Marker(l.Marker)}
	q := &lineQuery{}
	var err error
	if q.program, err = compile(l.Value, lineEnv{}, expr.AsFloat64(), expr.Patch(q)); err != nil {
		return s, err
	}
	for _, name := range q.series {
		if !slices.Contains(g.series, name) {
			return s, fmt.Errorf("the figure has no series %q; it has %q", name, g.series)
		}
	}
	var values []float64
	for _, c := range g.categories {
		p, err := g.linePoint(q, c)
		if err != nil {
			return s, err
		}
		if p.Present {
			values = append(values, p.Value)
		}
		s.Points = append(s.Points, p)
	}
	if !summary {
		return s, nil
	}
	average := figure.Point{}
	if len(values) > 0 {
		m, err := measure.GeoMean(values)
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
func (g *grid) linePoint(q *lineQuery, category string) (figure.Point, error) {
	values := map[string]float64{}
	for _, s := range g.series {
		if p := g.points[[2]string{category, s}]; p.Present {
			values[s] = p.Value
		}
	}
	for _, s := range q.series {
		if !hasKey(values, s) {
			return figure.Point{}, nil
		}
	}
	v, err := expr.Run(q.program, lineEnv{V: values})
	if err != nil {
		return figure.Point{}, fmt.Errorf("in the category %q: %w", category, err)
	}
	value, _ := v.(float64)
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return figure.Point{}, fmt.Errorf("in the category %q its value is %g: it divides by zero", category, value)
	}
	return computed(value), nil
}
