package data

import (
	"fmt"
	"strings"

	"edgebench/compiler/expression"
	"edgebench/compiler/metric"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/compiler/verdict"
	"edgebench/executor/journal"
	"edgebench/executor/result"
)

// Row is one result, or one combination without a result, as expressions of
// figures and claims see it.
type Row struct {
	expression.Result

	// What the row is about, beyond expressions; nil where there is none.
	Job         *plan.Job           `json:"-"`
	Record      *journal.Record     `json:"-"`
	Measurement *result.Measurement `json:"-"`
	// Unreached: it could run there, and this machine does not reach it.
	Unreached bool `json:"-"`
}

// FLOPPerMAC is the convention in which reports print throughput.
const FLOPPerMAC = 2

// Rows lists a run's results and skips, in the order of the plan.
func (r *Run) Rows() []Row {
	if len(r.parts) > 0 {
		return r.rowsTogether()
	}
	rows := make([]Row, 0, r.countRows())
	for i := range r.Plan.Jobs {
		j := &r.Plan.Jobs[i]
		for _, feed := range j.Feeds {
			rows = r.appendRows(rows, j, feed)
		}
	}
	for i := range r.Plan.Skips {
		s := &r.Plan.Skips[i]
		row := r.row(s.Target, s.Feed)
		row.Status, row.Code, row.Reason = s.Verdict.Code, s.Verdict.Code, s.Verdict.Reason
		row.Unreached = s.Verdict.Unreached()
		rows = append(rows, row)
	}
	return rows
}

// countRows is at least how many rows there are: they are large, and a list that
// grows is copied.
func (r *Run) countRows() int {
	n := len(r.Plan.Skips)
	for i := range r.Plan.Jobs {
		j := &r.Plan.Jobs[i]
		n += len(j.Feeds) * max(1, len(r.findings[j.Identity]))
	}
	return n
}

// row fills in what the plan says of a target.
func (r *Run) row(t plan.Target, feed plan.Feed) Row {
	row := Row{Result: expression.Result{
		Run: r.Name, Study: feed.Study, Experiment: feed.Experiment,
		Model: t.Model, Platform: t.Platform, Framework: t.Framework,
		Optimizations: t.Optimizations, Precision: t.Precision, Environment: t.Environment, Threads: t.Threads, Device: t.Device,
	}}
	if x := r.experiment(feed); x != nil {
		row.Figure, row.Metric, row.Origin = x.Figure, x.Metric, string(x.Origin)
	}
	return row
}

func (r *Run) experiment(feed plan.Feed) *spec.Experiment {
	for _, s := range r.Plan.Studies {
		if s.Name == feed.Study {
			x, _ := s.Experiments.Get(feed.Experiment)
			return x
		}
	}
	return nil
}

// Statuses of measured results that have no value, beside the codes of verdicts.
const (
	Failed       = "failed"
	NotRun       = "not_run"
	NotInstalled = "not_installed"
	NoDevice     = "no_device"
)

// appendRows adds a job's results: one for each environment that it ran in, and for each software.
func (r *Run) appendRows(rows []Row, j *plan.Job, feed plan.Feed) []Row {
	row := r.row(j.Target, feed)
	row.Job = j
	row.Code, row.Reason = j.Verdict.Code, j.Verdict.Reason
	if len(r.findings[j.Identity]) == 0 {
		row.Status, row.Reason = NotRun, "the run did not get to it"
		return append(rows, row)
	}
	for _, o := range r.findings[j.Identity] {
		if o.record.Status == journal.StatusSkipped && len(r.findings[j.Identity]) > 1 {
			continue // it was measured later, or on another machine
		}
		rows = append(rows, r.findingRow(row, o))
	}
	return rows
}

func (r *Run) findingRow(row Row, o finding) Row {
	row.Record = o.record
	if o.record.Origin == spec.Measured {
		row.EnvironmentID, row.MeasuredIn = shortDigest(o.record.Environment), r.measuredWith(o.record)
	}
	switch {
	case o.record.Status == journal.StatusSkipped && o.result.NoDevice:
		row.Status, row.Reason = NoDevice, o.record.Reason
	case o.record.Status == journal.StatusSkipped:
		row.Status, row.Reason = NotInstalled, o.record.Reason
	case o.record.Status == journal.StatusFailed:
		row.Status, row.Reason = Failed, o.record.Reason
	case o.result.Published != nil:
		row.publish(o.result.Published)
	case o.result.Measurement != nil:
		row.measure(r.Model(row.Model), o.result.Measurement)
	}
	return row
}

// Degraded is why a result, or a job without one, is not as one would wish: by
// the verdict on it before it ran, or else by where it ran. It is empty where
// that is not so.
func (row *Row) Degraded() string {
	switch {
	case row.Job != nil && row.Job.Verdict.Name == verdict.Degraded:
		return row.Job.Verdict.Reason
	case row.Measurement != nil:
		return row.Measurement.Degraded()
	}
	return ""
}

// Model is a model of the run's plan, nil if there is none of that name.
func (r *Run) Model(name string) *plan.Model {
	m, _ := r.Plan.Catalog.Models.Get(name)
	return m
}

func (row *Row) publish(p *plan.Observation) {
	row.Status, row.SourceOrigin = p.Status, p.Origin
	row.Unit, row.Note = p.Unit, p.Note
	if p.Status != "ok" {
		return
	}
	row.Value = expression.Num(p.Value)
	if scale, isTime := metric.MillisecondsIn[p.Unit]; isTime {
		row.ValueMS = expression.Num(p.Value * scale)
	}
}

// measure takes the value of the row's own metric, and no other.
func (row *Row) measure(m *plan.Model, x *result.Measurement) {
	row.SourceOrigin, row.Measurement = spec.Measured, x
	row.beside(x)
	q, err := x.Quantity(row.Metric)
	if err != nil {
		row.Status, row.Reason = "unreadable", err.Error()
		return
	}
	row.Status, row.Unit = "ok", q.Unit
	if why := x.Degraded(); why != "" && row.Code == verdict.CodeOK {
		row.Code, row.Reason = result.WarnPlacement, why
	}
	row.Value, row.Count = expression.Num(q.Value), expression.Num(float64(q.Count))
	if scale, isTime := metric.MillisecondsIn[q.Unit]; isTime {
		row.ValueMS = expression.Num(q.Value * scale)
	}
	if q.Interval != nil {
		row.Low, row.High = expression.Num(q.Interval[0]), expression.Num(q.Interval[1])
	}
	if row.Metric == metric.TimePerInference && m != nil && m.Audit != nil && x.Summary.HeadlineNS > 0 {
		row.GFLOPS = expression.Num(FLOPPerMAC * float64(m.Audit.Cost.MACs) / x.Summary.HeadlineNS)
	}
}

// beside takes what a measurement knows beside the row's own metric.
func (row *Row) beside(x *result.Measurement) {
	if q, err := x.Quantity(metric.PeakMemory); err == nil {
		row.PeakMemoryMiB = expression.Num(q.Value)
	}
	if q, err := x.Quantity(metric.LoadTime); err == nil && q.Value > 0 {
		row.LoadMS = expression.Num(q.Value)
	}
	if x.Check.Unchecked == "" {
		row.OutputError = expression.Num(max(x.Check.OutputError, x.Check.WorstError))
	}
}

// Target names what ran, for tables.
func (row *Row) Target() string {
	parts := []string{row.Platform, row.Framework}
	if len(row.Optimizations) > 0 {
		parts = append(parts, strings.Join(row.Optimizations, "+"))
	}
	if row.Environment != "bare metal" {
		parts = append(parts, row.Environment)
	}
	if row.Threads != 0 {
		parts = append(parts, fmt.Sprintf("%d threads", row.Threads))
	}
	if row.Device != "" {
		parts = append(parts, "on "+row.Device)
	}
	if row.MeasuredIn != "" {
		parts = append(parts, "measured in: "+row.MeasuredIn)
	}
	return strings.Join(parts, ", ")
}

// Models lists the run's models as expressions see them.
func (r *Run) Models() []*expression.Model {
	var models []*expression.Model
	for _, m := range r.Plan.Catalog.Models.All() {
		row := &expression.Model{Name: m.Name, Task: m.Task}
		if c := m.Claimed; c != nil {
			row.ClaimedFLOPGiga, row.ClaimedParametersMillion = expression.Num(c.FLOPGiga), expression.Num(c.ParametersMillion)
			if c.FLOPPerParameter != 0 {
				row.FLOPPerParameter = expression.Num(c.FLOPPerParameter)
			}
		}
		if a := m.Audit; a != nil {
			row.HasLayers = true
			row.MACs, row.Parameters = expression.Num(float64(a.Cost.MACs)), expression.Num(float64(a.Cost.Params))
			row.Operators = expression.ListOf(a.Operators)
		}
		if o := m.Opaque; o != nil {
			row.Parameters = expression.Num(float64(o.Parameters))
		}
		models = append(models, row)
	}
	return models
}
