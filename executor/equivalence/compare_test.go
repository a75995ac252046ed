package equivalence

import (
	"math"
	"strings"
	"testing"

	"edgebench/compiler/network/graph"
)

func TestRelativeL2(t *testing.T) {
	nan, inf := float32(math.NaN()), math.Inf(1)
	tests := []struct {
		name      string
		want, got []float32
		error     float64
	}{
		{"the same", []float32{1, 2}, []float32{1, 2}, 0},
		{"a tenth off", []float32{3, 4}, []float32{3.3, 4.4}, 0.1},
		{"all zero", []float32{0, 0}, []float32{0, 0}, 0},
		{"zero expected", []float32{0}, []float32{1}, inf},
		{"not a number", []float32{1, 2}, []float32{1, nan}, math.NaN()},
	}
	for _, test := range tests {
		got := relativeL2(test.want, test.got)
		if math.Abs(got-test.error) > 1e-6 && got != test.error || math.IsNaN(got) != math.IsNaN(test.error) {
			t.Errorf("%s: %v, want %v", test.name, got, test.error)
		}
	}
}

func TestSameTop1(t *testing.T) {
	tests := []struct {
		name      string
		want, got []float32
		same      bool
	}{
		{"the same", []float32{1, 3, 2}, []float32{1, 3, 2}, true},
		{"another", []float32{1, 3, 2}, []float32{1, 2, 3}, false},
		{"a tie within the bound", []float32{1, 3, 2.9999}, []float32{1, 2.9999, 3}, true},
		{"all negative", []float32{-1, -3}, []float32{-3, -1}, false},
	}
	for _, test := range tests {
		if got := sameTop1(test.want, test.got); got != test.same {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

// TestComparedFindsTheWorstOutput has three outputs, the second of which is
// wrong.
func TestComparedFindsTheWorstOutput(t *testing.T) {
	n := start(t, 2, 3, 3)
	a := n.then(fn(graph.ReLU))
	b := n.then(fn(graph.Tanh), a)
	m := &model{graph: n.end(a, b, n.then(fn(graph.Sigmoid), a)), outputs: [][]float32{{1, 2}, {3, 4}, {5, 6}}}
	r := Result{}.compared(m, []float32{1, 2, 3.03, 4.04, 5, 6.0001})
	if r.Status != Differs || !strings.Contains(r.Reason, `output "activationb" has the relative error 0.01`) {
		t.Errorf("%s: %s", r.Status, r.Reason)
	}
	if r.Outputs != 3 || r.Elements != 6 || math.Abs(*r.RelativeL2-0.01) > 1e-5 || !r.SameTop1 {
		t.Errorf("%+v with the error %v", r, *r.RelativeL2)
	}
	r = Result{}.compared(m, []float32{1, 2, 3, float32(math.NaN()), 5, 6})
	if r.Status != Differs || r.RelativeL2 != nil {
		t.Errorf("NaN is %s with the error %v", r.Status, r.RelativeL2)
	}
}

// TestWithLogits shows what is compared of a classifier: the softmax's input
// too, since a saturated softmax hides errors before it.
func TestWithLogits(t *testing.T) {
	n := start(t, 4)
	x := n.then(graph.FC{Out: 3})
	g := n.end(n.then(graph.Softmax{}, x))
	if got := withLogits(g).Outputs; len(got) != 2 || got[1] != x {
		t.Errorf("the outputs are %v", got)
	}
	if len(g.Outputs) != 1 {
		t.Errorf("the graph itself has changed: %v", g.Outputs)
	}
}
