package exhibit

import (
	"strings"
	"testing"

	"edgebench/compiler"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/compiler/verdict"
	"edgebench/report/data"
	"edgebench/report/table"
)

// textsOf are a table's rows and notes as lines.
func textsOf(t *table.Table) string {
	var lines strings.Builder
	for _, r := range t.Rows {
		for i, c := range r.Cells {
			if i > 0 {
				lines.WriteString("|")
			}
			lines.WriteString(c.Text)
			if c.Mark != "" {
				lines.WriteString("^" + c.Mark)
			}
		}
		lines.WriteString("\n")
	}
	return lines.String() + strings.Join(t.Notes, "\n") + "\n"
}

// TestFitTable: that a model cannot run somewhere, and that the place is out of
// reach, stand apart, each reason once.
func TestFitTable(t *testing.T) {
	short := verdict.Verdict{Name: verdict.Skip, Code: "memory_error", Reason: "needs 900 MiB, has 64 MiB"}
	slow := verdict.Verdict{Name: verdict.Degraded, Code: "swapping", Reason: "it swaps"}
	const far = "no device backend reaches board: run there"
	r := &data.Run{Plan: &plan.Plan{Places: []plan.Place{
		{Model: "A", Platform: "host", Framework: "native", Verdict: verdict.Verdict{Name: verdict.OK}, Reached: true},
		{Model: "A", Platform: "board", Framework: "Lite", Optimizations: []string{"quantization"}, Verdict: verdict.Verdict{Name: verdict.OK}, Facts: []string{"needs 9 of 64 MiB"}, Unreached: far, Estimate: &plan.Estimate{Seconds: 1.2, Low: 0.8, High: 3}},
		{Model: "A", Platform: "board", Framework: "Full", Verdict: short, Unreached: far},
		{Model: "A", Platform: "board", Framework: "Eager", Verdict: slow, Unreached: far},
		{Model: "B", Platform: "host", Framework: "native", Verdict: short, Reached: true},
	}}}
	out := &table.Table{ID: "fit"}
	fitTable(r, out, plan.Study{}, &spec.Table{Of: "fit", Rows: []string{"A"}})
	want := "A\nhost|native|✓|||✓\nboard|Lite, quantization|✓|needs 9 of 64 MiB|1.2 s (800 ms to 3.0 s)|✗^a\n" +
		"board|Full|✗ memory error^b|||✗^a\nboard|Eager|✓ degraded: swapping^c|||✗^a\n" +
		"Estimated times were not measured: they follow from published times of other models there, and lie in the interval in about 80 % of cases.\n" +
		"a To reach it: run there\nb needs 900 MiB, has 64 MiB\nc it swaps\n"
	if got := textsOf(out); got != want {
		t.Errorf("the table is\n%swant\n%s", got, want)
	}
	if err := out.Check(); err != nil {
		t.Error(err)
	}
}

// TestEstimatesTable has a row for each platform and framework with published
// times, and one for all; a plan without such times has no table.
func TestEstimatesTable(t *testing.T) {
	p, err := compiler.Compile(t.Context(), "paper")
	if err != nil {
		t.Fatal(err)
	}
	out := estimatesTable(&data.Run{Plan: p})
	if err := out.Check(); err != nil {
		t.Fatal(err)
	}
	got := textsOf(out)
	for _, want := range []string{"PYNQ-Z1|TVM VTA, quantization|1|||||||✗^", "Jetson Nano|PyTorch|9|", "all||152|", "|15 of 19\n", "an estimate needs 4"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if out := estimatesTable(&data.Run{Plan: &plan.Plan{}}); out != nil {
		t.Errorf("of nothing the table is\n%s", textsOf(out))
	}
}
