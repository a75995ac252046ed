package exhibit

import (
	"fmt"
	"strconv"
	"strings"

	"edgebench/compiler/spec"
	"edgebench/executor/measure/quantity"
	"edgebench/report/data"
	"edgebench/report/table"
)

// besideTable sets this machine's fastest time of each model beside the best
// published time on every platform: the time, and how many times as fast this
// machine is. It is nil unless both are at hand.
func besideTable(rows []data.Row) *table.Table {
	t := beside{own: bests(rows, spec.Measured), published: bests(rows, spec.Published)}
	t.axes(rows)
	if len(t.models) == 0 || len(t.platforms) == 0 {
		return nil
	}
	return t.table()
}

// beside is the two sides of the table.
type beside struct {
	own, published map[string]map[place]best
	models         []string // that have both
	platforms      []place  // published ones of these
}

// axes lists models and platforms in the order of the rows.
func (t *beside) axes(rows []data.Row) {
	models, platforms := map[string]bool{}, map[place]bool{}
	for _, r := range rows {
		if len(t.own[r.Model]) == 0 || len(t.published[r.Model]) == 0 {
			continue
		}
		if !models[r.Model] {
			models[r.Model] = true
			t.models = append(t.models, r.Model)
		}
		at := place{platform: r.Platform}
		if _, ok := t.published[r.Model][at]; ok && !platforms[at] {
			platforms[at] = true
			t.platforms = append(t.platforms, at)
		}
	}
}

func (t *beside) table() *table.Table {
	out := &table.Table{
		ID:      "beside",
		Caption: "Best time of one inference in ms: measured on this machine, and published for the paper's platforms",
	}
	common, same := t.common(func(model string) (best, bool) { _, b := overall(t.own[model]); return b, true })
	out.Columns = []table.Column{{Name: "Model"}, {Name: headed("measured here", common), Align: table.Right}}
	var headings []string
	for _, at := range t.platforms {
		with, _ := t.common(func(model string) (best, bool) { b, ok := t.published[model][at]; return b, ok })
		headings = append(headings, with)
		out.Columns = append(out.Columns, table.Column{
			Name: headed(at.String(), with), Align: table.Right, Group: "published, and how many times as fast this machine is",
		})
	}
	notes := &footnotes{table: out}
	for _, m := range t.models {
		at, mine := overall(t.own[m])
		row := table.Row{Cells: []table.Cell{{Text: m}, ownCell(at, mine, same, notes)}}
		for i, at := range t.platforms {
			cell := table.Cell{Text: "–"}
			if theirs, ok := t.published[m][at]; ok {
				cell = publishedCell(theirs, mine, headings[i] != "", notes)
			}
			row.Cells = append(row.Cells, cell)
		}
		out.Rows = append(out.Rows, row)
	}
	out.Notes = append(out.Notes, besideNotes...)
	return out
}

var besideNotes = []string{
	"Each time is the best of the frameworks and optimizations that are known for it, and names which it is: in the column's heading where that is the same in the whole column. A printed value counts before one that was read off a drawing (≈). Where a source states values more than 10 % apart, both ends are shown, with where they stand, and the printed one counts; of several printed ones the slowest.",
	"The published times are of other software, of 2019: the factor compares whole systems, not processors.",
}

// common is what all of a column's bests ran with, and whether there is such.
func (t *beside) common(column func(model string) (best, bool)) (with string, same bool) {
	for _, m := range t.models {
		b, ok := column(m)
		if !ok {
			continue
		}
		if with != "" && b.with() != with {
			return "", false
		}
		with = b.with()
	}
	return with, true
}

func headed(name, with string) string {
	if with == "" {
		return name
	}
	return name + ": " + with
}

func ownCell(at place, mine best, headed bool, notes *footnotes) table.Cell {
	text := rowTime(mine.counts()).Number()
	if !headed {
		text += " " + mine.with()
	}
	if at.environment != "" {
		text += " on " + at.String()
	}
	cell := table.Cell{Text: text, Strong: true}
	var told []string
	for _, f := range flagsOf(mine.counts()) {
		if !f.Usual {
			told = append(told, f.Meaning)
		}
	}
	cell.Mark = notes.mark(strings.Join(told, "; "))
	return cell
}

// publishedCell shows a published time, or what it is said to lie between, with
// the factor by which this machine is faster.
func publishedCell(theirs, mine best, headed bool, notes *footnotes) table.Cell {
	text := milliseconds(theirs.counts())
	factor := ratioText(theirs.ms()/mine.ms()) + "×"
	if theirs.contradicted() {
		low, high := theirs.span()
		text = sourceDigits(low) + "–" + sourceDigits(high)
		factor = ratioText(low/mine.ms()) + "–" + ratioText(high/mine.ms()) + "×"
	}
	text += " (" + factor + ")"
	if !headed {
		text += " " + theirs.with()
	}
	cell := table.Cell{Text: text}
	if told := theirs.contradictions(); told != "" {
		cell.Tone, cell.Mark = table.Warn, notes.mark(told)
	}
	return cell
}

// rowTime is a result's time in ms, with its interval where it has one.
func rowTime(r *data.Row) quantity.Quantity {
	if !r.Low.Known() || !r.High.Known() {
		return quantity.Bare(r.ValueMS.Float(), "ms")
	}
	return quantity.New(r.ValueMS.Float(), r.Low.Float(), r.High.Float(), "ms")
}

// milliseconds writes a published time with the digits that its source has.
func milliseconds(r *data.Row) string {
	text := sourceDigits(r.ValueMS.Float())
	if digitised(r) {
		return "≈" + text
	}
	return text
}

// sourceDigits writes a value that was converted between units without the
// digits that the conversion makes up.
func sourceDigits(v float64) string {
	short, err := strconv.ParseFloat(fmt.Sprintf("%.12g", v), 64)
	if err != nil {
		short = v
	}
	return strconv.FormatFloat(short, 'f', -1, 64)
}

// ratioText writes a factor with two digits.
func ratioText(ratio float64) string { return quantity.Bare(ratio, "").Number() }
