package cli

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

func TestPanicIsToldWithoutTrace(t *testing.T) {
	command := func() string { return "edgebench run" }
	broken := func() int { panic("no such layer \x1b[2J") }

	var b strings.Builder
	if code := guarded(&b, command, broken); code != exitFault {
		t.Errorf("the exit code is %d, want %d", code, exitFault)
	}
	const want = "edgebench: internal error in `edgebench run`: no such layer \\u001b[2J\n"
	if got := b.String(); !strings.HasPrefix(got, want) || !strings.Contains(got, "please report it") || strings.Contains(got, "goroutine") {
		t.Errorf("it says\n%s", got)
	}

	t.Setenv(debugVariable, "1")
	b.Reset()
	guarded(&b, command, broken)
	if got := b.String(); !strings.HasPrefix(got, want) || !strings.Contains(got, "goroutine") {
		t.Errorf("with %s it says\n%s", debugVariable, got)
	}
}

// asStuck makes the test binary a program that does not end when it is
// interrupted.
const asStuck = "EDGEBENCH_TEST_AS_STUCK"

func stuck() {
	ctx, _ := interruptible()
	fmt.Println("ready")
	<-ctx.Done()
	fmt.Println("interrupted")
	select {}
}

// TestSecondInterruptEnds shows that a program that is slow to end can be ended
// at once.
func TestSecondInterruptEnds(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("signals are sent differently on windows")
	}
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), asStuck+"=1")
	stdout, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	for _, want := range []string{"ready", "interrupted"} {
		if !lines.Scan() || lines.Text() != want {
			t.Fatalf("it says %q, want %q", lines.Text(), want)
		}
		if err := c.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Wait(); err == nil {
		t.Error("it ended well")
	}
	if status, ok := c.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signal() != syscall.SIGINT {
		t.Errorf("it ended with %v, not by the signal", c.ProcessState)
	}
}
