package scratch

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

const childVariable = "EDGEBENCH_TEST_SCRATCH"

// TestMain is also a process that makes a folder, says where, and waits.
func TestMain(m *testing.M) {
	if os.Getenv(childVariable) == "" {
		os.Exit(m.Run())
	}
	dir, err := Make("session")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(dir)
	time.Sleep(time.Hour)
}

// child starts such a process; the function kills it.
func child(t *testing.T, temp string) (dir string, kill func()) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), childVariable+"=1", "TMPDIR="+temp, "TMP="+temp, "TEMP="+temp)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() { c.Process.Kill(); c.Wait() }
	t.Cleanup(kill)
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatal("the child made no folder")
	}
	return lines.Text(), kill
}

// age makes a folder older than the grace.
func age(t *testing.T, dir string) {
	t.Helper()
	old := time.Now().Add(-2 * grace)
	if err := os.Chtimes(filepath.Join(dir, lockName), old, old); err != nil {
		t.Fatal(err)
	}
}

// TestSweep: the folder of a process that was killed goes, with all that is in it; that of one that lives stays, and
// so do one that was only just made, one that is nobody's, and what is not ours.
func TestSweep(t *testing.T) {
	temp := t.TempDir()
	dead, kill := child(t, temp)
	alive, _ := child(t, temp)
	young, killYoung := child(t, temp)
	if err := os.WriteFile(filepath.Join(dead, "model.onnx"), []byte("weights"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"edgebench-session-old", "another"} {
		if err := os.Mkdir(filepath.Join(temp, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	age(t, dead)
	age(t, alive)
	if removed := Sweep(temp); len(removed) > 0 {
		t.Errorf("removed of processes that live: %v", removed)
	}
	kill()
	killYoung()
	if removed := Sweep(temp); !slices.Equal(removed, []string{dead}) {
		t.Errorf("removed %v, not %s; alive is %s, young is %s", removed, dead, alive, young)
	}
	if _, err := os.Stat(dead); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", dead, err)
	}
}

// TestOwn: a process does not take its own folder for a dead one's, and removes it.
func TestOwn(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Setenv("TMP", temp)
	dir, err := Make("conform")
	if err != nil {
		t.Fatal(err)
	}
	age(t, dir)
	if removed := Sweep(temp); len(removed) > 0 {
		t.Errorf("removed its own %v", removed)
	}
	if err := Remove(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", dir, err)
	}
}
