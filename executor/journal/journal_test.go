package journal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"edgebench/compiler/spec"
	"edgebench/executor/journal"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var started = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func options() journal.Options {
	return journal.Options{
		Plan: []byte(`{"jobs": ["a", "b"]}`), PlanDigest: "sha256:plan",
		Environment: []byte(`{"cpu": "A72"}`), EnvironmentDigest: "sha256:pi",
	}
}

func resumed() journal.Options {
	o := options()
	o.Resume = true
	return o
}

func record(job string) journal.Record {
	return journal.Record{
		Job: job, Identity: "id-" + job, Status: journal.StatusDone, Origin: spec.Measured,
		Started: started, Finished: started.Add(time.Second), Payload: json.RawMessage(`{"median_ns":1234567}`),
	}
}

func failed(job, reason string) journal.Record {
	r := record(job)
	r.Status, r.Reason, r.Payload = journal.StatusFailed, reason, nil
	return r
}

func create(t *testing.T, dir string, o journal.Options) *journal.Journal {
	t.Helper()
	j, err := journal.Create(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func add(t *testing.T, j *journal.Journal, r journal.Record, samples string) journal.Record {
	t.Helper()
	stored, err := j.Append(r, []byte(samples))
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

// runOf writes a run of the jobs and returns its folder.
func runOf(t *testing.T, jobs ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "out")
	j := create(t, dir, options())
	for _, job := range jobs {
		add(t, j, record(job), "samples of "+job)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func read(t *testing.T, dir string) *journal.Run {
	t.Helper()
	r, err := journal.Read(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func results(t *testing.T, dir string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "results.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func measured(identity, environment string) journal.Key {
	return journal.NewKey(identity, spec.Measured, environment, "")
}

func jobs(records []journal.Record) (names []string) {
	for _, r := range records {
		names = append(names, r.Job)
	}
	return names
}

func TestARunReadsBack(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "out")
	j := create(t, dir, options())
	a := add(t, j, record("ResNet-50 <onnx>"), "1,2\n")
	b, err := j.Append(failed("b", "no runner"), nil)
	if err != nil {
		t.Fatal(err)
	}
	during := read(t, dir) // the writer still holds the lock
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	run := read(t, dir)
	if diff := cmp.Diff(run, during, cmpopts.IgnoreUnexported(journal.Run{})); diff != "" {
		t.Error("reading beside the writer differs:", diff)
	}
	if diff := cmp.Diff([]journal.Record{a, b}, run.Records); diff != "" {
		t.Error(diff)
	}
	if stored, err := os.ReadFile(filepath.Join(dir, "plan.json")); err != nil || string(stored) != `{"jobs": ["a", "b"]}` {
		t.Errorf("plan.json is %s (%v)", stored, err)
	}
	if run.PlanDigest != "sha256:plan" || run.Faults != nil || run.Torn != nil {
		t.Errorf("%+v", run)
	}
	if a.Plan != "sha256:plan" || a.Environment != "sha256:pi" || !strings.HasPrefix(a.SamplesFile, "samples/ResNet-50--onnx--") {
		t.Errorf("stored as %+v", a)
	}
	if samples, err := run.Samples(a); err != nil || string(samples) != "1,2\n" {
		t.Errorf("samples %q, %v", samples, err)
	}
	if samples, err := run.Samples(b); err != nil || samples != nil {
		t.Errorf("a record without samples has %q, %v", samples, err)
	}
	if !run.Done(measured("id-ResNet-50 <onnx>", "sha256:pi")) || run.Done(measured("id-ResNet-50 <onnx>", "sha256:nano")) || run.Done(measured("id-b", "sha256:pi")) {
		t.Error("done is for the same identity and environment, and not for failed jobs")
	}
}

func TestResultsAreJSONLines(t *testing.T) {
	dir := runOf(t, "a", "b")
	for line := range bytes.Lines(results(t, dir)) {
		var v struct {
			CRC    string         `json:"crc32c"`
			Record journal.Record `json:"record"`
		}
		if err := json.Unmarshal(line, &v); err != nil || len(v.CRC) != 8 || v.Record.Plan != "sha256:plan" {
			t.Errorf("%s: %v", line, err)
		}
	}
}

func TestStartingWhereARunIs(t *testing.T) {
	other := options()
	other.PlanDigest = "sha256:other"
	otherResumed := other
	otherResumed.Resume = true
	counted := options()
	counted.Planned.Identities = []string{"id-a", "id-b", "id-c", "id-d", "id-e"}
	tests := []struct {
		name    string
		options journal.Options
		want    string
	}{
		{"without resume", options(), "already holds a run of this plan (2 jobs done, 1 failed): resume the run, or choose another folder"},
		{"of so many jobs", counted, "already holds a run of this plan (of 5 jobs 2 are done, 1 failed): resume the run, or choose another folder"},
		{"of another plan", other, "already holds a run of another plan (sha256:plan, 2 jobs done, 1 failed), this plan is sha256:other: choose another folder"},
		{"resuming another plan", otherResumed, "already holds a run of another plan (sha256:plan, 2 jobs done, 1 failed), this plan is sha256:other: choose another folder"},
	}
	dir := runOf(t, "a", "b")
	j := create(t, dir, resumed())
	if _, err := j.Append(failed("c", "crashed"), nil); err != nil {
		t.Fatal(err)
	}
	j.Close()
	before := results(t, dir)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := journal.Create(dir, tt.options)
			if want := dir + " " + tt.want; err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
	if !bytes.Equal(before, results(t, dir)) {
		t.Error("a refused start changed the results")
	}
}

func TestResumeWhereThereIsNoRunStartsOne(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	add(t, create(t, dir, resumed()), record("a"), "")
	if got := jobs(read(t, dir).Records); !cmp.Equal(got, []string{"a"}) {
		t.Error(got)
	}
	if _, err := journal.Read(t.TempDir(), nil); !errors.Is(err, journal.ErrNoRun) {
		t.Errorf("reading where there is no run: %v", err)
	}
}

func TestResumingOnAnotherMachineKeepsBoth(t *testing.T) {
	dir := runOf(t, "a")
	nano := resumed()
	nano.Environment, nano.EnvironmentDigest = []byte(`{"cpu":"A57"}`), "sha256:nano"
	for range 2 { // a second time adds nothing
		j := create(t, dir, nano)
		if j.Done(measured("id-a", "sha256:nano")) || !j.Done(measured("id-a", "sha256:pi")) {
			t.Error("a result of one machine counts for the other")
		}
		j.Close()
	}
	j := create(t, dir, nano)
	add(t, j, record("a"), "on the nano")
	run := j.Run()
	var digests []string
	for _, e := range run.Environments {
		digests = append(digests, e.Digest)
	}
	if !cmp.Equal(digests, []string{"sha256:pi", "sha256:nano"}) || len(run.Latest()) != 2 {
		t.Errorf("environments %v, %d records", digests, len(run.Latest()))
	}
	if !j.Done(measured("id-a", "sha256:nano")) {
		t.Error("what was just appended is not done")
	}
}

func TestTheLaterRecordWins(t *testing.T) {
	dir := runOf(t)
	j := create(t, dir, resumed())
	if _, err := j.Append(failed("a", "crashed"), nil); err != nil {
		t.Fatal(err)
	}
	add(t, j, record("b"), "")
	first := add(t, j, record("a"), "second try")
	second := record("a")
	second.Payload = json.RawMessage(`{"median_ns":7}`)
	last := add(t, j, second, "third try")
	run := read(t, dir)
	if len(run.Records) != 4 || !cmp.Equal(jobs(run.Latest()), []string{"b", "a"}) || string(run.Latest()[1].Payload) != `{"median_ns":7}` {
		t.Errorf("%d records, latest %v", len(run.Records), run.Latest())
	}
	if a, err := run.Samples(first); err != nil || string(a) != "second try" || first.SamplesFile == last.SamplesFile {
		t.Errorf("the superseded record lost its samples: %q, %v", a, err)
	}
}

// TestTornLastLine cuts the last line at each of its bytes.
func TestTornLastLine(t *testing.T) {
	original := runOf(t, "a", "b")
	data := results(t, original)
	second := bytes.IndexByte(data, '\n') + 1
	for cut := second + 1; cut < len(data); cut++ {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(original)); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, "results.jsonl"), data[:cut])

		run := read(t, dir)
		if len(run.Records) != 1 || run.Torn == nil || run.Torn.Line != 2 || run.Faults != nil || run.Done(measured("id-b", "sha256:pi")) {
			t.Fatalf("cut at %d: %+v", cut, run)
		}
		if !bytes.Equal(results(t, dir), data[:cut]) {
			t.Fatalf("cut at %d: reading changed the file", cut)
		}

		j := create(t, dir, resumed())
		aside, err := os.ReadFile(filepath.Join(dir, "results.torn-1.jsonl"))
		if err != nil || !bytes.Equal(aside, data[second:cut]) || !strings.HasSuffix(j.Run().Torn.Reason, "; it is set aside in results.torn-1.jsonl") {
			t.Fatalf("cut at %d: set aside %q, %v, reported as %v", cut, aside, err, j.Run().Torn)
		}
		add(t, j, record("b"), "samples of b")
		j.Close()
		if !bytes.Equal(results(t, dir), data) {
			t.Fatalf("cut at %d: after resuming: %s", cut, results(t, dir))
		}
	}
}

func TestEachTornLineIsKept(t *testing.T) {
	dir := runOf(t, "a")
	for n := 1; n <= 3; n++ {
		text := fmt.Appendf(nil, "torn %d", n)
		if n == 3 {
			text = append(text, '\n') // with its end, but no record: blocks that never reached the disk
		}
		write(t, filepath.Join(dir, "results.jsonl"), append(results(t, dir), text...))
		create(t, dir, resumed()).Close()
		kept, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("results.torn-%d.jsonl", n)))
		if err != nil || !bytes.Equal(kept, text) {
			t.Errorf("%q, %v, want %q", kept, err, text)
		}
	}
}

// TestDamagedMiddleLine flips each bit of the middle one of three lines; its newline joins it to the third.
func TestDamagedMiddleLine(t *testing.T) {
	dir := runOf(t, "a", "b", "c")
	data := results(t, dir)
	from := bytes.IndexByte(data, '\n') + 1
	to := from + bytes.IndexByte(data[from:], '\n')
	for at := from; at < to; at++ {
		for bit := range 8 {
			damaged := bytes.Clone(data)
			damaged[at] ^= 1 << bit
			write(t, filepath.Join(dir, "results.jsonl"), damaged)
			run := read(t, dir)
			if run.Done(measured("id-b", "sha256:pi")) || !run.Done(measured("id-a", "sha256:pi")) || !run.Done(measured("id-c", "sha256:pi")) {
				t.Fatalf("byte %d bit %d: records %v", at-from, bit, jobs(run.Records))
			}
			if len(run.Faults) == 0 || run.Faults[0].Line != 2 || run.Torn != nil {
				t.Fatalf("byte %d bit %d: faults %v, torn %v", at-from, bit, run.Faults, run.Torn)
			}
		}
	}
}

func TestResumingLeavesADamagedLineAlone(t *testing.T) {
	dir := runOf(t, "a", "b", "c")
	damaged := bytes.Replace(results(t, dir), []byte("1234567"), []byte("1234568"), 1)
	write(t, filepath.Join(dir, "results.jsonl"), damaged)
	j := create(t, dir, resumed())
	want := filepath.Join(dir, "results.jsonl") + ":1: the checksum does not match: the line is damaged"
	if faults := j.Run().Faults; len(faults) != 1 || faults[0].String() != want {
		t.Errorf("faults %v, want %s", faults, want)
	}
	add(t, j, record("a"), "samples of a")
	if !bytes.HasPrefix(results(t, dir), damaged) || !j.Done(measured("id-a", "sha256:pi")) {
		t.Errorf("after running it again: %s", results(t, dir))
	}
}

func TestARecordOfAnotherPlanIsReported(t *testing.T) {
	other := options()
	other.PlanDigest = "sha256:other"
	foreign := filepath.Join(t.TempDir(), "foreign")
	add(t, create(t, foreign, other), record("x"), "")
	dir := runOf(t, "a")
	write(t, filepath.Join(dir, "results.jsonl"), append(results(t, foreign), results(t, dir)...))
	run := read(t, dir)
	want := filepath.Join(dir, "results.jsonl") + ":1: the record of job x is of plan sha256:other, this run's is sha256:plan"
	if len(run.Faults) != 1 || run.Faults[0].String() != want || !cmp.Equal(jobs(run.Records), []string{"a"}) {
		t.Errorf("faults %v, records %v", run.Faults, jobs(run.Records))
	}
}

func TestLostOrDamagedSamplesMakeAJobNotRun(t *testing.T) {
	dir := runOf(t, "a", "b")
	records := read(t, dir).Records
	write(t, filepath.Join(dir, records[0].SamplesFile), []byte("other"))
	if err := os.Remove(filepath.Join(dir, records[1].SamplesFile)); err != nil {
		t.Fatal(err)
	}
	run := read(t, dir)
	if len(run.Records) != 0 || len(run.Faults) != 2 ||
		!strings.Contains(run.Faults[0].Reason, "the samples of job a are damaged") ||
		!strings.Contains(run.Faults[1].Reason, "the samples of job b cannot be read") {
		t.Errorf("faults %v", run.Faults)
	}
}

func TestOneWriter(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	j := create(t, dir, options())
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	_, err = journal.Create(dir, resumed())
	want := fmt.Sprintf("%s is being written by another process (process %d on host %s): wait for it to end, or choose another folder", dir, os.Getpid(), host)
	if !errors.Is(err, journal.ErrLocked) || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	j.Close()
	create(t, dir, resumed())
}

func TestUnfitRecordsAreNotStored(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	j := create(t, dir, options())
	tests := map[string]func(*journal.Record){
		"the record has no job":                                  func(r *journal.Record) { r.Job = "" },
		"the record has no identity":                             func(r *journal.Record) { r.Identity = "" },
		`status is "maybe"`:                                      func(r *journal.Record) { r.Status = "maybe" },
		"failed without a reason":                                func(r *journal.Record) { r.Status = journal.StatusFailed },
		`origin is "guessed"`:                                    func(r *journal.Record) { r.Origin = "guessed" },
		"of plan sha256:other, this run's is sha256:plan":        func(r *journal.Record) { r.Plan = "sha256:other" },
		"record of job a: json: error calling MarshalJSON":       func(r *journal.Record) { r.Payload = json.RawMessage("{") },
		"does not read back: its identity is not valid UTF-8":    func(r *journal.Record) { r.Identity = "\xff" },
		"record of job a: json: error calling MarshalJSON for t": func(r *journal.Record) { r.Started = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
	}
	for want, change := range tests {
		r := record("a")
		change(&r)
		if _, err := j.Append(r, []byte("x")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if left, err := os.ReadDir(filepath.Join(dir, "samples")); err != nil || len(left) != 0 || len(results(t, dir)) != 0 {
		t.Errorf("they left %v, %v", left, err)
	}
}

func TestWhereARunCannotBe(t *testing.T) {
	base := t.TempDir()
	file := filepath.Join(base, "file")
	write(t, file, nil)
	orphan := filepath.Join(base, "orphan")
	if err := os.CopyFS(orphan, os.DirFS(runOf(t, "a"))); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(orphan, "plan.json")); err != nil {
		t.Fatal(err)
	}
	bare := filepath.Join(base, "bare")
	if err := os.CopyFS(bare, os.DirFS(runOf(t, "a"))); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(bare, "environment.json"), []byte("{"))
	tests := []struct{ name, dir, want string }{
		{"a file", file, file + " is a file, not a folder: choose another folder"},
		{"below a file", filepath.Join(file, "x", "y"), file + " is a file, not a folder: choose another folder"},
		{"results without their plan", orphan, "has results but no plan.json: restore that, or choose another folder"},
		{"a damaged environment", bare, "environment.json: cannot be read, so it is unknown what the results were measured with"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := journal.Create(tt.dir, resumed()); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestLeftoversOfAKilledWriterGo(t *testing.T) {
	dir := runOf(t, "a")
	write(t, filepath.Join(dir, "samples", ".writing-1"), []byte("half"))
	j := create(t, dir, resumed())
	left, err := os.ReadDir(filepath.Join(dir, "samples"))
	if err != nil || len(left) != 1 || !j.Done(measured("id-a", "sha256:pi")) {
		t.Errorf("%v, %v", left, err)
	}
}

// TestAppendAll stores several records at once, or none of them.
func TestAppendAll(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	j := create(t, dir, options())
	if err := j.AppendAll([]journal.Record{record("a"), record("b")}); err != nil {
		t.Fatal(err)
	}
	unfit := record("d")
	unfit.Identity = ""
	if err := j.AppendAll([]journal.Record{record("c"), unfit}); err == nil {
		t.Error("a record without identity was stored")
	}
	add(t, j, record("e"), "samples of e")
	run := read(t, dir)
	if diff := cmp.Diff([]string{"a", "b", "e"}, jobs(run.Records)); diff != "" || run.Faults != nil || run.Torn != nil {
		t.Errorf("%s %+v", diff, run)
	}
	if !j.Done(measured("id-b", "sha256:pi")) {
		t.Error("a record that was appended with others does not count as done")
	}
}

// TestAPublishedValueIsTheSameEverywhere: it is not replayed again elsewhere, and counts once.
func TestAPublishedValueIsTheSameEverywhere(t *testing.T) {
	dir := t.TempDir()
	j := create(t, dir, options())
	published := record("a")
	published.Origin = spec.Published
	if err := j.AppendAll([]journal.Record{published}); err != nil {
		t.Fatal(err)
	}
	if !j.Done(journal.NewKey("id-a", spec.Published, "sha256:nano", "")) {
		t.Error("a published value is replayed again in another environment")
	}
	published.Environment = "sha256:nano"
	if err := j.AppendAll([]journal.Record{published}); err != nil {
		t.Fatal(err)
	}
	if n := len(j.Run().Latest()); n != 1 {
		t.Errorf("%d records of one published value count", n)
	}
}

// TestARunOfAnotherFormatIsRefused: one that states none was written before software told results apart.
func TestARunOfAnotherFormatIsRefused(t *testing.T) {
	dir := runOf(t, "a")
	write(t, filepath.Join(dir, "environment.json"), []byte(`{"plan": "sha256:plan", "environments": []}`))
	if _, err := journal.Read(dir, nil); err == nil || !strings.Contains(err.Error(), "format 1, and this version of edgebench reads format 2") {
		t.Errorf("a run of another format is read: %v", err)
	}
}
