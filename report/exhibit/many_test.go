package exhibit

import (
	"fmt"
	"strings"
	"testing"

	"edgebench/compiler/expression"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/report/data"
)

func manyRows(n int) []data.Row {
	rows := make([]data.Row, n)
	for i := range rows {
		status := "ok"
		if i%2 == 0 {
			status = "memory_error"
		}
		rows[i] = data.Row{Result: expression.Result{
			Study: "s", Experiment: "x", Model: fmt.Sprint("model ", i), Framework: "native", Platform: fmt.Sprint("board ", i%10),
			Metric: "time_per_inference", Status: status, Code: status, Reason: fmt.Sprint("reason ", i%100), Value: expression.Num(1),
		}}
	}
	return rows
}

// TestTooManyValuesForAFigure: they are refused before they are drawn.
func TestTooManyValuesForAFigure(t *testing.T) {
	_, err := chartOf(byModel(func(f *spec.Figure) { f.Value = "r.value" }), manyRows(2*maxPoints), nil)
	want := "it has room for 2000 values, and these are 4000 categories of 1 series: let `where` choose, or make several figures"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestFootnotesNeverShareAMark(t *testing.T) {
	var marks names
	for i := range 1000 {
		marks.add(letters(i))
	}
	if got := strings.Join(marks.list[24:29], " "); got != "y z aa ab ac" || len(marks.list) != 1000 {
		t.Errorf("%d marks, those after x are %s", len(marks.list), got)
	}
}

// BenchmarkManyRows measures a figure and the table of what was skipped: ten
// times as many rows take about ten times as long.
func BenchmarkManyRows(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		rows := manyRows(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				if _, err := chartOf(byModel(func(f *spec.Figure) { f.Value = "r.value" }), rows, nil); err == nil {
					b.Fatal("a figure of everything")
				}
				if skippedTable(plan.Study{Study: spec.Study{Name: "s"}}, rows) == nil {
					b.Fatal("no table")
				}
			}
		})
	}
}
