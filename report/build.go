package report

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"text/template"
	"time"

	"edgebench/compiler/plan"
	"edgebench/report/document"
	"edgebench/report/table"
	"edgebench/templates"
)

// Report is everything that a document is made of.
type Report struct {
	Run        *Run
	Rows       []Row
	Models     []ModelRow
	Judgements []Judgement
	Exhibits   document.Exhibits
	Document   *document.Document
	beside     []string // ids of the published figures with this machine in them
}

// Build makes a run's report. The template is looked up in the folder given,
// or, where that is nil, built in.
func Build(run *Run, from fs.FS) (*Report, error) {
	r := &Report{Run: run, Rows: run.rows(), Models: run.modelRows()}
	var errs []error
	for _, s := range run.Plan.Studies {
		errs = append(errs, r.addStudy(s))
	}
	beside := counterparts(r.Exhibits.Figures, r.Rows)
	r.Exhibits.Figures = append(r.Exhibits.Figures, beside...)
	for _, f := range beside {
		r.beside = append(r.beside, f.ID)
	}
	r.addTables(besideTable(r.Rows), run.environmentTable(), run.policyTable(), run.auditTable(), run.disagreementTable())
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return r, r.write(from)
}

// addStudy draws up what a study declares and what every study has.
func (r *Report) addStudy(s plan.Study) error {
	var errs []error
	rows := r.rowsOf(s.Name)
	for _, f := range s.Figures.All() {
		chart, err := drawUp(f, rows, r.Models)
		if err != nil {
			errs = append(errs, err)
		} else if chart != nil {
			r.Exhibits.Figures = append(r.Exhibits.Figures, chart)
		}
	}
	for _, t := range s.Tables.All() {
		r.addTables(r.Run.tabulate(s, t))
	}
	env := claimEnv{Results: rows, Models: r.Models}
	for _, c := range s.Claims.All() {
		r.Judgements = append(r.Judgements, judge(s.Name, c, env))
	}
	r.addTables(measuredTable(s.Name, rows), degradedTable(s.Name, rows), skippedTable(s.Name, rows), claimsTable(s.Name, r.Judgements))
	return errors.Join(errs...)
}

func (r *Report) rowsOf(study string) []Row {
	var rows []Row
	for _, row := range r.Rows {
		if row.Study == study {
			rows = append(rows, row)
		}
	}
	return rows
}

func (r *Report) addTables(tables ...*table.Table) {
	for _, t := range tables {
		if t != nil {
			r.Exhibits.Tables = append(r.Exhibits.Tables, t)
		}
	}
}

// templateName is the file in the template folder that makes the report.
const templateName = "report.md"

// write executes the template and parses its text.
func (r *Report) write(from fs.FS) error {
	if from == nil {
		from = templates.Files
	}
	source, err := fs.ReadFile(from, templateName)
	if err != nil {
		return fmt.Errorf("template: %w", err)
	}
	t, err := template.New(templateName).Funcs(r.functions()).Option("missingkey=error").Parse(string(source))
	if err != nil {
		return err // text/template names the file and the line
	}
	var text bytes.Buffer
	if err := t.Execute(&text, r.data()); err != nil {
		return err
	}
	r.Document, err = document.Parse(text.Bytes(), templateName, r.Exhibits)
	if err != nil {
		return err
	}
	r.Document.Date = r.Run.Finished
	return nil
}

// functions of templates.
func (r *Report) functions() template.FuncMap {
	return template.FuncMap{
		// figure and table place an exhibit; a table or figure that there is
		// nothing to show in gives no text.
		"figure": func(id string) string { return r.place("figure", id) },
		"table":  func(id string) string { return r.place("table", id) },
		"hasTable": func(id string) bool {
			_, ok := r.Exhibits.Table(id)
			return ok
		},
		"text": plainText,
	}
}

func (r *Report) place(kind, id string) string {
	var known bool
	if kind == "figure" {
		_, known = r.Exhibits.Figure(id)
	} else {
		_, known = r.Exhibits.Table(id)
	}
	if !known {
		return ""
	}
	return fmt.Sprintf("\n\n![](%s:%s)\n\n", kind, id)
}

// data is what templates see.
type data struct {
	Digest         string
	Date           string
	Host           string
	Studies        []studyData
	Counts         counts
	Models         []*plan.Model
	Beside         []string // ids of figures
	Contradictions []string
	Faults         []string
	Claims         claimCounts
}

type studyData struct {
	Name, Title, About string
	Figures, Tables    []string // ids
	Measured           bool
	Sources            []string
}

type counts struct{ Measured, Published, Failed, NotRun, Skipped, Degraded int }

type claimCounts struct{ Total, Hold, Fail, Undecided int }

func (r *Report) data() data {
	d := data{Digest: r.Run.Plan.Digest[:12], Beside: r.beside, Contradictions: r.Run.Plan.Contradictions, Faults: r.Run.Faults}
	if !r.Run.Finished.IsZero() {
		d.Date = r.Run.Finished.UTC().Format(time.DateOnly)
	}
	if n := len(r.Run.Environments); n > 0 {
		e := r.Run.Environments[n-1]
		d.Host = fmt.Sprintf("%s, %d cores, %s/%s", e.CPU.Model, e.CPU.LogicalCores, e.OS, e.Arch)
	}
	for _, m := range r.Run.Plan.Catalog.Models.All() {
		d.Models = append(d.Models, m)
	}
	for _, s := range r.Run.Plan.Studies {
		d.Studies = append(d.Studies, r.studyData(s))
	}
	d.Counts = r.counts()
	for _, j := range r.Judgements {
		d.Claims.Total++
		switch j.Verdict {
		case Holds, Nearly:
			d.Claims.Hold++
		case Fails:
			d.Claims.Fail++
		default:
			d.Claims.Undecided++
		}
	}
	return d
}

func (r *Report) studyData(s plan.Study) studyData {
	d := studyData{Name: s.Name, Title: s.Title, About: s.About, Figures: s.Figures.Names(), Tables: s.Tables.Names()}
	for _, row := range r.rowsOf(s.Name) {
		d.Measured = d.Measured || row.measurement != nil
	}
	seen := map[string]bool{}
	for _, x := range s.Experiments.All() {
		if source, ok := s.Sources.Get(x.Source); ok && !seen[x.Source] {
			seen[x.Source] = true
			text := source.Title
			if source.DOI != "" {
				text += ", doi " + source.DOI
			}
			d.Sources = append(d.Sources, text)
		}
	}
	return d
}

func (r *Report) counts() counts {
	var c counts
	seen := map[string]bool{}
	for _, row := range r.Rows {
		if row.job != nil {
			if seen[row.job.ID] {
				continue // several experiments share it
			}
			seen[row.job.ID] = true
		}
		switch {
		case row.Status == "ok" && row.measurement != nil:
			c.Measured++
		case row.Status == "ok":
			c.Published++
		case row.Status == "failed":
			c.Failed++
		case row.Status == "not_run":
			c.NotRun++
		default:
			c.Skipped++
		}
		if row.job != nil && row.job.Verdict.Name == "degraded" {
			c.Degraded++
		}
	}
	return c
}

// plainText makes text of a spec safe to stand in Markdown.
func plainText(s string) string {
	var b bytes.Buffer
	for _, c := range s {
		if bytes.ContainsRune([]byte("\\`*_{}[]<>()#+-.!|~&"), c) {
			b.WriteByte('\\')
		}
		if c == '\n' {
			c = ' '
		}
		b.WriteRune(c)
	}
	return b.String()
}
