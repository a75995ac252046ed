//go:build unix

package runner

import (
	"runtime"
	"syscall"
	"testing"
)

// TestContinuationsAreCounted: a process that goes on after a stop gets SIGCONT, as this one does here
// without having been stopped.
func TestContinuationsAreCounted(t *testing.T) {
	noteContinuations()
	before, ok := usage()
	if !ok {
		t.Skip("this system does not tell")
	}
	if err := syscall.Kill(syscall.Getpid(), syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	for { // until the test's time limit
		if now, _ := usage(); since(before, now).Continued == 1 {
			return
		}
		runtime.Gosched()
	}
}
