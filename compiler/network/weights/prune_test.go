package weights

import (
	"math"
	"slices"
	"testing"

	"edgebench/compiler/network/graph"
)

func TestPrune(t *testing.T) {
	tests := []struct {
		name   string
		values []float32
		share  float64
		want   []float32 // scaled so that the sum of squares stays
	}{
		{"the smallest go, of either sign", []float32{3, -1, 2, -4}, 0.5, []float32{3, 0, 0, -4}},
		{"of equal ones the first stay", []float32{2, 2, -2, 2}, 0.5, []float32{2, 2, 0, 0}},
		{"a share that rounds down", []float32{1, 2, 3}, 0.5, []float32{0, 2, 3}},
		{"all zero", []float32{0, 0}, 0.5, []float32{0, 0}},
		{"none left out of one", []float32{5}, 0.85, []float32{5}},
	}
	for _, test := range tests {
		got := prune(slices.Clone(test.values), test.share)
		if want := scaled(slices.Clone(test.want), norm(test.values)/norm(test.want)); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", test.name, got, want)
		}
	}
}

// TestPruned prunes a network: weights alone, the share that was asked for, with
// the norm that they had; and the set that it was made of stays.
func TestPruned(t *testing.T) {
	g, err := graph.New("test", graph.Shape{3, 8, 8})
	if err != nil {
		t.Fatal(err)
	}
	window := graph.Window{Kernel: []int{3, 3}, Stride: []int{1, 1}, Dilation: []int{1, 1}, Pad: []graph.Pad{{}, {}}}
	conv, err := g.Add("conv", graph.Conv{Out: 40, Window: window, Groups: 1, Bias: true}, 0)
	if err != nil {
		t.Fatal(err)
	}
	whole := Seeded(g, 1)
	if whole.Pruned(g, 0) != whole {
		t.Error("a share of 0 changed the set")
	}
	before := slices.Clone(whole.Get(conv.ID, graph.Weight))
	pruned := whole.Pruned(g, 0.85)
	after := pruned.Get(conv.ID, graph.Weight)
	zeros := 0
	for _, v := range after {
		if v == 0 {
			zeros++
		}
	}
	if want := int(0.85 * float64(len(before))); zeros != want {
		t.Errorf("%d of %d weights are zero, want %d", zeros, len(before), want)
	}
	if off := norm(after)/norm(before) - 1; math.Abs(off) > 1e-6 {
		t.Errorf("the norm changed by %g", off)
	}
	if !slices.Equal(whole.Get(conv.ID, graph.Weight), before) {
		t.Error("the set that was pruned changed")
	}
	if !slices.Equal(pruned.Get(conv.ID, graph.Bias), whole.Get(conv.ID, graph.Bias)) {
		t.Error("the biases changed")
	}
}
