package exhibit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"edgebench/compiler/expression"
	"edgebench/compiler/spec"
	"edgebench/executor/measure/quantity"
	"edgebench/report/data"
	"edgebench/report/figure"
	"edgebench/report/table"
)

// offerTable is table II of what was measured: a row per framework, a column per
// optimization, and in a cell what it gains and what error it has, or why that is
// not known.
type offerTable struct {
	run       *data.Run
	rows      []data.Row
	gains     []gain
	models    []string // that gains are known of
	platforms []string
	lacks     lacking
	out       *table.Table
	notes     *footnotes
}

// runner is a way to run models, whatever its optimizations.
type runner struct {
	platform, framework, environment, measuredIn string
	threads                                      int
}

func runnerOf(r *data.Row) runner {
	return runner{r.Platform, r.Framework, r.Environment, r.MeasuredIn, r.Threads}
}

func (g *gain) runner() runner {
	return runner{g.Platform, g.Framework, g.Environment, g.MeasuredIn, g.Threads}
}

// tabulateGains fills a table of gains; columns are the optimizations that the
// table names, or all.
func tabulateGains(run *data.Run, rows []data.Row, out *table.Table, t *spec.Table) {
	o := offerTable{run: run, rows: rows, gains: gains(rows), out: out, notes: &footnotes{table: out}}
	for _, g := range o.gains {
		if g.Gain.Gain.Known() {
			o.models = include(o.models, g.Model)
		}
	}
	runners := o.runners(t.Rows)
	optimizations := chosen(t.Columns, run.Plan.Catalog.Optimizations.Names())
	out.Columns = []table.Column{{Name: "Framework"}}
	for _, name := range optimizations {
		known, _ := run.Plan.Catalog.Optimizations.Get(name)
		out.Columns = append(out.Columns, table.Column{Name: known.Label, Align: table.Center})
	}
	for _, w := range runners {
		row := table.Row{Cells: []table.Cell{{Text: w.name(len(o.platforms) == 1)}}}
		for _, name := range optimizations {
			row.Cells = append(row.Cells, o.cell(w, name))
		}
		out.Rows = append(out.Rows, row)
	}
	out.Notes = append(o.legend(), out.Notes...) // before the footnotes
}

// runners are those of measured results, in the order of the table's frameworks,
// or as they were met.
func (o *offerTable) runners(frameworks []string) []runner {
	var met []runner
	there := map[string]bool{}
	for i := range o.rows {
		there[o.rows[i].Framework] = there[o.rows[i].Framework] || ran(&o.rows[i])
	}
	for i := range o.rows {
		r := &o.rows[i]
		if r.Origin != spec.Measured || r.Job == nil || len(frameworks) > 0 && !slices.Contains(frameworks, r.Framework) {
			continue
		}
		if (r.Status == data.NotInstalled || r.Status == data.NoDevice) && !there[r.Framework] {
			o.lacks.add(r.Framework, r.Reason)
		}
		o.platforms = include(o.platforms, r.Platform)
		if w := runnerOf(r); !slices.Contains(met, w) {
			met = append(met, w)
		}
	}
	if len(frameworks) > 0 {
		slices.SortStableFunc(met, func(a, b runner) int {
			return cmp.Compare(slices.Index(frameworks, a.framework), slices.Index(frameworks, b.framework))
		})
	}
	return met
}

// name is the framework with what else is told of where it ran; without the
// platform where there is only one.
func (w runner) name(onlyPlatform bool) string {
	r := data.Row{Result: expression.Result{Platform: w.platform, Framework: w.framework, Environment: w.environment, MeasuredIn: w.measuredIn, Threads: w.threads}}
	if onlyPlatform {
		return strings.TrimPrefix(r.Target(), w.platform+", ")
	}
	return r.Target()
}

func (o *offerTable) cell(w runner, optimization string) table.Cell {
	var support spec.OptimizationSupport
	if f, known := o.run.Plan.Catalog.Frameworks.Get(w.framework); known {
		support, _ = f.Optimizations.Get(optimization)
	}
	switch {
	case support.Support != "yes" && support.Support != "experimental":
		return table.Cell{Text: "–"}
	case slices.Contains(o.lacks.frameworks, w.framework):
		return table.Cell{Text: "not installed"}
	}
	var of []*gain
	for i := range o.gains {
		if g := &o.gains[i]; g.runner() == w && g.Optimization == optimization {
			of = append(of, g)
		}
	}
	if len(of) == 0 {
		return table.Cell{Text: "not measured", Mark: o.notes.mark(support.Note)}
	}
	return o.measured(of, support.Note)
}

// measured is the cell of gains of one optimization: each set of optimizations that
// it was tried beside has a mean of its own.
func (o *offerTable) measured(of []*gain, note string) table.Cell {
	var sets names
	byset := map[string][]*gain{}
	for _, g := range of {
		beside := strings.Join(g.Beside, "+")
		if !slices.ContainsFunc(byset[beside], func(k *gain) bool { return k.Model == g.Model }) { // another experiment has it too
			sets.add(beside)
			byset[beside] = append(byset[beside], g)
		}
	}
	var cell table.Cell
	var texts, full, remarks []string
	for _, beside := range sets.list {
		m := newMeanGain(byset[beside])
		text, exact := m.text()
		if len(sets.list) > 1 {
			suffix := " beside " + cmp.Or(beside, "none")
			text, exact = text+suffix, exact+suffix
		}
		texts, full = append(texts, text), append(full, exact)
		remarks = append(remarks, m.remarks(o.models)...)
		cell.Tone = max(cell.Tone, m.tone())
	}
	cell.Text, cell.Full = strings.Join(texts, "; "), strings.Join(full, "; ")
	if note != "" {
		remarks = append([]string{note}, remarks...)
	}
	cell.Mark = o.notes.mark(strings.Join(remarks, " "))
	return cell
}

// meanGain is what an optimization gains beside one set of others.
type meanGain struct {
	gains   []*gain // of each model
	known   []*gain // that have a value
	mean    figure.Point
	worst   expression.Number // error
	suspect bool
}

func newMeanGain(gains []*gain) meanGain {
	m := meanGain{gains: gains}
	var points []figure.Point
	for _, g := range gains {
		if !g.Gain.Gain.Known() {
			continue
		}
		p := figure.Point{Value: g.Gain.Gain.Float(), Present: true}
		if g.Low.Known() && g.High.Known() {
			p.Low, p.High = g.Low.Float(), g.High.Float()
		}
		points, m.known = append(points, p), append(m.known, g)
		m.suspect = m.suspect || g.suspect()
		if g.Error.Known() && !(m.worst.Known() && m.worst.Float() >= g.Error.Float()) {
			m.worst = g.Error
		}
	}
	m.mean, _ = meanPoint(points) // gains are positive
	return m
}

// text is the gain, its interval and the error, rounded and in full.
func (m meanGain) text() (rounded, exact string) {
	if !m.mean.Present {
		return m.status(), ""
	}
	q := quantity.Bare(m.mean.Value, "")
	rounded, exact = q.Number()+"×", sourceDigits(m.mean.Value)
	if e := uncertainPoint(m.mean); e.known {
		q = quantity.New(e.value, e.low, e.high, "")
		rounded = fmt.Sprintf("%s× (%s)", q.Number(), unbroken(q.Interval()))
		exact += " (" + sourceDigits(e.low) + " to " + sourceDigits(e.high) + ")"
	}
	if m.worst.Known() {
		return rounded + ", error " + errorText(m.worst), exact + ", error " + sourceDigits(m.worst.Float())
	}
	return rounded + ", error unknown", exact
}

// status is why no model has a value: what went wrong before what was not tried.
func (m meanGain) status() string {
	worst := m.gains[0].Status
	for _, g := range m.gains {
		if g.Status == data.Failed || worst == data.NotRun {
			worst = g.Status
		}
	}
	if worst == data.NotInstalled {
		return "not offered here" // the framework is there, and lacks it
	}
	return strings.ReplaceAll(worst, "_", " ")
}

// remarks say which models a mean is over, where these are not all, and why the
// others have no value.
func (m meanGain) remarks(all []string) []string {
	var over, texts []string
	for _, g := range m.known {
		over = append(over, g.Model)
	}
	if len(over) > 0 && len(over) < len(all) {
		texts = append(texts, "Over "+strings.Join(over, ", ")+".")
	}
	var reasons names
	models := map[string][]string{}
	for _, g := range m.gains {
		if !g.Gain.Gain.Known() {
			reason := cmp.Or(firstLine(g.Reason), strings.ReplaceAll(g.Status, "_", " "))
			reasons.add(reason)
			models[reason] = append(models[reason], g.Model)
		}
	}
	for _, reason := range reasons.list {
		texts = append(texts, strings.Join(models[reason], ", ")+": "+strings.TrimSuffix(reason, ".")+".")
	}
	if m.suspect {
		texts = append(texts, "Of results with a flag, to be trusted less.")
	}
	return texts
}

// tone tells at a glance what is faster and what slower, where that is beyond
// doubt.
func (m meanGain) tone() table.Tone {
	e := uncertainPoint(m.mean)
	switch {
	case e.known && e.low > 1:
		return table.Good
	case e.known && e.high < 1:
		return table.Warn
	}
	return table.None
}

func (o *offerTable) legend() []string {
	text := "The time without the optimization over that with it, all else being the same: above 1 is faster (light), below 1 slower (dark). " +
		"In parentheses the interval that follows from those of both times; the error is that of the outputs with it, relative to the reference (L2), or, of pruned weights, to the network with all of them."
	if len(o.models) > 1 {
		text += " Geometric means over " + strings.Join(o.models, ", ") + ", and the largest of their errors."
	} else if len(o.models) == 1 {
		text += " Of " + o.models[0] + "."
	}
	notes := []string{text, "–\u00a0the framework does not offer it; not measured: it offers it, and this study has no two variants that differ in it alone."}
	if o.lacks.any() {
		notes = append(notes, "Not installed: "+o.lacks.String()+".")
	}
	return notes
}

// gainsTable lists every gain of a study.
func gainsTable(study string, rows []data.Row) *table.Table {
	out := &table.Table{ID: study + "-gains", Caption: "What each optimization gains: the time without it over the time with it"}
	out.Columns = []table.Column{
		{Name: "Framework"}, {Name: "Optimization"}, {Name: "Beside"}, {Name: "Model"},
		{Name: "gain", Group: "Gain", Align: table.Right}, {Name: "interval", Group: "Gain", Align: table.Right},
		{Name: "Error", Align: table.Right}, {Name: "Flags"},
	}
	all, shown := gains(rows), &legend{}
	onlyPlatform := !slices.ContainsFunc(all, func(g gain) bool { return g.Platform != all[0].Platform })
	for _, g := range all {
		if g.Gain.Gain.Known() {
			row := gainRow(g, shown)
			row.Cells[0].Text = g.runner().name(onlyPlatform)
			out.Rows = append(out.Rows, row)
		}
	}
	if text := shown.text(); text != "" {
		out.Notes = append(out.Notes, text)
	}
	return orNil(out)
}

func gainRow(g gain, shown *legend) table.Row {
	value := g.Gain.Gain.Float()
	number, interval := quantity.Bare(value, ""), table.Cell{Text: "–"}
	if g.Low.Known() && g.High.Known() {
		number = quantity.New(value, g.Low.Float(), g.High.Float(), "")
		interval = table.Cell{Text: unbroken(number.Interval()), Full: sourceDigits(g.Low.Float()) + " to " + sourceDigits(g.High.Float())}
	}
	letters := strings.Fields(shown.letters(g.without))
	for _, l := range strings.Fields(shown.letters(g.with)) {
		letters = include(letters, l)
	}
	return table.Row{Cells: []table.Cell{
		{Text: g.Framework}, {Text: g.Optimization}, {Text: cmp.Or(strings.Join(g.Beside, "+"), "none")}, {Text: g.Model},
		{Text: number.Number() + "×", Full: sourceDigits(value), Strong: true}, interval, deviationCell(g.Error),
		{Text: unbroken(strings.Join(letters, " "))},
	}}
}
