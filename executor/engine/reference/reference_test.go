package reference

import (
	"math"
	"testing"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/graph/graphtest"
	"edgebench/compiler/network/weights"
)

// run computes one operator on a given input, with parameters in the order in
// which the operator lists them.
func run(t *testing.T, shape graph.Shape, op graph.Op, input []float32, params ...[]float32) []float64 {
	t.Helper()
	g := graphtest.Single(t, "test", op, shape...)
	n := g.Nodes[g.Outputs[0]]
	w := weights.NewSet()
	for i, p := range g.Params(n) {
		w.Put(n.ID, p.Role, params[i])
	}
	out, err := Run(g, w, input)
	if err != nil {
		t.Fatal(err)
	}
	return out[n.ID]
}

func square(kernel, stride, dilation int, pad graph.Pad) graph.Window {
	w := graphtest.Window(2, kernel, stride, pad)
	w.Dilation = []int{dilation, dilation}
	return w
}

// TestByHand compares with results that were worked out on paper.
func TestByHand(t *testing.T) {
	nine := []float32{1, 2, 3, 4, 5, 6, 7, 8, 9}
	none := graph.Pad{}
	cases := []struct {
		name   string
		shape  graph.Shape
		op     graph.Op
		input  []float32
		params [][]float32
		want   []float64
	}{
		{"conv 2x2", graph.Shape{1, 3, 3}, graph.Conv{Out: 1, Groups: 1, Bias: true, Window: square(2, 1, 1, none)},
			nine, [][]float32{{1, 10, 100, 1000}, {0.5}}, []float64{5421.5, 6532.5, 8754.5, 9865.5}},
		{"conv padded at the end only", graph.Shape{1, 3, 3}, graph.Conv{Out: 1, Groups: 1, Window: square(2, 2, 1, graph.Pad{End: 1})},
			nine, [][]float32{{1, 10, 100, 1000}}, []float64{5421, 603, 87, 9}},
		{"conv dilated", graph.Shape{1, 3, 3}, graph.Conv{Out: 1, Groups: 1, Window: square(2, 1, 2, none)},
			nine, [][]float32{{1, 10, 100, 1000}}, []float64{9731}},
		{"conv of two groups", graph.Shape{2, 1, 1}, graph.Conv{Out: 2, Groups: 2, Window: square(1, 1, 1, none)},
			[]float32{3, 5}, [][]float32{{2, 4}}, []float64{6, 20}},
		{"fc", graph.Shape{2, 1, 2}, graph.FC{Out: 2, Bias: true},
			[]float32{1, 2, 3, 4}, [][]float32{{1, 0, 0, 10, 0, 1, 1, 0}, {7, 8}}, []float64{48, 13}},
		{"batch norm", graph.Shape{1}, graph.BatchNorm{Epsilon: 1},
			[]float32{5}, [][]float32{{3}, {10}, {1}, {3}}, []float64{16}},
		{"lrn", graph.Shape{3}, graph.LRN{Size: 3, Alpha: 3, Beta: 1, K: 1},
			[]float32{1, 2, 3}, nil, []float64{1. / 6, 2. / 15, 3. / 14}},
		{"max pooling", graph.Shape{1, 3, 3}, graph.Pool{Fn: graph.MaxPool, Window: square(2, 2, 1, none), Ceil: true},
			nine, nil, []float64{5, 6, 8, 9}},
		{"average pooling over padding", graph.Shape{1, 3, 3}, graph.Pool{Fn: graph.AvgPool, Window: square(2, 2, 1, graph.Pad{Begin: 1, End: 1})},
			nine, nil, []float64{0.25, 1.25, 2.75, 7}},
		{"average pooling without padding", graph.Shape{1, 3, 3}, graph.Pool{Fn: graph.AvgPool, Window: square(2, 2, 1, graph.Pad{Begin: 1, End: 1}), ExcludePad: true},
			nine, nil, []float64{1, 2.5, 5.5, 7}},
		{"average pooling beyond the end", graph.Shape{1, 3, 3}, graph.Pool{Fn: graph.AvgPool, Window: square(2, 2, 1, none), Ceil: true},
			nine, nil, []float64{3, 4.5, 7.5, 9}},
		{"global average", graph.Shape{1, 3, 3}, graph.GlobalAvgPool{}, nine, nil, []float64{5}},
		{"softmax", graph.Shape{2}, graph.Softmax{}, []float32{1000, 1000}, nil, []float64{0.5, 0.5}},
		{"leaky", graph.Shape{2}, graph.Activation{Fn: graph.LeakyReLU, Slope: 0.5}, []float32{-2, 2}, nil, []float64{-1, 2}},
		{"hardswish", graph.Shape{3}, graph.Activation{Fn: graph.HardSwish}, []float32{-4, 3, 0}, nil, []float64{0, 3, 0}},
		{"clip", graph.Shape{3}, graph.Activation{Fn: graph.Clip, Low: -1, High: 2}, []float32{-2, 0.5, 3}, nil, []float64{-1, 0.5, 2}},
		{"affine", graph.Shape{2}, graph.Affine{Factor: 3, Offset: -1}, []float32{1, 2}, nil, []float64{2, 5}},
		{"channel affine", graph.Shape{2, 1, 2}, graph.ChannelAffine{Scale: true, Shift: true},
			[]float32{1, 2, 3, 4}, [][]float32{{10, 100}, {1, 2}}, []float64{11, 21, 302, 402}},
		{"channel affine without scale", graph.Shape{2, 1, 2}, graph.ChannelAffine{Shift: true},
			[]float32{1, 2, 3, 4}, [][]float32{{1, 2}}, []float64{2, 3, 5, 6}},
		{"reshape", graph.Shape{2, 1, 2}, graph.Reshape{Shape: graph.Shape{1, 4, 1}}, []float32{1, 2, 3, 4}, nil, []float64{1, 2, 3, 4}},
		{"zero padding", graph.Shape{1, 1, 2}, graph.ZeroPad{Pad: []graph.Pad{{Begin: 1}, {End: 1}}},
			[]float32{1, 2}, nil, []float64{0, 0, 0, 1, 2, 0}},
		{"slice of channels", graph.Shape{3, 1, 2}, graph.SliceChannels{Begin: 1, End: 2}, []float32{1, 2, 3, 4, 5, 6}, nil, []float64{3, 4}},
		{"channel shuffle", graph.Shape{6}, graph.ChannelShuffle{Groups: 2}, []float32{1, 2, 3, 4, 5, 6}, nil, []float64{1, 4, 2, 5, 3, 6}},
		{"upsample", graph.Shape{1, 1, 2}, graph.Upsample{Scale: 2}, []float32{1, 2}, nil, []float64{1, 1, 2, 2, 1, 1, 2, 2}},
		{"flatten", graph.Shape{2, 1, 2}, graph.Flatten{}, []float32{1, 2, 3, 4}, nil, []float64{1, 2, 3, 4}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := run(t, c.shape, c.op, c.input, c.params...)
			if len(got) != len(c.want) {
				t.Fatalf("got %v, want %v", got, c.want)
			}
			for i := range got {
				if math.Abs(got[i]-c.want[i]) > 1e-9 {
					t.Errorf("element %d is %v, want %v", i, got[i], c.want[i])
				}
			}
		})
	}
}

func TestRunChecksItsInput(t *testing.T) {
	g := graphtest.Single(t, "test", graph.FC{Out: 2}, 4)
	if _, err := Run(g, weights.Seeded(g, 1), make([]float32, 3)); err == nil {
		t.Error("an input that is too short is accepted")
	}
	if _, err := Run(g, weights.NewSet(), make([]float32, 4)); err == nil {
		t.Error("a graph without weights is accepted")
	}
}
