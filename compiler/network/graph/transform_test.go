package graph

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
)

// TestTransforms infers the shapes and counts the work and parameters of the
// operators that rearrange, scale and multiply, and reads each back from its
// file form.
func TestTransforms(t *testing.T) {
	image, vector := Shape{6, 4, 4}, Shape{6}
	cases := []struct {
		op     Op
		in     []Shape
		out    Shape
		ops    int64
		params string
	}{
		{Affine{Factor: 2, Offset: 1}, []Shape{image}, image, 2 * 96, "[]"},
		{Affine{Factor: 1, Offset: 1}, []Shape{image}, image, 96, "[]"},
		{ChannelAffine{Scale: true, Shift: true}, []Shape{image}, image, 2 * 96, "[{scale [6]} {shift [6]}]"},
		{ChannelAffine{Shift: true}, []Shape{vector}, vector, 6, "[{shift [6]}]"},
		{Activation{Fn: Clip, Low: -1, High: 1}, []Shape{image}, image, 2 * 96, "[]"},
		{Mul{}, []Shape{image, image}, image, 96, "[]"},
		{Mul{}, []Shape{image, {6, 1, 1}}, image, 96, "[]"},
		{Mul{}, []Shape{image, vector}, image, 96, "[]"},
		{ChannelShuffle{Groups: 3}, []Shape{image}, image, 0, "[]"},
		{SliceChannels{Begin: 2, End: 5}, []Shape{image}, Shape{3, 4, 4}, 0, "[]"},
		{ZeroPad{Pad: []Pad{{Begin: 1}, {Begin: 2, End: 3}}}, []Shape{image}, Shape{6, 5, 9}, 0, "[]"},
		{Reshape{Shape: Shape{2, 48}}, []Shape{image}, Shape{2, 48}, 0, "[]"},
	}
	for _, c := range cases {
		name := fmt.Sprintf("%s %+v of %v", c.op.Kind(), c.op, c.in)
		out, err := c.op.Infer(c.in)
		if err != nil || !out.Equal(c.out) {
			t.Errorf("%s has the shape %v (%v), want %v", name, out, err, c.out)
			continue
		}
		if w := c.op.Work(c.in, out); w != (Work{Ops: c.ops}) {
			t.Errorf("%s takes %+v, want %d operations", name, w, c.ops)
		}
		if got := fmt.Sprint(append([]Param{}, c.op.Params(c.in)...)); got != c.params {
			t.Errorf("%s has the parameters %s, want %s", name, got, c.params)
		}
		if got := throughJSON(t, c.op, c.in); fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", c.op) {
			t.Errorf("%s is read back as %#v", name, got)
		}
	}
}

// throughJSON writes a graph of one operator and reads it again. An operator of
// two inputs reads the second behind a layer that gives it its shape.
func throughJSON(t *testing.T, op Op, in []Shape) Op {
	t.Helper()
	g, err := New("test", in[0])
	if err != nil {
		t.Fatal(err)
	}
	inputs := []int{0}
	if len(in) > 1 {
		second := 0
		if in[1].Elements() < in[0].Elements() {
			pool, err := g.Add("pool", GlobalAvgPool{}, 0)
			if err != nil {
				t.Fatal(err)
			}
			second = pool.ID
		}
		inputs = append(inputs, second)
	}
	n, err := g.Add("op", op, inputs...)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Finish(n.ID); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	var read Graph
	if err := json.Unmarshal(data, &read); err != nil {
		t.Fatal(err)
	}
	if read.Digest() != g.Digest() {
		t.Errorf("%s has another digest after it was read back", op.Kind())
	}
	return read.Nodes[n.ID].Op
}

func TestTransformsRefuse(t *testing.T) {
	image := Shape{6, 4, 4}
	cases := []struct {
		op   Op
		in   []Shape
		want string
	}{
		{Affine{Factor: math.Inf(1)}, []Shape{image}, "must be finite"},
		{Affine{Factor: math.NaN()}, []Shape{image}, "must be finite"},
		{ChannelAffine{}, []Shape{image}, "a scale, a shift, or both"},
		{Activation{Fn: Clip, Low: 1, High: 0}, []Shape{image}, "must not be above"},
		{Activation{Fn: Clip, Low: math.NaN()}, []Shape{image}, "must not be above"},
		{Mul{}, []Shape{image}, "two inputs, not 1"},
		{Mul{}, []Shape{image, {4, 4}}, "one a channel, and 4x4 is neither"},
		{Mul{}, []Shape{{6, 1, 1}, image}, "and 6x4x4 is neither"},
		{ChannelShuffle{Groups: 4}, []Shape{image}, "4 groups must divide its 6 channels"},
		{ChannelShuffle{}, []Shape{image}, "0 groups must divide"},
		{SliceChannels{Begin: 3, End: 3}, []Shape{image}, "channels 3 to 3 are not a part"},
		{SliceChannels{Begin: -1, End: 3}, []Shape{image}, "channels -1 to 3"},
		{SliceChannels{Begin: 3, End: 7}, []Shape{image}, "channels 3 to 7"},
		{ZeroPad{Pad: []Pad{{}}}, []Shape{image}, "padding of 1 dimensions does not fit"},
		{ZeroPad{Pad: []Pad{{Begin: -1}, {}}}, []Shape{image}, "not -1 and 0"},
		{ZeroPad{Pad: []Pad{{End: maxWindow + 1}, {}}}, []Shape{image}, "must be 0 to 16384"},
		{Reshape{Shape: Shape{5}}, []Shape{image}, "5 has 5 elements, and 6x4x4 has 96"},
		{Reshape{}, []Shape{image}, "at least one dimension"},
	}
	for _, c := range cases {
		if _, err := c.op.Infer(c.in); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %+v of %v gives %v, want %q", c.op.Kind(), c.op, c.in, err, c.want)
		}
	}
}

// TestShuffleUndoesItself shuffles by the groups, and then by the members.
func TestShuffleUndoesItself(t *testing.T) {
	const channels = 12
	for c := range channels {
		once := ChannelShuffle{Groups: 3}.Source(c, channels)
		if got := (ChannelShuffle{Groups: 4}).Source(once, channels); got != c {
			t.Errorf("channel %d comes from %d, and that from %d", c, once, got)
		}
	}
}
