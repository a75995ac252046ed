package equivalence

import (
	"math"
	"slices"
	"strings"
	"testing"

	"edgebench/compiler/network/export"
	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/graph/graphtest"
)

// network builds a graph whose layers read the one before them, or others by
// number.
type network struct{ graphtest.Net }

func start(t *testing.T, input ...int) network {
	t.Helper()
	return network{graphtest.New(t, t.Name(), input...)}
}

// then adds a layer behind the last one, or behind others.
func (n network) then(op graph.Op, in ...int) int {
	last := n.Last()
	if len(in) == 0 {
		in = []int{last}
	}
	return n.Add(op.Kind()+string(rune('a'+last)), op, in...)
}

func (n network) end(outputs ...int) *graph.Graph {
	if len(outputs) == 0 {
		outputs = []int{n.Last()}
	}
	return n.Finish(outputs...)
}

func win(rank, kernel, stride, begin, end int) graph.Window {
	return graphtest.Window(rank, kernel, stride, graph.Pad{Begin: begin, End: end})
}

func conv(out, kernel, stride, begin, end int) graph.Conv {
	return graph.Conv{Out: out, Window: win(2, kernel, stride, begin, end), Groups: 1, Bias: true}
}

func pool(fn graph.PoolFn, kernel, stride, begin, end int) graph.Pool {
	return graph.Pool{Fn: fn, Window: win(2, kernel, stride, begin, end)}
}

func fn(f graph.ActivationFn) graph.Activation { return graph.Activation{Fn: f} }

var norm = graph.BatchNorm{Epsilon: 1e-3}

// small lists networks that use each operator in the ways in which formats
// differ.
var small = []struct {
	name    string
	formats string // that can express it
	build   func(n network) *graph.Graph
}{
	{"classifier", "onnx darknet caffe tflite ncnn", func(n network) *graph.Graph {
		n.then(conv(8, 3, 2, 1, 1))
		n.then(norm)
		n.then(fn(graph.ReLU))
		n.then(pool(graph.MaxPool, 3, 2, 1, 1))
		n.then(graph.FC{Out: 10})
		n.then(norm)
		n.then(fn(graph.Tanh))
		n.then(graph.FC{Out: 5, Bias: true})
		n.then(graph.Softmax{})
		return n.end()
	}},
	{"stride 2 with a kernel of 1", "onnx darknet caffe tflite ncnn", func(n network) *graph.Graph {
		n.then(conv(8, 1, 2, 0, 0))
		return n.end()
	}},
	{"padding at the end", "onnx darknet caffe tflite ncnn", func(n network) *graph.Graph {
		n.then(conv(8, 3, 2, 0, 1))
		n.then(conv(6, 4, 1, 2, 1))
		n.then(pool(graph.MaxPool, 2, 1, 0, 1))
		return n.end()
	}},
	{"residual with three terms, joined and repeated", "onnx darknet caffe tflite ncnn", func(n network) *graph.Graph {
		a := n.then(conv(4, 3, 1, 1, 1))
		b := n.then(fn(graph.Sigmoid))
		c := n.then(conv(4, 1, 1, 0, 0), a)
		sum := n.then(graph.Add{}, a, b, c)
		n.then(graph.Activation{Fn: graph.LeakyReLU, Slope: 0.1})
		up := n.then(graph.Upsample{Scale: 2})
		down := n.then(pool(graph.MaxPool, 2, 2, 0, 0), up)
		return n.end(n.then(graph.Concat{}, down, sum, a), up)
	}},
	{"the input read twice", "onnx darknet caffe tflite ncnn", func(n network) *graph.Graph {
		a := n.then(conv(3, 3, 1, 1, 1))
		return n.end(n.then(graph.Add{}, a, 0))
	}},
	{"batch norm on its own", "onnx darknet caffe tflite ncnn", func(n network) *graph.Graph {
		n.then(norm)
		n.then(graph.GlobalAvgPool{})
		return n.end()
	}},
	{"groups and dilation", "onnx caffe tflite ncnn", func(n network) *graph.Graph {
		n.then(graph.Conv{Out: 6, Window: win(2, 3, 1, 1, 1), Groups: 3})
		wide := win(2, 3, 1, 2, 2)
		wide.Dilation = []int{2, 2}
		n.then(graph.Conv{Out: 4, Window: wide, Groups: 2})
		oblong := win(2, 1, 1, 0, 0)
		oblong.Kernel, oblong.Pad[1] = []int{1, 7}, graph.Pad{Begin: 3, End: 3}
		n.then(graph.Conv{Out: 4, Window: oblong, Groups: 1, Bias: true})
		return n.end()
	}},
	{"maximum pooling, rounded up", "onnx darknet caffe tflite ncnn", func(n network) *graph.Graph {
		p := pool(graph.MaxPool, 3, 2, 1, 1)
		p.Ceil = true
		n.then(p)
		p = pool(graph.MaxPool, 3, 3, 0, 0)
		p.Ceil = true
		n.then(p)
		return n.end()
	}},
	{"averages over padding", "onnx caffe tflite ncnn", func(n network) *graph.Graph {
		n.then(pool(graph.AvgPool, 3, 1, 1, 1))
		return n.end()
	}},
	{"averages without padding", "onnx caffe tflite ncnn", func(n network) *graph.Graph {
		p := pool(graph.AvgPool, 3, 2, 1, 1)
		p.ExcludePad = true
		n.then(p)
		return n.end()
	}},
	{"averages that hang over the padding", "onnx caffe tflite ncnn", func(n network) *graph.Graph {
		p := pool(graph.AvgPool, 3, 2, 1, 1)
		p.Ceil = true
		n.then(p)
		return n.end()
	}},
	{"averages that hang over the input", "onnx caffe ncnn", func(n network) *graph.Graph {
		p := pool(graph.AvgPool, 3, 3, 0, 0)
		p.Ceil = true
		n.then(p)
		return n.end()
	}},
	{"normalisation across channels", "onnx caffe tflite ncnn", func(n network) *graph.Graph {
		n.then(conv(8, 3, 1, 1, 1))
		n.then(graph.LRN{Size: 5, Alpha: 0.5, Beta: 0.75, K: 2})
		n.then(graph.LRN{Size: 3, Alpha: 1, Beta: 0.5, K: 1})
		n.then(pool(graph.AvgPool, 2, 2, 0, 0))
		return n.end()
	}},
	{"activations", "onnx caffe tflite ncnn", func(n network) *graph.Graph {
		x := n.then(graph.Affine{Factor: 8, Offset: 1})
		var outputs []int
		for _, f := range []graph.ActivationFn{graph.ReLU6, graph.SiLU, graph.HardSigmoid, graph.HardSwish} {
			outputs = append(outputs, n.then(fn(f), x))
		}
		for _, bounds := range [][2]float64{{-2, 3}, {-math.MaxFloat32, 1}, {-1, math.MaxFloat32}, {0, math.MaxFloat32}} {
			outputs = append(outputs, n.then(graph.Activation{Fn: graph.Clip, Low: bounds[0], High: bounds[1]}, x))
		}
		outputs = append(outputs, n.then(graph.Activation{Fn: graph.LeakyReLU, Slope: 0.3}, x))
		return n.end(outputs...)
	}},
	{"factors and offsets", "onnx caffe tflite ncnn", func(n network) *graph.Graph {
		x := n.then(conv(4, 3, 1, 1, 1))
		n.then(graph.GlobalAvgPool{})
		n.then(fn(graph.Sigmoid))
		gated := n.then(graph.Mul{}, x, n.Last())
		squared := n.then(graph.Mul{}, x, x)
		scaled := n.then(graph.ChannelAffine{Scale: true, Shift: true}, gated)
		shifted := n.then(graph.ChannelAffine{Shift: true}, squared)
		return n.end(scaled, shifted)
	}},
	{"parts of the channels", "onnx caffe tflite ncnn", func(n network) *graph.Graph {
		x := n.then(conv(6, 1, 1, 0, 0))
		a := n.then(graph.SliceChannels{Begin: 0, End: 2}, x)
		b := n.then(graph.SliceChannels{Begin: 1, End: 3}, x)
		c := n.then(graph.SliceChannels{Begin: 4, End: 6}, x)
		return n.end(a, b, c, n.then(graph.Reshape{Shape: graph.Shape{3, 22, 11}}, x))
	}},
	{"shuffled channels and zeros around", "onnx tflite ncnn", func(n network) *graph.Graph {
		n.then(conv(6, 1, 1, 0, 0))
		n.then(graph.ChannelShuffle{Groups: 3})
		n.then(graph.ZeroPad{Pad: []graph.Pad{{Begin: 1, End: 2}, {Begin: 0, End: 1}}})
		return n.end()
	}},
}

// installed is a checker of one format, or skips the test.
func installed(t *testing.T, f export.Format) *Checker {
	t.Helper()
	checker, err := New(Options{Formats: []export.Format{f}, Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	if err := checker.runtimes[0].find(t.Context()); err != nil {
		t.Skipf("%s is not compared: %v", f, err)
	}
	return checker
}

// TestRuntimes runs small networks in every runtime that is installed, and
// names those that are not. With -short it is one network a runtime: starting
// Python takes longer than the rest.
func TestRuntimes(t *testing.T) {
	for _, f := range Formats() {
		t.Run(string(f), func(t *testing.T) {
			checker := installed(t, f)
			networks := small
			if testing.Short() {
				networks = small[:1]
			}
			for _, network := range networks {
				t.Run(network.name, func(t *testing.T) {
					t.Parallel()
					checkSmall(t, checker, network.build(start(t, 3, 11, 11)), f, network.formats)
				})
			}
			t.Run("three spatial dimensions", func(t *testing.T) {
				t.Parallel()
				checkSmall(t, checker, video(t), f, "onnx caffe ncnn")
			})
		})
	}
}

// video is a small network over depth, height and width.
func video(t *testing.T) *graph.Graph {
	n := start(t, 3, 6, 9, 8)
	n.then(graph.Conv{Out: 4, Window: win(3, 3, 1, 1, 1), Groups: 1, Bias: true})
	w := win(3, 2, 2, 0, 0)
	w.Kernel[0], w.Stride[0] = 1, 1
	n.then(graph.Pool{Fn: graph.MaxPool, Window: w, Ceil: true})
	n.then(graph.Pool{Fn: graph.MaxPool, Window: win(3, 2, 2, 0, 0)})
	pooled := n.then(graph.Pool{Fn: graph.AvgPool, Window: win(3, 2, 1, 0, 0)})
	n.then(graph.GlobalAvgPool{})
	n.then(graph.FC{Out: 4, Bias: true})
	return n.end(n.Last(), pooled)
}

func checkSmall(t *testing.T, checker *Checker, g *graph.Graph, f export.Format, formats string) {
	t.Helper()
	err := check(t.Context(), checker, g, func(r Result) {
		want := Unsupported
		if slices.Contains(strings.Fields(formats), string(f)) {
			want = Same
		}
		if r.Status != want {
			t.Errorf("%s, expected %s: %s", r.Status, want, r.Reason)
		}
		if r.Status == Same && (r.Outputs < len(g.Outputs) || *r.RelativeL2 > 1e-5) {
			t.Errorf("%d outputs with the error %.2g", r.Outputs, *r.RelativeL2)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}
