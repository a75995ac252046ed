package exhibit

import (
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"strconv"
	"strings"
	"testing"

	"edgebench/compiler/expression"
	"edgebench/compiler/metric"
	"edgebench/compiler/spec"
	"edgebench/compiler/spec/policy"
	"edgebench/executor/journal"
	"edgebench/executor/measure"
	"edgebench/executor/result"
	"edgebench/report/data"
)

// TestEveryWarningHasAFlag: each code that is declared, and no letter
// twice.
func TestEveryWarningHasAFlag(t *testing.T) {
	known, letters := map[string]bool{}, map[string]bool{"!": true}
	for _, f := range flags {
		known[f.code] = true
		if letters[f.Letter] {
			t.Errorf("two flags have the letter %s", f.Letter)
		}
		letters[f.Letter] = true
	}
	for _, source := range []string{"summary.go", "conditions/judge.go"} {
		codes := codesIn(t, "../../executor/measure/"+source)
		if len(codes) < 5 {
			t.Errorf("%s declares %q: are the codes of warnings still there?", source, codes)
		}
		for _, code := range codes {
			if !known[code] {
				t.Errorf("the warning %s has no flag", code)
			}
		}
	}
}

// codesIn lists the constants of a file whose names begin with Warn.
func codesIn(t *testing.T, path string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Warn") {
			return true
		}
		code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		codes = append(codes, code)
		return true
	})
	return codes
}

// measuredRows are two results of this machine: 71.134 ms ±7.5 % that is below
// its policy's promise and correlated, and 10 ms ±2 % with nothing said of it.
func measuredRows() []data.Row {
	row := func(model string, ms, low, high float64, codes ...string) data.Row {
		m := &result.Measurement{Summary: measure.Summary{
			Count: 4, Headline: policy.Median, HeadlineCI: &measure.Interval{LowNS: low * 1e6, HighNS: high * 1e6, Confidence: 0.95},
		}}
		for _, c := range codes {
			m.Summary.Warnings = append(m.Summary.Warnings, measure.Warning{Code: c, Message: "of this one: " + c})
		}
		return data.Row{
			Result: expression.Result{
				Study: "s", Model: model, Platform: "host", Framework: "native", Environment: "bare metal",
				Origin: spec.Measured, SourceOrigin: spec.Measured, Metric: metric.TimePerInference, Status: "ok", Code: "ok", Unit: "ms",
				Value: expression.Num(ms), ValueMS: expression.Num(ms), Low: expression.Num(low), High: expression.Num(high),
				GFLOPS: expression.Num(1234.5 / ms),
			},
			Measurement: m, Record: &journal.Record{Job: model},
		}
	}
	return []data.Row{
		row("A", 71.134, 65.8, 76.5, measure.WarnBelowMinimum, measure.WarnCorrelated),
		row("B", 10, 9.8, 10.2),
		row("C", 20, 19.9, 20.1, measure.WarnCorrelated, "a_code_to_come"),
	}
}

// TestMeasuredTable: digits as the interval lets them be, flags with one legend,
// and everything as it is in CSV.
func TestMeasuredTable(t *testing.T) {
	rows := measuredRows()
	again := measuredRows()[1]
	again.Model, again.Framework = "A", "other" // stands beside the other A
	again.Value, again.ValueMS, again.Low, again.High, again.GFLOPS = expression.Num(30), expression.Num(30), expression.Num(29.9), expression.Num(30.1), expression.Num(1234.5/30)
	out := measuredTable("s", append(rows, again))
	if err := out.Check(); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{
		"A | 71 | 65 to 77 | 17.4 | F C", "A | 30.00 | 29.90 to 30.10 | 41.15 | ", "B | 10.00 | 9.80 to 10.20 | 123.5 | ", "C | 20.00 | 19.90 to 20.10 | 61.73 | C !",
	} {
		var got []string
		for _, c := range []int{0, 2, 3, 4, 8} {
			got = append(got, strings.ReplaceAll(out.Rows[i].Cells[c].Text, "\u00a0", " "))
		}
		if strings.Join(got, " | ") != want {
			t.Errorf("row %d is %q, want %q", i, strings.Join(got, " | "), want)
		}
	}
	want := "Flags: F\u00a0fewer inferences than its policy promises; C\u00a0inferences depend on the ones before them; the interval is widened for that; !\u00a0of this one: a_code_to_come."
	if out.Notes[0] != want {
		t.Errorf("the legend is\n%s\nwant\n%s", out.Notes[0], want)
	}
	if full := out.Rows[0].Cells[2].Full + ", " + out.Rows[0].Cells[3].Full; full != "71.134, 65.8 to 76.5" {
		t.Errorf("CSV has %s", full)
	}
}

// TestMeasuredTableOfSeveralHeadlines: where a time is not of what the others
// are, each says what it is of.
func TestMeasuredTableOfSeveralHeadlines(t *testing.T) {
	rows := measuredRows()
	if name := measuredTable("s", rows).Columns[2].Name; name != "median (ms)" {
		t.Errorf("the column of medians is %q", name)
	}
	rows[1].Measurement.Summary.Headline = policy.Mean
	out := measuredTable("s", rows)
	if err := out.Check(); err != nil {
		t.Fatal(err)
	}
	if got := out.Columns[2].Name + ": " + out.Rows[0].Cells[3].Text + ", " + out.Rows[1].Cells[3].Text; got != "time (ms): median, mean" {
		t.Errorf("got %s", got)
	}
}

// TestSuspectBars: a result that is to be trusted less is marked where its bar
// stands, one with a usual flag is not.
func TestSuspectBars(t *testing.T) {
	chart, err := chartOf(byModel(func(f *spec.Figure) { f.Value = "1000 / r.value_ms" }), measuredRows(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := text(chart), "A: 14.06[!]\nB: 100\nC: 50[!]\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if err := chart.Check(); err != nil {
		t.Error(err)
	}
	// What is computed of a time is known as well as the time.
	if p := chart.Series[0].Points[1]; math.Abs(p.Low-1000/10.2) > 1e-9 || math.Abs(p.High-1000/9.8) > 1e-9 {
		t.Errorf("the interval is %v to %v", p.Low, p.High)
	}
	if len(chart.Symbols) != 2 || chart.Symbols[1] != suspectSymbol {
		t.Errorf("the symbols are %+v", chart.Symbols)
	}
}

// TestCheckError: the error of what was timed is not hidden behind that of its
// reference.
func TestCheckError(t *testing.T) {
	for _, c := range []struct {
		check result.Check
		want  string
	}{
		{result.Check{Layers: 5, WorstError: 6e-6, OutputError: 2e-2}, "2e-02"},
		{result.Check{Layers: 5, WorstError: 6e-6}, "6e-06"},
		{result.Check{OutputError: 1e-6}, "1e-06"},
		{result.Check{OutputError: 1e-6, DenseError: new(0.9)}, "1e-06\u00a0(9e-01)"},
		{result.Check{Unchecked: "no reference"}, "not checked"},
	} {
		if got := strings.ReplaceAll(checkCell(c.check).Text, "\u2011", "-"); got != c.want {
			t.Errorf("%+v: %s, want %s", c.check, got, c.want)
		}
	}
}
