package framework

import (
	"slices"
	"testing"

	specs "edgebench/compiler/load"
	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/graph/graphtest"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec/policy"
	"edgebench/executor/deviation"
)

// blocks has what networks of the catalogue have: padding that differs at the
// two ends, batch norm, groups, both kinds of branch, pools.
func blocks(t *testing.T) *plan.Model {
	n := graphtest.New(t, "blocks", 4, 17, 17)
	relu := func(input int, name string) int { return n.Add(name, graph.Activation{Fn: graph.ReLU}, input) }
	ends := graphtest.Window(2, 3, 2, graph.Pad{Begin: 0, End: 1})
	same := graphtest.Window(2, 3, 1, graph.Pad{Begin: 1, End: 1})
	conv := n.Add("conv", graph.Conv{Out: 8, Window: ends, Groups: 1, Bias: true}, 0)
	first := relu(n.Add("norm", graph.BatchNorm{Epsilon: 1e-3}, conv), "relu1")
	grouped := n.Add("grouped", graph.Conv{Out: 8, Window: same, Groups: 8}, first)
	sum := relu(n.Add("sum", graph.Add{}, first, n.Add("norm2", graph.BatchNorm{Epsilon: 1e-3}, grouped)), "relu2")
	both := n.Add("both", graph.Concat{}, sum, n.Add("max", graph.Pool{Fn: graph.MaxPool, Window: same}, sum))
	average := n.Add("average", graph.GlobalAvgPool{}, n.Add("pool", graph.Pool{Fn: graph.AvgPool, Window: ends}, both))
	g := n.Finish(n.Add("softmax", graph.Softmax{}, n.Add("fc", graph.FC{Out: 5, Bias: true}, average)))
	return &plan.Model{Name: g.Name, Input: g.Input(), Graph: g}
}

// TestGenerations runs a small network in the frameworks that are here in an
// old and a new version, where those are installed: as the catalogue states
// them, with each of their optimizations.
func TestGenerations(t *testing.T) {
	catalogue, err := specs.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"TensorFlow 1.15", "TensorFlow 2", "PyTorch 1.13", "PyTorch 2", "OpenVINO 2021.4", "OpenVINO"} {
		t.Run(name, func(t *testing.T) {
			f, ok := catalogue.Frameworks.Get(name)
			if !ok {
				t.Fatal("the catalogue lacks it")
			}
			p := Process{Name: name, Runner: f.Runner}
			probe, err := p.Probe(t.Context())
			if err != nil {
				t.Skipf("%s is not run: %v", name, err)
			}
			for _, o := range probe.Optimizations {
				if _, ok := f.Optimizations.Get(o); !ok {
					t.Errorf("it offers %s, which the catalogue does not know of it", o)
				}
			}
			for _, optimizations := range [][]string{{"fusion"}, {"dynamic_graph"}, {"fusion", "mixed_precision"}} {
				if probe.Offers(optimizations) == nil {
					runBlocks(t, p, Request{Model: blocks(t), Seed: 7, Threads: 1, Precision: "fp32", Optimizations: optimizations})
				}
			}
		})
	}
}

// runBlocks compares the outputs of a session with the reference, within what
// the number format that it says it used leaves.
func runBlocks(t *testing.T, p Process, r Request) {
	t.Helper()
	reference, err := p.Reference(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.Load(t.Context(), r)
	if err != nil {
		t.Errorf("%v: %v", r.Optimizations, err)
		return
	}
	defer s.Close()
	used := s.Software().Precision
	if mixed := slices.Contains(r.Optimizations, "mixed_precision"); !mixed && used != "fp32" {
		t.Errorf("%v: it calculates in %s", r.Optimizations, used)
	}
	got, err := s.Outputs(t.Context())
	if err != nil || !(deviation.Largest(reference.Outputs, got) <= policy.DefaultTolerance.Of(used)) {
		t.Errorf("%v in %s: outputs %v, expected %v, %v", r.Optimizations, used, got, reference.Outputs, err)
	}
}
