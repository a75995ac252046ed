// Package reporttest makes runs with invented measurements, for tests of what
// reports look like: the same on every machine, and instant.
package reporttest

import (
	"encoding/json"
	"testing"
	"time"

	"edgebench/compiler"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/compiler/spec/policy"
	"edgebench/executor/journal"
	"edgebench/executor/measure"
	"edgebench/executor/result"
	"edgebench/report/data"
)

// Run is a run of studies in which every job has a result: the published value,
// or for a measured one the time that a machine of 25 GMAC/s takes.
func Run(t testing.TB, studies ...string) *data.Run {
	t.Helper()
	p, err := compiler.Compile(t.Context(), studies...)
	if err != nil {
		t.Fatal(err)
	}
	var records []journal.Record
	for i, j := range p.Jobs {
		payload, err := json.Marshal(outcome(p, i))
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, journal.Record{
			Job: j.ID, Identity: j.Identity, Plan: p.Digest, Environment: "sha256:test", Status: journal.StatusDone,
			Origin: j.Origin, Finished: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Payload: payload,
		})
	}
	run, err := data.New("run", p, records)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func outcome(p *plan.Plan, job int) result.Result {
	j := p.Jobs[job]
	if j.Origin != spec.Measured {
		return result.Result{Published: j.Published}
	}
	m, _ := p.Catalog.Models.Get(j.Model)
	ns := float64(m.Audit.Cost.MACs) / 25
	half := ns * float64(1+job%7) / 100
	return result.Result{Measurement: &result.Measurement{
		Check: result.Check{WorstError: 1e-6},
		Summary: measure.Summary{
			Count: 100 + job, Headline: policy.Median, HeadlineNS: ns,
			HeadlineCI: &measure.Interval{LowNS: ns - half, HighNS: ns + half, Confidence: 0.95},
			Warnings:   []measure.Warning{{Code: measure.WarnCorrelated, Message: "made for a test"}},
		},
	}}
}
