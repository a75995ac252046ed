package measure

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"edgebench/compiler/spec/policy"
)

// inTurn puts processes' samples one behind the other, as a job has them.
func inTurn(processes [][]Sample) []Sample {
	var all []Sample
	for i, x := range processes {
		for _, s := range x {
			s.Process = i
			all = append(all, s)
		}
	}
	return all
}

var nested = policy.Policy{MinCount: 5, Confidence: 0.95, Headline: policy.Median}

// TestProcessesInterval: a 95 % interval holds the level that processes vary about in
// 95 of 100 jobs, whether they differ or not.
func TestProcessesInterval(t *testing.T) {
	const level, jobs = 1e7, 600
	for _, c := range []struct {
		name               string
		processes, samples int
		spread             float64
		least, most        float64
		share              [2]float64 // of which the median over the jobs lies between
	}{
		{"three that differ", 3, 60, 0.03, 0.93, 0.98, [2]float64{0.9, 1}},
		{"five that differ", 5, 40, 0.03, 0.93, 0.98, [2]float64{0.9, 1}},
		{"five alike", 5, 40, 0, 0.95, 1, [2]float64{0, 0.3}},
	} {
		r := rand.New(rand.NewPCG(3, uint64(c.processes)))
		held := 0
		var shares []float64
		for range jobs {
			samples := inTurn(processes(r, c.processes, c.samples, level, c.spread))
			s := Summarize(samples, nested)
			if s.HeadlineCI.LowNS <= level && level <= s.HeadlineCI.HighNS {
				held++
			}
			shares = append(shares, *s.Processes.Share)
		}
		part := float64(held) / jobs
		t.Logf("%s: held in %.3f", c.name, part)
		if part < c.least || part > c.most {
			t.Errorf("%s: the interval holds the level in %.3f of the jobs, not in %g to %g", c.name, part, c.least, c.most)
		}
		slices.Sort(shares)
		if m := shares[jobs/2]; m < c.share[0] || m > c.share[1] {
			t.Errorf("%s: the processes' share is %.2f, not %v", c.name, m, c.share)
		}
	}
}

// TestProcessesThatAgreeByChance do not narrow the interval below that of the
// inferences alone.
func TestProcessesThatAgreeByChance(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	var parts [][]Sample
	one := processes(r, 1, 30, 1e7, 0)[0]
	for range 3 {
		parts = append(parts, one)
	}
	alone := Summarize(inTurn([][]Sample{slices.Concat(one, one, one)}), nested)
	s := Summarize(inTurn(parts), nested)
	if s.HeadlineNS < levelOf(one)*0.999999 || s.HeadlineNS > levelOf(one)*1.000001 || *s.Processes.Share != 0 || *s.Processes.Spread != 0 {
		t.Errorf("three equal processes: headline %g, %+v", s.HeadlineNS, s.Processes)
	}
	if *s.RelativeHalfWidth < *alone.RelativeHalfWidth {
		t.Errorf("the interval of three equal processes is ±%.4f, and of their inferences ±%.4f", *s.RelativeHalfWidth, *alone.RelativeHalfWidth)
	}
}

func levelOf(x []Sample) float64 { return headlineOf(counted(x), policy.Median) }

// TestProcessesWarn: a target that processes miss because they differ is said to be
// missed for that, and processes too short to judge are not called unsteady.
func TestProcessesWarn(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	p := nested
	p.TargetCI = 0.01
	codes := func(samples []Sample) []string {
		var list []string
		for _, w := range Summarize(samples, p).Warnings {
			list = append(list, w.Code)
		}
		return list
	}
	if got := codes(inTurn(processes(r, 3, 60, 1e7, 0.1))); !slices.Contains(got, WarnProcesses) || slices.Contains(got, WarnShort) {
		t.Errorf("processes that differ by 10 %%: %v", got)
	}
	if got := codes(inTurn(processes(r, 3, 4, 1e7, 0))); !slices.Contains(got, WarnShort) || slices.Contains(got, WarnNotSteady) {
		t.Errorf("processes of four inferences: %v", got)
	}
}

// TestProcessesPercentile: samples of processes that differ bound a percentile worse.
func TestProcessesPercentile(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	p := nested
	p.Percentiles, p.PercentileRule = []float64{90}, policy.Exact
	width := func(spread float64) float64 {
		q := Summarize(inTurn(processes(r, 5, 400, 1e7, spread)), p).Percentiles[0]
		if q.CI == nil {
			return math.Inf(1)
		}
		return (q.CI.HighNS - q.CI.LowNS) / *q.ValueNS
	}
	if alike, apart := width(0), width(0.05); !(apart > 3*alike) {
		t.Errorf("the 90th percentile's interval is %.4f wide of processes alike, %.4f of others", alike, apart)
	}
}

// TestNoProcessWithoutInferences: one whose inferences are all left out, or took no
// time that the clock shows, is no reason to fail.
func TestNoProcessWithoutInferences(t *testing.T) {
	x := []Sample{{DurationNS: 5}, {DurationNS: 6}, {DurationNS: 9, Disturbed: Stopped, Process: 1}, {DurationNS: 0, Process: 2}}
	s := Summarize(x, nested)
	if s.Count != 3 || s.Processes != nil || s.HeadlineNS != 5 {
		t.Errorf("%+v", s)
	}
}
