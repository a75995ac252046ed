package report

import (
	"bytes"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"text/template"
	"time"

	"edgebench/compiler/plan"
	"edgebench/internal/visible"
	"edgebench/report/data"
	"edgebench/report/document"
	"edgebench/report/exhibit"
	"edgebench/templates"
)

// Report is a run with everything that its document is made of.
type Report struct {
	Run *data.Run
	*exhibit.Set
	Document *document.Document
}

// Build makes a run's report. The template is looked up in the folder given,
// or, where that is nil, built in.
func Build(run *data.Run, from fs.FS) (*Report, error) {
	r := &Report{Run: run, Set: exhibit.Build(run)}
	return r, r.compose(from)
}

// templateName is the file in the template folder that makes the report.
const templateName = "report.md"

// compose executes the template and parses its text.
func (r *Report) compose(from fs.FS) error {
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
	if err := t.Execute(&text, r.content()); err != nil {
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
		// figure and table embed an exhibit; a table or figure that there is
		// nothing to show in gives no text.
		"figure": func(id string) string { return r.embed("figure", id) },
		"table":  func(id string) string { return r.embed("table", id) },
		"hasTable": func(id string) bool {
			_, ok := r.Exhibits.Table(id)
			return ok
		},
		"text": plainText,
		// line is a text for the template's head, which is no Markdown.
		"line": visible.Line,
	}
}

func (r *Report) embed(kind, id string) string {
	var known bool
	if kind == "figure" {
		_, known = r.Exhibits.Figure(id)
	} else {
		_, known = r.Exhibits.Table(id)
	}
	_, noticed := r.Exhibits.Notice(kind + ":" + id)
	if !known && !noticed {
		return ""
	}
	return fmt.Sprintf("\n\n![](%s:%s)\n\n", kind, id)
}

// content is what templates see.
type content struct {
	Digest         string
	Runs           []string // where there are several
	Date           string
	Host           string
	Answers        []exhibit.Shown
	FullAnswers    int    // as many as have all their places on the first pages
	Untried        string // models that the run did not get to
	Missing        string // frameworks that are not installed, and how to get them
	Studies        []studyData
	Counts         counts
	Models         []*plan.Model
	Beside         []string // ids of figures
	Contradictions []string
	Faults         []string // at most maxFaults, and how many more there are
	Repaired       int
	Mended         []string // studies whose figures, tables and claims were changed after the run
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

func (r *Report) content() content {
	d := content{Answers: r.Answers, FullAnswers: exhibit.FullAnswers, Untried: strings.Join(r.Untried, ", "), Missing: r.Missing, Beside: r.Beside, Contradictions: r.Run.Plan.Contradictions, Faults: Capped(r.Run.Faults), Repaired: len(r.Run.Repaired), Mended: r.Run.Mended}
	if !r.Run.Finished.IsZero() {
		d.Date = r.Run.Finished.UTC().Format(time.DateOnly)
	}
	d.Host = r.hosts()
	d.Digest, d.Runs = r.runs()
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
		case exhibit.Holds, exhibit.Nearly:
			d.Claims.Hold++
		case exhibit.Fails:
			d.Claims.Fail++
		default:
			d.Claims.Undecided++
		}
	}
	return d
}

// maxFaults are listed; a file of garbage can have a thousand times as many.
const maxFaults = 20

// Capped keeps a list short, and says how much longer it is.
func Capped(list []string) []string {
	if len(list) <= maxFaults {
		return list
	}
	return append(slices.Clone(list[:maxFaults]), fmt.Sprintf("and %d more", len(list)-maxFaults))
}

// runs names the plan, or each of several runs with its own.
func (r *Report) runs() (digest string, runs []string) {
	each := r.Run.Each()
	for _, run := range each {
		runs = append(runs, fmt.Sprintf("%s, of the plan %.12s", run.Name, run.Plan.Digest))
	}
	if len(each) == 1 {
		return fmt.Sprintf("%.12s", r.Run.Plan.Digest), nil
	}
	return "", runs
}

// hosts names the machines that results were measured on.
func (r *Report) hosts() string {
	var hosts []string
	for _, e := range r.Run.Environments {
		host := fmt.Sprintf("%s, %d cores, %s/%s", e.CPU.Model, e.CPU.LogicalCores, e.OS, e.Arch)
		if !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	return strings.Join(hosts, "; ")
}

func (r *Report) studyData(s plan.Study) studyData {
	d := studyData{Name: s.Name, Title: s.Title, About: s.About, Figures: s.Figures.Names(), Tables: s.Tables.Names()}
	for i := range r.Rows { // by index: rows are large, and there may be many
		d.Measured = d.Measured || r.Rows[i].Study == s.Name && r.Rows[i].Measurement != nil
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
	seen := map[any]bool{}
	for _, row := range r.Rows {
		if result := resultOf(row); result != nil {
			if seen[result] {
				continue // several experiments share it
			}
			seen[result] = true
		}
		switch {
		case row.Status == "ok" && row.Measurement != nil:
			c.Measured++
		case row.Status == "ok":
			c.Published++
		case row.Status == data.Failed:
			c.Failed++
		case row.Status == data.NotRun:
			c.NotRun++
		default:
			c.Skipped++
		}
		if row.Degraded() != "" {
			c.Degraded++
		}
	}
	return c
}

// resultOf is what rows of one result share; nil of a skipped combination.
func resultOf(row data.Row) any {
	switch {
	case row.Record != nil:
		return row.Record
	case row.Job != nil:
		return row.Job
	}
	return nil
}

// plainText makes text of a spec safe to stand in Markdown.
func plainText(s string) string {
	var b bytes.Buffer
	for _, c := range visible.Text(s) {
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
