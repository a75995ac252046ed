package cli

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"edgebench/compiler/network/onnx/onnxtest"
	"edgebench/executor/framework/native"
	"edgebench/executor/framework/runnertest"
)

// asProgram makes the test binary the program itself, for tests that kill it.
const asProgram = "EDGEBENCH_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asStuck) != "" {
		stuck()
	}
	if os.Getenv(asProgram) != "" {
		os.Exit(Main())
	}
	if code, handled := native.Main(); handled {
		os.Exit(code)
	}
	testscript.Main(m, map[string]func(){
		"edgebench":  func() { os.Exit(Main()) },
		"fakerunner": runnertest.Main,
	})
}

// TestScripts runs the command line as a user does: each file in
// testdata/script is one story. EDGEBENCH_UPDATE=1 rewrites expected output.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           filepath.Join("testdata", "script"),
		UpdateScripts: os.Getenv("EDGEBENCH_UPDATE") != "",
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"flip":    flip,
			"cut":     cut,
			"foreign": foreign,
			"net":     net,
		},
	})
}

// flip FILE LINE changes a bit near a line's end, as a failing disk would.
func flip(ts *testscript.TestScript, neg bool, args []string) {
	editLine(ts, args, func(line []byte) []byte {
		line[len(line)-10] ^= 1
		return line
	})
}

// cut FILE LINE keeps the first half of a line and nothing behind it, as a
// power failure would.
func cut(ts *testscript.TestScript, neg bool, args []string) {
	editLine(ts, args, func(line []byte) []byte { return line[:len(line)/2] })
}

// foreign FILE writes an ONNX model with an operator that the importer does not
// know.
func foreign(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: FILE")
	}
	model := onnxtest.New(17, 0, 4, 6, 6).Floats("w", 4, 4, 1, 1).
		Node("Conv", "x w", "c").Node("Mish", "c", "y").Declare(0, 4, 6, 6).Bytes()
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), model, 0o644))
}

// net FILE writes an ONNX model that every framework can run.
func net(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: FILE")
	}
	model := onnxtest.New(17, 0, 4, 6, 6).Floats("w", 4, 4, 1, 1).Node("Conv", "x w", "c").Node("Relu", "c", "y").Declare(0, 4, 6, 6).Bytes()
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), model, 0o644))
}

func editLine(ts *testscript.TestScript, args []string, edit func([]byte) []byte) {
	if len(args) != 2 {
		ts.Fatalf("usage: FILE LINE")
	}
	path := ts.MkAbs(args[0])
	data, err := os.ReadFile(path)
	ts.Check(err)
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	lines := bytes.SplitAfter(data, []byte("\n"))
	if n < 1 || n > len(lines) {
		ts.Fatalf("%s has %d lines", path, len(lines))
	}
	lines[n-1] = edit(lines[n-1])
	ts.Check(os.WriteFile(path, bytes.Join(lines, nil), 0o644))
}

// slowStudy takes some seconds, of which the first job takes a small part.
const slowStudy = `package study

study: {name: "slow", title: "A run to interrupt"}
policies: test: {min_count: 20, min_time: "100ms", max_time: "200ms", target_ci: 0, warmup: {min_count: 1, max_count: 2, max_time: "100ms"}}
experiments: latency: {
	title:  "Latency"
	metric: "time_per_inference"
	policy: "test"
	models: ["CifarNet", "MobileNet-v2", "ResNet-18", "ResNet-50", "AlexNet"]
	targets: [{platforms: ["host"], frameworks: ["native"], optimizations: [["fusion"]]}]
}
`

// TestInterrupted ends a run by a signal once its first job is done, and goes
// on with it: what was done is not done again, and nothing is lost.
func TestInterrupted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("signals are sent differently on windows")
	}
	for _, sig := range []os.Signal{os.Kill, os.Interrupt} {
		t.Run(sig.String(), func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "study.cue"), []byte(slowStudy), 0o644); err != nil {
				t.Fatal(err)
			}
			said := interrupt(t, dir, sig)
			if sig == os.Interrupt && !strings.Contains(said, "go on with `edgebench run --resume --out out`") {
				t.Errorf("the interrupted run says\n%s", said)
			}
			again := program(dir, "run", "--resume", "--out", "out")
			output, err := again.CombinedOutput()
			if err != nil {
				t.Fatalf("resume: %v\n%s", err, output)
			}
			if !strings.Contains(string(output), " reused, 0 failed") || strings.Contains(string(output), " 0 reused") {
				t.Errorf("the resumed run says\n%s", output)
			}
			if _, err := os.Stat(filepath.Join(dir, "out", "report.pdf")); err != nil {
				t.Error(err)
			}
		})
	}
}

// program prepares to run this test binary as edgebench.
func program(dir string, args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Dir = dir
	c.Env = append(os.Environ(), asProgram+"=1")
	return c
}

// interrupt starts a run, signals it after its first job, and returns what it
// said after that.
func interrupt(t *testing.T, dir string, sig os.Signal) string {
	c := program(dir, "run", ".", "--out", "out")
	stderr, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(stderr)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatalf("the run ended before its first job: %v", err)
		}
		if strings.HasPrefix(line, "[1/5]") {
			break
		}
	}
	if err := c.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err == nil {
		t.Fatal("the interrupted run ended as if it were complete")
	}
	return string(rest)
}

// TestExitCodes tells wrong usage from a fault that the work found.
func TestExitCodes(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "bad.cue"), []byte("package x\nmodles: {}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args string
		want int
	}{
		{"vet host", exitDone},
		{"--version", exitDone},
		{"vet bad.cue", exitFault},
		{"vet gone", exitFault},
		{"report gone", exitFault},
		{"rnu", exitUsage},
		{"run --nothing", exitUsage},
		{"run --resume", exitUsage},
		{"report a --paper A3", exitUsage},
		{"model show", exitUsage},
	} {
		p := program(dir, strings.Fields(c.args)...)
		output, err := p.CombinedOutput()
		if code := p.ProcessState.ExitCode(); code != c.want {
			t.Errorf("%s exits with %d, want %d (%v)\n%s", c.args, code, c.want, err, output)
		}
	}
}

// endlessStudy takes more than a day to evaluate.
const endlessStudy = `package s

import "list"

study: {name: "s", title: "t"}
_x: [for i in list.Range(0, 300000, 1) for j in list.Range(0, 300000, 1) {1}]
`

// TestInterruptedCompile ends commands by a signal while they compile.
func TestInterruptedCompile(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("whether it compiles yet is read from /proc")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "study.cue"), []byte(endlessStudy), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		c := program(dir, "run", "study.cue")
		c.Env = append(c.Env, "EDGEBENCH_SPEC_SECONDS=100000", "EDGEBENCH_SPEC_MEMORY_MIB=1000000")
		var output bytes.Buffer
		c.Stderr = &output
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		for compiling := false; !compiling; runtime.Gosched() { // in a child process
			children, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", c.Process.Pid))
			if err != nil || len(children) == 0 {
				t.Fatalf("the program ended: %s (%v)", output.String(), err)
			}
			for _, f := range children {
				data, _ := os.ReadFile(f)
				compiling = compiling || len(data) > 0
			}
		}
		if err := c.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		c.Wait()
		if code := c.ProcessState.ExitCode(); code != exitFault || output.String() != "edgebench: interrupted while compiling: nothing was run\n" {
			t.Errorf("%v: the exit code is %d, and it says %q", sig, code, output.String())
		}
	}
}
