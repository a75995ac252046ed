package policy_test

import (
	"edgebench/compiler/spec/policy"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func valid() policy.Policy {
	return policy.Policy{
		Name: "test", MinCount: 30, MaxCount: 1000, MinTime: policy.Duration(2 * time.Second),
		MaxTime: policy.Duration(time.Minute), TargetCI: 0.02, Confidence: 0.95, Headline: policy.Median,
		Warmup: policy.Warmup{MinCount: 3, MaxCount: 50},
	}
}

func TestCheckNamesTheFieldAndWhatToDo(t *testing.T) {
	tests := []struct {
		name   string
		change func(*policy.Policy)
		want   []string
	}{
		{"a valid policy", func(*policy.Policy) {}, nil},
		{"floor above ceiling", func(p *policy.Policy) { p.MinCount = 2000 },
			[]string{"min_count: is 2000, above max_count 1000: lower min_count or raise max_count"}},
		{"fewer inferences than processes", func(p *policy.Policy) { p.MinCount, p.Processes = 2, 3 },
			[]string{"processes: is 3, and min_count 2 has not an inference for each: lower processes or raise min_count"}},
		{"a tolerance of all", func(p *policy.Policy) { p.Tolerance.BF16 = 1 }, []string{"tolerance.bf16: is 1: must be above 0 and below 1, such as 4e-4"}},
		{"no samples", func(p *policy.Policy) { p.MinCount = 0 }, []string{"min_count: is 0: must be at least 1"}},
		{"times crossed", func(p *policy.Policy) { p.MaxTime = policy.Duration(time.Second) },
			[]string{"min_time: is 2s, above max_time 1s: lower min_time or raise max_time"}},
		{"the limit below what it may take", func(p *policy.Policy) { p.GiveUp = policy.Duration(30 * time.Second) },
			[]string{"give_up: is 30s, below 1m0s, which the measurement may take: raise it, or leave it out for ten times max_time"}},
		{"a limit that holds", func(p *policy.Policy) { p.GiveUp = p.MaxTime }, nil},
		{"no end", func(p *policy.Policy) { p.MaxCount, p.MaxTime = 0, 0 },
			[]string{"target_ci: may never be reached, so the policy has no end: set max_time or max_count"}},
		{"p99 from 50", func(p *policy.Policy) {
			p.MinCount, p.Percentiles, p.PercentileRule = 50, []float64{90, 99}, policy.Exact
		}, []string{`percentiles[1]: p99 needs at least 459 samples (percentile_rule "exact") but min_count guarantees 50: raise min_count to 459 or drop p99`}},
		{"LoadGen asks for more", func(p *policy.Policy) {
			p.MinCount, p.Percentiles, p.PercentileRule = 50, []float64{90}, policy.LoadGen
		}, []string{`percentiles[0]: p90 needs at least 64 samples (percentile_rule "loadgen") but min_count guarantees 50: raise min_count to 64 or drop p90`}},
		{"no such percentile", func(p *policy.Policy) { p.Percentiles, p.PercentileRule = []float64{100}, policy.Exact },
			[]string{"percentiles[0]: is 100: must lie between 0 and 100"}},
		{"percentiles without a rule", func(p *policy.Policy) { p.Percentiles = []float64{50} },
			[]string{`percentile_rule: is "": must be "exact" or "loadgen"`}},
		{"every fault at once", func(p *policy.Policy) {
			*p = policy.Policy{MinCount: -1, MaxCount: -1, MinTime: -1, MaxTime: -1, TargetCI: 2, Confidence: 1,
				Headline: "mode", Warmup: policy.Warmup{MinCount: 9, MaxCount: 3, MaxTime: -1}}
		}, []string{
			"min_count: is -1: must be at least 1",
			"max_count: is -1: must be 0 (no ceiling) or more",
			"min_time: is -1ns: must not be negative",
			"max_time: is -1ns: must be 0s (no ceiling) or more",
			"target_ci: is 2: must be 0 (not a stop rule) or a fraction below 1, such as 0.02 for 2 %",
			"target_ci: may never be reached, so the policy has no end: set max_time or max_count",
			"confidence: is 1: must be at least 0.5 and below 1, such as 0.95",
			"warmup.max_time: is -1ns: must be 0s (no ceiling) or more",
			"warmup.min_count: is 9, above warmup.max_count 3: lower one or raise the other",
			`headline: is "mode": must be "median" or "mean"`,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := valid()
			tt.change(&p)
			var got []string
			for _, err := range p.Check() {
				got = append(got, err.Error())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPolicyIsPlainJSON(t *testing.T) {
	const text = `{"name":"test","min_count":30,"max_count":1000,"min_time":"2s","max_time":"1m0s",` +
		`"target_ci":0.02,"confidence":0.95,"warmup":{"min_count":3,"max_count":50},"headline":"median"}`
	got, err := json.Marshal(valid())
	if err != nil || string(got) != text {
		t.Fatalf("got  %s, %v\nwant %s", got, err, text)
	}
	var back policy.Policy
	if err := json.Unmarshal(got, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(valid(), back); diff != "" {
		t.Error(diff)
	}
	err = json.Unmarshal([]byte(`{"min_time":"2"}`), &back)
	if err == nil || !strings.Contains(err.Error(), `"2" is not a duration: write a number with a unit`) {
		t.Errorf("a duration without a unit: %v", err)
	}
}

func TestRequiredSamples(t *testing.T) {
	tests := []struct {
		percentile     float64
		exact, loadgen int
	}{
		{50, 7, 11}, {90, 44, 64}, {95, 90, 130}, {99, 459, 662}, {99.9, 4603, 6636}, {10, 44, 64},
	}
	for _, tt := range tests {
		if got := policy.RequiredSamples(tt.percentile, policy.Exact); got != tt.exact {
			t.Errorf("exact p%v: %d, want %d", tt.percentile, got, tt.exact)
		}
		if got := policy.RequiredSamples(tt.percentile, policy.LoadGen); got != tt.loadgen {
			t.Errorf("loadgen p%v: %d, want %d", tt.percentile, got, tt.loadgen)
		}
	}
}

// TestLimit: a policy that states none gives up after ten times max_time, and without max_time never.
func TestLimit(t *testing.T) {
	p := valid()
	if got, want := p.Limit(), policy.Duration(10*time.Minute); got != want {
		t.Errorf("the limit is %v, want %v", got, want)
	}
	p.GiveUp = policy.Duration(2 * time.Minute)
	if got := p.Limit(); got != p.GiveUp {
		t.Errorf("the limit is %v, want %v", got, p.GiveUp)
	}
	if got := (policy.Policy{MinCount: 200}).Limit(); got != 0 {
		t.Errorf("without max_time the limit is %v", got)
	}
}

// TestOfProcess: what the processes are given adds up to what the policy promises and allows, each share is a
// policy that a measurement can follow, and one process has all of it.
func TestOfProcess(t *testing.T) {
	p := valid()
	p.GiveUp, p.Warmup.MaxTime = policy.Duration(2*time.Minute), policy.Duration(6*time.Second)
	if one := p.OfProcess(0); one.Processes != 1 || one.MinCount != p.MinCount || one.TargetCI != p.TargetCI || one.MaxTime != p.MaxTime || one.Warmup != p.Warmup {
		t.Errorf("one process: %+v", one)
	}
	for _, n := range []int{2, 3, 7} {
		p.Processes, p.MinCount, p.MaxCount = n, 10, 11
		var sum policy.Policy
		for i := range n {
			share := p.OfProcess(i)
			if faults := share.Check(); len(faults) > 0 || share.Warmup.MinCount != p.Warmup.MinCount {
				t.Errorf("process %d of %d: %+v: %v", i+1, n, share, faults)
			}
			sum.MinCount += share.MinCount
			sum.MaxCount += share.MaxCount
			sum.MinTime += share.MinTime
			sum.MaxTime += share.MaxTime
			sum.Warmup.MaxTime += share.Warmup.MaxTime
		}
		rest := policy.Duration(n)
		if sum.MinCount != 10 || sum.MaxCount != 11 || sum.MinTime > p.MinTime || sum.MinTime < p.MinTime-rest || sum.MaxTime > p.MaxTime || sum.MaxTime < p.MaxTime-rest || sum.Warmup.MaxTime > p.Warmup.MaxTime {
			t.Errorf("%d processes have together %+v", n, sum)
		}
	}
}
