package exhibit

import (
	"slices"
	"strconv"
	"strings"

	"edgebench/compiler/network/audit"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/compiler/verdict"
	"edgebench/report/data"
	"edgebench/report/table"
)

// tabulate makes a table of its declaration.
func tabulate(r *data.Run, s plan.Study, rows []data.Row, t *spec.Table) *table.Table {
	out := &table.Table{ID: t.Name, Number: t.Number, Caption: t.Caption, Notes: slices.Clone(t.Notes)}
	switch t.Of {
	case "models":
		modelTable(r, out, t)
	case "frameworks":
		frameworkTable(r, out, t)
	case "platforms":
		platformTable(r, out, t)
	case "compatibility":
		compatibilityTable(r, out, s, t)
	case "fit":
		fitTable(r, out, s, t)
	case "experiments":
		experimentTable(out, s, t)
	case "gains":
		tabulateGains(r, rows, out, t)
	case "figure":
		return figureTable(s, rows, r.Models(), out, t)
	case "cells":
		cellTable(out, t)
	}
	return out
}

// experimentTable has a row per experiment that the study declares, with the
// pairs of platform and framework that it compares.
func experimentTable(out *table.Table, s plan.Study, t *spec.Table) {
	out.Columns = []table.Column{
		{Name: "Experiment"}, {Name: "Section"}, {Name: "Figure", Align: table.Center}, {Name: "Metric"}, {Name: "Platforms: frameworks"},
	}
	for _, name := range chosen(t.Rows, s.Experiments.Names()) {
		if x, ok := s.Experiments.Get(name); ok {
			out.Rows = append(out.Rows, table.Text(x.Title, x.Section, x.Figure, strings.ReplaceAll(x.Metric, "_", " "), pairs(x)))
		}
	}
}

// pairs lists the platforms of an experiment, each with its frameworks and,
// where it is not bare metal alone, its environments.
func pairs(x *spec.Experiment) string {
	var platforms []string
	of := map[string][]string{}
	for _, t := range x.Targets {
		for _, p := range selected(t.Platforms) {
			platforms = include(platforms, p)
			for _, f := range selected(t.Frameworks) {
				if len(t.Environments) > 1 {
					f += " (" + strings.Join(t.Environments, ", ") + ")"
				}
				of[p] = include(of[p], f)
			}
		}
	}
	for i, p := range platforms {
		platforms[i] = p + ": " + strings.Join(of[p], ", ")
	}
	return strings.Join(platforms, "; ")
}

func selected(s spec.Selection) []string {
	if s.All {
		return []string{"all"}
	}
	return s.Names
}

// cellTable has the texts that the study states.
func cellTable(out *table.Table, t *spec.Table) {
	for _, name := range t.Columns {
		out.Columns = append(out.Columns, table.Column{Name: name})
	}
	for _, texts := range t.Cells {
		out.Rows = append(out.Rows, table.Text(texts...))
	}
	if t.Source != "" {
		out.Notes = append(out.Notes, "Source: "+t.Source+".")
	}
}

// chosen lists the rows of a table: as declared, or all.
func chosen(declared, all []string) []string {
	if len(declared) > 0 {
		return declared
	}
	return all
}

func modelTable(r *data.Run, out *table.Table, t *spec.Table) {
	out.Columns = []table.Column{
		{Name: "Model"}, {Name: "Input", Align: table.Right}, {Name: "FLOP (giga)", Align: table.Right},
		{Name: "Parameters (million)", Align: table.Right}, {Name: "FLOP / parameter", Align: table.Right}, {Name: "Task"},
	}
	for _, name := range chosen(t.Rows, r.Plan.Catalog.Models.Names()) {
		m := r.Model(name)
		row := table.Text(m.Name, inputSize(m), "", "", "", m.Task)
		if c := m.Claimed; c != nil {
			if c.Input != "" {
				row.Cells[1].Text = strings.ReplaceAll(c.Input, "x", "×")
			}
			row.Cells[2].Text, row.Cells[3].Text = fixed(c.FLOPGiga, 2), fixed(c.ParametersMillion, 2)
			if c.FLOPPerParameter != 0 {
				row.Cells[4].Text = fixed(c.FLOPPerParameter, 2)
			}
		}
		out.Rows = append(out.Rows, row)
	}
}

// inputSize writes an input without its channels, as table I does.
func inputSize(m *plan.Model) string {
	parts := make([]string, 0, 3)
	for _, n := range m.Input.Spatial() {
		parts = append(parts, strconv.Itoa(n))
	}
	return strings.Join(parts, "×")
}

func fixed(x float64, digits int) string { return strconv.FormatFloat(x, 'f', digits, 64) }

// auditTable sets claims of models beside what their layers amount to.
func auditTable(r *data.Run) *table.Table {
	out := &table.Table{ID: "audit", Caption: "Size and work of the models: what a source claims, beside what the layers amount to"}
	out.Columns = []table.Column{
		{Name: "Model"},
		{Name: "claimed", Group: "Parameters (million)", Align: table.Right}, {Name: "of the layers", Group: "Parameters (million)", Align: table.Right}, {Name: "ratio", Group: "Parameters (million)", Align: table.Right},
		{Name: "claimed", Group: "FLOP, multiply-adds (billion)", Align: table.Right}, {Name: "of the layers", Group: "FLOP, multiply-adds (billion)", Align: table.Right}, {Name: "ratio", Group: "FLOP, multiply-adds (billion)", Align: table.Right},
		{Name: "The claimed FLOP are"},
	}
	out.Notes = []string{"Claimed are FLOP, of the layers multiply-adds: where the ratio is 1 the claim counts a multiply-add once, where it is 2 twice. Shaded: the claim does not follow from the layers."}
	for _, m := range r.Plan.Catalog.Models.All() {
		if m.Audit == nil || m.Claimed == nil {
			continue
		}
		a := m.Audit
		row := table.Text(m.Name, fixed(m.Claimed.ParametersMillion, 2), fixed(float64(a.Cost.Params)/1e6, 2), fixed(a.ParametersRatio, 3),
			fixed(m.Claimed.FLOPGiga, 2), fixed(float64(a.Cost.MACs)/1e9, 3), fixed(a.FLOPRatioOnce, 3), conventionText[a.Convention])
		row.Cells[3].Tone = matchTone(a.ParametersMatch)
		row.Cells[7].Tone = matchTone(a.Convention != audit.Neither)
		out.Rows = append(out.Rows, row)
	}
	return out
}

var conventionText = map[audit.Convention]string{
	audit.Once: "multiply-adds", audit.Twice: "twice the multiply-adds", audit.Neither: "neither",
}

func matchTone(match bool) table.Tone {
	if match {
		return table.None
	}
	return table.Warn
}

// Glyphs of tables.
const (
	yes  = "✓"
	no   = "✗"
	star = "★"
)

func tick(b bool) string {
	if b {
		return yes
	}
	return no
}

func stars(n int) string { return strings.Repeat(star, n) }

// attributes are the rows of table II, in its order.
var attributes = []struct {
	name string
	of   func(*spec.Attributes) string
}{
	{"Language", func(a *spec.Attributes) string { return a.Language }},
	{"Industry backed", func(a *spec.Attributes) string { return tick(a.IndustryBacked) }},
	{"Training framework", func(a *spec.Attributes) string { return tick(a.TrainingFramework) }},
	{"Usability", func(a *spec.Attributes) string { return stars(a.Usability) }},
	{"Adding new models", func(a *spec.Attributes) string { return stars(a.AddingNewModels) }},
	{"Pre-defined models", func(a *spec.Attributes) string { return stars(a.PreDefinedModels) }},
	{"Documentation", func(a *spec.Attributes) string { return stars(a.Documentation) }},
	{"No extra steps", func(a *spec.Attributes) string { return tick(a.NoExtraSteps) }},
	{"Mobile device deployment", func(a *spec.Attributes) string { return tick(a.MobileDeviceDeployment) }},
	{"Low-level modifications", func(a *spec.Attributes) string { return stars(a.LowLevelModifications) }},
	{"Compatibility with others", func(a *spec.Attributes) string { return stars(a.CompatibilityWithOthers) }},
}

// frameworkTable has a column per framework, and below the attributes a block of
// optimizations with their footnotes.
func frameworkTable(r *data.Run, out *table.Table, t *spec.Table) {
	out.Columns = []table.Column{{Name: ""}}
	var frameworks []*spec.Framework
	for _, name := range chosen(t.Rows, r.Plan.Catalog.Frameworks.Names()) {
		f, _ := r.Plan.Catalog.Frameworks.Get(name)
		frameworks = append(frameworks, f)
		out.Columns = append(out.Columns, table.Column{Name: f.Label, Align: table.Center})
	}
	for _, a := range attributes {
		row := table.Text(a.name)
		for _, f := range frameworks {
			text := ""
			if f.Attributes != nil {
				text = a.of(f.Attributes)
			}
			row.Cells = append(row.Cells, table.Cell{Text: text})
		}
		out.Rows = append(out.Rows, row)
	}
	out.Rows = append(out.Rows, table.Row{Heading: true, Cells: []table.Cell{{Text: "Optimizations"}}})
	notes := &footnotes{table: out}
	for _, o := range r.Plan.Catalog.Optimizations.All() {
		row := table.Row{Cells: []table.Cell{{Text: o.Label, Mark: notes.mark(o.Note)}}}
		for _, f := range frameworks {
			s, _ := f.Optimizations.Get(o.Name)
			row.Cells = append(row.Cells, table.Cell{Text: tick(s.Support == "yes" || s.Support == "experimental"), Mark: notes.mark(s.Note)})
		}
		out.Rows = append(out.Rows, row)
	}
}

// letters counts a, b, ..., z, aa, ab and so on.
func letters(n int) string {
	mark := ""
	for n >= 0 {
		mark = string(rune('a'+n%26)) + mark
		n = n/26 - 1
	}
	return mark
}

// footnotes gives each different note of a table a mark.
type footnotes struct {
	table *table.Table
	marks map[string]string
}

func (f *footnotes) mark(note string) string {
	if note == "" {
		return ""
	}
	if m, known := f.marks[note]; known {
		return m
	}
	if f.marks == nil {
		f.marks = map[string]string{}
	}
	m := letters(len(f.marks))
	f.marks[note] = m
	f.table.Notes = append(f.table.Notes, m+" "+note)
	return m
}

// platformTable has a column per platform, under headings of their categories.
func platformTable(r *data.Run, out *table.Table, t *spec.Table) {
	out.Columns = []table.Column{{Name: ""}}
	var platforms []*spec.Platform
	for _, name := range chosen(t.Rows, r.Plan.Catalog.Platforms.Names()) {
		p, _ := r.Plan.Catalog.Platforms.Get(name)
		platforms = append(platforms, p)
		out.Columns = append(out.Columns, table.Column{Name: p.Name, Group: p.Category})
	}
	for _, line := range []struct {
		name string
		of   func(*spec.Platform) string
	}{
		{"CPU", func(p *spec.Platform) string { return p.CPU }},
		{"GPU", func(p *spec.Platform) string { return p.GPU }},
		{"Accelerator", func(p *spec.Platform) string { return p.Accelerator }},
		{"Memory", func(p *spec.Platform) string { return p.Memory }},
		{"Idle power (W)", func(p *spec.Platform) string { return p.IdlePower }},
		{"Average power (W)", func(p *spec.Platform) string { return p.AveragePower }},
		{"Frameworks", func(p *spec.Platform) string { return p.FrameworksPrinted }},
	} {
		row := table.Text(line.name)
		for _, p := range platforms {
			text := line.of(p)
			if text == "" {
				text = "–"
			}
			row.Cells = append(row.Cells, table.Cell{Text: text})
		}
		out.Rows = append(out.Rows, row)
	}
}

// compatibilityTable has a row per model and a column per platform, with the
// symbols that the study's figures give to reasons.
func compatibilityTable(r *data.Run, out *table.Table, s plan.Study, t *spec.Table) {
	cells := map[[2]string]plan.Cell{}
	for _, c := range r.Plan.Cells {
		if c.Table == t.Name {
			cells[[2]string{c.Model, c.Platform}] = c
		}
	}
	out.Columns = []table.Column{{Name: "Model"}}
	columns := chosen(t.Columns, r.Plan.Catalog.Platforms.Names())
	for _, p := range columns {
		out.Columns = append(out.Columns, table.Column{Name: p, Align: table.Center})
	}
	symbols, used, notes := symbolsOf(s), map[string]bool{}, &footnotes{table: out}
	for _, m := range chosen(t.Rows, r.Plan.Catalog.Models.Names()) {
		row := table.Text(m)
		for _, p := range columns {
			row.Cells = append(row.Cells, compatibilityCell(cells[[2]string{m, p}], symbols, used, notes))
		}
		out.Rows = append(out.Rows, row)
	}
	var legend []string
	for _, code := range symbols.Names() {
		if symbol, _ := symbols.Get(code); used[code] {
			legend = append(legend, symbol.Glyph+"\u00a0"+symbol.Meaning)
		}
	}
	if len(legend) > 0 {
		out.Notes = append([]string{yes + "\u00a0runs; " + strings.Join(legend, "; ")}, out.Notes...)
	}
}

func compatibilityCell(c plan.Cell, symbols spec.Named[spec.Symbol], used map[string]bool, notes *footnotes) table.Cell {
	switch c.Stated.Name {
	case "":
		return table.Cell{}
	case verdict.OK:
		return table.Cell{Text: yes, Mark: notes.mark(c.Stated.ContradictedBy)}
	}
	used[c.Stated.Code] = true
	text := no
	if s, ok := symbols.Get(c.Stated.Code); ok {
		text = s.Glyph
	}
	tone := table.Bad
	if c.Stated.Name == verdict.Degraded {
		tone = table.Warn
	}
	return table.Cell{Text: text, Tone: tone, Mark: notes.mark(c.Stated.ContradictedBy)}
}

func symbolsOf(s plan.Study) spec.Named[spec.Symbol] {
	var all spec.Named[spec.Symbol]
	for _, f := range s.Figures.All() {
		for code, symbol := range f.Symbols.All() {
			all.Add(code, symbol)
		}
	}
	return all
}
