package exhibit

import (
	"fmt"
	"testing"

	"edgebench/compiler/expression"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/report/data"
)

// TestSkippedTable: what the run did not come to and what is not installed take
// one row each, however many results that are.
func TestSkippedTable(t *testing.T) {
	row := func(model, framework, status, reason string) data.Row {
		return data.Row{Result: expression.Result{Study: "s", Experiment: "x", Model: model, Platform: "host", Framework: framework, Environment: "bare metal", Status: status, Reason: reason}}
	}
	rows := []data.Row{
		row("A", "native", "ok", ""), row("B", "native", "failed", "it crashed\nmore"),
		row("A", "Other", "not_installed", "Other is not installed: get it"), row("B", "Other", "not_installed", "Other is not installed: get it"),
		row("A", "Other", "no_device", "no cuda device here"), row("C", "native", "not_run", "the run did not get to it"),
	}
	got := ""
	for _, r := range skippedTable(plan.Study{Study: spec.Study{Name: "s"}}, rows).Rows {
		for _, c := range r.Cells {
			got += c.Text + "|"
		}
		got += "\n"
	}
	want := "x|\nB|host, native|failed|it crashed|\nOf all experiments|\n" +
		"2 results|Other|not installed|Other is not installed: get it|\n1 result|Other|no device|no cuda device here|\n1 result||not run|this run left them out, or did not get to them|\n"
	if got != want {
		t.Errorf("the table is\n%swant\n%s", got, fmt.Sprint(want))
	}
}
