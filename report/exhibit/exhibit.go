// Package exhibit makes what a report shows: figures and tables, as studies
// declare them and as every study has them, and claims with their verdicts.
package exhibit

import (
	"slices"

	"edgebench/compiler/expression"
	"edgebench/compiler/plan"
	"edgebench/report/answer"
	"edgebench/report/data"
	"edgebench/report/document"
	"edgebench/report/figure"
	"edgebench/report/table"
)

// Set is everything that a run's report shows.
type Set struct {
	Rows       []data.Row
	Models     []*expression.Model
	Judgements []Judgement
	Exhibits   document.Exhibits
	Beside     []string // ids of the published figures with this machine in them
	Answers    []Shown  // which way to run each model is the best
	Untried    []string // models that the run did not get to, where there are answers for others
	Missing    string   // frameworks that none of the answers is of as they are not installed, and how to get them
	Notices    []Notice // of what could not be shown or judged

	unfilled unfilled
}

// Build makes the exhibits of a run. What cannot be shown is told by a notice
// in its place.
func Build(run *data.Run) *Set {
	s := &Set{Rows: run.Rows(), Models: run.Models()}
	s.addAnswers(answer.Of(run, s.Rows, ""))
	for _, study := range run.Plan.Studies {
		s.addStudy(run, study)
	}
	for _, f := range counterparts(s.Exhibits.Figures, s.Rows) {
		if s.addFigure("", f.ID, func() (*figure.Figure, error) { return f, nil }) != nil {
			s.Beside = append(s.Beside, f.ID)
		}
	}
	color(s.Exhibits.Figures, run)
	s.addTable("", "beside", func() *table.Table { return besideTable(s.Rows) })
	for _, t := range []struct {
		name  string
		build func(*data.Run) *table.Table
	}{
		{"environment", environmentTable}, {"policies", policyTable}, {"audit", auditTable}, {"disagreements", disagreementTable}, {"estimates", estimatesTable},
	} {
		s.addTable("", t.name, func() *table.Table { return t.build(run) })
	}
	return s
}

// addStudy makes what a study declares and what every study has.
func (s *Set) addStudy(run *data.Run, study plan.Study) {
	rows := s.RowsOf(study.Name)
	for name, f := range study.Figures.All() {
		s.addFigure(study.Name, name, func() (*figure.Figure, error) { return chartOf(f, rows, s.Models) })
	}
	s.tellLacking()
	for name, t := range study.Tables.All() {
		s.addTable(study.Name, name, func() *table.Table { return tabulate(run, study, rows, t) })
	}
	s.judgeClaims(run, study, rows)
	for _, t := range []struct {
		name  string
		build func(study string, rows []data.Row) *table.Table
	}{
		{"measured", measuredTable}, {"gains", gainsTable}, {"quantities", quantitiesTable},
	} {
		s.addTable("", study.Name+"-"+t.name, func() *table.Table { return t.build(study.Name, rows) })
	}
	s.addTable("", study.Name+"-degraded", func() *table.Table { return degradedTable(study, rows) })
	s.addTable("", study.Name+"-skipped", func() *table.Table { return skippedTable(study, rows) })
	s.addTable("", study.Name+"-claims", func() *table.Table { return claimsTable(study.Name, s.Judgements) })
}

// judgeClaims judges a study's claims. Of several runs each has its own claims,
// which are judged by its own results alone.
func (s *Set) judgeClaims(run *data.Run, study plan.Study, rows []data.Row) {
	each := run.Each()
	if len(each) == 1 {
		s.judgeRun("", study, rows, s.Models)
		return
	}
	for _, one := range each {
		for _, declared := range one.Plan.Studies {
			if declared.Name == study.Name {
				s.judgeRun(one.Name, declared, rowsOf(study.Name, one.Rows()), one.Models())
			}
		}
	}
}

func (s *Set) judgeRun(run string, study plan.Study, rows []data.Row, models []*expression.Model) {
	env := expression.OfStudy{Results: results(rows), Models: models}
	for name, c := range study.Claims.All() {
		j, err := judge(study.Name, c, env)
		j.Run = run
		s.Judgements = append(s.Judgements, j)
		if err != nil {
			s.note(Notice{Study: study.Name, Kind: "claims", Name: name, Why: reasonFor(name, err), Fault: true})
		}
	}
}

// RowsOf lists the rows of a study.
func (s *Set) RowsOf(study string) []data.Row { return rowsOf(study, s.Rows) }

func rowsOf(study string, all []data.Row) []data.Row {
	if !slices.ContainsFunc(all, func(r data.Row) bool { return r.Study != study }) {
		return all // rows are large, and there may be many
	}
	var rows []data.Row
	for _, row := range all {
		if row.Study == study {
			rows = append(rows, row)
		}
	}
	return rows
}

// results are rows as expressions see them.
func results(rows []data.Row) []*expression.Result {
	seen := make([]*expression.Result, len(rows))
	for i := range rows {
		seen[i] = &rows[i].Result
	}
	return seen
}
