package graph

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func square(kernel, stride, pad int) Window {
	return Window{
		Kernel: []int{kernel, kernel}, Stride: []int{stride, stride}, Dilation: []int{1, 1},
		Pad: []Pad{{pad, pad}, {pad, pad}},
	}
}

func dilated(w Window, by int) Window {
	w.Dilation = []int{by, by}
	return w
}

// TestInfer gives the output shapes that the operators' publications and
// frameworks state.
func TestInfer(t *testing.T) {
	for _, c := range []struct {
		name string
		op   Op
		in   []Shape
		want Shape
	}{
		{"first layer of ResNet", Conv{Out: 64, Window: square(7, 2, 3), Groups: 1}, []Shape{{3, 224, 224}}, Shape{64, 112, 112}},
		{"1x1", Conv{Out: 8, Window: square(1, 1, 0), Groups: 1}, []Shape{{3, 5, 5}}, Shape{8, 5, 5}},
		{"dilated", Conv{Out: 1, Window: dilated(square(3, 1, 0), 2), Groups: 1}, []Shape{{1, 7, 7}}, Shape{1, 3, 3}},
		{"depthwise", Conv{Out: 6, Window: square(3, 1, 1), Groups: 6}, []Shape{{6, 9, 9}}, Shape{6, 9, 9}},
		{"conv 3-D", Conv{Out: 4, Groups: 1, Window: Window{
			Kernel: []int{3, 3, 3}, Stride: []int{1, 2, 2}, Dilation: []int{1, 1, 1}, Pad: []Pad{{1, 1}, {1, 1}, {1, 1}}}},
			[]Shape{{3, 16, 8, 8}}, Shape{4, 16, 4, 4}},
		{"pool rounds down", Pool{Fn: MaxPool, Window: square(3, 2, 0)}, []Shape{{1, 6, 6}}, Shape{1, 2, 2}},
		{"pool rounds up", Pool{Fn: MaxPool, Window: square(3, 2, 0), Ceil: true}, []Shape{{1, 6, 6}}, Shape{1, 3, 3}},
		{"pool drops a window in the padding", Pool{Fn: MaxPool, Window: square(2, 2, 1), Ceil: true}, []Shape{{1, 3, 3}}, Shape{1, 2, 2}},
		{"global pool", GlobalAvgPool{}, []Shape{{7, 3, 4}}, Shape{7, 1, 1}},
		{"fc flattens", FC{Out: 10}, []Shape{{7, 3, 4}}, Shape{10}},
		{"add", Add{}, []Shape{{2, 3}, {2, 3}, {2, 3}}, Shape{2, 3}},
		{"concat", Concat{}, []Shape{{2, 3, 3}, {5, 3, 3}}, Shape{7, 3, 3}},
		{"flatten", Flatten{}, []Shape{{2, 3, 4}}, Shape{24}},
		{"upsample", Upsample{Scale: 2}, []Shape{{2, 3, 4}}, Shape{2, 6, 8}},
	} {
		got, err := c.op.Infer(c.in)
		if err != nil || !got.Equal(c.want) {
			t.Errorf("%s: %v (%v), want %v", c.name, got, err, c.want)
		}
	}
}

// TestInferRefuses gives operators what they cannot take.
func TestInferRefuses(t *testing.T) {
	huge := square(3, 1, 0)
	huge.Dilation = []int{1 << 30, 1}
	for _, c := range []struct {
		name string
		op   Op
		in   []Shape
		want string
	}{
		{"two inputs", Conv{Out: 1, Window: square(1, 1, 0), Groups: 1}, []Shape{{1, 1, 1}, {1, 1, 1}}, "takes one input, not 2"},
		{"a vector", Conv{Out: 1, Window: square(1, 1, 0), Groups: 1}, []Shape{{4}}, "2 or 3 spatial dimensions"},
		{"a window of another rank", Conv{Out: 1, Window: square(1, 1, 0), Groups: 1}, []Shape{{1, 2, 2, 2}}, "must each have 3 dimensions"},
		{"groups", Conv{Out: 4, Window: square(1, 1, 0), Groups: 3}, []Shape{{4, 2, 2}}, "3 groups must divide its 4 input channels"},
		{"a large window", Conv{Out: 1, Window: square(5, 1, 0), Groups: 1}, []Shape{{1, 3, 3}}, "window of 5 is larger than the padded input of 3"},
		{"overflow", Conv{Out: 1, Window: huge, Groups: 1}, []Shape{{1, 3, 3}}, "at most 16384"},
		{"padding as wide as the window", Pool{Fn: MaxPool, Window: square(2, 2, 2)}, []Shape{{1, 4, 4}}, "not smaller than the window"},
		{"unequal shapes", Add{}, []Shape{{1, 2}, {2, 1}}, "2x1 is not 1x2"},
		{"unequal sides", Concat{}, []Shape{{1, 2, 2}, {1, 2, 3}}, "1x2x3 does not fit 1x2x2"},
		{"softmax over pixels", Softmax{}, []Shape{{2, 3, 3}}, "has spatial dimensions"},
		{"even LRN", LRN{Size: 4}, []Shape{{2, 3, 3}}, "must be odd"},
		{"no such activation", Activation{Fn: "rleu"}, []Shape{{2}}, `no activation function is named "rleu"`},
	} {
		if _, err := c.op.Infer(c.in); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v, want one with %q", c.name, err, c.want)
		}
	}
}

// small is input -> conv -> batch norm -> relu -> add(conv, relu).
func small(t testing.TB) *Graph {
	g, err := New("small", Shape{3, 4, 4})
	if err != nil {
		t.Fatal(err)
	}
	add := func(name string, op Op, in ...int) int {
		n, err := g.Add(name, op, in...)
		if err != nil {
			t.Fatal(err)
		}
		return n.ID
	}
	conv := add("conv", Conv{Out: 2, Window: square(3, 1, 1), Groups: 1, Bias: true}, 0)
	norm := add("norm", BatchNorm{Epsilon: 1e-5}, conv)
	relu := add("relu", Activation{Fn: ReLU}, norm)
	sum := add("sum", Add{}, conv, relu)
	if err := g.Finish(sum); err != nil {
		t.Fatal(err)
	}
	return g
}

// TestCost counts by hand: the convolution takes 2*4*4 outputs of 3*9
// multiply-adds, and 2*3*9 weights with 2 biases.
func TestCost(t *testing.T) {
	want := Cost{
		Work:            Work{MACs: 32 * 27, Ops: 32 + 2*32 + 32 + 32},
		Params:          54 + 2 + 4,
		Buffers:         4,
		ActivationElems: 48 + 4*32,
		PeakElems:       3 * 32, // conv, norm and relu while relu is computed
	}
	if diff := cmp.Diff(want, small(t).Cost()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestSamePad(t *testing.T) {
	for _, c := range []struct {
		n, kernel, stride, dilation int
		want                        Pad
	}{
		{5, 3, 1, 1, Pad{1, 1}}, {224, 3, 2, 1, Pad{0, 1}}, {7, 1, 2, 1, Pad{0, 0}}, {8, 3, 1, 2, Pad{2, 2}},
	} {
		if got := SamePad(c.n, c.kernel, c.stride, c.dilation); got != c.want {
			t.Errorf("SamePad(%d, %d, %d, %d) = %v, want %v", c.n, c.kernel, c.stride, c.dilation, got, c.want)
		}
	}
}

// TestErrorNamesLayerAndShapes: the user must see which layer and what it got.
func TestErrorNamesLayerAndShapes(t *testing.T) {
	g, err := New("g", Shape{3, 2, 2})
	if err != nil {
		t.Fatal(err)
	}
	_, err = g.Add("big", Conv{Out: 1, Window: square(5, 1, 0), Groups: 1}, 0)
	var shape *ShapeError
	if !errors.As(err, &shape) || shape.Name != "big" || !shape.In[0].Equal(Shape{3, 2, 2}) {
		t.Errorf("the error is %v", err)
	}
}

func TestFinishRefusesDeadLayers(t *testing.T) {
	g := small(t)
	var dead *DeadLayerError
	if err := g.Finish(1); !errors.As(err, &dead) || dead.Node.Name != "sum" {
		t.Errorf("the error is %v, want the layer sum", err)
	}
}

// TestJSON writes a graph and reads it back: the same network, by any name.
func TestJSON(t *testing.T) {
	g := small(t)
	data, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	var back Graph
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(g, &back); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	back.Name, back.Nodes[1].Name = "other", "renamed"
	if back.Digest() != g.Digest() {
		t.Error("names change the digest")
	}
	conv := back.Nodes[1].Op.(Conv)
	conv.Bias = false
	back.Nodes[1].Op = conv
	if back.Digest() == g.Digest() {
		t.Error("another network has the same digest")
	}
}

// FuzzJSON reads graphs that nobody checked: an error, never a panic, and what
// is read is a valid graph.
func FuzzJSON(f *testing.F) {
	data, err := json.Marshal(small(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"name":"x","input":[1],"nodes":[{"name":"a","op":"softmax","attr":{},"inputs":[0]}],"outputs":[1]}`))
	f.Add([]byte(`{"input":[1,2,2],"nodes":[{"op":"upsample","attr":{"scale":9223372036854775807},"inputs":[0]}],"outputs":[1]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var g Graph
		if json.Unmarshal(data, &g) != nil {
			return
		}
		for _, n := range g.Nodes {
			if err := n.Shape.Check(); err != nil {
				t.Errorf("layer %q: %v", n.Name, err)
			}
		}
		g.Cost()
		g.Digest()
	})
}
