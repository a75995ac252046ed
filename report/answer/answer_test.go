package answer

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"edgebench/compiler/metric"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/compiler/spec/policy"
	"edgebench/compiler/spec/requirement"
	"edgebench/executor/journal"
	"edgebench/executor/measure"
	"edgebench/executor/measure/conditions"
	"edgebench/executor/result"
	"edgebench/executor/sensor"
	"edgebench/report/data"
)

var rules = policy.Policy{Name: "test", MinCount: 10, Confidence: 0.95, Headline: policy.Median, PercentileRule: policy.Exact}

// bench makes rows with samples about some time.
type bench struct {
	run     *data.Run
	rows    []data.Row
	samples map[string][][]measure.Sample
}

func newBench(require ...requirement.Requirement) *bench {
	p := &plan.Plan{Studies: []plan.Study{{Study: spec.Study{Name: "s"}}}}
	p.Studies[0].Experiments.Add("x", &spec.Experiment{Name: "x", Require: require})
	p.Catalog.Platforms.Add("host", &spec.Platform{Name: "host", Backend: "host"})
	p.Catalog.Platforms.Add("board", &spec.Platform{Name: "board"})
	p.Catalog.Models.Add("Net", &plan.Model{Name: "Net", Source: &plan.Source{Files: []plan.File{{Bytes: 3 << 20}}}})
	run, err := data.New("run", p, nil)
	if err != nil {
		panic(err)
	}
	return &bench{run: run, samples: map[string][][]measure.Sample{}}
}

// measured adds a result of n inferences of about ms, spread by a share of it.
func (b *bench) measured(framework string, ms, spread float64, n int, more func(*result.Measurement)) {
	random := rand.New(rand.NewPCG(1, uint64(len(b.rows))))
	var samples []measure.Sample
	for i := range n {
		d := ms * 1e6 * (1 + spread*random.NormFloat64())
		samples = append(samples, measure.Sample{Phase: measure.Measured, StartNS: int64(i) * 1e9, DurationNS: int64(d)})
	}
	m := &result.Measurement{Summary: measure.Summarize(samples, rules), Process: result.Process{LoadTime: time.Second}}
	m.Summary.Warnings = nil
	m.PeakMemory = sensor.Reading{Status: sensor.OK, Value: 100 << 20, Unit: "B"}
	if more != nil {
		more(m)
	}
	j := plan.Job{Policy: &rules, Feeds: []plan.Feed{{Study: "s", Experiment: "x"}}}
	j.Model, j.Platform, j.Framework = "Net", "host", framework
	r := b.row(framework)
	r.Job, r.Measurement, r.Record, r.Status = &j, m, &journal.Record{Finished: time.Unix(1, 0)}, "ok"
	b.rows = append(b.rows, r)
	b.samples[framework] = [][]measure.Sample{samples}
}

func (b *bench) row(framework string) data.Row {
	r := data.Row{}
	r.Study, r.Origin, r.Metric, r.Model, r.Platform, r.Framework = "s", spec.Measured, metric.TimePerInference, "Net", "host", framework
	return r
}

func (b *bench) without(framework, platform, status, reason string) {
	r := b.row(framework)
	r.Platform, r.Status, r.Reason = platform, status, reason
	b.rows = append(b.rows, r)
}

func (b *bench) answer(t *testing.T) *Answer {
	t.Helper()
	answers := of(b.run, b.rows, "", func(r *data.Row) ([][]measure.Sample, error) { return b.samples[r.Framework], nil })
	if len(answers) != 1 {
		t.Fatalf("%d answers", len(answers))
	}
	return answers[0]
}

func places(a *Answer) string {
	var list []string
	for _, e := range a.Ranked {
		text := e.Framework
		if e.Alike {
			text += " alike"
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

// TestRank: the fastest is recommended, with what cannot be told from it.
func TestRank(t *testing.T) {
	b := newBench()
	b.measured("Slow", 20, 0.01, 100, nil)
	b.measured("Second", 10.05, 0.01, 100, nil)
	b.measured("First", 10, 0.01, 100, nil)
	b.without("Absent", "host", "not_installed", "Absent is not installed\nmore")
	b.without("Absent", "host", "not_installed", "Absent is not installed")
	b.without("Elsewhere", "board", "no_backend", "no backend reaches it")
	a := b.answer(t)
	if got := places(a); got != "First, Second alike, Slow" {
		t.Errorf("the order is %s", got)
	}
	if want := "Use First: 10."; !strings.HasPrefix(a.Words[0], want) || !strings.HasSuffix(a.Words[0], "for one inference; Second cannot be told from it (no significant difference).") {
		t.Errorf("it says %q", a.Words)
	}
	if g := a.Groups(func(Without) bool { return true }); len(g) != 1 || fmt.Sprint(g[0]) != "{[Absent] is not installed}" {
		t.Errorf("without a result: %v", g)
	}
	if r := a.Ranked[2].ToFirst.Ratio; r < 1.9 || r > 2.1 {
		t.Errorf("the slow one takes %g times as long", r)
	}
}

// TestNext: where nothing is alike, the next one says by how much.
func TestNext(t *testing.T) {
	b := newBench()
	b.measured("First", 10, 0.01, 100, nil)
	b.measured("Slow", 20, 0.01, 100, nil)
	if a := b.answer(t); !strings.Contains(a.Words[0], "; the next, Slow, takes 2.0") {
		t.Errorf("it says %q", a.Words)
	}
}

// TestDisturbed: a busy machine leaves the ranking open, and the answer says so;
// but not where only what is far behind met it.
func TestDisturbed(t *testing.T) {
	busy := func(m *result.Measurement) {
		m.Summary.Warnings = []measure.Warning{{Code: conditions.WarnBusy}}
	}
	for ms, want := range map[float64]bool{12: true, 50: false} {
		b := newBench()
		b.measured("First", 10, 0.01, 100, nil)
		b.measured("Busy", ms, 0.01, 100, busy)
		if words := strings.Join(b.answer(t).Words, " "); strings.Contains(words, "The machine was not quiet meanwhile") != want {
			t.Errorf("at %g ms it says %q", ms, words)
		}
	}
}

// TestErrors: a recommendation whose outputs are off says so, and what is the
// fastest of the others; one that nothing checked, too.
func TestErrors(t *testing.T) {
	b := newBench()
	b.measured("Coarse", 5, 0.01, 100, func(m *result.Measurement) { m.Check.OutputError = 0.016 })
	b.measured("Exact", 10, 0.01, 100, func(m *result.Measurement) { m.Check.OutputError = 1e-6 })
	words := strings.Join(b.answer(t).Words, " ")
	if !strings.Contains(words, "Its outputs differ by 1.6 % from those in 32 bits (relative L2 error); of those that keep 32 bits, Exact is the fastest, ") {
		t.Errorf("it says %q", words)
	}
	b = newBench()
	b.measured("Blind", 5, 0.01, 100, func(m *result.Measurement) { m.Check.Unchecked = "there is no reference" })
	a := b.answer(t)
	if words := strings.Join(a.Words, " "); !strings.Contains(words, "Its outputs were not checked: there is no reference.") || a.Ranked[0].Values.OutputError != nil {
		t.Errorf("it says %q", words)
	}
}

// TestRequirements: what meets them comes first, whatever is faster; what is
// missing is not met, and says what to do.
func TestRequirements(t *testing.T) {
	b := newBench(
		requirement.Requirement{Metric: "peak_memory_mib", Op: "<=", Bound: 150},
		requirement.Requirement{Metric: "latency_p90_ms", Op: "<=", Bound: 30})
	b.measured("Large", 5, 0.01, 100, func(m *result.Measurement) { m.PeakMemory.Value = 200 << 20 })
	b.measured("Few", 8, 0.01, 12, nil)
	b.measured("Fits", 20, 0.01, 100, nil)
	a := b.answer(t)
	if got := places(a); got != "Fits, Few, Large" {
		t.Errorf("the order is %s", got)
	}
	if a.Recommended == nil || !strings.Contains(a.Words[0], "nothing else is known to meet peak_memory_mib <= 150 and latency_p90_ms <= 30") {
		t.Errorf("it says %q", a.Words)
	}
	if v := a.Ranked[1].Verdicts[1]; v.State != Undecided || !strings.Contains(v.Reason, "p90 needs 44 samples") || !strings.Contains(v.Reason, "--policy thorough") {
		t.Errorf("of few samples: %+v", v)
	}
	if v := a.Ranked[2].Verdicts[0]; v.State != NotMet || v.Reason != "it is 200" {
		t.Errorf("of a large one: %+v", v)
	}
}

// TestNoneMeets: nothing is recommended where nothing is known to meet what is
// required.
func TestNoneMeets(t *testing.T) {
	b := newBench(requirement.Requirement{Metric: "energy_mj", Op: "<=", Bound: 5})
	b.measured("First", 10, 0.01, 100, nil)
	a := b.answer(t)
	if a.Recommended != nil || a.Words[0] != "None of 1 combination is known to meet energy_mj <= 5." || !strings.Contains(a.Words[1], "needs a power meter") {
		t.Errorf("it says %q", a.Words)
	}
}

// TestReadings: each metric that can be required has its own value.
func TestReadings(t *testing.T) {
	b := newBench()
	b.measured("F", 10, 0.01, 100, func(m *result.Measurement) { m.Check.OutputError = 1e-3 })
	r := readings{row: &b.rows[0], model: b.run.Model("Net"), percentiles: percentilesOf(&b.rows[0], b.samples["F"], []float64{90})}
	for name, near := range map[string]float64{
		"latency_ms": 10, "latency_p90_ms": 10.13, "load_ms": 1000, "first_ms": 10, "peak_memory_mib": 100, "size_mib": 3, "output_error": 1e-3,
	} {
		got := r.of(name)
		if got.missing != "" || got.value < near*0.95 || got.value > near*1.05 {
			t.Errorf("%s is %+v, want about %g", name, got, near)
		}
	}
	for _, m := range requirement.Metrics {
		if got := r.of(m.Name); (got.missing == "") != (m.Needs == "") {
			t.Errorf("%s: %+v", m.Name, got)
		}
	}
}

// TestCutShort: what was measured in full comes before what was only looked at,
// which is compared with the first place's look.
func TestCutShort(t *testing.T) {
	b := newBench()
	look := rules
	look.Name, look.MaxTime = "look", 1
	full := rules
	full.MaxTime = 2
	b.measured("First", 20, 0.01, 100, nil) // of a machine that was busier
	b.rows[0].Job.Policy = &full
	b.samples["First full"] = b.samples["First"]
	b.measured("Slower", 11, 0.01, 100, nil)
	b.measured("First", 10, 0.01, 100, nil)
	b.rows[1].Job.Policy, b.rows[2].Job.Policy = &look, &look
	j := *b.rows[1].Job
	j.Policy = &full
	b.without("Slower", "host", data.NotRun, "the run did not get to it")
	b.rows[3].Job = &j
	b.without("Slower", "host", "failed", "interrupted after 3 measured inferences")
	b.rows[4].Job = &j
	answers := of(b.run, b.rows, "", func(r *data.Row) ([][]measure.Sample, error) {
		if r.Job.Policy == &full {
			return b.samples["First full"], nil
		}
		return b.samples[r.Framework], nil
	})
	a := answers[0]
	if got := places(a); got != "First, Slower" || !a.Ranked[1].CutShort || a.Ranked[0].CutShort || len(a.Without) != 0 {
		t.Errorf("the order is %s: %+v", got, a)
	}
	if d := a.Ranked[1].ToFirst; d.Ratio < 1.08 || d.Ratio > 1.12 {
		t.Errorf("the slower one takes %g times as long", d.Ratio)
	}
}

// TestFront: nothing is better in both than what is on the front, and of equal
// ones one is.
func TestFront(t *testing.T) {
	entry := func(ms, memory float64) *Entry {
		return &Entry{Values: Values{LatencyMS: ms, PeakMemoryMiB: &memory}}
	}
	all := []*Entry{entry(1, 9), entry(2, 5), entry(2, 5), entry(3, 5), entry(4, 1), entry(5, 9)}
	front := Front(all, func(e *Entry) *float64 { return e.Values.PeakMemoryMiB })
	if len(front) != 3 || front[0] != all[0] || front[1] != all[1] || front[2] != all[4] {
		t.Errorf("%d on the front", len(front))
	}
}

// TestDominates: nowhere above, and below somewhere; of equal ones the earlier.
func TestDominates(t *testing.T) {
	for _, c := range []struct {
		a, b    []float64
		earlier bool
		want    bool
	}{
		{[]float64{1, 1}, []float64{1, 2}, false, true},
		{[]float64{1, 3}, []float64{2, 2}, true, false},
		{[]float64{1, 1}, []float64{1, 1}, true, true},
		{[]float64{1, 1}, []float64{1, 1}, false, false},
		{[]float64{math.NaN()}, []float64{1}, true, false},
	} {
		if got := dominates(c.a, c.b, c.earlier); got != c.want {
			t.Errorf("%v dominates %v: %t", c.a, c.b, got)
		}
	}
}
