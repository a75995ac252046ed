package framework

import (
	"strings"
	"testing"
	"time"

	"edgebench/compiler/spec"
	"edgebench/compiler/spec/policy"
	"edgebench/executor/framework/runnertest"
)

// TestConformanceFails: each fault is found by the check that is for it, with
// words that say what to do. The fake answers whatever it is asked, with times
// and outputs that are made up.
func TestConformanceFails(t *testing.T) {
	for behaviour, want := range map[runnertest.Behaviour][]string{
		runnertest.NewVersion: {"starts, and greets: the runner of Fake speaks version 2"},
		runnertest.NoName:     {"starts, and greets: the runner does not say which framework"},
		runnertest.OK: {
			`refuses an operation that it does not know: it answered "no-such-operation" with a result`,
			`refuses to run before a model is loaded: it answered "run" with a result`,
			`refuses a run of no inference: it answered "run" with a result`,
			"computes what the reference does: the runner's outputs have [2] elements",
			"its clock counts nanoseconds: by its clock, 100000 inferences took 1ms",
			`refuses a device that it does not see: it answered "load" with a result`,
		},
	} {
		failed := conformFake(t, behaviour)
		if len(failed) != len(want) {
			t.Errorf("%s: %q, expected %q", behaviour, failed, want)
			continue
		}
		for i, w := range want {
			if !strings.HasPrefix(failed[i], w) {
				t.Errorf("%s: %q, expected %q", behaviour, failed[i], w)
			}
		}
	}
}

// TestConformanceEndsWithTheRunner: nothing is said of checks that could not be
// made.
func TestConformanceEndsWithTheRunner(t *testing.T) {
	failed := conformFake(t, runnertest.Crash)
	if len(failed) != 3 || !strings.HasPrefix(failed[2], "loads a model: the runner of Fake ended with exit code 3") {
		t.Errorf("%q", failed)
	}
}

// conformFake returns the checks that a fake failed.
func conformFake(t *testing.T, b runnertest.Behaviour) []string {
	t.Helper()
	args, environment := runnertest.Command(t, b)
	minute := policy.Duration(time.Minute)
	r := &spec.Runner{Command: args, Environment: map[string]string{}, Format: "onnx", Limits: spec.RunnerLimits{Start: minute, Load: minute, Run: minute}}
	for _, e := range environment {
		name, value, _ := strings.Cut(e, "=")
		r.Environment[name] = value
	}
	findings, err := Process{Name: "Fake", Runner: r}.Conform(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var failed []string
	for _, f := range findings {
		if !f.Passed {
			failed = append(failed, f.Check+": "+f.Reason)
		}
	}
	return failed
}
