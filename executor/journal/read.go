package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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
	Plan         []byte // plan.json
	PlanDigest   string
	Environments []Environment // in the order they were first used
	Records      []Record      // every sound one, superseded ones included, in the file's order
	Faults       []Fault       // what is not counted, in the file's order
	// Torn is the last line where its writing was cut off (or is under way): set aside when the run
	// is resumed, only reported when it is read.
	Torn *Fault

	last map[Key]int // index in Records
}

// Read reads a run directory. It takes no lock, changes nothing, and may run while another process
// writes there: what that one has not finished writing shows as Torn, or not at all.
func Read(dir string) (*Run, error) {
	r, _, err := read(dir)
	return r, err
}

// Format is the version of the run directory's form. It changes whenever a program of one version
// would misread the run of another: one that knows no software would reuse results of other software.
const Format = 2

// manifest is environment.json.
type manifest struct {
	Format       int           `json:"format"`
	Plan         string        `json:"plan"` // digest
	Environments []Environment `json:"environments"`
}

// read also returns the lines of results.jsonl. Results are read before environments: a writer
// stores an environment before the first record that names it.
func read(dir string) (*Run, []parsed, error) {
	plan, err := os.ReadFile(filepath.Join(dir, planFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("%s %w: it has no %s", dir, ErrNoRun, planFile)
	}
	if err != nil {
		return nil, nil, advise(err, filepath.Join(dir, planFile))
	}
	results := filepath.Join(dir, resultsFile)
	data, err := os.ReadFile(results)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, advise(err, results)
	}
	missing := err != nil
	m, err := readManifest(dir)
	if err != nil {
		return nil, nil, err
	}
	r := &Run{Dir: dir, Plan: plan, PlanDigest: m.Plan, Environments: m.Environments, last: map[Key]int{}}
	if missing {
		r.Faults = append(r.Faults, Fault{File: results, Reason: "is missing: no job counts as run"})
	}
	lines := parse(data)
	r.take(results, lines)
	return r, lines, nil
}

func readManifest(dir string) (manifest, error) {
	var m manifest
	path := filepath.Join(dir, environmentFile)
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, &m)
	}
	if err == nil && m.Plan == "" {
		err = errors.New("it names no plan")
	}
	if err == nil && m.Format != Format {
		return m, fmt.Errorf("%s: the run has format %d, and this version of edgebench reads format %d: read it with the version that wrote it, or measure again with another --out", path, max(m.Format, 1), Format)
	}
	if err != nil {
		return m, fmt.Errorf("%s: cannot be read, so it is unknown what the results were measured with: %w: restore it, or start again with another --out", path, cause(err))
	}
	return m, nil
}

// take sorts the lines into records and faults.
func (r *Run) take(path string, lines []parsed) {
	if torn(lines) {
		l := lines[len(lines)-1]
		r.Torn = &Fault{path, l.number, l.err.Error()}
		lines = lines[:len(lines)-1]
	}
	for _, l := range lines {
		err := l.err
		if err == nil {
			err = r.accept(l.record)
		}
		if err != nil {
			r.Faults = append(r.Faults, Fault{path, l.number, err.Error()})
			continue
		}
		r.add(l.record)
	}
}

func (r *Run) add(rec Record) {
	r.last[rec.Key()] = len(r.Records)
	r.Records = append(r.Records, rec)
}

func (r *Run) accept(rec Record) error {
	if rec.Plan != r.PlanDigest {
		return fmt.Errorf("the record of job %s is of plan %s, this run's is %s", rec.Job, rec.Plan, r.PlanDigest)
	}
	_, err := r.Samples(rec)
	return err
}

// Latest returns the records that count, one for each key, in the order of the file.
func (r *Run) Latest() []Record {
	var latest []Record
	for i, rec := range r.Records {
		if r.last[rec.Key()] == i {
			latest = append(latest, rec)
		}
	}
	return latest
}

// Done reports whether a job need not run again: the record that counts is of a job that is done.
func (r *Run) Done(k Key) bool {
	i, ok := r.last[k]
	return ok && r.Records[i].Status == StatusDone
}

// counts are how many jobs are done and how many failed, in any environment.
func (r *Run) counts() (done, failed int) {
	for _, rec := range r.Latest() {
		if rec.Status == StatusDone {
			done++
		} else {
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
	data, err := os.ReadFile(path)
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
