package data

import (
	"encoding/json"
	"fmt"
	"time"

	"edgebench/compiler/plan"
	"edgebench/executor/journal"
	"edgebench/executor/result"
	"edgebench/executor/sensor"
)

// Run is one run directory.
type Run struct {
	Dir          string
	Plan         *plan.Plan
	Environments []sensor.Environment // in the order they were first used
	Faults       []string             // what in the directory could not be counted
	Finished     time.Time            // of the last record; zero without records
	outcomes     map[string]outcome   // by job
}

// outcome is a job's last record.
type outcome struct {
	record journal.Record
	result result.Result
}

// Load reads a run directory.
func Load(dir string) (*Run, error) {
	stored, err := journal.Read(dir)
	if err != nil {
		return nil, err
	}
	p, err := plan.Decode(stored.Plan)
	if err != nil {
		return nil, fmt.Errorf("%s: plan.json: %w", dir, err)
	}
	r, err := New(dir, p, stored.Records)
	if err != nil {
		return nil, err
	}
	for _, e := range stored.Environments {
		var environment sensor.Environment
		if err := json.Unmarshal(e.Document, &environment); err != nil {
			return nil, fmt.Errorf("%s: environment.json: %w", dir, err)
		}
		r.Environments = append(r.Environments, environment)
	}
	for _, f := range stored.Faults {
		r.Faults = append(r.Faults, f.String())
	}
	if stored.Torn != nil {
		r.Faults = append(r.Faults, stored.Torn.String())
	}
	return r, nil
}

// New makes a run of a plan and its records, of which the last of a job counts.
func New(dir string, p *plan.Plan, records []journal.Record) (*Run, error) {
	r := &Run{Dir: dir, Plan: p, outcomes: map[string]outcome{}}
	for _, record := range records {
		o := outcome{record: record}
		if err := json.Unmarshal(record.Payload, &o.result); err != nil {
			return nil, fmt.Errorf("%s: result of job %s: %w", dir, record.Job, err)
		}
		r.outcomes[record.Job] = o
		if record.Finished.After(r.Finished) {
			r.Finished = record.Finished
		}
	}
	return r, nil
}
