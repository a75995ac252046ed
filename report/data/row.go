package data

import (
	"fmt"
	"path/filepath"
	"strings"

	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/executor/journal"
	"edgebench/executor/result"
)

// Row is one result, or one combination without a result, as expressions of
// figures and claims see it.
type Row struct {
	Run           string `expr:"run" json:"run"`
	Study         string `expr:"study" json:"study"`
	Experiment    string `expr:"experiment" json:"experiment"`
	Figure        string `expr:"figure" json:"figure,omitempty"` // of the source that the experiment reproduces
	Model         string `expr:"model" json:"model"`
	Platform      string `expr:"platform" json:"platform"`
	Framework     string `expr:"framework" json:"framework"`
	Optimizations string `expr:"optimizations" json:"optimizations"` // joined by +
	Environment   string `expr:"environment" json:"environment"`
	Threads       int    `expr:"threads" json:"threads"` // 0: one a core
	// MeasuredIn names the environment of a measured result and its software's
	// version, where the report has several; EnvironmentID is the first digits of its digest.
	MeasuredIn    string `expr:"measured_in" json:"measured_in,omitempty"`
	EnvironmentID string `expr:"environment_id" json:"environment_id,omitempty"`
	Metric        string `expr:"metric" json:"metric"`

	// Status is ok where there is a value; else the reason's code, failed or
	// not_run.
	Status string `expr:"status" json:"status"`
	Code   string `expr:"code" json:"code"` // of the verdict: ok, or why it is degraded or skipped
	Reason string `expr:"reason" json:"reason,omitempty"`

	Origin       string  `expr:"origin" json:"origin"`               // measured or published
	SourceOrigin string  `expr:"source_origin" json:"source_origin"` // label, text or digitised; measured
	Value        float64 `expr:"value" json:"value"`                 // in Unit
	ValueMS      float64 `expr:"value_ms" json:"value_ms"`           // of a time, in ms
	Low          float64 `expr:"low" json:"low"`                     // confidence interval of the value, in ms; 0: none
	High         float64 `expr:"high" json:"high"`
	Unit         string  `expr:"unit" json:"unit"`
	Count        int     `expr:"count" json:"count"`   // samples
	GFLOPS       float64 `expr:"gflops" json:"gflops"` // 10^9 FLOP a second, a multiply-add counted as two
	Note         string  `expr:"note" json:"note,omitempty"`

	// What the row is about, beyond expressions; nil where there is none.
	Job         *plan.Job           `expr:"-" json:"-"`
	Record      *journal.Record     `expr:"-" json:"-"`
	Measurement *result.Measurement `expr:"-" json:"-"`
}

// FLOPPerMAC is the convention in which reports print throughput.
const FLOPPerMAC = 2

// Rows lists a run's results and skips, in the order of the plan.
func (r *Run) Rows() []Row {
	var rows []Row
	for i := range r.Plan.Jobs {
		j := &r.Plan.Jobs[i]
		for _, feed := range j.Feeds {
			rows = append(rows, r.jobRows(j, feed)...)
		}
	}
	for i := range r.Plan.Skips {
		s := &r.Plan.Skips[i]
		row := r.row(s.Target, s.Feed)
		row.Status, row.Code, row.Reason = s.Verdict.Code, s.Verdict.Code, s.Verdict.Reason
		rows = append(rows, row)
	}
	return rows
}

// row fills in what the plan says of a target.
func (r *Run) row(t plan.Target, feed plan.Feed) Row {
	row := Row{
		Run: filepath.Base(r.Dir), Study: feed.Study, Experiment: feed.Experiment,
		Model: t.Model, Platform: t.Platform, Framework: t.Framework,
		Optimizations: strings.Join(t.Optimizations, "+"), Environment: t.Environment, Threads: t.Threads,
	}
	if x := r.experiment(feed); x != nil {
		row.Figure, row.Metric, row.Origin = x.Figure, x.Metric, x.Origin
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

// jobRows are a job's results: one for each environment that it ran in, and for each software.
func (r *Run) jobRows(j *plan.Job, feed plan.Feed) []Row {
	row := r.row(j.Target, feed)
	row.Job = j
	row.Code, row.Reason = j.Verdict.Code, j.Verdict.Reason
	if len(r.outcomes[j.Identity]) == 0 {
		row.Status, row.Reason = "not_run", "the run did not get to it"
		return []Row{row}
	}
	var rows []Row
	for _, o := range r.outcomes[j.Identity] {
		rows = append(rows, r.outcomeRow(row, o))
	}
	return rows
}

func (r *Run) outcomeRow(row Row, o outcome) Row {
	row.Record = o.record
	if o.record.Origin == journal.OriginMeasured {
		row.EnvironmentID, row.MeasuredIn = shortDigest(o.record.Environment), r.measuredWith(o.record)
	}
	switch {
	case o.record.Status == journal.StatusFailed:
		row.Status, row.Reason = "failed", o.record.Reason
	case o.result.Published != nil:
		row.publish(o.result.Published)
	case o.result.Measurement != nil:
		row.measure(r.Model(row.Model), o.result.Measurement)
	}
	return row
}

// Model is a model of the run's plan, nil if there is none of that name.
func (r *Run) Model(name string) *plan.Model {
	m, _ := r.Plan.Catalog.Models.Get(name)
	return m
}

func (row *Row) publish(p *plan.Observation) {
	row.Status, row.SourceOrigin = p.Status, p.Origin
	row.Value, row.Unit, row.Note = p.Value, p.Unit, p.Note
	if scale, isTime := MillisecondsIn[p.Unit]; isTime {
		row.ValueMS = p.Value * scale
	}
}

// MillisecondsIn converts units of time.
var MillisecondsIn = map[string]float64{"s": 1000, "ms": 1, "us": 0.001, "ns": 1e-6}

const nsPerMS = 1e6

func (row *Row) measure(m *plan.Model, x *result.Measurement) {
	row.Status, row.SourceOrigin, row.Measurement = "ok", spec.Measured, x
	row.ValueMS = x.Summary.HeadlineNS / nsPerMS
	row.Value, row.Unit, row.Count = row.ValueMS, "ms", x.Summary.Count
	if ci := x.Summary.HeadlineCI; ci != nil {
		row.Low, row.High = ci.LowNS/nsPerMS, ci.HighNS/nsPerMS
	}
	if m != nil && m.Audit != nil && x.Summary.HeadlineNS > 0 {
		row.GFLOPS = FLOPPerMAC * float64(m.Audit.Cost.MACs) / x.Summary.HeadlineNS
	}
}

// Target names what ran, for tables.
func (row *Row) Target() string {
	parts := []string{row.Platform, row.Framework}
	if row.Optimizations != "" {
		parts = append(parts, row.Optimizations)
	}
	if row.Environment != "bare metal" {
		parts = append(parts, row.Environment)
	}
	if row.Threads != 0 {
		parts = append(parts, fmt.Sprintf("%d threads", row.Threads))
	}
	if row.MeasuredIn != "" {
		parts = append(parts, "measured in: "+row.MeasuredIn)
	}
	return strings.Join(parts, ", ")
}

// Model is one model as expressions see it. What is claimed or computed of
// no model is 0.
type Model struct {
	Name                     string  `expr:"name"`
	Task                     string  `expr:"task"`
	ClaimedFLOPGiga          float64 `expr:"claimed_flop_giga"`
	ClaimedParametersMillion float64 `expr:"claimed_parameters_million"`
	FLOPPerParameter         float64 `expr:"flop_per_parameter"` // as claimed
	MACs                     float64 `expr:"macs"`
	Parameters               float64 `expr:"parameters"`
}

// ModelRows lists the run's models as expressions see them.
func (r *Run) ModelRows() []Model {
	var rows []Model
	for _, m := range r.Plan.Catalog.Models.All() {
		row := Model{Name: m.Name, Task: m.Task}
		if c := m.Claimed; c != nil {
			row.ClaimedFLOPGiga, row.ClaimedParametersMillion, row.FLOPPerParameter = c.FLOPGiga, c.ParametersMillion, c.FLOPPerParameter
		}
		if a := m.Audit; a != nil {
			row.MACs, row.Parameters = float64(a.Cost.MACs), float64(a.Cost.Params)
		}
		rows = append(rows, row)
	}
	return rows
}
