package requirement_test

import (
	"math"
	"strings"
	"testing"

	"edgebench/compiler/spec/requirement"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"latency_ms <= 30":       "latency_ms <= 30",
		" latency_p99.9_ms<33.5": "latency_p99.9_ms < 33.5",
		"output_error <= 1e-2":   "output_error <= 0.01",
		"latency_ms 30":          "is no requirement: write a metric",
		"latency_ms <= 30 ms":    "is no requirement: write a metric",
		"latency_ms <= 30ms":     `"30ms" is no number. Its unit is in the metric's name`,
		"latency <= 30":          `no metric named "latency": these can be required: latency_ms, `,
		"latency_p0_ms <= 30":    `no metric named "latency_p0_ms"`,
		"latency_p100_ms <= 30":  `no metric named "latency_p100_ms"`,
		"load_ms <= NaN":         "is no bound",
	} {
		r, err := requirement.Parse(text)
		got := r.String()
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, want) {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestAllows(t *testing.T) {
	for op, want := range map[string][3]bool{"<": {true, false, false}, "<=": {true, true, false}, ">=": {false, true, true}, ">": {false, false, true}, "": {}} {
		r := requirement.Requirement{Op: op, Bound: 2}
		for i, value := range []float64{1, 2, 3} {
			if r.Allows(value) != want[i] {
				t.Errorf("%g %s 2 is %t", value, op, !want[i])
			}
		}
		if r.Allows(math.NaN()) {
			t.Errorf("what is not a number is allowed by %q", op)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("latency_p90_ms <= 33")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := requirement.Parse(text)
		if err != nil {
			return
		}
		if again, err := requirement.Parse(r.String()); err != nil || again != r {
			t.Errorf("%q is %q, which is %q (%v)", text, r, again, err)
		}
	})
}
