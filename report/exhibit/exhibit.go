// Package exhibit makes what a report shows: figures and tables, as studies
// declare them and as every study has them, and claims with their verdicts.
package exhibit

import (
	"errors"

	"edgebench/compiler/expression"
	"edgebench/compiler/plan"
	"edgebench/report/data"
	"edgebench/report/document"
	"edgebench/report/table"
)

// Set is everything that a run's report shows.
type Set struct {
	Rows       []data.Row
	Models     []*expression.Model
	Judgements []Judgement
	Exhibits   document.Exhibits
	Beside     []string // ids of the published figures with this machine in them
}

// Build makes the exhibits of a run.
func Build(run *data.Run) (*Set, error) {
	s := &Set{Rows: run.Rows(), Models: run.Models()}
	var errs []error
	for _, study := range run.Plan.Studies {
		errs = append(errs, s.addStudy(run, study))
	}
	beside := counterparts(s.Exhibits.Figures, s.Rows)
	s.Exhibits.Figures = append(s.Exhibits.Figures, beside...)
	for _, f := range beside {
		s.Beside = append(s.Beside, f.ID)
	}
	color(s.Exhibits.Figures, run)
	s.addTables(besideTable(s.Rows), environmentTable(run), policyTable(run), auditTable(run), disagreementTable(run))
	return s, errors.Join(errs...)
}

// addStudy makes what a study declares and what every study has.
func (s *Set) addStudy(run *data.Run, study plan.Study) error {
	var errs []error
	rows := s.RowsOf(study.Name)
	for _, f := range study.Figures.All() {
		chart, err := makeFigure(f, rows, s.Models)
		if err != nil {
			errs = append(errs, err)
		} else if chart != nil {
			s.Exhibits.Figures = append(s.Exhibits.Figures, chart)
		}
	}
	for _, t := range study.Tables.All() {
		s.addTables(tabulate(run, study, t))
	}
	s.judgeClaims(run, study, rows)
	s.addTables(measuredTable(study.Name, rows), quantitiesTable(study.Name, rows), degradedTable(study.Name, rows), skippedTable(study.Name, rows), claimsTable(study.Name, s.Judgements))
	return errors.Join(errs...)
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
	for _, c := range study.Claims.All() {
		j := judge(study.Name, c, env)
		j.Run = run
		s.Judgements = append(s.Judgements, j)
	}
}

// RowsOf lists the rows of a study.
func (s *Set) RowsOf(study string) []data.Row { return rowsOf(study, s.Rows) }

func rowsOf(study string, all []data.Row) []data.Row {
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

func (s *Set) addTables(tables ...*table.Table) {
	for _, t := range tables {
		if t != nil {
			s.Exhibits.Tables = append(s.Exhibits.Tables, t)
		}
	}
}
