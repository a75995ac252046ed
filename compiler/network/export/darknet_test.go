package export

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"edgebench/compiler/network/export/safetensors"
	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/graph/graphtest"
	"edgebench/compiler/network/weights"
)

// TestDarknetWeightsFile reads the file as load_weights does: the header, then
// each layer's tensors.
func TestDarknetWeightsFile(t *testing.T) {
	g := tiny(t)
	w := weights.Seeded(g, 1)
	file := bytes.NewReader(write(t, g, Darknet)["model.weights"])
	var header darknetHeader
	if err := binary.Read(file, binary.LittleEndian, &header); err != nil {
		t.Fatal(err)
	}
	if header != (darknetHeader{Minor: 2}) {
		t.Errorf("the header is %+v", header)
	}
	next := func(what string, want []float32) {
		t.Helper()
		got, err := safetensors.ReadFloats(file, int64(len(want)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	variance, err := darknetVariance(w, g.Nodes[2])
	if err != nil {
		t.Fatal(err)
	}
	next("conv1's biases are batch norm's shifts", w.Get(2, graph.Shift))
	next("scales", w.Get(2, graph.Scale))
	next("means", w.Get(2, graph.Mean))
	next("variances", variance)
	next("weights", w.Get(1, graph.Weight))
	next("conv2's biases", w.Get(5, graph.Bias))
	next("weights", w.Get(5, graph.Weight))
	next("fc's biases", w.Get(9, graph.Bias))
	next("weights", w.Get(9, graph.Weight))
	if file.Len() > 0 {
		t.Errorf("%d bytes are left", file.Len())
	}
}

// TestDarknetBatchNorm evaluates Darknet's formula with the values written for
// it, for a layer with a bias before the batch norm.
func TestDarknetBatchNorm(t *testing.T) {
	b := graphtest.New(t, "norm", 2, 4, 4)
	x := b.Add("conv", graph.Conv{Out: 3, Window: window(1, 1), Groups: 1, Bias: true}, 0)
	norm := b.Add("bn", graph.BatchNorm{Epsilon: 1e-3}, x)
	g := b.Finish(norm)
	w := weights.Seeded(g, 7)
	d := &darknetModel{g: g}
	tensors, err := d.affine(w, g.Nodes[x], g.Nodes[norm], 3)
	if err != nil {
		t.Fatal(err)
	}
	at := func(node int, role graph.Role, c int) float64 { return float64(w.Get(node, role)[c]) }
	for c := range 3 {
		const sum = 0.7 // of the products of weights and inputs
		shift, scale, mean, variance := tensors[0][c], tensors[1][c], tensors[2][c], tensors[3][c]
		got := (sum-float64(mean))/(math.Sqrt(float64(variance))+darknetEpsilon)*float64(scale) + float64(shift)
		want := at(norm, graph.Scale, c)*(sum+at(x, graph.Bias, c)-at(norm, graph.Mean, c))/
			math.Sqrt(at(norm, graph.Variance, c)+1e-3) + at(norm, graph.Shift, c)
		if math.Abs(got-want) > 1e-6 {
			t.Errorf("channel %d: Darknet computes %v, and the network %v", c, got, want)
		}
	}
}
