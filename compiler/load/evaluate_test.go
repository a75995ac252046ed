package load

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// endless is a spec that no machine evaluates.
const endless = `package s
import "list"
study: {name: "s", title: "t"}
_x: [for i in list.Range(0,30000,1) for j in list.Range(0,30000,1) {1}]
`

func specFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "study.cue")
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestInterrupted: evaluation ends with its context.
func TestInterrupted(t *testing.T) {
	t.Setenv(secondsVariable, "3600")
	t.Setenv(memoryVariable, "1000000")
	ctx, stop := context.WithTimeout(t.Context(), 1)
	defer stop()
	if _, err := Load(ctx, specFile(t, endless)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the error is %v", err)
	}
}

// TestLimits: what takes too much time or memory ends in a diagnostic at what
// grows.
func TestLimits(t *testing.T) {
	for _, c := range []struct{ variable, value, want string }{
		{secondsVariable, "1", ":4:6: evaluating the spec takes more than 1 s"},
		{memoryVariable, "64", ":4:6: evaluating the spec takes more than 64 MiB of memory"},
		{memoryVariable, "much", `EDGEBENCH_SPEC_MEMORY_MIB is "much": it must be a whole number of at least 1`},
	} {
		t.Run(c.variable+"="+c.value, func(t *testing.T) {
			t.Setenv(memoryVariable, "1000000")
			t.Setenv(secondsVariable, "3600")
			t.Setenv(c.variable, c.value)
			_, err := Load(t.Context(), specFile(t, endless))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %v, want %s", err, c.want)
			}
		})
	}
}

// TestLargest finds what grows.
func TestLargest(t *testing.T) {
	for _, c := range []struct{ name, spec, want string }{
		{"a range", "import \"list\"\nx: 1\ny: z: list.Range(0, 1_000_000, 1)", ":3:7"},
		{"a repetition", "a: 1\nb: [1, 2]\nc: 1_000_000 * [0]", ":3:4"},
		{"a text", "import \"strings\"\na: strings.Repeat(\"a\", 1000000000)", ":2:4"},
		{"references to references", "a: [1,1,1,1]\nb: [a,a,a,a]\nc: [b,b,b,b]\nd: [c,c,c,c]", ":4:4"},
		{"alternatives", "a: 1\nb: (1|2|3) & (1|2|3) & (1|2|3) & (1|2|3)\nc: [1,2,3]", ":2:4"},
		{"a comprehension", "n: [1,2,3,4,5]\nl: [for a in n for b in n for c in n {a+b+c}]\nm: [1,2,3,4,5,6]", ":2:5"},
		{"a cycle", "a: b\nb: [a, b, 1]", ":1:4"},
	} {
		path := specFile(t, c.spec)
		at, _ := largest(path)
		if got := strings.TrimPrefix(at.String(), path); got != c.want {
			t.Errorf("%s: the place is %s, want %s", c.name, got, c.want)
		}
	}
}

// TestRemedy: a list of many numbers of threads is better written as a range.
func TestRemedy(t *testing.T) {
	at, remedy := largest(specFile(t, `import "list"
experiments: e: targets: [{platforms: ["host"], threads: list.Range(0, 100_000, 1)}]`))
	if at.Line != 2 || !strings.Contains(remedy, "[{from: 1, to: 64}]") {
		t.Errorf("the remedy at %v is %q", at, remedy)
	}
}
