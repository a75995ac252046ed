package journal_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"edgebench/executor/journal"
)

func planned(identities ...string) func([]byte) (journal.Planned, error) {
	return func([]byte) (journal.Planned, error) { return journal.Planned{Identities: identities}, nil }
}

// TestDamageIsRepairedByALaterRecord of the same job, and by nothing else.
func TestDamageIsRepairedByALaterRecord(t *testing.T) {
	dir := runOf(t, "a", "b", "a")
	sound := results(t, dir)
	lines := bytes.SplitAfter(sound, []byte("\n"))
	damaged := func(n int) []byte {
		all := bytes.Clone(sound)
		at := bytes.Index(all, lines[n]) // equal lines: the first
		if n == 2 {
			at = len(all) - len(lines[2])
		}
		return append(bytes.Replace(all[at:at+len(lines[n])], []byte("1234567"), []byte("1234568"), 1), all[at+len(lines[n]):]...)
	}
	garbage := append([]byte("garbage\n"), sound...)
	for _, c := range []struct {
		name              string
		results           []byte
		identities        []string
		damaged, repaired int
	}{
		{"sound", sound, nil, 0, 0},
		{"a's first record: its second follows", damaged(0), nil, 0, 1},
		{"b's only record", damaged(1), []string{"id-a", "id-b"}, 1, 0},
		{"a's last record", append(bytes.Clone(lines[1]), append(damaged(2), lines[1]...)...), nil, 1, 0},
		{"nobody's, and all jobs have results", garbage, []string{"id-a", "id-b"}, 0, 1},
		{"nobody's, and a job has none", garbage, []string{"id-a", "id-b", "id-c"}, 1, 0},
	} {
		write(t, filepath.Join(dir, "results.jsonl"), c.results)
		run, err := journal.Read(dir, planned(c.identities...))
		if err != nil {
			t.Fatal(err)
		}
		damage, repaired := run.Damage()
		if len(damage) != c.damaged || len(repaired) != c.repaired {
			t.Errorf("%s: damaged %v, repaired %v", c.name, damage, repaired)
		}
	}
}

// TestARecordOfAnUnknownEnvironmentIsReported: nobody could say what it was measured in.
func TestARecordOfAnUnknownEnvironmentIsReported(t *testing.T) {
	dir := runOf(t, "a")
	write(t, filepath.Join(dir, "environment.json"), []byte(`{"format": 2, "plan": "sha256:plan", "environments": []}`))
	run := read(t, dir)
	if len(run.Records) != 0 || len(run.Faults) != 1 || !strings.Contains(run.Faults[0].Reason, "environment sha256:pi, which environment.json does not describe") {
		t.Errorf("records %v, faults %v", jobs(run.Records), run.Faults)
	}
}

// TestGarbageIsBounded: a file of empty lines is no run, and a line without an end is read in pieces.
func TestGarbageIsBounded(t *testing.T) {
	dir := runOf(t, "a")
	path := filepath.Join(dir, "results.jsonl")
	sound := results(t, dir)
	write(t, path, bytes.Repeat([]byte("\n"), 1<<20))
	if _, err := journal.Read(dir, nil); err == nil || !strings.Contains(err.Error(), "more than 100000 of its lines are no results") {
		t.Errorf("a file of empty lines: %v", err)
	}
	long := bytes.Repeat([]byte("x"), 20<<20)
	write(t, path, append(append(long, '\n'), sound...))
	run := read(t, dir)
	if len(run.Records) != 1 || len(run.Faults) != 1 || !strings.Contains(run.Faults[0].Reason, "it has more than 16777216 bytes") {
		t.Errorf("a long line: %d records, faults %v", len(run.Records), run.Faults)
	}
	write(t, path, append(bytes.Clone(sound), long...))
	j := create(t, dir, resumed())
	if info, err := os.Stat(filepath.Join(dir, "results.torn-1.jsonl")); err != nil || info.Size() != int64(len(long)) || !bytes.Equal(results(t, dir), sound) {
		t.Errorf("a long torn line is not set aside as it was: %v, %v", j.Run().Torn, err)
	}
}
