//go:build !windows

package journal_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"edgebench/executor/journal"
)

// TestPipesAreNotWaitedFor in the place of any file of a run.
func TestPipesAreNotWaitedFor(t *testing.T) {
	original := runOf(t, "a")
	samples := read(t, original).Records[0].SamplesFile
	for _, name := range []string{"plan.json", "environment.json", "results.jsonl", "run.lock", samples} {
		dir := filepath.Join(t.TempDir(), "out")
		if err := os.CopyFS(dir, os.DirFS(original)); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
		run, err := journal.Read(dir, nil)
		switch name {
		case "run.lock": // readers do not look at it
		case samples:
			if err != nil || len(run.Records) != 0 || !strings.Contains(run.Faults[0].Reason, "it is a pipe") {
				t.Errorf("%s: records %v, faults %v, %v", name, run.Records, run.Faults, err)
			}
			continue // a resumed run measures again
		default:
			if err == nil || !strings.Contains(err.Error(), "it is a pipe") {
				t.Errorf("%s: read with %v", name, err)
			}
		}
		if _, err := journal.Create(dir, resumed()); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: resumed with %v", name, err)
		}
	}
}
