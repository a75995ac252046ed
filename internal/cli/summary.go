package cli

import (
	"edgebench/compiler/plan"
	"edgebench/executor"
	"edgebench/executor/measure"
	"edgebench/report"
	"edgebench/report/answer"
	"edgebench/report/data"
	"edgebench/report/exhibit"
)

// runSummary is what came out of a run, for scripts.
type runSummary struct {
	Run      string              `json:"run"`
	Plan     string              `json:"plan"` // its digest
	Answers  []*answer.Answer    `json:"answers"`
	Counts   counts              `json:"counts"`
	Results  []measuredResult    `json:"results"`
	Failures []failure           `json:"failures"`
	Skips    []plan.Skip         `json:"skips"`
	Claims   []exhibit.Judgement `json:"claims"`
	Faults   []string            `json:"faults"` // of the run directory
	Report   paths               `json:"report"`
}

type counts struct {
	Done     int `json:"done"`
	Replayed int `json:"replayed"`
	Reused   int `json:"reused"`
	Failed   int `json:"failed"`
	LeftOut  int `json:"left_out"`
	Skipped  int `json:"skipped"`
}

// measuredResult is a result of this machine. Its warnings say how far to trust it.
type measuredResult struct {
	data.Row
	Processes *measure.Processes `json:"processes,omitempty"` // how they differ; absent of one process
	Warnings  []measure.Warning  `json:"warnings"`
}

type failure struct {
	plan.Target
	Reason string `json:"reason"`
}

type paths struct {
	PDF  string `json:"pdf"`
	HTML string `json:"html"`
}

func summaryOf(r *report.Report, o executor.Tally, opt report.Options) runSummary {
	p := r.Run.Plan
	out := runSummary{
		Run: o.Dir, Plan: p.Digest,
		Answers: []*answer.Answer{},
		Counts:  counts{o.Done, o.Replayed, o.Reused, o.Failed, o.Excluded, len(p.Skips)},
		Results: []measuredResult{}, Failures: []failure{}, Skips: append([]plan.Skip{}, p.Skips...),
		Claims: append([]exhibit.Judgement{}, r.Judgements...), Faults: append([]string{}, o.Faults...),
		Report: paths{opt.PDF, opt.HTML},
	}
	for _, a := range r.Answers {
		out.Answers = append(out.Answers, a.Answer)
	}
	for _, row := range r.Rows {
		if row.Measurement != nil {
			out.Results = append(out.Results, measuredResult{row, row.Measurement.Summary.Processes, append([]measure.Warning{}, warningsOf(row)...)})
		}
	}
	for _, f := range o.Failures {
		out.Failures = append(out.Failures, failure{f.Job.Target, f.Reason.Error()})
	}
	return out
}
