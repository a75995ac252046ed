//go:build unix

package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// hostile are specs that take all time or memory, or that the evaluator has no
// words or no place for, with what the user is told of each.
var hostile = []struct{ name, spec, want string }{
	{"a large whole number", study + `models: T: {task: "image recognition", reference: "r", input: [3,8,8], layers: [{op: "fc", out: 9223372036854775808}]}`,
		`study.cue:3:97: models.T.layers[0].out: must be a whole number of at least 1 and below 2^53`},
	{"bytes that are no text", study + "\xff: 1", `study.cue:3:1: the file is not UTF-8 text from here on`},
	{"a list of lists", imports("list") + `_x: [for i in list.Range(0,30000,1) for j in list.Range(0,30000,1) {1}]`, `study.cue:4:6: ` + tooMuch},
	{"a million numbers", imports("list") + `_x: list.Range(0,1000000,1)`, `study.cue:4:5: ` + tooMuch},
	{"alternatives", study + "_x: " + alternatives(12), `study.cue:3:5: ` + tooMuch},
	{"references to references", study + laughs(9), `study.cue:12:6: ` + tooMuch},
	{"a text of 64 TiB", imports("strings") + `_x: strings.Repeat("a", 70368744177664)`, `study.cue:4:5: `},
	{"a sum of many terms", study + "_x: 1" + strings.Repeat("+1", 500_000), `study.cue:3:10003: an expression has more than 10000 parts here`},
	{"brackets in brackets", study + "_x: " + strings.Repeat("[", 200_000) + strings.Repeat("]", 200_000), `study.cue:3:10005: expression exceeds maximum nesting depth`},
	{"repetitions of nothing", study + `models: T: {task: "image recognition", reference: "r", input: [3,8,8], layers: [{op: "repeat", times: 1000000000, layers: []}]}`,
		`study.cue:3:103: models.T.layers[0].times: the model has more than 100000 layers once repetitions are unrolled`},
	{"unknown fields", study + unknownFields(2000), `and 1900 more: mend these first`},
	{"an import that nothing uses", imports("list"), `study.cue:2:8: imported and not used: "list"`},
	{"a failing call", imports("list") + "_x: list.Range(0,10,0)", `study.cue:4:5: "_x": error in call to list.Range`},
	{"an import of nothing", imports("example.com/x"), `study.cue:2:8: there is no such package here`},
	{"a let that nothing uses", study + "let x = 1", `study.cue:3:1: unreferenced alias or let clause x`},
	{"a name of 100 kB", study + `experiments: e: {title: "t", metric: "time_per_inference", models: ["` + strings.Repeat("n", 100_000) + `"], targets: [{platforms: ["host"], frameworks: ["native"]}]}`,
		`study.cue:3:69: experiments.e.models[0]: no model named "nnn`},
}

const (
	study   = "package s\nstudy: {name: \"s\", title: \"t\"}\n"
	tooMuch = "evaluating the spec takes more than "
)

func imports(path string) string {
	return fmt.Sprintf("package s\nimport %q\nstudy: {name: \"s\", title: \"t\"}\n", path)
}

func alternatives(n int) string {
	var terms []string
	for i := range n {
		terms = append(terms, fmt.Sprintf("({a%[1]d: 1}|{a%[1]d: 2}|{b%[1]d: 2})", i))
	}
	return strings.Join(terms, "&")
}

// laughs is a text of ten texts of ten texts, and so on.
func laughs(depth int) string {
	text := "_x0: \"ha\"\n"
	for i := range depth {
		text += fmt.Sprintf("_x%d: \"%s\"\n", i+1, strings.Repeat(fmt.Sprintf("\\(_x%d)", i), 10))
	}
	return text
}

func unknownFields(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "x%d: %d\n", i, i)
	}
	return b.String()
}

// maxResident is what no process may take for a spec, in bytes.
const maxResident = 500 << 20

// TestHostileSpecs: whatever a spec says, vet ends with what is wrong with it,
// at a position, within a bound of memory.
func TestHostileSpecs(t *testing.T) {
	position := regexp.MustCompile(`(?m)^study\.cue:\d+:\d+: `)
	for _, c := range hostile {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "study.cue"), []byte(c.spec), 0o644); err != nil {
				t.Fatal(err)
			}
			said, peak := vetHostile(t, dir)
			if !strings.Contains(said, c.want) || !position.MatchString(said) || strings.Contains(said, "goroutine ") {
				t.Errorf("it says\n%.2000s\nwant %s", said, c.want)
			}
			if len(said) > 64<<10 {
				t.Errorf("it says %d bytes", len(said))
			}
			if runtime.GOOS == "linux" && peak > maxResident {
				t.Errorf("it takes %d MiB", peak>>20)
			}
		})
	}
}

// vetHostile vets a spec in a process that must fail, and returns what it said
// and the most memory that it had resident, in bytes. The bound is far above what
// it needs, so that no slow machine meets it.
func vetHostile(t *testing.T, dir string) (said string, peak int64) {
	c := program(dir, "vet", "study.cue")
	file := filepath.Join(t.TempDir(), "peak")
	c.Env = append(c.Env, "EDGEBENCH_SPEC_SECONDS=3", asMeter+"="+file)
	var output bytes.Buffer
	c.Stderr = &output
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer context.AfterFunc(ctx, func() { c.Process.Kill() })()
	c.Wait()
	if code := c.ProcessState.ExitCode(); code != exitFault {
		t.Errorf("the exit code is %d", code)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if peak, err = strconv.ParseInt(string(text), 10, 64); err != nil {
		t.Fatal(err)
	}
	return output.String(), peak
}

// asMeter makes the test binary start itself once more and write the peak of that
// process's resident memory to the file that it names. Linux keeps the peak of
// the process that starts another as that one's own, and the tests' is high: a
// small process has to stand between.
const asMeter = "EDGEBENCH_TEST_AS_METER"

func init() {
	if file := os.Getenv(asMeter); file != "" {
		os.Exit(gauge(file))
	}
}

func gauge(file string) int {
	os.Unsetenv(asMeter)
	c := exec.Command(os.Args[0], os.Args[1:]...)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	c.Run()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &usage); err != nil {
		panic(err)
	}
	peak := int64(usage.Maxrss)
	if runtime.GOOS == "linux" {
		peak <<= 10 // it is in KiB there
	}
	if err := os.WriteFile(file, strconv.AppendInt(nil, peak, 10), 0o600); err != nil {
		panic(err)
	}
	return c.ProcessState.ExitCode()
}

// TestPipes: a pipe without a writer is refused, wherever a file is named.
func TestPipes(t *testing.T) {
	for name, spec := range map[string]string{
		"data.csv":   study + `sources: q: {title: "t", file: "data.csv"}`,
		"model.onnx": study + `models: T: {task: "image recognition", reference: "r", source: "model.onnx"}`,
		"other.cue":  study,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "study.cue"), []byte(spec), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := syscall.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
				t.Fatal(err)
			}
			output, err := program(dir, "vet", ".").CombinedOutput()
			if err == nil || !regexp.MustCompile(`^\w+\.cue:\d+:\d+: .*(a pipe|no regular file)`).Match(output) {
				t.Errorf("it says\n%s", output)
			}
		})
	}
}
