package compiler

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"edgebench/compiler/metric"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/compiler/suggest"
	"edgebench/compiler/verdict"
)

// publishedData is the content of a source, by what its rows are about.
type publishedData struct {
	rows map[publishedKey][]publishedRow
}

type publishedKey struct{ figure, model, platform, framework, environment, metric string }

type publishedRow struct {
	line int
	plan.Observation
}

// code is the form of a reason's short name, as the schema has it.
var code = regexp.MustCompile(`^[a-z_]+$`)

// columns of a source's CSV file.
var columns = []string{"figure", "model", "platform", "framework", "environment", "metric", "value", "unit", "status", "origin", "note"}

func (e *expander) readSources() {
	for name, s := range e.spec.Sources.All() {
		data, err := e.spec.ReadFile(s.File)
		if err != nil {
			e.fault([]any{"sources", name, "file"}, "%v", err)
			continue
		}
		published, err := parsePublished(name, data)
		if err != nil {
			e.fault([]any{"sources", name, "file"}, "%s: %v", s.File, err)
			continue
		}
		e.published[name] = published
	}
}

func parsePublished(source string, data []byte) (*publishedData, error) {
	r := csv.NewReader(bytes.NewReader(data))
	header, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("line 1: %v", err)
	}
	if strings.Join(header, ",") != strings.Join(columns, ",") {
		return nil, fmt.Errorf("line 1: the columns must be %s", strings.Join(columns, ","))
	}
	p := &publishedData{rows: map[publishedKey][]publishedRow{}}
	for {
		record, err := r.Read()
		if err == io.EOF {
			return p, nil
		}
		if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		if err := p.add(source, line, record); err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
	}
}

func (p *publishedData) add(source string, line int, f []string) error {
	row := publishedRow{line: line, Observation: plan.Observation{
		Source: source, Rows: f[0], Unit: f[7], Status: f[8], Origin: f[9], Note: f[10],
	}}
	m, known := metric.Named(f[5])
	switch {
	case !known:
		return fmt.Errorf("no metric named %q%s", f[5], suggest.DidYouMean(f[5], metric.Names()))
	case row.Status == "ok" && !m.HasUnit(row.Unit):
		return fmt.Errorf("%s in %q: its unit is %s", m.Name, row.Unit, strings.Join(append([]string{m.Unit}, m.Units...), ", "))
	case !slices.Contains(spec.PublishedOrigins, row.Origin):
		return fmt.Errorf("no origin named %q%s", row.Origin, suggest.DidYouMean(row.Origin, spec.PublishedOrigins))
	case row.Status == "":
		return fmt.Errorf("status is empty: write ok, or why there is no value")
	case row.Status == "ok":
		value, err := strconv.ParseFloat(f[6], 64)
		if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
			return fmt.Errorf("value %q is not a number", f[6])
		}
		row.Value = value
	case !code.MatchString(row.Status):
		return fmt.Errorf("status %q is no code: write ok, or lower-case letters and underscores, such as memory_error", row.Status)
	case f[6] != "":
		return fmt.Errorf("status is %s, and yet there is a value", row.Status)
	}
	key := publishedKey{f[0], f[1], f[2], f[3], f[4], f[5]}
	p.rows[key] = append(p.rows[key], row)
	return nil
}

// find returns the rows about a target. A row that names no framework, or no
// model, is about any.
func (p *publishedData) find(x *spec.Experiment, t plan.Target) []publishedRow {
	named := publishedKey{x.Rows, t.Model, t.Platform, t.Framework, t.Environment, x.Metric}
	anyFramework, anyModel := named, named
	anyFramework.framework, anyModel.model = "", ""
	for _, key := range []publishedKey{named, anyFramework, anyModel} {
		if rows := p.rows[key]; len(rows) > 0 {
			return rows
		}
	}
	return nil
}

// replay plans the replay of a published value.
func (e *expander) replay(x *spec.Experiment, feed plan.Feed, target plan.Target, v verdict.Verdict) {
	source, _ := e.spec.Sources.Get(x.Source)
	rows := e.published[x.Source].find(x, target)
	if len(rows) == 0 {
		e.skip(feed, target, verdict.Verdict{
			Name: verdict.Skip, Code: verdict.CodeUnpublished, Source: source.Title,
			Reason: fmt.Sprintf("the source has no value for it in figure or table %s", x.Rows),
		})
		return
	}
	for _, row := range rows {
		e.noteContradiction(x, target, v, row)
		if row.Status != "ok" {
			e.skip(feed, target, statedSkip(source, x, row, v))
			continue
		}
		row := row.Observation
		e.job(plan.Job{
			Identity: digest(spec.Published, row.Source, row.Rows, x.Metric, target.Model, target.Platform, target.Framework,
				target.Environment, strconv.FormatFloat(row.Value, 'g', -1, 64), row.Unit, row.Origin, row.Note),
			Feeds: []plan.Feed{feed}, Origin: spec.Published, Metric: x.Metric,
			Target: target, Verdict: shown(v), Published: &row,
		})
	}
}

// statedSkip is the skip for a combination that the source itself marks as one
// that does not run.
func statedSkip(source *spec.Source, x *spec.Experiment, row publishedRow, v verdict.Verdict) verdict.Verdict {
	reason := fmt.Sprintf("marked %s in figure or table %s", strings.ReplaceAll(row.Status, "_", " "), x.Rows)
	if row.Note != "" {
		reason += ": " + row.Note
	} else if v.Code == row.Status && v.Reason != "" {
		reason += ": " + v.Reason
	}
	return verdict.Verdict{Name: verdict.Skip, Code: row.Status, Reason: reason, Source: source.Title, By: "source " + source.Name}
}

// shown is the verdict kept with a published value: that a value exists proves
// that the combination ran.
func shown(v verdict.Verdict) verdict.Verdict {
	if v.Name == verdict.Skip {
		return verdict.Verdict{Name: verdict.OK, Code: verdict.CodeOK, Reason: "published, although " + v.Reason, Source: v.Source, By: v.By}
	}
	return v
}

// noteContradiction records where a published row and the verdict do not go
// together.
func (e *expander) noteContradiction(x *spec.Experiment, t plan.Target, v verdict.Verdict, row publishedRow) {
	ran, mayRun := row.Status == "ok", v.Name != verdict.Skip
	if ran == mayRun || v.Code == row.Status {
		return
	}
	what := fmt.Sprintf("%s on %s with %s: ", t.Model, t.Platform, t.Framework)
	if ran {
		what += fmt.Sprintf("figure %s has %v %s, although it is said not to run: %s (%s)", x.Rows, row.Value, row.Unit, v.Reason, v.By)
	} else {
		against := "nothing speaks against it"
		if v.Source != "" {
			against = fmt.Sprintf("%s has it as %s", v.Source, v.Code)
		}
		what += fmt.Sprintf("figure %s marks it %s, although %s", x.Rows, strings.ReplaceAll(row.Status, "_", " "), against)
	}
	e.plan.Contradictions = append(e.plan.Contradictions, what)
}
