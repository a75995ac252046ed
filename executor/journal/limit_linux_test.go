package journal

import (
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

const limitDir = "EDGEBENCH_JOURNAL_TEST_LIMIT_DIR"

// TestFileSizeLimit meets a real short write: the kernel stores what fits below RLIMIT_FSIZE and
// refuses the rest. The limit is a process's own, so it is a child's.
func TestFileSizeLimit(t *testing.T) {
	if dir := os.Getenv(limitDir); dir != "" {
		appendToTheLimit(t, dir)
		return
	}
	dir := t.TempDir()
	child := exec.Command(os.Args[0], "-test.run=^TestFileSizeLimit$")
	child.Env = append(os.Environ(), limitDir+"="+dir)
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	run, err := Read(dir, nil)
	if err != nil || len(run.Records) == 0 || run.Faults != nil || run.Torn != nil {
		t.Errorf("%+v, %v", run, err)
	}
}

func appendToTheLimit(t *testing.T, dir string) {
	signal.Ignore(syscall.SIGXFSZ)
	j, err := Create(dir, someOptions())
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 1000, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	defer unix.Setrlimit(unix.RLIMIT_FSIZE, &before) // the test binary writes its coverage after this
	for n := range 100 {
		_, err := j.Append(job(strings.Repeat("x", n)+"y"), nil)
		if err == nil {
			continue
		}
		if !strings.Contains(err.Error(), "raise the limit on file sizes (ulimit -f)") {
			t.Fatal(err)
		}
		return
	}
	t.Fatal("the limit was never met")
}
