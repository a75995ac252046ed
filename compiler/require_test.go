package compiler_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"edgebench/compiler"
	"edgebench/compiler/spec/requirement"
)

// TestRequire: bounds are in the plan as they were written, composed ones too, and
// those of the command line beside them.
func TestRequire(t *testing.T) {
	dir := t.TempDir()
	const study = `package study
study: {name: "test", title: "A test"}
let most = 2 * 16.5
_common: require: load_ms: <=1e3
experiments: require: _common & {
	title:  "Latency"
	metric: "time_per_inference"
	models: ["CifarNet"]
	targets: [{platforms: ["host"], frameworks: ["native"]}]
	"require": {latency_p90_ms: <=most, size_mib: >1 & <4}
}
experiments: other: _common & {
	title:  "Latency"
	metric: "time_per_inference"
	models: ["CifarNet"]
	targets: [{platforms: ["host"], frameworks: ["native"]}]
	require: experiments["require"].require
}
`
	if err := os.WriteFile(filepath.Join(dir, "study.cue"), []byte(study), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := compiler.CompileWith(t.Context(), compiler.Overrides{Require: []requirement.Requirement{{Metric: "energy_mj", Op: "<=", Bound: 5}}}, dir)
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range p.Studies[0].Experiments.All() {
		var got []string
		for _, q := range x.Require {
			got = append(got, q.String())
		}
		slices.Sort(got)
		checkRequired(t, name, got)
	}
}

func checkRequired(t *testing.T, experiment string, got []string) {
	t.Helper()
	if want := []string{"energy_mj <= 5", "latency_p90_ms <= 33", "load_ms <= 1000", "size_mib < 4", "size_mib > 1"}; !slices.Equal(got, want) {
		t.Errorf("%s: required are %q, want %q", experiment, got, want)
	}
}
