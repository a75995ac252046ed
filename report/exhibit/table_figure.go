package exhibit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"edgebench/compiler/expression"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/executor/measure/quantity"
	"edgebench/report/data"
	"edgebench/report/figure"
	"edgebench/report/table"
)

// figureTable fills a table of what a figure shows: a row per category, a column
// per series and line that the table names, or all. It is nil where the figure
// has nothing to show, which a notice in the figure's place tells.
func figureTable(s plan.Study, rows []data.Row, models []*expression.Model, out *table.Table, t *spec.Table) *table.Table {
	f, ok := s.Figures.Get(t.Figure)
	if !ok {
		return nil
	}
	chart, err := chartOf(f, rows, models)
	if err != nil {
		return nil
	}
	out.Columns = []table.Column{{Name: ""}}
	for _, c := range chart.Categories {
		out.Rows = append(out.Rows, table.Text(strings.ReplaceAll(c, "\n", ", ")))
	}
	add := func(all []figure.Series, axis figure.Axis) {
		for _, series := range all {
			if len(t.Columns) > 0 && !slices.Contains(t.Columns, series.Name) {
				continue
			}
			out.Columns = append(out.Columns, table.Column{Name: series.Name, Group: axisText(axis), Align: table.Right})
			for i := range out.Rows {
				out.Rows[i].Cells = append(out.Rows[i].Cells, pointCell(series.Points, i))
			}
		}
	}
	add(chart.Series, chart.Y)
	add(chart.Lines, chart.Right)
	if chart.Summary {
		for i := range out.Rows[len(out.Rows)-1].Cells {
			out.Rows[len(out.Rows)-1].Cells[i].Strong = true
		}
	}
	out.Notes = append(append(out.Notes, "In parentheses the interval."), chart.Notes...)
	return out
}

func axisText(a figure.Axis) string {
	if a.Unit == "" {
		return a.Label
	}
	return fmt.Sprintf("%s (%s)", a.Label, a.Unit)
}

// pointCell is a value with the digits that its interval lets it have.
func pointCell(points []figure.Point, category int) table.Cell {
	if category >= len(points) || !points[category].Present {
		return table.Cell{Text: "–"}
	}
	p := points[category]
	if p.Low == 0 && p.High == 0 {
		return table.Cell{Text: cmp.Or(p.Label, quantity.Bare(p.Value, "").Number()), Full: sourceDigits(p.Value)}
	}
	q := quantity.New(p.Value, p.Low, p.High, "")
	return table.Cell{
		Text: fmt.Sprintf("%s (%s)", q.Number(), unbroken(q.Interval())),
		Full: fmt.Sprintf("%s (%s to %s)", sourceDigits(p.Value), sourceDigits(p.Low), sourceDigits(p.High)),
	}
}
