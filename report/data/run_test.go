package data

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/executor/journal"
	"edgebench/executor/result"
)

// TestVersionsOfAFrameworkAreToldApart: both results of one job stand, each with
// its software.
func TestVersionsOfAFrameworkAreToldApart(t *testing.T) {
	p := &plan.Plan{Jobs: []plan.Job{{
		Identity: "id", Feeds: []plan.Feed{{Study: "s", Experiment: "x"}}, Origin: "measured",
		Target: plan.Target{Model: "m", Platform: "host", Framework: "native", Environment: "bare metal"},
	}}}
	var records []journal.Record
	for _, version := range []string{"1.0", "1.1"} {
		payload, err := json.Marshal(result.Result{Measurement: &result.Measurement{
			Software: result.Software{Framework: "native", Version: version},
		}})
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, journal.Record{
			Identity: "id", Origin: spec.Measured, Status: journal.StatusDone,
			Environment: "sha256:pi", Software: "digest of " + version, Payload: payload,
		})
	}
	run, err := New("out", p, records)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, row := range run.Rows() {
		names = append(names, row.MeasuredIn)
	}
	if diff := cmp.Diff([]string{"native 1.0", "native 1.1"}, names); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
