package exhibit

import (
	"edgebench/compiler/metric"
	"edgebench/compiler/spec"
	"edgebench/executor/measure/quantity"
	"edgebench/report/data"
	"edgebench/report/table"
)

// quantitiesTable lists what was measured in a study beside inference times,
// each under the label and in the unit of its metric.
func quantitiesTable(study string, rows []data.Row) *table.Table {
	out := &table.Table{ID: study + "-quantities", Caption: "Measured on this machine, beside inference times"}
	out.Columns = []table.Column{
		{Name: "Metric"}, {Name: "Model"}, {Name: "Platform, framework, optimizations"}, {Name: "Value", Align: table.Right}, {Name: "Unit"},
	}
	for _, m := range metric.All {
		for _, r := range rows {
			if r.Study != study || r.Origin != spec.Measured || r.Metric != m.Name || m.Name == metric.TimePerInference || r.Status != "ok" {
				continue
			}
			out.Rows = append(out.Rows, table.Text(m.Label, r.Model, r.Target(), quantity.Bare(r.Value.Float(), r.Unit).Number(), r.Unit))
		}
	}
	return orNil(out)
}
