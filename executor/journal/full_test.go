package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"edgebench/compiler/spec"
)

// failing is a results file whose device misbehaves.
type failing struct {
	*os.File
	room     int   // bytes that a write still stores; negative: no limit
	write    error // once there is no room
	sync     error
	truncate error
}

func (f *failing) WriteAt(p []byte, offset int64) (int, error) {
	if f.room < 0 || len(p) <= f.room {
		return f.File.WriteAt(p, offset)
	}
	n, err := f.File.WriteAt(p[:f.room], offset)
	return n, errors.Join(err, f.write)
}

func (f *failing) Sync() error { return errors.Join(f.sync, f.File.Sync()) }

func (f *failing) Truncate(size int64) error {
	if f.truncate != nil {
		return f.truncate
	}
	return f.File.Truncate(size)
}

func job(name string) Record {
	return Record{Job: name, Identity: name, Status: StatusDone, Origin: spec.Measured}
}

func someOptions() Options {
	return Options{PlanDigest: "p", Environment: []byte("{}"), EnvironmentDigest: "e", Resume: true}
}

// brokenJournal has one record, and a results file that fails as the test says.
func brokenJournal(t *testing.T, f *failing) *Journal {
	t.Helper()
	j, err := Create(t.TempDir(), someOptions())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	if _, err := j.Append(job("a"), nil); err != nil {
		t.Fatal(err)
	}
	f.File = j.results.(*os.File)
	j.results = f
	return j
}

func fileOf(t *testing.T, j *Journal) string {
	t.Helper()
	data, err := os.ReadFile(j.path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestAFullDiskDoesNotHarmWhatFollows(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a full disk is another error there")
	}
	for room := range 60 {
		f := &failing{room: room, write: syscall.ENOSPC}
		j := brokenJournal(t, f)
		before := fileOf(t, j)
		_, err := j.Append(job("b"), nil)
		if want := j.path + ": no space left on device: free space there, then resume the run"; !isFull(err) || err.Error() != want {
			t.Fatalf("room for %d: %v, want %s", room, err, want)
		}
		if fileOf(t, j) != before || j.Done(NewKey("b", spec.Measured, "e", "")) {
			t.Fatalf("room for %d: it left %q", room, fileOf(t, j))
		}
		f.room = -1
		if _, err := j.Append(job("c"), nil); err != nil {
			t.Fatal(err)
		}
		run, err := Read(j.run.Dir, nil)
		if err != nil || len(run.Records) != 2 || run.Records[1].Job != "c" || run.Faults != nil || run.Torn != nil {
			t.Fatalf("room for %d: %+v, %v", room, run, err)
		}
	}
}

func TestAShortWriteWithoutAnErrorIsOne(t *testing.T) {
	j := brokenJournal(t, &failing{room: 10})
	before := fileOf(t, j)
	if _, err := j.Append(job("b"), nil); err == nil || !strings.Contains(err.Error(), "short write") || fileOf(t, j) != before {
		t.Errorf("%v, left %q", err, fileOf(t, j))
	}
}

func TestWhereTheCutOffLineCannotBeRemoved(t *testing.T) {
	f := &failing{room: 10, write: syscall.EIO, truncate: syscall.EIO}
	j := brokenJournal(t, f)
	_, first := j.Append(job("b"), nil)
	if first == nil || !strings.Contains(first.Error(), "resume the run, which sets it aside") {
		t.Fatal(first)
	}
	f.room, f.truncate = -1, nil
	if _, err := j.Append(job("c"), nil); err != first {
		t.Errorf("a later append: %v", err)
	}
	j.Close()
	again, err := Create(j.run.Dir, someOptions())
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if again.Run().Torn == nil || !again.Done(NewKey("a", spec.Measured, "e", "")) || len(again.Run().Records) != 1 {
		t.Errorf("%+v", again.Run())
	}
}

func TestAfterAFailedSyncNothingIsBelieved(t *testing.T) {
	f := &failing{room: -1, sync: syscall.EIO}
	j := brokenJournal(t, f)
	before := fileOf(t, j)
	_, first := j.Append(job("b"), nil)
	if first == nil || !strings.Contains(first.Error(), "the disk may be failing") || fileOf(t, j) != before {
		t.Fatalf("%v, left %q", first, fileOf(t, j))
	}
	f.sync = nil
	if _, err := j.Append(job("c"), nil); err != first {
		t.Errorf("a later append: %v", err)
	}
}

func TestSamplesThatCannotBeStoredLeaveNoRecord(t *testing.T) {
	j := brokenJournal(t, &failing{room: -1})
	before := fileOf(t, j)
	samples := filepath.Join(j.run.Dir, samplesDir)
	if err := os.Remove(samples); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(samples, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := j.Append(job("b"), []byte("1"))
	if err == nil || !strings.Contains(err.Error(), samples+" is a file, not a folder") || fileOf(t, j) != before {
		t.Errorf("%v, left %q", err, fileOf(t, j))
	}
}

func TestAdvice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results.jsonl")
	for _, tt := range []struct {
		err  error
		want string
	}{
		{fs.ErrPermission, "change its permissions"},
		{syscall.EFBIG, "raise the limit on file sizes (ulimit -f)"},
		{&fs.PathError{Op: "write", Path: path, Err: syscall.EIO}, path + ": " + syscall.EIO.Error()},
	} {
		if err := advise(tt.err, path); !strings.Contains(err.Error(), tt.want) || strings.Count(err.Error(), path) != 1 {
			t.Errorf("%v, want %s", err, tt.want)
		}
	}
}

// FuzzReadRecords: no bytes make the parser panic, lose a byte, or take for a record what does not
// read back as the same one.
func FuzzReadRecords(f *testing.F) {
	good := Record{Job: "a", Identity: "i", Plan: "p", Environment: "e", Status: StatusDone, Origin: spec.Published}
	line, err := encodeLine(good)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(line)
	f.Add(bytes.Repeat(line, 3))
	f.Add(line[:len(line)-1])
	f.Add(append([]byte("\n{}\n"), line...))
	f.Add([]byte(linePrefix + "00000000" + lineMiddle + lineSuffix + "\n"))
	f.Add(make([]byte, 64))
	f.Fuzz(func(t *testing.T, data []byte) {
		var lines int
		var read int64
		for l, err := range parse(bytes.NewReader(data)) {
			lines++
			if err != nil || l.number != lines || l.offset != read {
				t.Fatalf("line %d stands at %d, said to be line %d at %d (%v)", lines, read, l.number, l.offset, err)
			}
			read += l.size
			if l.err == nil {
				readsBack(t, l.record)
			}
		}
		if read != int64(len(data)) {
			t.Fatal("the lines are not the data")
		}
		run := &Run{PlanDigest: "p", last: map[Key]int{}}
		if _, err := run.take("f", bytes.NewReader(data)); err != nil {
			t.Fatal(err)
		}
		counted := len(run.Records) + len(run.Faults)
		if run.Torn != nil {
			counted++
		}
		if counted != lines {
			t.Fatalf("%d lines, %d accounted for", lines, counted)
		}
	})
}

func readsBack(t *testing.T, r Record) {
	t.Helper()
	line, err := encodeLine(r)
	if err != nil {
		t.Fatal(err)
	}
	again, err := decodeLine(bytes.TrimSuffix(line, []byte("\n")))
	if err != nil || fmt.Sprint(again) != fmt.Sprint(r) && !bytes.Contains(r.Payload, []byte(" ")) {
		t.Fatalf("%v, %+v is not %+v", err, again, r)
	}
}
