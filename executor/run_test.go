package executor_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"edgebench/compiler"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/executor"
	"edgebench/executor/framework"
	"edgebench/executor/journal"
	"edgebench/executor/measure"
	"edgebench/executor/result"
	"edgebench/executor/sensor"
	"edgebench/report/data"
)

// installed is a framework of some version; without one it is not installed.
type installed struct{ version string }

func (f *installed) Probe(context.Context) (framework.Probe, error) {
	if f.version == "" {
		return framework.Probe{}, errors.New("it is not installed")
	}
	return framework.Probe{Framework: "native", Version: f.version}, nil
}

func (*installed) Reference(context.Context, framework.Request) (framework.Reference, error) {
	return framework.Reference{}, nil
}

func (f *installed) Load(context.Context, framework.Request) (framework.Session, error) {
	return &session{version: f.version}, nil
}

// session takes 1 ms an inference, on its own clock.
type session struct {
	version string
	count   int64
}

func (s *session) Infer(_ context.Context, n int) ([]measure.Sample, error) {
	var samples []measure.Sample
	for range n {
		s.count++
		samples = append(samples, measure.Sample{StartNS: s.count * 1e6, DurationNS: 1e6})
	}
	return samples, nil
}

func (s *session) Software() result.Software {
	return result.Software{Framework: "native", Version: s.version}
}
func (*session) Placement() result.Placement                  { return result.Placement{} }
func (*session) Outputs(context.Context) ([][]float32, error) { return nil, nil }
func (*session) LoadTime() time.Duration                      { return time.Millisecond }
func (*session) MemoryBytes() int64                           { return 1 }
func (*session) Peak() sensor.Reading                         { return sensor.Reading{} }
func (*session) Usage() *measure.Usage                        { return nil }
func (*session) Close() error                                 { return nil }

const tinyStudy = `package study

study: {name: "tiny", title: "Tiny"}
models: Tiny: {
	task:      "image recognition"
	reference: "this file"
	input: [4]
	layers: [{op: "fc", out: 2}]
}
policies: five: {min_count: 5, max_count: 5, min_time: "1ms", max_time: "1s", target_ci: 0, warmup: {min_count: 1, max_count: 1}}
experiments: latency: {
	title:  "Latency"
	metric: "time_per_inference"
	policy: "five"
	models: ["Tiny"]
	targets: [{platforms: ["host"], frameworks: ["native"]}]
}
`

func compile(t *testing.T, source string) *plan.Plan {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "study.cue"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := compiler.Compile(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestOtherSoftwareMeasuresAgain: a result is reused only of the software that
// is installed now, and each record says of which it is.
func TestOtherSoftwareMeasuresAgain(t *testing.T) {
	p, dir := compile(t, tinyStudy), t.TempDir()
	for _, c := range []struct {
		version              string
		done, reused, failed int
	}{
		{"1", 1, 0, 0},
		{"1", 0, 1, 0},
		{"2", 1, 0, 0},
		{"", 0, 0, 1},
		{"1", 0, 1, 0},
	} {
		native := &installed{version: c.version}
		o, err := executor.Run(t.Context(), p, executor.Options{
			Dir: dir, Resume: true, Program: "test",
			Adapter: func(*spec.Framework) (framework.Adapter, error) { return native, nil },
		})
		if err != nil || o.Done != c.done || o.Reused != c.reused || o.Failed != c.failed {
			t.Errorf("version %q: %d done, %d reused, %d failed %v (%v)", c.version, o.Done, o.Reused, o.Failed, o.Failures, err)
		}
	}
	run, err := journal.Read(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	var digests []string
	for _, r := range run.Latest() {
		digests = append(digests, r.Software)
	}
	if len(digests) != 3 || digests[0] == digests[1] || digests[2] != "" {
		t.Errorf("records of two versions and of none are of the software %q", digests)
	}
}

// cut is a framework whose second session ends the program, as a kill does: nothing that it would still do
// is done.
type cut struct {
	installed
	loads int
	stop  func()
}

func (c *cut) Load(ctx context.Context, r framework.Request) (framework.Session, error) {
	if c.loads++; c.loads == 2 && c.stop != nil {
		c.stop()
		return nil, ctx.Err()
	}
	return c.installed.Load(ctx, r)
}

// TestResumeKeepsWholeProcesses: a job of three processes that is cut off in its second goes on with that one, and
// its result is of all three, kept apart.
func TestResumeKeepsWholeProcesses(t *testing.T) {
	p, dir := compile(t, strings.Replace(tinyStudy, "five: {", "five: {processes: 3, ", 1)), t.TempDir()
	run := func(ctx context.Context, a framework.Adapter) (executor.Tally, error) {
		return executor.Run(ctx, p, executor.Options{
			Dir: dir, Resume: true, Program: "test",
			Adapter: func(*spec.Framework) (framework.Adapter, error) { return a, nil },
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	first := &cut{installed: installed{version: "1"}, stop: cancel}
	if o, err := run(ctx, first); !errors.Is(err, context.Canceled) || o.Done != 0 {
		t.Fatalf("%+v, %v", o, err)
	}
	if rec := lastRecord(t, dir); rec.Status != journal.StatusFailed || !strings.HasPrefix(rec.Reason, "measured in 1 of 3 processes when the run ended") {
		t.Errorf("what was measured before the cut is recorded as %s: %s", rec.Status, rec.Reason)
	}
	second := &cut{installed: installed{version: "1"}}
	if o, err := run(t.Context(), second); err != nil || o.Done != 1 || second.loads != 2 {
		t.Errorf("resumed: %+v, %v; %d sessions, not 2", o, err, second.loads)
	}
	rec := lastRecord(t, dir)
	var found result.Result
	if err := json.Unmarshal(rec.Payload, &found); err != nil {
		t.Fatal(err)
	}
	m := found.Measurement
	if rec.Status != journal.StatusDone || m.Summary.Count != 5 || len(m.Processes) != 3 || m.Summary.Processes == nil || len(m.Summary.Processes.Levels) != 3 {
		t.Errorf("%s, %+v", rec.Status, m)
	}
	stored, err := journal.Read(dir, func([]byte) (journal.Planned, error) { return result.Planned(p), nil })
	if err != nil || len(stored.Faults) > 0 {
		t.Fatalf("%v, faults %v", err, stored.Faults)
	}
	text, err := stored.Samples(rec)
	if err != nil {
		t.Fatal(err)
	}
	samples, err := measure.ReadSamples(bytes.NewReader(text))
	if parts := measure.ByProcess(samples); err != nil || len(parts) != 3 || len(parts[0]) != 3 || len(parts[2]) != 2 {
		t.Errorf("samples of the processes: %v, %v", parts, err)
	}
}

func lastRecord(t *testing.T, dir string) journal.Record {
	t.Helper()
	run, err := journal.Read(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	return run.Records[len(run.Records)-1]
}

// placed is a framework that sees some devices, and runs 1 of 2 nodes on cuda.
type placed struct {
	installed
	devices []string
}

func (f *placed) Probe(context.Context) (framework.Probe, error) {
	return framework.Probe{Framework: "placed", Version: "1", Devices: f.devices, MissingDevices: map[string]string{"cuda": "no driver"}}, nil
}

func (f *placed) Load(_ context.Context, r framework.Request) (framework.Session, error) {
	s := &placedSession{device: r.Device}
	s.count = int64(len(r.Device)) // no two sessions have the same samples
	return s, nil
}

type placedSession struct {
	session
	device string
}

func (s *placedSession) Placement() result.Placement {
	return result.Placement{Device: s.device, Parts: []result.Part{{Device: "cuda", Nodes: 1}, {Device: "cpu", Nodes: 1}}}
}

const placedStudy = `
frameworks: Placed: {
	source: "this file", adapter: "process", platforms: ["host"], memory: basis: "assumed"
	devices: {cpu: {ran: true, tested: "here"}, cuda: {ran: false, tested: "Not run on the device."}}
	runner: command: ["placed"]
}
experiments: device: {
	title:  "Device"
	metric: "time_per_inference"
	policy: "five"
	models: ["Tiny"]
	targets: [
		{platforms: ["host"], frameworks: ["Placed"]},
		{platforms: ["host"], frameworks: ["Placed"], device: "cuda", min_share: 0.9},
		{platforms: ["host"], frameworks: ["Placed", "native"], device: "npu"},
	]
}
`

// TestDevice: a job runs on the device that its target names, one whose device is
// not there is skipped with what is missing before anything is measured, a result
// of which too little ran there is degraded, and a device that a framework does
// not know is refused when the spec is compiled.
func TestDevice(t *testing.T) {
	p := compile(t, tinyStudy+placedStudy)
	if len(p.Skips) != 2 || p.Skips[0].Verdict.Code != "no_device" || p.Skips[0].Verdict.Unreached() || p.Skips[0].Verdict.Reason != `Placed does not run on a device "npu": its spec names cpu, cuda` {
		t.Errorf("the compiler skips %+v", p.Skips)
	}
	dir := t.TempDir()
	run := func(devices ...string) executor.Tally {
		t.Helper()
		f := &placed{devices: devices}
		o, err := executor.Run(t.Context(), p, executor.Options{
			Dir: dir, Resume: true, Program: "test", Only: func(j plan.Job) bool { return j.Framework == "Placed" },
			Adapter: func(*spec.Framework) (framework.Adapter, error) { return f, nil },
		})
		if err != nil || o.Failed != 0 {
			t.Fatalf("%+v: %v", o, err)
		}
		return o
	}
	if o := run("cpu"); o.Done != 1 || len(o.Skipped) != 1 || o.Skipped[0].Reason.Error() != "no cuda device here: skipped, not run on the device: no driver" {
		t.Errorf("without the device: %+v", o)
	}
	rows := rowsOf(t, dir)
	if rows["cuda"].Status != "no_device" || rows[""].Code != "ok" {
		t.Errorf("without the device: %+v", rows)
	}
	if o := run("cpu", "cuda"); o.Done != 1 || o.Reused != 1 {
		t.Errorf("with the device: %+v", o)
	}
	got := rowsOf(t, dir)["cuda"]
	if got.Status != "ok" || got.Code != "degraded_placement" || !strings.HasPrefix(got.Degraded(), "degraded: 50 % of the network's nodes ran on cuda") {
		t.Errorf("the result is %+v", got)
	}
	if target := got.Target(); target != "host, Placed, on cuda" {
		t.Errorf("it is of %q", target)
	}
}

// rowsOf are a run's rows of Placed that were to run somewhere, by device.
func rowsOf(t *testing.T, dir string) map[string]data.Row {
	t.Helper()
	r, err := data.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]data.Row{}
	for _, row := range r.Rows() {
		if row.Framework == "Placed" && row.Job != nil {
			rows[row.Device] = row
		}
	}
	return rows
}
