package export

import (
	"errors"
	"strings"
	"testing"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/graph/graphtest"
)

// single is a network of one layer, "x".
func single(t *testing.T, op graph.Op, input ...int) *graph.Graph {
	b := graphtest.New(t, "single", input...)
	return b.Finish(b.Add("x", op, 0))
}

func oblong(kernel []int) graph.Window {
	return graph.Window{Kernel: kernel, Stride: []int{1, 1}, Dilation: []int{1, 1}, Pad: make([]graph.Pad, 2)}
}

func dilated() graph.Window {
	w := window(3, 1)
	w.Dilation = []int{2, 2}
	return w
}

func volume() graph.Window {
	return graph.Window{Kernel: []int{3, 3, 3}, Stride: []int{1, 1, 1}, Dilation: []int{1, 1, 1}, Pad: make([]graph.Pad, 3)}
}

// TestUnsupported lists what each format cannot express, and how it says so.
func TestUnsupported(t *testing.T) {
	tests := []struct {
		format Format
		op     graph.Op
		input  graph.Shape
		want   string // in the reason
	}{
		{Darknet, graph.Activation{Fn: graph.ReLU6}, graph.Shape{3, 8, 8}, "no activation function relu6"},
		{Darknet, graph.Activation{Fn: graph.LeakyReLU, Slope: 0.2}, graph.Shape{3, 8, 8}, "slope 0.1, and this one has 0.2"},
		{Darknet, graph.Conv{Out: 2, Window: oblong([]int{1, 7}), Groups: 1}, graph.Shape{3, 8, 8}, "one kernel size"},
		{Darknet, graph.Conv{Out: 2, Window: dilated(), Groups: 1}, graph.Shape{3, 8, 8}, "no dilation"},
		{Darknet, graph.Conv{Out: 2, Window: window(1, 1, even(1)...), Groups: 1}, graph.Shape{3, 8, 8}, "convolutions of size 1 not at all"},
		{Darknet, graph.Conv{Out: 2, Window: volume(), Groups: 1}, graph.Shape{3, 8, 8, 8}, "two spatial dimensions"},
		{Darknet, graph.Pool{Fn: graph.AvgPool, Window: window(2, 2)}, graph.Shape{3, 8, 8}, "averages only over the whole input"},
		{Darknet, graph.Pool{Fn: graph.MaxPool, Window: window(3, 3), Ceil: true}, graph.Shape{3, 10, 10}, "at most one more element at the end"},
		{Darknet, graph.Pool{Fn: graph.MaxPool, Window: oblong([]int{1, 2})}, graph.Shape{3, 8, 8}, "one size"},
		{Darknet, graph.ChannelShuffle{Groups: 2}, graph.Shape{4, 8, 8}, "no such layer"},
		{Darknet, graph.Reshape{Shape: graph.Shape{8, 4, 8}}, graph.Shape{4, 8, 8}, "cannot reshape 4x8x8 to 8x4x8"},
		{Caffe, graph.Pool{Fn: graph.MaxPool, Window: dilated()}, graph.Shape{3, 8, 8}, "no dilation"},
		{Caffe, graph.ChannelShuffle{Groups: 2}, graph.Shape{4, 8, 8}, "cannot reorder channels"},
		{Caffe, graph.ZeroPad{Pad: even(1)}, graph.Shape{4, 8, 8}, "pads only within"},
		{ONNX, graph.Pool{Fn: graph.AvgPool, Window: dilated()}, graph.Shape{3, 8, 8}, "no dilation in opset 13"},
	}
	for _, test := range tests {
		_, err := Check(single(t, test.op, test.input...), test.format)
		var unsupported *UnsupportedError
		if !errors.As(err, &unsupported) {
			t.Errorf("%s, %s %+v: the error is %v", test.format, test.op.Kind(), test.op, err)
			continue
		}
		if unsupported.Layer != "x" || unsupported.Op != test.op.Kind() || !strings.Contains(unsupported.Reason, test.want) {
			t.Errorf("%s: %v: expected %q", test.format, err, test.want)
		}
	}
}

func TestOutputTwice(t *testing.T) {
	b := graphtest.New(t, "twice", 3, 8, 8)
	x := b.Add("relu", graph.Activation{Fn: graph.ReLU}, 0)
	_, err := Check(b.Finish(x, x), ONNX)
	if want := `layer "relu" is an output twice: name it once in ` + "`outputs`"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestEvenly shows how paddings that differ become equal ones: the kernel grows
// only if it must.
func TestEvenly(t *testing.T) {
	tests := []struct {
		name                string
		in, kernel, stride  int
		pad                 graph.Pad
		size, pads, inFront int
	}{
		{"equal already", 224, 7, 2, graph.Pad{Begin: 3, End: 3}, 7, 3, 0},
		{"the last zero is never read", 7, 3, 2, graph.Pad{Begin: 1, End: 2}, 3, 1, 0},
		{"TensorFlow's SAME with stride 2", 300, 3, 2, graph.Pad{Begin: 0, End: 1}, 4, 1, 1},
		{"AlexNet's first layer", 224, 11, 4, graph.Pad{Begin: 1, End: 2}, 12, 2, 1},
		{"more at the begin", 8, 3, 1, graph.Pad{Begin: 2, End: 0}, 5, 2, 0},
	}
	for _, test := range tests {
		w := graph.Window{Kernel: []int{test.kernel}, Stride: []int{test.stride}, Dilation: []int{1}, Pad: []graph.Pad{test.pad}}
		out := (test.in+test.pad.Begin+test.pad.End-test.kernel)/test.stride + 1
		got, ok := evenly(w, 0, test.in, out)
		if want := (symmetric{test.pads, test.size, test.inFront}); !ok || got != want {
			t.Errorf("%s: %+v, %v, want %+v", test.name, got, ok, want)
		}
	}
}

func TestGrow(t *testing.T) {
	sides := []symmetric{{kernel: 3, front: 1}, {kernel: 2, front: 0}}
	got := grow([]float32{1, 2, 3, 4}, []int{2, 2}, sides)
	want := []float32{0, 0, 1, 2, 3, 4}
	if len(got) != len(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}
