package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"edgebench/compiler/spec"
	"edgebench/internal/regular"
)

const (
	planFile        = "plan.json"
	environmentFile = "environment.json"
	resultsFile     = "results.jsonl"
	samplesDir      = "samples"
	lockFile        = "run.lock"
)

// ErrNoRun is what Read returns, wrapped, for a folder that holds no run.
var ErrNoRun = errors.New("holds no run")

// Environment is a machine the run was measured on.
type Environment struct {
	Digest   string          `json:"digest"`
	Document json.RawMessage `json:"environment"`
}

// Fault is something in the run directory that is not counted, with its place.
type Fault struct {
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"` // from 1; 0: the whole file
	Reason string `json:"reason"`

	identity string // of the job, as far as it can be told
	before   int    // records that stand before it
}

func (f Fault) String() string {
	if f.Line == 0 {
		return f.File + ": " + f.Reason
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Reason)
}

// Run is a run directory as it stood when it was read.
type Run struct {
	Dir          string
	PlanDigest   string
	Environments []Environment // in the order they were first used
	Records      []Record      // every sound one, superseded ones included, in the file's order
	Faults       []Fault       // what is not counted, in the file's order
	// Torn is the last line where its writing was cut off (or is under way): set aside when the run
	// is resumed, only reported when it is read.
	Torn *Fault

	last    map[Key]int // index in Records
	planned Planned
}

// Planned is what a plan says of its jobs.
type Planned struct {
	Identities []string // of all jobs
	// Check says why a record with its samples cannot be of the plan; nil: nothing is checked.
	Check func(r Record, samples []byte) error
}

// Read reads a run directory. It takes no lock, changes nothing, and may run while another process
// writes there: what that one has not finished writing shows as Torn, or not at all. What the plan
// says is asked of the caller, who may be nil.
func Read(dir string, planned func(plan []byte) (Planned, error)) (*Run, error) {
	r, _, err := read(dir, planned)
	return r, err
}

// What is read of a run directory is bounded: files in it may be anything.
const (
	maxPlan        = 1 << 30
	maxEnvironment = 16 << 20
	maxResults     = 4 << 30
	maxSamples     = 256 << 20
	maxFaults      = 100_000
)

// Format is the version of the run directory's form. It changes whenever a program of one version
// would misread the run of another: one that knows no software would reuse results of other software.
const Format = 2

// manifest is environment.json.
type manifest struct {
	Format       int           `json:"format"`
	Plan         string        `json:"plan"` // digest
	Environments []Environment `json:"environments"`
}

// read also returns the last line of results.jsonl. Results are read before environments: a writer
// stores an environment before the first record that names it.
func read(dir string, planned func([]byte) (Planned, error)) (*Run, parsed, error) {
	var last parsed
	plan, err := regular.ReadFile(filepath.Join(dir, planFile), maxPlan)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, last, fmt.Errorf("%s %w: it has no %s", dir, ErrNoRun, planFile)
	}
	if err != nil {
		return nil, last, advise(err, filepath.Join(dir, planFile))
	}
	r := &Run{Dir: dir, last: map[Key]int{}}
	if planned != nil {
		if r.planned, err = planned(plan); err != nil {
			return nil, last, fmt.Errorf("%s: %w", filepath.Join(dir, planFile), err)
		}
	}
	results := filepath.Join(dir, resultsFile)
	f, size, err := openResults(results)
	if errors.Is(err, fs.ErrNotExist) {
		r.Faults = append(r.Faults, Fault{File: results, Reason: "is missing: no job counts as run"})
		return r, last, r.readManifest()
	}
	if err != nil {
		return nil, last, advise(err, results)
	}
	defer f.Close()
	if err := r.readManifest(); err != nil {
		return nil, last, err
	}
	last, err = r.take(results, io.LimitReader(f, size))
	return r, last, err
}

// openResults opens the results, of which there is as much to read as there was before the
// environments were read.
func openResults(path string) (*os.File, int64, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err == nil && info.Size() > maxResults {
		err = fmt.Errorf("it has %d bytes, and at most %d are read of results", info.Size(), int64(maxResults))
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}

func (r *Run) readManifest() error {
	m, err := readManifest(r.Dir)
	r.PlanDigest, r.Environments = m.Plan, m.Environments
	return err
}

func readManifest(dir string) (manifest, error) {
	var m manifest
	path := filepath.Join(dir, environmentFile)
	data, err := regular.ReadFile(path, maxEnvironment)
	if err == nil {
		err = json.Unmarshal(data, &m)
	}
	if err == nil && m.Plan == "" {
		err = errors.New("it names no plan")
	}
	if err == nil && m.Format != Format {
		return m, remediable(fmt.Errorf("%s: the run has format %d, and this version of edgebench reads format %d: read it with the version that wrote it, or measure again in another folder", path, max(m.Format, 1), Format), OtherFolder)
	}
	if err != nil {
		return m, remediable(fmt.Errorf("%s: cannot be read, so it is unknown what the results were measured with: %w: restore it, or start again in another folder", path, cause(err)), OtherFolder)
	}
	return m, nil
}

// take sorts the lines into records and faults, and returns the last one.
func (r *Run) take(path string, results io.Reader) (parsed, error) {
	var last parsed
	for l, err := range parse(results) {
		if err == nil && last.number > 0 {
			err = r.takeLine(path, last)
		}
		if err != nil {
			return last, advise(err, path)
		}
		last = l
	}
	switch {
	case last.number == 0:
	case last.torn():
		r.Torn = &Fault{File: path, Line: last.number, Reason: last.err.Error()}
	default:
		return last, r.takeLine(path, last)
	}
	return last, nil
}

func (r *Run) takeLine(path string, l parsed) error {
	err, identity := l.err, l.identity
	if err == nil {
		identity = l.record.Identity
		err = r.accept(l.record)
	}
	if err == nil {
		r.add(l.record)
		return nil
	}
	if len(r.Faults) == maxFaults {
		return remediable(fmt.Errorf("more than %d of its lines are no results: restore the file, or start again in another folder", maxFaults), OtherFolder)
	}
	r.Faults = append(r.Faults, Fault{File: path, Line: l.number, Reason: err.Error(), identity: identity, before: len(r.Records)})
	return nil
}

// add keeps a record. What many have in common is kept once.
func (r *Run) add(rec Record) {
	if r.Records == nil {
		r.Records = make([]Record, 0, len(r.planned.Identities))
	}
	rec.Plan = r.PlanDigest // the same text
	if i := slices.IndexFunc(r.Environments, func(e Environment) bool { return e.Digest == rec.Environment }); i >= 0 {
		rec.Environment = r.Environments[i].Digest
	}
	r.last[rec.Key()] = len(r.Records)
	r.Records = append(r.Records, rec)
}

// accept returns why a sound line is not to be counted.
func (r *Run) accept(rec Record) error {
	if rec.Plan != r.PlanDigest {
		return fmt.Errorf("the record of job %s is of plan %s, this run's is %s", rec.Job, rec.Plan, r.PlanDigest)
	}
	known := func(e Environment) bool { return e.Digest == rec.Environment }
	if rec.Origin == spec.Measured && !slices.ContainsFunc(r.Environments, known) {
		return fmt.Errorf("the record of job %s is of environment %s, which %s does not describe", rec.Job, rec.Environment, environmentFile)
	}
	samples, err := r.Samples(rec)
	if err != nil || r.planned.Check == nil {
		return err
	}
	return r.planned.Check(rec, samples)
}

// Damage tells the faults that a result may be missing for from the repaired ones: a later
// record of the job counts, or, where nobody can tell the job, all jobs of the plan have one.
func (r *Run) Damage() (damaged, repaired []Fault) {
	if len(r.Faults) == 0 {
		return nil, nil
	}
	later := map[string]int{} // index of the last record, by identity
	for i, rec := range r.Records {
		later[rec.Identity] = i
	}
	planned, complete := map[string]bool{}, len(r.planned.Identities) > 0
	for _, identity := range r.planned.Identities {
		_, ran := later[identity]
		planned[identity], complete = true, complete && ran
	}
	for _, f := range r.Faults {
		i, ran := later[f.identity]
		if ran && i >= f.before || complete && !planned[f.identity] {
			repaired = append(repaired, f)
		} else {
			damaged = append(damaged, f)
		}
	}
	return damaged, repaired
}

// Latest returns the records that count, one for each key, in the order of the file: the run's own
// where none is superseded.
func (r *Run) Latest() []Record {
	if len(r.last) == len(r.Records) {
		return r.Records
	}
	latest := make([]Record, 0, len(r.last))
	for i, rec := range r.Records {
		if r.last[rec.Key()] == i {
			latest = append(latest, rec)
		}
	}
	return latest
}

// Release lets go of the records, of which there may be many, and of the plan, for
// a caller that has taken what it needs of them. Samples can be read still.
func (r *Run) Release() { *r = Run{Dir: r.Dir} }

// Done reports whether a job need not run again: the record that counts is of a job that is done.
func (r *Run) Done(k Key) bool {
	last, ok := r.Last(k)
	return ok && last.Status == StatusDone
}

// Last returns the record of a key that counts, if there is one.
func (r *Run) Last(k Key) (Record, bool) {
	i, ok := r.last[k]
	if !ok {
		return Record{}, false
	}
	return r.Records[i], true
}

// counts are how many jobs are done and how many failed, in any environment.
func (r *Run) counts() (done, failed int) {
	for _, rec := range r.Latest() {
		switch rec.Status {
		case StatusDone:
			done++
		case StatusFailed:
			failed++
		}
	}
	return done, failed
}

// Samples returns a record's raw samples, nil where it has none; an error where they are missing or not the
// ones that were stored.
func (r *Run) Samples(rec Record) ([]byte, error) {
	if rec.SamplesFile == "" {
		return nil, nil
	}
	if !filepath.IsLocal(filepath.FromSlash(rec.SamplesFile)) {
		return nil, fmt.Errorf("the samples of job %s are outside of the run directory: %s", rec.Job, rec.SamplesFile)
	}
	path := filepath.Join(r.Dir, filepath.FromSlash(rec.SamplesFile))
	data, err := regular.ReadFile(path, maxSamples)
	if err != nil {
		return nil, fmt.Errorf("the samples of job %s cannot be read: %w", rec.Job, advise(err, path))
	}
	if sum(data) != rec.SamplesSHA256 {
		return nil, fmt.Errorf("the samples of job %s are damaged: %s is not what was stored", rec.Job, path)
	}
	return data, nil
}

func sum(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}

func (m manifest) encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	err := e.Encode(m)
	return b.Bytes(), err
}
