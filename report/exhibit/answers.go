package exhibit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"edgebench/executor/deviation"
	"edgebench/executor/measure/quantity"
	"edgebench/report/answer"
	"edgebench/report/data"
	"edgebench/report/figure"
	"edgebench/report/table"
)

// Shown is an answer with what the report shows of it.
type Shown struct {
	*answer.Answer
	Table   string   // id of the ranked table
	Without string   // id of the table of what has no result
	Figures []string // ids
}

// addAnswers makes what shows the answers: a table of all, and for each the ranked
// table, what has no result, and what of the others is better in something.
//
// Models that the run did not get to have a line together, unless that is all of
// them; and so have frameworks that are not installed.
func (s *Set) addAnswers(answers []*answer.Answer) {
	if slices.ContainsFunc(answers, func(a *answer.Answer) bool { return !a.Untried() }) {
		answers = slices.DeleteFunc(answers, func(a *answer.Answer) bool {
			if a.Untried() {
				s.Untried = append(s.Untried, a.Model)
			}
			return a.Untried()
		})
	}
	var missing lacking
	for _, a := range answers {
		for _, w := range a.Without {
			if installable(w) {
				missing.add(w.Framework, w.Reason)
			}
		}
	}
	s.Missing = missing.String()
	s.addTable("", "answers", func() *table.Table { return answersTable(answers) })
	most := 0
	if len(answers) > FullAnswers {
		most = mostRanked
	}
	for i, a := range answers {
		id := fmt.Sprintf("answer-%d", i+1)
		shown := Shown{Answer: a, Table: id, Without: id + "-without"}
		s.addTable("", id, func() *table.Table { return rankedTable(id, a, most) })
		s.addTable("", shown.Without, func() *table.Table { return withoutTable(shown.Without, a) })
		for _, t := range tradeOffs {
			if chart := tradeOff(id+"-"+t.name, a, t); chart != nil && s.addFigure("", chart.ID, func() (*figure.Figure, error) { return chart, nil }) != nil {
				shown.Figures = append(shown.Figures, chart.ID)
			}
		}
		s.Answers = append(s.Answers, shown)
	}
}

const (
	// FullAnswers are as many as have all their places on the first pages.
	FullAnswers = 3
	// mostRanked are the places that each of more answers has.
	mostRanked = 8
)

// answersTable has a row a model, where there are several.
func answersTable(answers []*answer.Answer) *table.Table {
	if len(answers) < 2 {
		return nil
	}
	out := &table.Table{ID: "answers", Caption: "What to use for each model on this machine", Columns: []table.Column{
		{Name: "Model"}, {Name: "Use"}, {Name: "Time", Align: table.Right}, {Name: "Compared"},
	}}
	for _, a := range answers {
		row := table.Text(a.Model, "–", "–", a.Words[0])
		if first := a.Recommended; first != nil {
			row = table.Text(a.Model, a.Name(first.Target), unbroken(first.Time()), a.Compared())
			row.Cells[1].Strong = true
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// rankedTable has the ways to run a model, the best first: the first places, or,
// where most is 0, all.
func rankedTable(id string, a *answer.Answer, most int) *table.Table {
	if len(a.Ranked) == 0 {
		return nil
	}
	columns := rankedColumns(a)
	out := &table.Table{ID: id, Caption: a.Model + " on this machine, the best first" + a.About()}
	for _, c := range columns {
		out.Columns = append(out.Columns, c.Column)
	}
	shown := len(a.Ranked)
	if most > 0 {
		shown = min(shown, most)
	}
	for i := range a.Ranked[:shown] {
		var row table.Row
		for _, c := range columns {
			row.Cells = append(row.Cells, c.cell(&a.Ranked[i], i))
		}
		out.Rows = append(out.Rows, row)
	}
	out.Notes = rankedNotes(a)
	if more := len(a.Ranked) - shown; more > 0 {
		out.Notes = append(out.Notes, fmt.Sprintf("Not shown: %d more, which are in the table of all results.", more))
	}
	return out
}

type rankedColumn struct {
	table.Column
	cell func(e *answer.Entry, place int) table.Cell
}

func rankedColumns(a *answer.Answer) []rankedColumn {
	number := func(of func(*answer.Entry) *float64) func(*answer.Entry, int) table.Cell {
		return func(e *answer.Entry, _ int) table.Cell { return valueCell(of(e)) }
	}
	list := []rankedColumn{
		{table.Column{Name: "", Align: table.Right}, func(_ *answer.Entry, place int) table.Cell { return table.Cell{Text: fmt.Sprint(place + 1)} }},
		{table.Column{Name: "Framework and optimizations"}, func(e *answer.Entry, place int) table.Cell {
			return table.Cell{Text: a.Name(e.Target), Strong: place == 0 && a.Recommended != nil}
		}},
		{table.Column{Name: "Time (ms)", Align: table.Right}, latencyCell},
	}
	if has(a, func(e *answer.Entry) *float64 { return e.Values.P90MS }) {
		list = append(list, rankedColumn{table.Column{Name: "p90 (ms)", Align: table.Right}, number(func(e *answer.Entry) *float64 { return e.Values.P90MS })})
	}
	list = append(list,
		rankedColumn{table.Column{Name: "Times the first", Align: table.Right}, ratioCell},
		rankedColumn{table.Column{Name: "Peak memory (MiB)", Align: table.Right}, number(func(e *answer.Entry) *float64 { return e.Values.PeakMemoryMiB })},
		rankedColumn{table.Column{Name: "Load (ms)", Align: table.Right}, number(func(e *answer.Entry) *float64 { return e.Values.LoadMS })},
		rankedColumn{table.Column{Name: "Error", Align: table.Right}, func(e *answer.Entry, _ int) table.Cell { return errorCell(e) }},
	)
	if has(a, func(e *answer.Entry) *float64 { return e.Values.EnergyMJ }) {
		list = append(list, rankedColumn{table.Column{Name: "Energy (mJ)", Align: table.Right}, number(func(e *answer.Entry) *float64 { return e.Values.EnergyMJ })})
	}
	if len(a.Requirements) > 0 {
		list = append(list, rankedColumn{table.Column{Name: "Required", Align: table.Center}, meetsCell})
	}
	return list
}

func has(a *answer.Answer, of func(*answer.Entry) *float64) bool {
	return slices.ContainsFunc(a.Ranked, func(e answer.Entry) bool { return of(&e) != nil })
}

func valueCell(v *float64) table.Cell {
	if v == nil {
		return table.Cell{Text: "–"}
	}
	return table.Cell{Text: answer.Digits(*v), Full: sourceDigits(*v)}
}

func latencyCell(e *answer.Entry, _ int) table.Cell {
	q := quantity.Bare(e.Values.LatencyMS, "")
	if ci := e.Values.LatencyCI; ci != nil {
		q = quantity.New(e.Values.LatencyMS, ci[0], ci[1], "")
	}
	cell := table.Cell{Text: unbroken(strings.TrimSpace(q.Number() + " " + q.Relative())), Full: sourceDigits(e.Values.LatencyMS)}
	if e.CutShort {
		cell.Mark = "a"
	}
	return cell
}

func ratioCell(e *answer.Entry, place int) table.Cell {
	switch {
	case place == 0:
		return table.Cell{Text: "1"}
	case e.ToFirst == nil:
		return table.Cell{Text: "–"}
	}
	text := e.Ratio()
	if e.Alike {
		text = "≈ " + text
	}
	return table.Cell{Text: unbroken(text), Full: sourceDigits(e.ToFirst.Ratio)}
}

func errorCell(e *answer.Entry) table.Cell {
	if e.Values.OutputError == nil {
		return table.Cell{Text: "not checked"}
	}
	text := strings.ReplaceAll(fmt.Sprintf("%.0e", *e.Values.OutputError), "-", "\u2011") // which no line breaks at
	return table.Cell{Text: text, Full: sourceDigits(*e.Values.OutputError)}
}

func meetsCell(e *answer.Entry, _ int) table.Cell {
	switch e.Meets {
	case answer.Met:
		return table.Cell{Text: yes}
	case answer.NotMet:
		return table.Cell{Text: no, Tone: table.Bad}
	}
	return table.Cell{Text: "?", Tone: table.Warn}
}

func rankedNotes(a *answer.Answer) []string {
	notes := []string{"Times the first: how many times as long it takes, with the 95 % interval; ≈ no significant difference from the first place. Error: of the outputs, relative to a reference in 32 bits (L2). How many inferences and what speaks against a number is in the table of all results."}
	if slices.ContainsFunc(a.Ranked, func(e answer.Entry) bool { return e.CutShort }) {
		notes = append(notes, "a Of a first look alone: it was cut short. It is compared with the first place's look.")
	}
	for _, q := range a.Requirements {
		notes = append(notes, requirementNote(a, q.String()))
	}
	return notes
}

// requirementNote says of what a requirement is not known to be met, and why.
func requirementNote(a *answer.Answer, requirement string) string {
	reasons := map[string][]string{}
	var order []string
	met := 0
	for _, e := range a.Ranked {
		for _, v := range e.Verdicts {
			switch {
			case v.Requirement.String() != requirement:
			case v.State == answer.Met:
				met++
			case v.State == answer.Undecided:
				if reasons[v.Reason] == nil {
					order = append(order, v.Reason)
				}
				reasons[v.Reason] = append(reasons[v.Reason], a.Name(e.Target))
			}
		}
	}
	text := fmt.Sprintf("%s: met by %d of %d.", requirement, met, len(a.Ranked))
	for _, reason := range order {
		text += fmt.Sprintf(" It cannot be decided of %s: %s.", few(reasons[reason]), reason)
	}
	return text
}

// few names the first things of a list, and counts the rest.
func few(list []string) string {
	const most = 3
	if more := len(list) - most; more > 1 {
		return strings.Join(list[:most], ", ") + fmt.Sprintf(" and %d others", more)
	}
	return strings.Join(list, ", ")
}

// withoutTable lists what has no result: a line for each reason.
func withoutTable(id string, a *answer.Answer) *table.Table {
	out := &table.Table{ID: id, Caption: a.Model + ": without a result, and why", Columns: []table.Column{{Name: "Framework and optimizations"}, {Name: "Why"}}}
	for _, g := range a.Groups(func(w answer.Without) bool { return !installable(w) }) {
		out.Rows = append(out.Rows, table.Text(strings.Join(g.Names, "; "), g.Reason))
	}
	return orNil(out)
}

// installable reports whether a combination has no result only since its framework
// is not installed.
func installable(w answer.Without) bool {
	return w.Status == data.NotInstalled && strings.HasSuffix(w.Reason, " installs it")
}

// tradeOffKind is something that a slower way may be better in.
type tradeOffKind struct {
	name, label, unit string
	of                func(*answer.Entry) *float64
	alike             float64 // values up to here are as good as each other
}

var tradeOffs = []tradeOffKind{
	{"memory", "Peak memory", "MiB", func(e *answer.Entry) *float64 { return e.Values.PeakMemoryMiB }, 0},
	{"error", "Error of the outputs", "", func(e *answer.Entry) *float64 { return e.Values.OutputError }, deviation.Bound32},
	{"energy", "Energy of an inference", "mJ", func(e *answer.Entry) *float64 { return e.Values.EnergyMJ }, 0},
}

// counts is a value as it counts against others.
func (k tradeOffKind) counts(e *answer.Entry) *float64 {
	v := max(*k.of(e), k.alike)
	return &v
}

// mostPoints of a trade-off have a number that names them.
const mostPoints = 12

// tradeOff is a figure of the time over something else; nil where the fastest is
// the best in that, too.
func tradeOff(id string, a *answer.Answer, kind tradeOffKind) *figure.Figure {
	var known []*answer.Entry
	for i := range a.Ranked {
		if v := kind.of(&a.Ranked[i]); v != nil && *v > 0 {
			known = append(known, &a.Ranked[i])
		}
	}
	front := answer.Front(known, kind.counts)
	if len(front) < 2 {
		return nil
	}
	// The front first, so that none of it is left out.
	slices.SortStableFunc(known, func(x, y *answer.Entry) int {
		return cmp.Compare(boolOrder(slices.Contains(front, x)), boolOrder(slices.Contains(front, y)))
	})
	chart := &figure.Figure{
		ID: id, Form: figure.Scatter, Caption: fmt.Sprintf("%s: time over %s. Nothing is better in both than what is on the Pareto front.", a.Model, strings.ToLower(kind.label)),
		Y:      figure.Axis{Label: "Time", Unit: "ms", Log: wide(known, func(e *answer.Entry) *float64 { return &e.Values.LatencyMS })},
		X:      figure.Axis{Label: kind.label, Unit: kind.unit, Log: wide(known, kind.of)},
		Series: []figure.Series{{Name: "on the Pareto front", Provenance: figure.Measured}, {Name: "not on it", Provenance: figure.Measured}},
	}
	if kind.alike > 0 {
		chart.Notes = append(chart.Notes, fmt.Sprintf("Values up to %.0e count as alike.", kind.alike))
	}
	if more := len(known) - mostPoints; more > 0 {
		chart.Notes = append(chart.Notes, fmt.Sprintf("Not shown: %d more that are not on the front.", more))
		known = known[:mostPoints]
	}
	for _, e := range known {
		chart.Categories = append(chart.Categories, a.Name(e.Target))
		p := figure.Point{Value: e.Values.LatencyMS, X: *kind.of(e), Present: true}
		if ci := e.Values.LatencyCI; ci != nil {
			p.Low, p.High = ci[0], ci[1]
		}
		at := boolOrder(slices.Contains(front, e))
		chart.Series[at].Points = append(chart.Series[at].Points, p)
		chart.Series[1-at].Points = append(chart.Series[1-at].Points, figure.Point{})
	}
	if !slices.ContainsFunc(chart.Series[1].Points, func(p figure.Point) bool { return p.Present }) {
		chart.Series = chart.Series[:1]
	}
	return chart
}

// wide reports whether values need a logarithmic axis.
func wide(entries []*answer.Entry, of func(*answer.Entry) *float64) bool {
	const most = 20
	low, high := *of(entries[0]), *of(entries[0])
	for _, e := range entries {
		low, high = min(low, *of(e)), max(high, *of(e))
	}
	return high > most*low
}

func boolOrder(first bool) int {
	if first {
		return 0
	}
	return 1
}
