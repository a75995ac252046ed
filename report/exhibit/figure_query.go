package exhibit

import (
	"fmt"
	"reflect"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"

	"edgebench/compiler/spec"
	"edgebench/report/data"
	"edgebench/report/figure"
)

// query is a figure's compiled expressions; symbol may be nil.
type query struct {
	where, category, series, value, symbol *vm.Program
}

func compileQuery(f *spec.Figure) (*query, error) {
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
		{"symbol", f.Symbol, &q.symbol, expr.AsKind(reflect.String)},
	} {
		if e.source == "" {
			continue
		}
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

func (q *query) bars(over string, rows []data.Row, models []data.Model) ([]bar, error) {
	var bars []bar
	add := func(env rowEnv, fill func(*figure.Point)) error {
		b, ok, err := q.bar(env, fill)
		if err == nil && ok {
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
		if err := add(rowEnv{R: r}, func(p *figure.Point) { mark(&r, p) }); err != nil {
			return nil, err
		}
	}
	return bars, nil
}

// bar makes a bar of a result, if the query selects it; fill adds what the
// expressions do not say.
func (q *query) bar(env rowEnv, fill func(*figure.Point)) (b bar, ok bool, err error) {
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
	b.series = apart(b.series, env.R.MeasuredIn)
	b.point.Value, _ = run(q.value).(float64)
	fill(&b.point)
	if q.symbol != nil {
		b.point.Symbol, _ = run(q.symbol).(string)
	}
	return b, err == nil, err
}

// apart names a series with the environment that its results were measured in,
// where there are several: no bar stands for two of them.
func apart(series, environment string) string {
	switch {
	case environment == "":
		return series
	case series == "":
		return environment
	}
	return series + " (" + environment + ")"
}

// mark fills in what a figure shows of a result beside its value.
func mark(r *data.Row, p *figure.Point) {
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
