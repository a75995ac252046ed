package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/gofrs/flock"

	"edgebench/internal/atomicfile"
)

// Options say what a run is of.
type Options struct {
	Plan              []byte // becomes plan.json
	PlanDigest        string
	Environment       []byte // a JSON document
	EnvironmentDigest string
	// Resume goes on with the run that the folder holds, or starts one where it holds none.
	Resume  bool
	Planned Planned
	// SamplesExt ends the names of samples files; ".csv" where it is empty.
	SamplesExt string
}

func (o Options) check() error {
	switch {
	case o.PlanDigest == "":
		return errors.New("a run needs its plan's digest")
	case o.EnvironmentDigest == "":
		return errors.New("a run needs its environment's digest")
	case !json.Valid(o.Environment):
		return errors.New("a run's environment must be a JSON document")
	case strings.ContainsAny(o.SamplesExt, `/\`):
		return fmt.Errorf("samples' extension %q must not name a folder", o.SamplesExt)
	}
	return nil
}

// Journal writes a run directory. Its methods may be called from several goroutines.
type Journal struct {
	mu      sync.Mutex
	run     *Run
	options Options
	lock    *flock.Flock
	results file
	path    string // of results
	end     int64  // of the last sound line
	broken  error  // why no more can be appended
}

// Create starts a run in dir, which is made where needed, or with Resume goes on with the one there:
// a torn last line is then set aside in results.torn-N.jsonl and the environment, if new, is added. A folder
// that already holds a run is refused without Resume, and one of another plan always. Close frees
// the folder for the next writer.
func Create(dir string, o Options) (*Journal, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(dir, samplesDir), 0o777); err != nil {
		return nil, advise(err, filepath.Join(dir, samplesDir))
	}
	lock, err := acquire(dir)
	if err != nil {
		return nil, err
	}
	j := &Journal{options: o, lock: lock, path: filepath.Join(dir, resultsFile)}
	if err := j.open(dir); err != nil {
		lock.Unlock()
		return nil, err
	}
	return j, nil
}

func (j *Journal) open(dir string) error {
	planned := func([]byte) (Planned, error) { return j.options.Planned, nil }
	run, last, err := read(dir, planned)
	if errors.Is(err, ErrNoRun) {
		if err := j.start(dir); err != nil {
			return err
		}
		run, last, err = read(dir, planned)
	} else if err == nil {
		err = j.allow(run)
	}
	if err != nil {
		return err
	}
	j.run = run
	return j.resume(last)
}

// allow refuses a folder whose run is not to be gone on with.
func (j *Journal) allow(run *Run) error {
	done, failed := run.counts()
	reached := fmt.Sprintf("%d jobs done, %d failed", done, failed)
	if run.PlanDigest != j.options.PlanDigest {
		return remediable(fmt.Errorf("%s already holds a run of another plan (%s, %s), this plan is %s: choose another folder",
			run.Dir, run.PlanDigest, reached, j.options.PlanDigest), OtherFolder)
	}
	if !j.options.Resume {
		if jobs := len(j.options.Planned.Identities); jobs > 0 {
			reached = fmt.Sprintf("of %d jobs %d are done, %d failed", jobs, done, failed)
		}
		return remediable(fmt.Errorf("%s already holds a run of this plan (%s): resume the run, or choose another folder",
			run.Dir, reached), Resume, OtherFolder)
	}
	return nil
}

// start writes a new run's files, plan.json last: with it the run exists.
func (j *Journal) start(dir string) error {
	if info, err := os.Stat(j.path); err == nil && info.Size() > 0 {
		return remediable(fmt.Errorf("%s has results but no %s: restore that, or choose another folder", dir, planFile), OtherFolder)
	}
	if err := j.writeManifest(dir, nil); err != nil {
		return err
	}
	results, err := os.OpenFile(j.path, os.O_CREATE|os.O_RDWR, 0o666)
	if err == nil {
		err = errors.Join(results.Sync(), results.Close())
	}
	if err != nil {
		return advise(err, j.path)
	}
	if err := replaceFile(filepath.Join(dir, planFile), j.options.Plan); err != nil {
		return advise(err, filepath.Join(dir, planFile))
	}
	return advise(atomicfile.SyncDir(filepath.Dir(filepath.Clean(dir))), filepath.Dir(filepath.Clean(dir)))
}

func (j *Journal) writeManifest(dir string, known []Environment) error {
	added := append(slices.Clone(known), Environment{j.options.EnvironmentDigest, j.options.Environment})
	text, err := manifest{Format: Format, Plan: j.options.PlanDigest, Environments: added}.encode()
	if err != nil {
		return err
	}
	return advise(replaceFile(filepath.Join(dir, environmentFile), text), filepath.Join(dir, environmentFile))
}

// resume opens the results for appending after the last sound line.
func (j *Journal) resume(last parsed) error {
	for _, dir := range []string{j.run.Dir, filepath.Join(j.run.Dir, samplesDir)} {
		if err := atomicfile.RemoveLeftovers(dir); err != nil {
			return advise(err, dir)
		}
	}
	if err := j.addEnvironment(); err != nil {
		return err
	}
	f, err := os.OpenFile(j.path, os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return advise(err, j.path)
	}
	if j.run.Torn != nil {
		err = j.setAside(f, last)
	}
	if err == nil {
		j.end, err = f.Seek(0, io.SeekEnd)
	}
	if err != nil {
		f.Close()
		return advise(err, j.path)
	}
	j.results = f
	return nil
}

func (j *Journal) addEnvironment() error {
	same := func(e Environment) bool { return e.Digest == j.options.EnvironmentDigest }
	if slices.ContainsFunc(j.run.Environments, same) {
		return nil
	}
	if err := j.writeManifest(j.run.Dir, j.run.Environments); err != nil {
		return err
	}
	m, err := readManifest(j.run.Dir)
	j.run.Environments = m.Environments
	return err
}

// setAside copies a torn last line to a file of its own and then cuts it off.
func (j *Journal) setAside(results *os.File, line parsed) error {
	name, err := j.keepTorn(io.NewSectionReader(results, line.offset, line.size))
	if err != nil {
		return err
	}
	if err := results.Truncate(line.offset); err != nil {
		return err
	}
	j.run.Torn.Reason += "; it is set aside in " + name
	return results.Sync()
}

// keepTorn stores the bytes in the first free results.torn-N.jsonl and returns its name.
func (j *Journal) keepTorn(text io.Reader) (string, error) {
	for n := 1; ; n++ {
		name := fmt.Sprintf("results.torn-%d.jsonl", n)
		f, err := os.OpenFile(filepath.Join(j.run.Dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		if err := fill(f, text); err != nil {
			return "", discard(f, err)
		}
		return name, atomicfile.SyncDir(j.run.Dir)
	}
}

// Run is the run as it stands: as found when it was opened, with its faults, and what was appended since.
func (j *Journal) Run() *Run {
	j.mu.Lock()
	defer j.mu.Unlock()
	run := *j.run
	run.Records = slices.Clone(run.Records)
	run.last = map[Key]int{}
	for i, r := range run.Records {
		run.last[r.Key()] = i
	}
	return &run
}

// Done reports whether a job need not run again.
func (j *Journal) Done(k Key) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.run.Done(k)
}

// Append stores a record with its raw samples (nil: none) and returns it as stored. When it returns
// without error both are on the disk. After an error the run holds what it held before; where even
// that cannot be made sure, every later Append returns the same error and the run must be resumed.
func (j *Journal) Append(r Record, samples []byte) (Record, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken != nil {
		return Record{}, j.broken
	}
	r = j.complete(r, samples)
	line, stored, err := j.encode(r)
	if err != nil {
		return Record{}, err
	}
	if r.SamplesFile != "" {
		file := filepath.Join(j.run.Dir, filepath.FromSlash(r.SamplesFile))
		if err := replaceFile(file, samples); err != nil {
			return Record{}, advise(err, file)
		}
	}
	if err := j.write(line); err != nil {
		return Record{}, err
	}
	j.run.add(stored)
	return stored, nil
}

// AppendAll stores records without samples with one write and one sync, for
// results that cost nothing to make again: after a crash all of them may be
// missing, or some.
func (j *Journal) AppendAll(records []Record) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken != nil {
		return j.broken
	}
	var lines []byte
	all := make([]Record, len(records))
	for i, r := range records {
		line, stored, err := j.encode(j.complete(r, nil))
		if err != nil {
			return err
		}
		lines, all[i] = append(lines, line...), stored
	}
	if err := j.write(lines); err != nil {
		return err
	}
	for _, r := range all {
		j.run.add(r)
	}
	return nil
}

// complete fills in what the journal knows.
func (j *Journal) complete(r Record, samples []byte) Record {
	if r.Plan == "" {
		r.Plan = j.run.PlanDigest
	}
	if r.Environment == "" {
		r.Environment = j.options.EnvironmentDigest
	}
	r.Started, r.Finished = r.Started.UTC(), r.Finished.UTC()
	r.SamplesFile, r.SamplesSHA256 = "", ""
	if samples != nil {
		r.SamplesSHA256 = sum(samples)
		r.SamplesFile = path.Join(samplesDir, slug(r.Job)+"-"+r.SamplesSHA256[:16]+j.extension())
	}
	return r
}

func (j *Journal) extension() string {
	if j.options.SamplesExt == "" {
		return ".csv"
	}
	return j.options.SamplesExt
}

// slug makes a job's name fit for a file's: the content's digest behind it tells files apart.
func slug(job string) string {
	const most = 80
	safe := strings.Map(func(r rune) rune {
		if r < 128 && (r == '.' || r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z') {
			return r
		}
		return '-'
	}, job)
	return strings.TrimLeft(safe[:min(len(safe), most)], ".")
}

// encode checks the record and that its line reads back.
func (j *Journal) encode(r Record) ([]byte, Record, error) {
	if err := r.check(); err != nil {
		return nil, Record{}, err
	}
	if r.Plan != j.run.PlanDigest {
		return nil, Record{}, fmt.Errorf("the record of job %s is of plan %s, this run's is %s", r.Job, r.Plan, j.run.PlanDigest)
	}
	line, err := encodeLine(r)
	if err != nil {
		return nil, Record{}, err
	}
	stored, err := decodeLine(bytes.TrimSuffix(line, []byte("\n")))
	if err == nil && stored.Key() != r.Key() {
		err = errors.New("its identity is not valid UTF-8")
	}
	if err != nil {
		return nil, Record{}, fmt.Errorf("the record of job %s does not read back: %w", r.Job, err)
	}
	return line, stored, nil
}

// write adds the line behind the last sound one, or leaves the file as it was.
func (j *Journal) write(line []byte) error {
	n, err := j.results.WriteAt(line, j.end)
	if err == nil && n < len(line) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return j.undo(advise(err, j.path))
	}
	if err := j.results.Sync(); err != nil {
		// The kernel may have dropped the pages, and a second sync would succeed on nothing.
		j.broken = remediable(fmt.Errorf("%w: the disk may be failing; after that, resume the run", advise(err, j.path)), Resume)
		j.results.Truncate(j.end) // if this fails too, the next Create judges the line by its checksum
		return j.broken
	}
	j.end += int64(len(line))
	return nil
}

// undo cuts a part of a line off, so that the next one starts fresh.
func (j *Journal) undo(err error) error {
	if cut := j.results.Truncate(j.end); cut != nil {
		j.broken = remediable(fmt.Errorf("%w; the line cut off there cannot be removed (%v): resume the run, which sets it aside", err, cut), Resume)
		return j.broken
	}
	return err
}

// Close ends writing and frees the folder. The journal cannot be used after it.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.broken = errors.New("the journal is closed")
	return errors.Join(advise(j.results.Close(), j.path), j.lock.Unlock())
}
