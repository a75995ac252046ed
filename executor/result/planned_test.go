package result_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/compiler/spec/policy"
	"edgebench/executor/journal"
	"edgebench/executor/measure"
	"edgebench/executor/result"
)

var rules = &policy.Policy{MinCount: 3, MaxTime: policy.Duration(time.Minute), Confidence: 0.95, Headline: policy.Median}

func testPlan() *plan.Plan {
	return &plan.Plan{Jobs: []plan.Job{
		{ID: "m", Identity: "m-all", Origin: spec.Measured, Policy: rules},
		{ID: "m2", Identity: "m2-all", Origin: spec.Measured, Policy: rules},
		{ID: "p", Identity: "p-all", Origin: spec.Published, Published: &plan.Observation{Source: "s", Value: 29.1, Unit: "ms", Status: "ok"}},
	}}
}

func samples(durations ...int64) []measure.Sample {
	var list []measure.Sample
	for i, d := range durations {
		list = append(list, measure.Sample{StartNS: int64(i) * 1e6, DurationNS: d})
	}
	return list
}

func text(t *testing.T, list []measure.Sample) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := measure.WriteSamples(&b, list); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func payload(t *testing.T, r result.Result) json.RawMessage {
	t.Helper()
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestPlanned: a record that its plan and its samples bear out counts, and one
// that differs in anything that a report prints does not.
func TestPlanned(t *testing.T) {
	list := samples(100, 101, 102, 103, 104, 105, 106, 107)
	summary := measure.Summarize(list, *rules)
	measured := func(change func(*measure.Summary)) json.RawMessage {
		s := summary
		change(&s)
		return payload(t, result.Result{Measurement: &result.Measurement{Summary: s}})
	}
	honest := func(*measure.Summary) {}
	published := func(value float64) json.RawMessage {
		o := *testPlan().Jobs[2].Published
		o.Value = value
		return payload(t, result.Result{Published: &o})
	}
	m := journal.Record{Job: "m", Identity: "m-all", Origin: spec.Measured, Status: journal.StatusDone, SamplesSHA256: "of m"}
	p := journal.Record{Job: "p", Identity: "p-all", Origin: spec.Published, Status: journal.StatusDone}
	for _, c := range []struct {
		name    string
		record  journal.Record
		change  func(*journal.Record)
		payload json.RawMessage
		samples []measure.Sample
		want    string // empty: the record counts
	}{
		{"an honest one", m, nil, measured(honest), list, ""},
		{"its second measurement", m, func(r *journal.Record) { r.SamplesSHA256 = "of m again" }, measured(honest), list, ""},
		{"a failed one", m, func(r *journal.Record) { r.Status, r.SamplesSHA256 = journal.StatusFailed, "" }, payload(t, result.Result{}), nil, ""},
		{"a faster headline", m, nil, measured(func(s *measure.Summary) { s.HeadlineNS = 50 }), list, "median is 50, and 103.5 by the samples"},
		{"a narrower interval", m, nil, measured(func(s *measure.Summary) { s.HeadlineCI = &measure.Interval{LowNS: 103, HighNS: 104} }), list, "the interval's lower end is 103, and 10"},
		{"no interval", m, nil, measured(func(s *measure.Summary) { s.HeadlineCI = nil }), list, "other intervals"},
		{"another count", m, nil, measured(func(s *measure.Summary) { s.Count = 99 }), list, "it says 99 measured and 0 warm-up inferences, they are 8 and 0"},
		{"no samples", m, nil, measured(honest), nil, "they are 0 and 0"},
		{"no measurement", m, nil, payload(t, result.Result{}), nil, "it holds no measurement"},
		{"another job's samples", m, func(r *journal.Record) { r.Job, r.Identity = "m2", "m2-all" }, measured(honest), list, "has the samples of another job, m-all"},
		{"no job of the plan", m, func(r *journal.Record) { r.Identity = "x" }, measured(honest), list, "the plan has no job of the record's identity x"},
		{"two jobs", m, func(r *journal.Record) { r.Job = "m2" }, measured(honest), list, "names the job m2, and its identity is that of m"},
		{"another origin", m, func(r *journal.Record) { r.Origin = spec.Published }, measured(honest), list, "is published, and the plan says measured"},
		{"a published value", p, nil, published(29.1), nil, ""},
		{"another value", p, nil, published(107.9), nil, "is not the published value that the plan holds"},
		{"no value", p, nil, payload(t, result.Result{}), nil, "is not the published value that the plan holds"},
		{"a value for a measurement", m, nil, published(29.1), nil, "holds a published value"},
	} {
		check := result.Planned(testPlan()).Check
		if err := check(withPayload(m, measured(honest)), text(t, list)); err != nil {
			t.Fatal(err)
		}
		r := withPayload(c.record, c.payload)
		if c.change != nil {
			c.change(&r)
		}
		var samples []byte
		if c.samples != nil {
			samples = text(t, c.samples)
		}
		err := check(r, samples)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: the error is %v, want %q", c.name, err, c.want)
		}
	}
}

func withPayload(r journal.Record, payload json.RawMessage) journal.Record {
	r.Payload = payload
	return r
}
