package weights

import (
	"math"
	"testing"

	"edgebench/compiler/network/graph"
)

// TestMomentsOfTransforms compares the estimate behind an input, whose second
// moment is 1/3, with what was worked out on paper.
func TestMomentsOfTransforms(t *testing.T) {
	cases := []struct {
		op   graph.Op
		want float64
	}{
		{graph.Affine{Factor: 3, Offset: 2}, 3 + 4},
		{graph.ChannelAffine{Scale: true}, 13.0 / 36},
		{graph.ChannelAffine{Shift: true}, 1.0/3 + 0.04/3},
		{graph.ChannelAffine{Scale: true, Shift: true}, 13.0/36 + 0.04/3},
		{graph.Activation{Fn: graph.Clip, Low: -0.1, High: 0.5}, 0.25},
		{graph.Activation{Fn: graph.Clip, Low: -9, High: 9}, 1.0 / 3},
		{graph.ZeroPad{Pad: []graph.Pad{{Begin: 2}, {End: 4}}}, 1.0 / 12},
		{graph.ChannelShuffle{Groups: 2}, 1.0 / 3},
		{graph.SliceChannels{End: 1}, 1.0 / 3},
		{graph.Reshape{Shape: graph.Shape{16}}, 1.0 / 3},
	}
	for _, c := range cases {
		g, err := graph.New("test", graph.Shape{2, 2, 4})
		if err != nil {
			t.Fatal(err)
		}
		n, err := g.Add("op", c.op, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := Moments(g)[n.ID]; math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s %+v has the moment %v, want %v", c.op.Kind(), c.op, got, c.want)
		}
	}
}

// TestChannelAffineMoment compares the estimate with the values that are drawn.
func TestChannelAffineMoment(t *testing.T) {
	g, err := graph.New("test", graph.Shape{10000})
	if err != nil {
		t.Fatal(err)
	}
	n, err := g.Add("op", graph.ChannelAffine{Scale: true, Shift: true}, 0)
	if err != nil {
		t.Fatal(err)
	}
	w, x, sum := Seeded(g, 1), Input(g, 1), 0.0
	for i, v := range x {
		y := float64(v*w.Get(n.ID, graph.Scale)[i] + w.Get(n.ID, graph.Shift)[i])
		sum += y * y
	}
	if got, want := sum/float64(len(x)), Moments(g)[n.ID]; math.Abs(got/want-1) > 0.05 {
		t.Errorf("the moment is %v, and %v is estimated", got, want)
	}
}
