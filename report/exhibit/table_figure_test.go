package exhibit

import (
	"strings"
	"testing"

	"edgebench/compiler/expression"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/report/data"
	"edgebench/report/table"
)

// TestFigureTable: a table of a figure has its values with their intervals, its
// lines and their means; there is none where the figure has nothing to show.
func TestFigureTable(t *testing.T) {
	f := spec.Figure{
		Name: "f", Form: "bars-line", Over: "results", Where: "true", Category: "r.model", Series: "r.framework", Value: "r.value_ms",
		Lines: []spec.Line{{Name: "Old over New", Value: "v['Old'] / v['New']"}}, Right: &spec.Axis{Label: "Ratio"},
	}
	f.Y.Label, f.Y.Unit = "Time", "ms"
	f.Summary.Category, f.Summary.Over = "Mean", "common"
	var s plan.Study
	s.Figures.Add("f", &f)
	build := func(columns []string, rows ...data.Row) *table.Table {
		return figureTable(s, rows, nil, &table.Table{ID: "t", Caption: "A table"}, &spec.Table{Figure: "f", Columns: columns})
	}
	took := func(model, framework string, ms float64) data.Row {
		return data.Row{Result: expression.Result{
			Study: "s", Model: model, Framework: framework, Metric: "time_per_inference", Status: "ok", Code: "ok", Origin: spec.Measured, SourceOrigin: spec.Measured,
			Value: expression.Num(ms), ValueMS: expression.Num(ms), Low: expression.Num(0.9 * ms), High: expression.Num(1.1 * ms), Unit: "ms",
		}}
	}
	rows := []data.Row{took("A", "Old", 8), took("B", "Old", 18), took("C", "Old", 5), took("A", "New", 2), took("B", "New", 2)}
	all := build(nil, rows...)
	if err := all.Check(); err != nil {
		t.Fatal(err)
	}
	var heads []string
	for _, c := range all.Columns {
		heads = append(heads, c.Group+"/"+c.Name)
	}
	if got := strings.Join(heads, " "); got != "/ Time (ms)/Old Time (ms)/New Ratio/Old over New" {
		t.Errorf("the columns are %q", got)
	}
	if got := strings.ReplaceAll(all.Rows[0].Cells[1].Text, "\u00a0", " "); got != "8.0 (7.2 to 8.8)" {
		t.Errorf("the time of A is %q", got)
	}
	only := build([]string{"Old over New"}, rows...)
	for i, want := range []string{"A 4.0", "B 9.0", "C –", "Mean 6.0"} {
		cells := only.Rows[i].Cells
		if got := cells[0].Text + " " + cells[1].Text; len(cells) != 2 || !strings.HasPrefix(got, want) {
			t.Errorf("row %d is %q, want %q", i, got, want)
		}
	}
	none := took("A", "Old", 8)
	none.Status, none.Value, none.ValueMS = "failed", expression.Number{}, expression.Number{}
	if got := build(nil, none); got != nil {
		t.Errorf("of a figure without a value: %+v", got)
	}
}
