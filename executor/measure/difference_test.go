package measure

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"edgebench/compiler/spec/policy"
)

// processes are the samples of processes whose levels differ, as real ones do,
// and whose inferences depend on the ones before them.
func processes(r *rand.Rand, count, samples int, level, spread float64) [][]Sample {
	var list [][]Sample
	for range count {
		mean := level * math.Exp(spread*r.NormFloat64())
		drift := 0.0
		var x []Sample
		for range samples {
			drift = 0.5*drift + 0.02*r.NormFloat64()
			x = append(x, Sample{DurationNS: int64(mean * math.Exp(drift)), Phase: Measured})
		}
		list = append(list, x)
	}
	return list
}

// shares of pairs in which a difference is found with 5 % error, and in which
// the interval holds the true ratio.
func shares(t *testing.T, count int, ratio, spread float64) (found, held float64) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, uint64(count)))
	const pairs = 1000
	for range pairs {
		d, err := Compare(processes(r, count, 100, 1e7, spread), processes(r, count, 100, 1e7*ratio, spread), policy.Median, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		if d.P < 0.05 {
			found++
		}
		if d.Low <= ratio && ratio <= d.High {
			held++
		}
	}
	return found / pairs, held / pairs
}

func TestCompareIsCalibrated(t *testing.T) {
	for _, c := range []struct {
		name                  string
		processes             int
		ratio, spread         float64
		leastFound, mostFound float64
		leastHeld             float64
	}{
		{"the same, one process each", 1, 1, AssumedSpread, 0, 0.07, 0.93},
		{"the same, quiet processes", 1, 1, 0.005, 0, 0.05, 0.95},
		{"the same, three processes each", 3, 1, 0.015, 0.03, 0.07, 0.93},
		{"the same, three wild processes each", 3, 1, 0.05, 0.03, 0.07, 0.93},
		{"5 % slower, three processes each", 3, 1.05, 0.01, 0.9, 1, 0.93},
		{"10 % slower, one process each", 1, 1.1, 0.01, 0.9, 1, 0.93},
	} {
		t.Run(c.name, func(t *testing.T) {
			found, held := shares(t, c.processes, c.ratio, c.spread)
			if found < c.leastFound || found > c.mostFound {
				t.Errorf("a difference is found in %.3f of pairs: want %.2f to %.2f", found, c.leastFound, c.mostFound)
			}
			if held < c.leastHeld {
				t.Errorf("the interval holds the ratio in %.3f of pairs: want at least %.2f", held, c.leastHeld)
			}
		})
	}
}

func TestCompareNeedsSamples(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	enough := processes(r, 1, 20, 1e6, 0)
	for _, c := range []struct {
		name     string
		old, new [][]Sample
		want     string
	}{
		{"none", nil, enough, "the old result: it has no samples"},
		{"three", enough, processes(r, 1, 3, 1e6, 0), "the new result: 3 inferences of it count, and 4 are needed"},
		{"warm-up", [][]Sample{{{DurationNS: 5, Phase: WarmingUp}}}, enough, "the old result: 0 inferences of it count"},
	} {
		if _, err := Compare(c.old, c.new, policy.Median, 0.95); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
}

func TestCompareOfEqualSamples(t *testing.T) {
	same := make([]Sample, 40)
	for i := range same {
		same[i] = Sample{DurationNS: 1000, Phase: Measured}
	}
	d, err := Compare([][]Sample{same}, [][]Sample{same}, policy.Mean, 0.95)
	if err != nil || d.Ratio != 1 || d.P != 1 || !d.Assumed || d.Low > 0.97 {
		t.Errorf("%+v, %v", d, err)
	}
	d, err = Compare([][]Sample{same, same}, [][]Sample{same, same}, policy.Mean, 0.95)
	if err != nil || d.Ratio != 1 || d.P != 1 || d.Assumed || d.Spread != 0 {
		t.Errorf("%+v, %v", d, err)
	}
}
