package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"edgebench/compiler/spec"
)

// Status is how a job ended.
type Status string

const (
	StatusDone   Status = "done"
	StatusFailed Status = "failed"
	// StatusSkipped is of a job that this machine cannot run as it is, such as
	// one of a framework that is not installed.
	StatusSkipped Status = "skipped"
)

// Record is one job's result.
type Record struct {
	Job      string `json:"job"`      // the plan's name of the job
	Identity string `json:"identity"` // digest of everything in the plan that decides the result
	// Plan and Environment are digests; Append fills in the journal's own where they are empty.
	Plan        string          `json:"plan"`
	Environment string          `json:"environment"`
	Software    string          `json:"software,omitempty"` // digest of what ran the job: the framework as it is installed
	Status      Status          `json:"status"`
	Reason      string          `json:"reason,omitempty"` // why it failed
	Origin      spec.Origin     `json:"origin"`
	Started     time.Time       `json:"started,omitzero"` // the caller's clock, stored in UTC
	Finished    time.Time       `json:"finished,omitzero"`
	Payload     json.RawMessage `json:"payload,omitempty"` // the executor's result

	// SamplesFile is relative to the run directory, with slashes. Append sets both where there are
	// samples.
	SamplesFile   string `json:"samples_file,omitempty"`
	SamplesSHA256 string `json:"samples_sha256,omitempty"`
}

// check returns what makes the record unfit to be stored or read.
func (r Record) check() error {
	switch {
	case r.Job == "":
		return errors.New("the record has no job")
	case r.Identity == "":
		return errors.New("the record has no identity")
	case r.Plan == "":
		return errors.New("the record has no plan digest")
	case r.Environment == "":
		return errors.New("the record has no environment digest")
	case !slices.Contains([]Status{StatusDone, StatusFailed, StatusSkipped}, r.Status):
		return fmt.Errorf("status is %q: must be %q, %q or %q", r.Status, StatusDone, StatusFailed, StatusSkipped)
	case r.Status != StatusDone && r.Reason == "":
		return fmt.Errorf("the record is %s without a reason", r.Status)
	case !slices.Contains([]spec.Origin{spec.Measured, spec.Published, spec.Estimated}, r.Origin):
		return fmt.Errorf("origin is %q: must be %q, %q or %q", r.Origin, spec.Measured, spec.Published, spec.Estimated)
	}
	return nil
}

// Key is what tells results apart: of several records with one key the last counts, and a job with
// another key has not run. It is the only rule for that: resuming, reports and damage all go by it.
type Key struct {
	Identity    string // of the job
	Environment string // digest; empty for a published value: it is the same everywhere
	Software    string // digest of what ran it; empty for a published value
}

// NewKey returns the key of a job's result.
func NewKey(identity string, origin spec.Origin, environment, software string) Key {
	if origin == spec.Published {
		return Key{Identity: identity}
	}
	return Key{identity, environment, software}
}

// Key returns the record's key.
func (r Record) Key() Key { return NewKey(r.Identity, r.Origin, r.Environment, r.Software) }
