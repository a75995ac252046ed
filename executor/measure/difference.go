package measure

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"edgebench/compiler/spec/policy"
)

// Two measurements of one thing, each in a process of its own, differ by more
// than their samples show: a process keeps the memory layout, the thread
// placement and the clock that it happened to get. A test on samples, such as
// Mann and Whitney's or a permutation of batches, answers whether two processes
// differ, which they nearly always do. What is asked is whether two builds, or
// two versions, differ; so processes are what is counted here.
//
// Samples of one process are cut into blocks that are longer than they depend on
// each other (twice tau, see dependence.go), and each block gives the logarithm
// of its headline: their variance says how well the process's own, its level, is
// known. Where both sides have two processes or more, Student's t on the levels with a common variance tells
// them apart. Where either has one only, how much processes differ is not known
// from these samples and is assumed: it is added to the variance that the blocks
// show (Welch and Satterthwaite's degrees of freedom, the assumed part exact).

// AssumedSpread is how much two processes of one program are taken to differ where
// it was not measured, as a relative standard deviation. Fresh processes of the
// frameworks were seen to differ by 1 to 4 % between the least and the most.
const AssumedSpread = 0.015

const (
	leastCompared = 4  // below, their variance means nothing
	mostCompared  = 32 // above, longer blocks say as much
)

// Difference is how much longer one subject takes than another.
type Difference struct {
	Ratio      float64 `json:"ratio"` // of the headlines, the new to the old
	Low        float64 `json:"low"`   // of its confidence interval
	High       float64 `json:"high"`
	Confidence float64 `json:"confidence"`
	P          float64 `json:"p"` // of a ratio this far from 1, or farther, where there is no difference

	// Spread is the relative standard deviation between processes that the test
	// counted with; Assumed where a side had one process only.
	Spread  float64 `json:"process_spread"`
	Assumed bool    `json:"process_spread_assumed"`
}

// Compare tells two sides apart, each the samples of one or more processes. An
// error says which side has too few samples to tell anything from.
func Compare(old, new [][]Sample, headline policy.Headline, confidence float64) (Difference, error) {
	a, err := levelsOf(old, headline)
	if err != nil {
		return Difference{}, fmt.Errorf("the old result: %w", err)
	}
	b, err := levelsOf(new, headline)
	if err != nil {
		return Difference{}, fmt.Errorf("the new result: %w", err)
	}
	d := Difference{Confidence: confidence, Spread: AssumedSpread, Assumed: len(a) < 2 || len(b) < 2}
	var variance, freedom float64
	if d.Assumed {
		variance, freedom = assumed(a, b)
	} else {
		d.Spread, variance, freedom = pooled(a, b)
	}
	d.test(meanLevel(b)-meanLevel(a), variance, freedom)
	return d, nil
}

// test fills in the ratio with its interval and p from a difference of logarithms.
func (d *Difference) test(difference, variance, freedom float64) {
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}
	half := t.Quantile(1-(1-d.Confidence)/2) * math.Sqrt(variance)
	d.Ratio, d.Low, d.High = math.Exp(difference), math.Exp(difference-half), math.Exp(difference+half)
	switch {
	case variance > 0:
		d.P = 2 * t.Survival(math.Abs(difference)/math.Sqrt(variance))
	case difference == 0:
		d.P = 1
	}
}

// level is one process: the logarithm of its headline, and how well it is known.
type level struct {
	value    float64
	variance float64 // of the value
	freedom  float64
}

func levelsOf(processes [][]Sample, headline policy.Headline) ([]level, error) {
	if len(processes) == 0 {
		return nil, fmt.Errorf("it has no samples")
	}
	var levels []level
	for _, samples := range processes {
		x := counted(samples)
		if len(x) < leastCompared {
			return nil, fmt.Errorf("%d inferences of it count, and %d are needed", len(x), leastCompared)
		}
		blocks := logBlocks(x, headline)
		n := float64(len(blocks))
		levels = append(levels, level{math.Log(headlineOf(x, headline)), stat.Variance(blocks, nil) / n, n - 1})
	}
	return levels, nil
}

// counted are the durations that count, in ns: measured ones during which the process ran.
func counted(samples []Sample) []float64 {
	var x []float64
	for _, s := range samples {
		if s.Phase == Measured && !s.Disturbed.Excluded() && s.DurationNS > 0 {
			x = append(x, float64(s.DurationNS))
		}
	}
	return x
}

// logBlocks cuts a series into blocks of equal length, the rest left out, and
// takes the logarithm of each block's headline.
func logBlocks(x []float64, headline policy.Headline) []float64 {
	length := max(1, (len(x)+mostCompared-1)/mostCompared)
	if depends(x) {
		length = max(length, int(math.Ceil(2*integratedTime(x))))
		length = min(length, max(1, len(x)/leastCompared)) // few long blocks have a wide interval as it is
	}
	var blocks []float64
	for ; len(x) >= length && len(x) > 0; x = x[length:] {
		blocks = append(blocks, math.Log(headlineOf(x[:length], headline)))
	}
	return blocks
}

func headlineOf(x []float64, headline policy.Headline) float64 {
	if headline == policy.Mean {
		return stat.Mean(x, nil)
	}
	return medianOf(slices.Sorted(slices.Values(x)))
}

func meanLevel(levels []level) (mean float64) {
	for _, l := range levels {
		mean += l.value / float64(len(levels))
	}
	return mean
}

// pooled is the common variance of the two sides' levels, and of their difference.
func pooled(a, b []level) (spread, variance, freedom float64) {
	squares := 0.0
	for _, side := range [][]level{a, b} {
		mean := meanLevel(side)
		for _, l := range side {
			squares += (l.value - mean) * (l.value - mean)
		}
	}
	freedom = float64(len(a) + len(b) - 2)
	common := squares / freedom
	return math.Sqrt(common), common * (1/float64(len(a)) + 1/float64(len(b))), freedom
}

// assumed is the variance of the two sides' difference where processes are taken
// to differ by AssumedSpread.
func assumed(a, b []level) (variance, freedom float64) {
	within, fourth := 0.0, 0.0
	for _, side := range [][]level{a, b} {
		k := float64(len(side))
		for _, l := range side {
			v := l.variance / (k * k)
			within += v
			fourth += v * v / l.freedom
		}
		variance += AssumedSpread * AssumedSpread / k
	}
	variance += within
	if fourth == 0 {
		return variance, 1e6 // normal
	}
	return variance, variance * variance / fourth
}
