package journal_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"edgebench/executor/journal"
)

const childDir = "EDGEBENCH_JOURNAL_TEST_DIR"

// TestMain makes the test binary a writer that only ends when it is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := appendForever(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// appendForever prints each job's name once its record is stored.
func appendForever(dir string) error {
	j, err := journal.Create(dir, resumed())
	if err != nil {
		return err
	}
	for n := len(j.Run().Records); ; n++ {
		job := fmt.Sprint("job-", n)
		if _, err := j.Append(record(job), []byte(strings.Repeat(job+"\n", 500))); err != nil {
			return err
		}
		fmt.Println(job)
	}
}

// TestKilledWriterLosesNothing kills the writer some times in the middle of its work and resumes.
func TestKilledWriterLosesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	var acknowledged []string
	for round := range 8 {
		acknowledged = append(acknowledged, killAfter(t, dir, 3+round)...)
		run := create(t, dir, resumed()) // a lock that outlived its process would fail here
		for _, job := range acknowledged {
			if !run.Done(measured("id-"+job, "sha256:pi")) {
				t.Fatalf("round %d: %s was stored and is lost", round, job)
			}
		}
		for _, r := range run.Run().Records {
			if _, err := run.Run().Samples(r); err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
		}
		if faults := run.Run().Faults; len(faults) != 0 {
			t.Fatalf("round %d: %v", round, faults)
		}
		run.Close()
	}
}

// killAfter starts a writer, kills it after some acknowledged records and returns all it acknowledged.
func killAfter(t *testing.T, dir string, records int) (acknowledged []string) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childDir+"="+dir)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		acknowledged = append(acknowledged, lines.Text())
		if len(acknowledged) == records {
			child.Process.Kill()
		}
	}
	child.Wait()
	if len(acknowledged) < records {
		t.Fatalf("the writer ended by itself after %v", acknowledged)
	}
	return acknowledged
}
