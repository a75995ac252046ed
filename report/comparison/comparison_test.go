package comparison

import (
	"slices"
	"strings"
	"testing"

	"edgebench/compiler/plan"
	"edgebench/compiler/spec/policy"
	"edgebench/executor/measure"
	"edgebench/executor/measure/conditions"
	"edgebench/executor/result"
	"edgebench/executor/sensor"
)

// of is a comparison whose pairs have these ratios and probabilities.
func of(threshold float64, pairs ...measure.Difference) *Comparison {
	c := &Comparison{Threshold: threshold}
	for _, d := range pairs {
		c.Pairs = append(c.Pairs, Pair{Difference: &d, Verdict: NotComparable})
	}
	c.Pairs = append(c.Pairs, Pair{Verdict: NotComparable})
	return c
}

func verdicts(c *Comparison) (list []Verdict) {
	for _, p := range c.Pairs {
		list = append(list, p.Verdict)
	}
	return list
}

// TestJudge: Holm's method by hand, for p of 0.01, 0.02 and 0.04 of three:
// 0.03, max(0.03, 0.04) and max(0.04, 0.04).
func TestJudge(t *testing.T) {
	c := of(0, measure.Difference{Ratio: 1.1, P: 0.04}, measure.Difference{Ratio: 0.9, P: 0.01}, measure.Difference{Ratio: 1.2, P: 0.02})
	c.judge()
	if got, want := verdicts(c), []Verdict{Regressed, Improved, Regressed, NotComparable}; !slices.Equal(got, want) {
		t.Errorf("verdicts %v, want %v", got, want)
	}
	for i, want := range []float64{0.04, 0.03, 0.04} {
		if got := c.Pairs[i].Adjusted; got != want {
			t.Errorf("pair %d: adjusted to %g, want %g", i, got, want)
		}
	}
	c = of(0, measure.Difference{Ratio: 1.1, P: 0.04}, measure.Difference{Ratio: 1.1, P: 0.03})
	c.judge()
	if got, want := verdicts(c), []Verdict{NoDifference, NoDifference, NotComparable}; !slices.Equal(got, want) {
		t.Errorf("two that one alone would be: %v, want %v", got, want)
	}
}

func TestThreshold(t *testing.T) {
	c := of(0.03, measure.Difference{Ratio: 1.02}, measure.Difference{Ratio: 0.98}, measure.Difference{Ratio: 1.04}, measure.Difference{Ratio: 0.96})
	c.judge()
	if got, want := verdicts(c), []Verdict{NoDifference, NoDifference, Regressed, Improved, NotComparable}; !slices.Equal(got, want) {
		t.Errorf("verdicts %v, want %v", got, want)
	}
}

// TestGather: what all compared pairs differ in is said once.
func TestGather(t *testing.T) {
	d := &measure.Difference{Ratio: 1}
	c := &Comparison{Pairs: []Pair{
		{Difference: d, Differ: []string{"Go", "kernel"}},
		{Differ: []string{"host"}},
		{Difference: d, Differ: []string{"Go"}},
	}}
	c.gather()
	if !slices.Equal(c.Differ, []string{"Go"}) || !slices.Equal(c.Pairs[0].Differ, []string{"kernel"}) || len(c.Pairs[2].Differ) > 0 || len(c.Pairs[1].Differ) != 1 {
		t.Errorf("%+v", c)
	}
}

func texts(list []difference, fatal bool) (out []string) {
	for _, d := range list {
		if d.fatal == fatal {
			out = append(out, string(d.kind)+": "+d.text)
		}
	}
	return out
}

func TestMachineDiffers(t *testing.T) {
	pi := sensor.Environment{Board: "Raspberry Pi 4", Kernel: "6.1", CPU: sensor.CPU{LogicalCores: 4}, Memory: sensor.Reading{Value: 4 << 30}}
	other := pi
	other.Board, other.Kernel, other.Memory.Value = "Raspberry Pi 5", "6.6", 8<<30
	if list := machineDiffers(pi, pi); list != nil {
		t.Errorf("the same machine differs: %v", list)
	}
	list := machineDiffers(pi, other)
	if got, want := texts(list, true), []string{"machine: board: Raspberry Pi 4, then Raspberry Pi 5", "machine: memory: 4.0 GiB, then 8.0 GiB"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := texts(list, false), []string{"machine: kernel: 6.1, then 6.6"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestPolicyDiffers(t *testing.T) {
	job := func(p policy.Policy, seed uint64) *plan.Job { return &plan.Job{Policy: &p, Seed: seed} }
	base := policy.Policy{Name: "a", MinCount: 10, Headline: policy.Median}
	renamed, longer, mean := base, base, base
	renamed.Name = "b"
	longer.MinCount = 20
	mean.Headline = policy.Mean
	for _, c := range []struct {
		name       string
		a, b       *plan.Job
		fatal, not []string
	}{
		{"the same by another name", job(base, 1), job(renamed, 1), nil, nil},
		{"more samples", job(base, 1), job(longer, 1), nil, []string{"policy: the policy is another: min_count"}},
		{"another headline", job(base, 1), job(mean, 1), []string{"policy: the policy is another: headline"}, nil},
		{"another seed", job(base, 1), job(base, 2), []string{"model: the weights are drawn from other seeds, 1 and 2"}, nil},
	} {
		list := policyDiffers(c.a, c.b)
		if got := texts(list, true); !slices.Equal(got, c.fatal) {
			t.Errorf("%s: %q against comparing, want %q", c.name, got, c.fatal)
		}
		if got := texts(list, false); !slices.Equal(got, c.not) {
			t.Errorf("%s: %q noted, want %q", c.name, got, c.not)
		}
	}
}

func TestSoftwareDiffers(t *testing.T) {
	a := result.Software{Framework: "ONNX Runtime", Version: "1.31", Threads: 1, Precision: "fp32"}
	b := a
	b.Version = "1.32"
	if got, want := texts(softwareDiffers(a, b), false), []string{"software: ONNX Runtime: 1.31, then 1.32"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	b.Threads, b.Precision = 2, "bf16"
	if got, want := texts(softwareDiffers(a, b), true), []string{"machine: threads: 1, then 2", "model: precision: fp32, then bf16"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestDisturbed(t *testing.T) {
	m := &result.Measurement{Summary: measure.Summary{Warnings: []measure.Warning{
		{Code: conditions.WarnThrottled, Message: "it was hot"}, {Code: measure.WarnOutliers, Message: "two outliers"},
	}}}
	if got, want := texts(disturbed("old", m), true), []string{"conditions: the old result: it was hot"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if !strings.Contains(strings.Join(texts(disturbed("new", m), true), ""), "the new result") {
		t.Error("the side is not named")
	}
}
