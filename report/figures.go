package report

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"

	"edgebench/compiler/catalog"
	"edgebench/report/figure"
)

// drawUp makes a figure of its declaration.
func drawUp(f *catalog.Figure, rows []Row, models []ModelRow) (*figure.Figure, error) {
	q, err := compileQuery(f)
	if err != nil {
		return nil, fmt.Errorf("figure %s: %w", f.Name, err)
	}
	bars, err := q.bars(f.Over, rows, models)
	if err != nil {
		return nil, fmt.Errorf("figure %s: %w", f.Name, err)
	}
	if len(bars) == 0 {
		return nil, nil // nothing to show: the report leaves the figure out
	}
	chart := &figure.Figure{
		ID: f.Name, Number: f.Number, Caption: f.Caption, Notes: f.Notes, Form: figure.Form(f.Form),
		Y:          figure.Axis{Label: f.Y.Label, Max: f.Y.Max, Step: f.Y.Step},
		SlantNames: f.SlantNames, GroupRules: f.GroupRules, ValueLabels: f.ValueLabels,
	}
	for code, s := range f.Symbols.All() {
		chart.Symbols = append(chart.Symbols, figure.Symbol{Name: code, Glyph: s.Glyph, Meaning: s.Meaning})
	}
	return chart, arrange(chart, f, bars)
}

// query is a figure's compiled expressions.
type query struct {
	where, category, series, value *vm.Program
}

func compileQuery(f *catalog.Figure) (*query, error) {
	q := &query{}
	for _, e := range []struct {
		name   string
		source string
		into   **vm.Program
		as     expr.Option
	}{
		{"where", f.Where, &q.where, expr.AsBool()},
		{"category", f.Category, &q.category, expr.AsKind(reflect.String)},
		{"series", f.Series, &q.series, expr.AsKind(reflect.String)},
		{"value", f.Value, &q.value, expr.AsFloat64()},
	} {
		p, err := compile(e.source, rowEnv{}, e.as)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.name, err)
		}
		*e.into = p
	}
	return q, nil
}

// bar is one value with its place in a figure.
type bar struct {
	category, series string
	point            figure.Point
}

func (q *query) bars(over string, rows []Row, models []ModelRow) ([]bar, error) {
	var bars []bar
	add := func(env rowEnv, fill func(*figure.Point)) error {
		b, ok, err := q.bar(env)
		if err == nil && ok {
			fill(&b.point)
			bars = append(bars, b)
		}
		return err
	}
	if over == "models" {
		for _, m := range models {
			err := add(rowEnv{M: m}, func(p *figure.Point) { p.Present = p.Value != 0; p.Origin = figure.Published })
			if err != nil {
				return nil, err
			}
		}
		return bars, nil
	}
	for _, r := range rows {
		if err := add(rowEnv{R: r}, func(p *figure.Point) { r.mark(p) }); err != nil {
			return nil, err
		}
	}
	return bars, nil
}

func (q *query) bar(env rowEnv) (b bar, ok bool, err error) {
	run := func(p *vm.Program) any {
		if err != nil {
			return nil
		}
		var v any
		v, err = expr.Run(p, env)
		return v
	}
	if selected, _ := run(q.where).(bool); !selected {
		return b, false, err
	}
	b.category, _ = run(q.category).(string)
	b.series, _ = run(q.series).(string)
	b.point.Value, _ = run(q.value).(float64)
	return b, err == nil, err
}

// mark fills in what a figure shows of a result beside its value.
func (r *Row) mark(p *figure.Point) {
	p.Present = r.Status == "ok"
	p.Origin = figure.Origin(r.SourceOrigin)
	p.Note = r.Note
	if !p.Present {
		p.Value = 0
		p.Symbol = r.Status
	} else if r.Code != "ok" {
		p.Symbol = r.Code
	}
	if r.Low > 0 && r.High > 0 && p.Value == r.ValueMS {
		p.Low, p.High = r.Low, r.High
	}
}

// arrange puts bars into categories and series, in the order they were met.
func arrange(chart *figure.Figure, f *catalog.Figure, bars []bar) error {
	var categories, series []string
	grid := map[[2]string]figure.Point{}
	for _, b := range bars {
		if !slices.Contains(categories, b.category) {
			categories = append(categories, b.category)
		}
		if !slices.Contains(series, b.series) {
			series = append(series, b.series)
		}
		at := [2]string{b.category, b.series}
		if known, taken := grid[at]; taken && known.Present && b.point.Present {
			return fmt.Errorf("figure %s: two results fall on the bar %q of %q: let `category` or `series` tell them apart, or `where` choose", f.Name, b.series, b.category)
		} else if !taken || b.point.Present {
			grid[at] = b.point
		}
	}
	order(categories, f.Order, func(c string) float64 { return grid[[2]string{c, series[0]}].Value })
	chart.Categories = categories
	known := map[string]bool{}
	for _, s := range chart.Symbols {
		known[s.Name] = true
	}
	for _, s := range series {
		line := figure.Series{Name: s}
		for _, c := range categories {
			p := grid[[2]string{c, s}]
			if !known[p.Symbol] {
				p.Symbol = ""
			}
			line.Points = append(line.Points, p)
		}
		chart.Series = append(chart.Series, line)
	}
	return nil
}

func order(categories []string, how string, value func(string) float64) {
	sign := map[string]int{"ascending": 1, "descending": -1}[how]
	if sign != 0 {
		slices.SortStableFunc(categories, func(a, b string) int { return sign * cmp.Compare(value(a), value(b)) })
	}
}
