package data

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/executor/journal"
	"edgebench/executor/measure"
	"edgebench/executor/result"
)

// Run is one run directory, or several that are shown as one.
type Run struct {
	Dir          string
	Name         string // of the directory
	Plan         *plan.Plan
	Environments []Environment        // that results were measured in, in the order they were first used
	Faults       []string             // what in the directory is not counted
	Repaired     []string             // what is not counted either, and was measured again
	Mended       []string             // studies whose figures, tables and claims are not those of the plan
	Finished     time.Time            // of the last record; zero without records
	findings     map[string][]finding // by the job's identity, one for each environment and software
	names        map[string]string    // of environments, by digest
	parts        []*Run               // of several; else empty
	software     map[string]string    // names of frameworks' versions, by digest
	stored       *journal.Run         // nil of a run that was made of records
}

// finding is a record that counts.
type finding struct {
	record *journal.Record
	result result.Result
}

// share lets go of what the finding has in common with its job.
func (o *finding) share(j *plan.Job) {
	o.record.Identity = j.Identity
	if o.record.Job == j.ID {
		o.record.Job = j.ID
	}
	if p := o.result.Published; p != nil && j.Published != nil && *p == *j.Published {
		o.result.Published = j.Published
	}
}

// Load reads a run directory, or several.
func Load(dirs ...string) (*Run, error) {
	var runs []*Run
	for _, dir := range dirs {
		r, err := load(dir)
		if err != nil {
			return nil, err
		}
		runs = append(runs, r)
	}
	if len(runs) == 1 {
		return runs[0], nil
	}
	return together(runs)
}

func load(dir string) (*Run, error) {
	var p *plan.Plan
	stored, err := journal.Read(dir, func(text []byte) (journal.Planned, error) {
		var err error
		if p, err = plan.Decode(text); err != nil {
			return journal.Planned{}, err
		}
		return result.Planned(p), nil
	})
	if err != nil {
		return nil, err
	}
	if p.Digest != stored.PlanDigest {
		return nil, fmt.Errorf("%s: plan.json is the plan %.12s, and environment.json says that %.12s was run: restore the one that was", dir, p.Digest, stored.PlanDigest)
	}
	damaged, repaired := stored.Damage()
	if stored.Torn != nil {
		damaged = append(damaged, *stored.Torn)
	}
	records, environments := stored.Latest(), stored.Environments
	stored.Release()
	r, err := New(dir, p, records)
	if err != nil {
		return nil, err
	}
	r.stored = stored
	if err := r.readEnvironments(environments); err != nil {
		return nil, fmt.Errorf("%s: environment.json: %w", dir, err)
	}
	r.Faults, r.Repaired = texts(damaged), texts(repaired)
	return r, nil
}

func texts(faults []journal.Fault) []string {
	var list []string
	for _, f := range faults {
		list = append(list, f.String())
	}
	return list
}

// New makes a run of a plan and the records that count, which are its own from then on: it lets go of
// their payloads.
func New(dir string, p *plan.Plan, records []journal.Record) (*Run, error) {
	r := &Run{Dir: dir, Name: filepath.Base(dir), Plan: p, findings: map[string][]finding{}, names: map[string]string{}, software: map[string]string{}}
	jobs := make(map[string]*plan.Job, len(p.Jobs))
	for i := range p.Jobs {
		jobs[p.Jobs[i].Identity] = &p.Jobs[i]
	}
	for i := range records {
		o := finding{record: &records[i]}
		if err := json.Unmarshal(o.record.Payload, &o.result); err != nil {
			return nil, fmt.Errorf("%s: result of job %s: %w", dir, o.record.Job, err)
		}
		o.record.Payload = nil // the result has it
		if j := jobs[o.record.Identity]; j != nil {
			o.share(j)
		}
		r.findings[o.record.Identity] = append(r.findings[o.record.Identity], o)
		if o.record.Finished.After(r.Finished) {
			r.Finished = o.record.Finished
		}
	}
	nameSoftware([]*Run{r})
	return r, nil
}

// Samples reads a measured result's raw samples, of each process that took some;
// an error where they are missing or not the ones that were stored.
func (r *Run) Samples(row *Row) ([][]measure.Sample, error) {
	for _, part := range r.parts {
		if part.Name == row.Run {
			return part.Samples(row)
		}
	}
	if r.stored == nil || row.Record == nil || row.Record.SamplesFile == "" {
		return nil, nil
	}
	text, err := r.stored.Samples(*row.Record)
	if err != nil {
		return nil, err
	}
	samples, err := measure.ReadSamples(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", row.Record.SamplesFile, err)
	}
	return measure.ByProcess(samples), nil
}

// measuredWith names what a result was measured in and with, where the run has
// several of either.
func (r *Run) measuredWith(o *journal.Record) string {
	names := []string{r.names[o.Environment], r.software[o.Software]}
	return strings.Join(slices.DeleteFunc(names, func(n string) bool { return n == "" }), ", ")
}

// readEnvironments keeps the environments of measured results. One that a run
// was only resumed in has nothing to show.
func (r *Run) readEnvironments(stored []journal.Environment) error {
	used := r.measuredIn()
	for _, s := range stored {
		e := Environment{ID: shortDigest(s.Digest), digest: s.Digest}
		if err := json.Unmarshal(s.Document, &e.Environment); err != nil {
			return err
		}
		if e.Environment.Digest() != s.Digest {
			return fmt.Errorf("the environment %s is not as it was written, so it is unknown what its results were measured in: restore the file", e.ID)
		}
		if used[s.Digest] {
			r.Environments = append(r.Environments, e)
		}
	}
	nameEnvironments([]*Run{r})
	return nil
}

// nameEnvironments names the environments of some runs apart, by the run too
// where two runs were measured in the same.
func nameEnvironments(runs []*Run) {
	var facts [][]string
	for _, r := range runs {
		for _, e := range r.Environments {
			facts = append(facts, append(e.facts(), r.Name))
		}
	}
	names := nameApart(facts)
	for _, r := range runs {
		for i := range r.Environments {
			e := &r.Environments[i]
			e.Name, r.names[e.digest] = names[0], names[0]
			names = names[1:]
		}
	}
}

// measuredIn is the digests of the environments of measured results.
func (r *Run) measuredIn() map[string]bool {
	used := map[string]bool{}
	for _, findings := range r.findings {
		for _, o := range findings {
			if o.record.Origin == spec.Measured {
				used[o.record.Environment] = true
			}
		}
	}
	return used
}
