package exhibit

import (
	"fmt"
	"strings"

	"edgebench/compiler/estimate"
	"edgebench/report/data"
	"edgebench/report/table"
)

// estimatesTable tells how far off estimates are that are made from the times
// that the run's sources publish: each model left out once. It is nil where no
// source has enough times.
func estimatesTable(r *data.Run) *table.Table {
	estimators := estimate.New(estimate.Gather(r.Plan))
	s := estimate.Summarize(estimators)
	if s.Checks == 0 {
		return nil
	}
	out := &table.Table{ID: "estimates", Caption: "How far off estimates of a time are: each model left out, and estimated from the others"}
	out.Columns = []table.Column{{Name: "Platform"}, {Name: "Framework, optimizations"}, {Name: "Models", Align: table.Right}}
	for _, predictor := range []string{"by a roofline", "from FLOP alone", "from parameters alone"} {
		for _, name := range []string{"median", "worst"} {
			out.Columns = append(out.Columns, table.Column{Name: name, Group: "Error (%) " + predictor, Align: table.Right})
		}
	}
	out.Columns = append(out.Columns, table.Column{Name: "Used", Align: table.Center})
	marks := &footnotes{table: out}
	for _, e := range estimators {
		out.Rows = append(out.Rows, estimatesRow(e, marks))
	}
	out.Rows = append(out.Rows, allEstimates(s, len(estimators)))
	out.Notes = append([]string{
		"An error of 50 % is half as long again as published, or two thirds. Predictions from FLOP or parameters alone are a power of them, fitted alike. " +
			fmt.Sprintf("The roofline is nearer to the published time than FLOP alone for %d of the %d models left out.", s.Nearer, s.Checks),
	}, out.Notes...)
	return out
}

func estimatesRow(e *estimate.Estimator, marks *footnotes) table.Row {
	row := table.Text(e.Platform, strings.Join(append([]string{e.Framework}, e.Optimizations...), ", "), fmt.Sprint(len(e.Observations)), "", "", "", "", "", "", yes)
	if len(e.Checks) > 0 {
		setErrors(row.Cells[3:], e.Errors(estimate.ByRoofline), e.Errors(estimate.ByFLOP), e.Errors(estimate.ByParameters))
	}
	if why := e.Refusal(); why != "" {
		row.Cells[9] = table.Cell{Text: no, Mark: marks.mark(why), Tone: table.Warn}
	}
	return row
}

func allEstimates(s estimate.Summary, estimators int) table.Row {
	row := table.Text("all", "", fmt.Sprint(s.Checks), "", "", "", "", "", "", fmt.Sprintf("%d of %d", s.Used, estimators))
	setErrors(row.Cells[3:], s.Roofline, s.FLOP, s.Parameters)
	for i := range row.Cells {
		row.Cells[i].Strong = true
	}
	return row
}

func setErrors(cells []table.Cell, errors ...estimate.Errors) {
	for i, e := range errors {
		cells[2*i].Text, cells[2*i+1].Text = fixed(100*e.Median, 0), fixed(100*e.Worst, 0)
	}
}
