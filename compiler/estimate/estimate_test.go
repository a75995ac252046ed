package estimate

import (
	"math"
	"slices"
	"strings"
	"testing"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
)

// TestFitFindsARoofline: times that a roofline gave are told exactly by the one
// that is fitted to them, those of a network that was not fitted too.
// TestFitBearsAnOutlier: one time that is ten times too long moves the others'
// estimates little.
func TestFitPower(t *testing.T) {
	var observations []Observation
	for _, flop := range []float64{1e8, 1e9, 4e9, 3e10} {
		observations = append(observations, Observation{Network: &Network{FLOP: flop}, Seconds: 3e-9 * math.Pow(flop, 0.7)})
	}
	p := fitPower(observations, flopOf)
	if math.Abs(p.exponent-0.7) > 1e-9 || Error(p.of(1e10), 3e-9*math.Pow(1e10, 0.7)) > 1e-9 {
		t.Errorf("a time of 3e-9 FLOP^0.7 is fitted as %v", p)
	}
	same := []Observation{{Network: &Network{FLOP: 1e9}, Seconds: 1}, {Network: &Network{FLOP: 1e9}, Seconds: 4}}
	if p := fitPower(same, flopOf); p.exponent != 0 || math.Abs(p.of(5)-2) > 1e-9 {
		t.Errorf("networks of one size are fitted as %v, want their middle", p)
	}
}

func TestError(t *testing.T) {
	for _, c := range []struct{ estimated, published, want float64 }{{3, 2, 0.5}, {2, 3, 0.5}, {2, 2, 0}, {1, 10, 9}} {
		if got := Error(c.estimated, c.published); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%v for %v is off by %v, want %v", c.estimated, c.published, got, c.want)
		}
	}
}

// TestLayersAreFused: what a convolution is fused with is no layer, and its
// bytes follow the number format.
func TestLayersAreFused(t *testing.T) {
	g, err := graph.New("net", graph.Shape{2, 4, 4})
	if err != nil {
		t.Fatal(err)
	}
	window := graph.Window{Kernel: []int{1, 1}, Stride: []int{1, 1}, Dilation: []int{1, 1}, Pad: make([]graph.Pad, 2)}
	last := 0
	for i, op := range []graph.Op{
		graph.Conv{Out: 2, Window: window, Groups: 1}, graph.BatchNorm{Epsilon: 1e-5}, graph.Activation{Fn: graph.ReLU},
		graph.Conv{Out: 2, Window: window, Groups: 1}, graph.Flatten{}, graph.FC{Out: 3, Bias: true},
	} {
		n, err := g.Add(string(rune('a'+i)), op, last)
		if err != nil {
			t.Fatal(err)
		}
		last = n.ID
	}
	for precision, size := range map[string]float64{"fp32": 4, "fp16": 2, "int8": 1} {
		want := []Layer{
			{FLOP: 2 * 2 * 2 * 16, Bytes: size * (2*2 + 2*2*16), Count: 2},
			{FLOP: 2*32*3 + 3, Bytes: size * (32*3 + 3 + 32 + 3), Count: 1},
		}
		if got := NetworkOf(g, precision).Layers; !slices.Equal(got, want) {
			t.Errorf("in %s the layers are %v, want %v", precision, got, want)
		}
	}
}

// TestDoubts: what no fitted model is like.
func TestDoubts(t *testing.T) {
	e := &Estimator{Published: Published{Observations: []Observation{
		{Network: &Network{FLOP: 1e9, Kinds: []string{"conv", "fc"}}}, {Network: &Network{FLOP: 4e9, Kinds: []string{"conv", "add"}}},
	}}}
	for _, c := range []struct {
		net  Network
		want string
	}{
		{Network{FLOP: 6e8, Kinds: []string{"conv", "add"}}, ""},
		{Network{FLOP: 1e8, Kinds: []string{"fc"}}, "the smallest model with a published time has 10.0 times as much arithmetic"},
		{Network{FLOP: 1e10, Kinds: []string{"depthwise", "mul"}}, "it has 2.5 times as much arithmetic as the largest model with a published time|no model with a published time has depthwise, mul"},
	} {
		if got := strings.Join(e.Doubts(&c.net), "|"); got != c.want {
			t.Errorf("%+v: %q, want %q", c.net, got, c.want)
		}
	}
}

// TestGather takes the median of the times of one network, in the unit of each,
// and leaves out what is about something else.
func TestGather(t *testing.T) {
	target := plan.Target{Model: "Net", Platform: "Board", Framework: "Lite", Environment: "bare metal", Precision: "fp32"}
	job := func(value float64, unit string, change func(*plan.Job)) plan.Job {
		j := plan.Job{
			Feeds: []plan.Feed{{}}, Origin: spec.Published, Metric: "time_per_inference", Target: target,
			Published: &plan.Observation{Source: "a paper", Value: value, Unit: unit},
		}
		change(&j)
		return j
	}
	as := func(*plan.Job) {}
	p := &plan.Plan{Jobs: []plan.Job{
		job(20, "ms", as), job(0.08, "s", as), job(5, "s", func(j *plan.Job) { j.Environment = "docker" }),
		job(7, "ms", func(j *plan.Job) { j.Model = "no layers" }), job(3, "mJ", func(j *plan.Job) { j.Metric = "energy_per_inference" }),
		job(9, "ms", func(j *plan.Job) { j.Platform = "Other" }),
	}}
	g, err := graph.New("Net", graph.Shape{1, 2, 2})
	if err != nil {
		t.Fatal(err)
	}
	p.Catalog.Models.Add("Net", &plan.Model{Name: "Net", Graph: g})
	p.Catalog.Models.Add("no layers", &plan.Model{Name: "no layers"})
	got := Gather(p)
	if len(got) != 2 || got[0].Platform != "Board" || len(got[0].Observations) != 1 || math.Abs(got[0].Observations[0].Seconds-0.04) > 1e-12 {
		t.Errorf("gathered: %+v", got)
	}
}

// TestRefusal: too few models, and estimates that are too far off.
func TestRefusal(t *testing.T) {
	few := &Estimator{Published: Published{Observations: make([]Observation, 3)}}
	if want := "times of 3 of the models are published there, and an estimate needs 4"; few.Refusal() != want {
		t.Errorf("three models: %q, want %q", few.Refusal(), want)
	}
	checked := func(estimated float64) *Estimator {
		e := &Estimator{Published: Published{Observations: make([]Observation, 4)}}
		for range 4 {
			e.Checks = append(e.Checks, Check{Published: 1, Estimated: estimated})
		}
		return e
	}
	if why := checked(1.49).Refusal(); why != "" {
		t.Errorf("off by 49 %%: refused, %s", why)
	}
	if why, want := checked(1/1.51).Refusal(), "estimates of models whose time is published there are off by 51 % (median), and at most 50 % are allowed"; why != want {
		t.Errorf("off by 51 %%: %q, want %q", why, want)
	}
}

// TestPaper sets the roofline's errors of models left out beside those of the
// simpler predictors, over all that the paper publishes.
// TestDocument writes the table of docs/estimates.md, or compares it.
// TestCoverage leaves each model out twice over: the interval that the others
// give holds its time about as often as its level says.
