package cli

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"edgebench/compiler/metric"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/compiler/spec/policy"
	"edgebench/executor"
	"edgebench/executor/device"
	"edgebench/executor/result"
	"edgebench/internal/cli/console"
)

// TestProgressInALog shows that a log gets a line for each model and, of one
// that takes long, one now and then; replayed values are not told.
func TestProgressInALog(t *testing.T) {
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	fusion, none := job("A", "fusion"), job("A")
	other := job("B")
	p := newProgress(console.New(log), []plan.Job{fusion, none, other}, false)
	clock := time.Unix(0, 0)
	p.now = func() time.Time { return clock }
	tell := func(after time.Duration, e executor.Event) {
		clock = clock.Add(after)
		e.Total = 3
		p.show(e)
	}

	for range 360 {
		tell(0, executor.Event{Job: plan.Job{Origin: spec.Published}, Outcome: &device.Outcome{}})
	}
	for range 100 {
		tell(110*time.Millisecond, executor.Event{Job: fusion, Step: device.Measuring, Count: 7})
	}
	tell(0, executor.Event{Job: fusion, Done: 1, Outcome: measured(2e6)})
	tell(0, executor.Event{Job: none, Done: 2, Outcome: measured(3e6)})
	tell(time.Second, executor.Event{Job: other, Done: 2, Step: device.Loading})
	tell(0, executor.Event{Job: other, Done: 3, Outcome: &device.Outcome{Err: errors.New("no memory\nat all")}})
	p.finish()

	const want = "0/3, up to about 15s  A native (fusion): measuring, 7 inferences\n" +
		"[2/3] A: native (fusion) 2.0 ms, native (none) 3.0 ms\n" +
		"[3/3] B: native (none) failed\n"
	got, err := os.ReadFile(log.Name())
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("the log has\n%s\nwant\n%s", got, want)
	}
}

func job(model string, optimizations ...string) plan.Job {
	j := plan.Job{Origin: spec.Measured, Policy: &policy.Policy{MaxTime: policy.Duration(5 * time.Second)}}
	j.Model, j.Framework, j.Optimizations = model, "native", optimizations
	return j
}

func measured(ns float64) *device.Outcome {
	m := &result.Measurement{}
	m.Summary.HeadlineNS = ns
	return &device.Outcome{Job: plan.Job{Metric: metric.TimePerInference}, Result: result.Result{Measurement: m}}
}
