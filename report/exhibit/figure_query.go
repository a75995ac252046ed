package exhibit

import (
	"fmt"
	"math"

	"edgebench/compiler/expression"
	"edgebench/compiler/spec"
	"edgebench/report/data"
	"edgebench/report/figure"
)

// query is a figure's compiled expressions; symbol may be nil.
type query struct {
	where, category, series, value, symbol *expression.Program

	unit string // of the axis, as the figure states it; may be empty
}

func compileQuery(f *spec.Figure) (*query, error) {
	q := &query{unit: f.Y.Unit}
	scope := expression.OfFigure(f.Over)
	for _, e := range []struct {
		name   string
		source string
		into   **expression.Program
		kind   expression.Kind
	}{
		{"where", f.Where, &q.where, expression.Condition},
		{"category", f.Category, &q.category, expression.Text},
		{"series", f.Series, &q.series, expression.Text},
		{"value", f.Value, &q.value, expression.Quantity},
		{"symbol", f.Symbol, &q.symbol, expression.Text},
	} {
		if e.source == "" {
			continue
		}
		p, err := expression.Compile(e.source, scope, e.kind, nil)
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
	chosen           bool   // the figure's expression chose the symbol, or none
	status           string // of a result
	suspect          bool   // its result is to be trusted less

	framework, reason string // of a result without a value
	ran               bool   // the framework is on the machine: something ran in it, or failed
}

// absent reports whether a bar stands for what this machine has nothing to run
// with, or what this run left out: it has no place in a figure.
func (b bar) absent() bool {
	return !b.point.Present && (b.status == data.NotInstalled || b.status == data.NoDevice || b.status == data.NotRun)
}

// bars makes a bar of each result, gain or model that the query selects.
func (q *query) bars(over string, rows []data.Row, models []*expression.Model) ([]bar, error) {
	switch over {
	case "models":
		return q.modelBars(models)
	case "gains":
		return q.gainBars(rows)
	}
	return q.resultBars(rows)
}

func (q *query) modelBars(models []*expression.Model) ([]bar, error) {
	var bars []bar
	for _, m := range models {
		b, selected, err := q.bar(expression.OfModel{M: m})
		if err != nil {
			return nil, fmt.Errorf("%w (of %s)", err, m.Name)
		}
		if selected {
			b.point.Provenance = figure.Published
			bars = append(bars, b)
		}
	}
	return bars, nil
}

func (q *query) gainBars(rows []data.Row) ([]bar, error) {
	var bars []bar
	for _, g := range gains(rows) {
		b, selected, err := q.bar(expression.OfGain{G: &g.Gain})
		if err == nil && selected {
			b.series, b.status, b.framework, b.reason = apart(b.series, g.MeasuredIn), g.Status, g.Framework, g.Reason
			b.ran = ran(g.without) || ran(g.with)
			b.point.Provenance = g.provenance()
			if g.Status != "ok" && !b.chosen {
				b.point.Symbol = g.Status
			}
			b.suspect = b.point.Present && g.suspect()
			if g.Low.Known() && g.High.Known() {
				err = q.interval(&b.point, expression.OfGain{G: gainAt(g.Low, g.Gain)}, expression.OfGain{G: gainAt(g.High, g.Gain)})
			}
			bars = append(bars, b)
		}
		if err != nil {
			return nil, fmt.Errorf("%w (of %s of %s with %s)", err, g.Optimization, g.Model, g.Framework)
		}
	}
	return bars, nil
}

// gainAt is a gain as if it were another.
func gainAt(value expression.Number, g expression.Gain) *expression.Gain {
	g.Gain = value
	return &g
}

func (q *query) resultBars(rows []data.Row) ([]bar, error) {
	var bars []bar
	unit := q.unit
	for i := range rows {
		r := &rows[i]
		b, selected, err := q.bar(expression.OfResult{R: &r.Result})
		if err != nil {
			return nil, fmt.Errorf("%w (of %s, %s)", err, r.Model, r.Target())
		}
		if selected {
			if unit, err = q.oneUnit(unit, r, b.point.Present); err != nil {
				return nil, err
			}
			b.series, b.status, b.framework, b.reason = apart(b.series, r.MeasuredIn), r.Status, r.Framework, r.Reason
			b.ran = ran(r)
			mark(r, &b.point, !b.chosen)
			b.suspect = b.point.Present && suspect(r)
			if r.Low.Known() && r.High.Known() {
				if err := q.interval(&b.point, expression.OfResult{R: at(r.Low, r.Result)}, expression.OfResult{R: at(r.High, r.Result)}); err != nil {
					return nil, err
				}
			}
			bars = append(bars, b)
		}
	}
	return bars, nil
}

// oneUnit refuses values of different units on one axis, where the figure's
// value is a result's own.
func (q *query) oneUnit(unit string, r *data.Row, present bool) (string, error) {
	if !present || r.Unit == "" || q.value.Field() != "value" && q.value.Field() != "low" && q.value.Field() != "high" {
		return unit, nil
	}
	if unit != "" && unit != r.Unit {
		return unit, fmt.Errorf("value: the axis is in %s, and %s of %s on %s is in %s: let `where` choose, or `value` convert, as r.value_ms does",
			unit, r.Metric, r.Model, r.Platform, r.Unit)
	}
	return r.Unit, nil
}

// bar makes a bar of what the query selects. Where its condition cannot be
// decided, nothing is selected; where its value cannot, the point is missing.
func (q *query) bar(env any) (b bar, selected bool, err error) {
	holds, _, err := decided("where", q.where, env)
	if err != nil || holds != true {
		return b, false, err
	}
	category, err := q.category.Run(env)
	if err != nil {
		return b, false, fmt.Errorf("category: %w", err)
	}
	series, err := q.series.Run(env)
	if err != nil {
		return b, false, fmt.Errorf("series: %w", err)
	}
	symbol, chosen, err := decided("symbol", q.symbol, env)
	if err != nil {
		return b, false, err
	}
	value, present, err := decided("value", q.value, env)
	if err != nil {
		return b, false, err
	}
	b.category, _ = category.(string)
	b.series, _ = series.(string)
	b.point.Symbol, _ = symbol.(string)
	b.point.Value, _ = value.(float64)
	if math.IsNaN(b.point.Value) || math.IsInf(b.point.Value, 0) {
		return b, false, fmt.Errorf("value: the expression gives %g, which no figure can show: does it divide by zero? Let `where` leave that out", b.point.Value)
	}
	b.point.Present, b.chosen = present, chosen
	return b, true, nil
}

// decided evaluates an expression that may be left out, and reports whether it
// is there and could be decided.
func decided(field string, p *expression.Program, env any) (v any, ok bool, err error) {
	if p == nil {
		return nil, false, nil
	}
	v, err = p.Run(env)
	if _, missing := expression.IsUndecided(err); missing {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("%s: %w", field, err)
	}
	return v, true, nil
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

// mark fills in what a figure shows of a result beside its value; with a symbol
// for why it is missing, or degraded, where the figure does not choose symbols.
func mark(r *data.Row, p *figure.Point, symbol bool) {
	p.Provenance = figure.Provenance(r.SourceOrigin)
	p.Note = r.Note
	if r.Status != "ok" {
		p.Value, p.Present = 0, false
	}
	switch {
	case !symbol:
	case r.Status != "ok":
		p.Symbol = r.Status
	case r.Code != "ok":
		p.Symbol = r.Code
	}
}

// interval is what the figure's value is at both ends of an interval, so that what
// is computed of a time is known as well as the time. A value that does not change
// with it, or not in one direction, has none.
func (q *query) interval(p *figure.Point, lowEnd, highEnd any) error {
	if !p.Present {
		return nil
	}
	var ends [2]float64
	for i, end := range []any{lowEnd, highEnd} {
		v, ok, err := decided("value", q.value, end)
		if err != nil || !ok {
			return err
		}
		ends[i], _ = v.(float64)
	}
	low, high := min(ends[0], ends[1]), max(ends[0], ends[1])
	if low < high && low <= p.Value && p.Value <= high && !math.IsInf(low, 0) && !math.IsInf(high, 0) {
		p.Low, p.High = low, high
	}
	return nil
}

// at is a result as if its value were another.
func at(value expression.Number, r expression.Result) *expression.Result {
	share := value.Float() / r.Value.Float()
	scaled := func(n expression.Number, by float64) expression.Number {
		if !n.Known() {
			return n
		}
		return expression.Num(n.Float() * by)
	}
	r.ValueMS, r.GFLOPS = scaled(r.ValueMS, share), scaled(r.GFLOPS, 1/share)
	r.Value = value
	return &r
}
