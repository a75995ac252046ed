package exhibit

import (
	"fmt"
	"slices"
	"strconv"

	"edgebench/compiler/spec"
	"edgebench/report/data"
	"edgebench/report/table"
)

// besideTable sets this machine's fastest time of each model beside the best
// published time on every platform: the time, and how many times as fast this
// machine is. It is nil unless both are at hand.
func besideTable(rows []data.Row) *table.Table {
	own, published := best(rows, spec.Measured), best(rows, spec.Published)
	models, platforms := besideAxes(rows, own, published)
	if len(models) == 0 || len(platforms) == 0 {
		return nil
	}
	out := &table.Table{
		ID:      "beside",
		Caption: "Best time of one inference in ms: measured on this machine, and published for the paper's platforms",
		Columns: []table.Column{{Name: "Model"}, {Name: "measured here", Align: table.Right}},
	}
	for _, p := range platforms {
		out.Columns = append(out.Columns, table.Column{Name: p, Align: table.Right, Group: "published, and how many times as fast this machine is"})
	}
	for _, m := range models {
		where := fastest(own[m])
		mine := own[m][where]
		row := table.Text(m, significant(mine))
		if len(environments(rows)) > 1 {
			row.Cells[1].Text += " on " + where
		}
		row.Cells[1].Strong = true
		for _, p := range platforms {
			text := "–"
			if theirs, ok := published[m][p]; ok {
				text = fmt.Sprintf("%s (%s×)", shortTime(theirs), ratioText(theirs/mine))
			}
			row.Cells = append(row.Cells, table.Cell{Text: text})
		}
		out.Rows = append(out.Rows, row)
	}
	out.Notes = []string{
		"Of several measured variants and of several published frameworks the fastest counts; values that were digitised are among them, and the figures mark these. The published times are of other software, of 2019: the factor compares whole systems, not processors.",
	}
	return out
}

// best is the shortest time of an origin, by model and platform.
func best(rows []data.Row, origin string) map[string]map[string]float64 {
	times := map[string]map[string]float64{}
	for _, r := range rows {
		if r.Origin != origin || r.Metric != "time_per_inference" || !r.ValueMS.Known() || r.ValueMS.Float() <= 0 {
			continue
		}
		if times[r.Model] == nil {
			times[r.Model] = map[string]float64{}
		}
		platform := apart(r.Platform, r.MeasuredIn)
		if t, known := times[r.Model][platform]; !known || r.ValueMS.Float() < t {
			times[r.Model][platform] = r.ValueMS.Float()
		}
	}
	return times
}

// besideAxes lists the models that have both, and the published platforms of
// these, in the order of the rows.
func besideAxes(rows []data.Row, own, published map[string]map[string]float64) (models, platforms []string) {
	for _, r := range rows {
		if len(own[r.Model]) == 0 || len(published[r.Model]) == 0 {
			continue
		}
		if !slices.Contains(models, r.Model) {
			models = append(models, r.Model)
		}
		if _, ok := published[r.Model][r.Platform]; ok && !slices.Contains(platforms, r.Platform) {
			platforms = append(platforms, r.Platform)
		}
	}
	return models, platforms
}

// fastest is the platform of the shortest time.
func fastest(times map[string]float64) string {
	first := ""
	for p, t := range times {
		if first == "" || t < times[first] || t == times[first] && p < first {
			first = p
		}
	}
	return first
}

// shortTime writes a published time with the digits that such a table has room
// for.
func shortTime(ms float64) string {
	if ms >= 100 {
		return fixed(ms, 0)
	}
	return fixed(ms, 1)
}

// ratioText writes a factor with two digits.
func ratioText(ratio float64) string {
	switch {
	case ratio >= 10:
		return fixed(ratio, 0)
	case ratio >= 1:
		return fixed(ratio, 1)
	}
	return strconv.FormatFloat(ratio, 'g', 2, 64)
}
