package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/weights"
	"edgebench/executor/deviation"
	"edgebench/executor/engine/kernel"
	"edgebench/executor/engine/reference"
)

// errorBound is the largest relative L2 error of any layer's output against a
// whole network in float64.
const errorBound = 5e-6

// options lists every way of running that must give the same results.
func options() []Options {
	var list []Options
	for _, set := range kernel.Sets() {
		for _, fusion := range []bool{true, false} {
			for threads := 1; threads <= 3; threads++ {
				list = append(list, Options{Threads: threads, Fusion: fusion, Kernels: set.Name})
			}
		}
	}
	return list
}

// checkGraph compares a graph's every layer with float64, under all options.
func checkGraph(t *testing.T, g *graph.Graph) {
	t.Helper()
	w, input := weights.Seeded(g, 7), weights.Input(g, 8)
	want, err := reference.Run(g, w, input)
	if err != nil {
		t.Fatal(err)
	}
	for _, opt := range options() {
		checkLayers(t, g, w, input, want, opt)
		checkOutputsOf(t, g, w, input, want, opt)
	}
}

// checkLayers keeps all activations and compares each.
func checkLayers(t *testing.T, g *graph.Graph, w *weights.Set, input []float32, want [][]float64, opt Options) {
	t.Helper()
	opt.keep = true
	p := start(t, g, w, input, opt)
	for _, l := range p.net.layers {
		v := l.out()
		if v >= len(want) {
			continue // a copy that the engine inserted; its reader is compared
		}
		got := p.read(v, make([]float32, len(want[v])))
		if e := deviation.RelativeL2(want[v], got); !(e <= errorBound) {
			t.Errorf("%s, %+v: layer %s differs from float64 by %.2g", g.Name, opt, l.name(), e)
		}
	}
}

// checkOutputsOf shares memory between activations, as in real use, and runs
// twice: the second run finds the first one's values in memory.
func checkOutputsOf(t *testing.T, g *graph.Graph, w *weights.Set, input []float32, want [][]float64, opt Options) {
	t.Helper()
	p := start(t, g, w, input, opt)
	for run := range 2 {
		if run > 0 {
			if err := p.Run(); err != nil {
				t.Fatal(err)
			}
		}
		for i, id := range g.Outputs {
			if e := deviation.RelativeL2(want[id], p.Output(i)); !(e <= errorBound) {
				t.Errorf("%s, %+v, run %d: output %d differs from float64 by %.2g", g.Name, opt, run, i, e)
			}
		}
	}
}

// start compiles and runs a graph once.
func start(t testing.TB, g *graph.Graph, w *weights.Set, input []float32, opt Options) *Program {
	t.Helper()
	p, err := Compile(g, w, opt)
	if err != nil {
		t.Fatalf("%s: %v", g.Name, err)
	}
	t.Cleanup(p.Close)
	if err := p.SetInput(input); err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	return p
}

// operatorCase is one operator behind an input, and behind a first layer too,
// since the input may be stored without padding lanes.
type operatorCase struct {
	name  string
	input graph.Shape
	op    graph.Op
}

func (c operatorCase) check(t *testing.T) {
	t.Helper()
	direct := newNet(t, c.name, c.input...)
	checkGraph(t, direct.Finish(direct.add(c.op, 0)))
	behind := newNet(t, c.name+" behind a layer", c.input...)
	first := behind.norm(0)
	checkGraph(t, behind.Finish(behind.add(c.op, first)))
}

func conv2d(out, groups int, bias bool, w graph.Window) graph.Conv {
	return graph.Conv{Out: out, Groups: groups, Bias: bias, Window: w}
}

// dims makes a window of any rank from one {kernel, stride, dilation, begin,
// end} a dimension.
func dims(list ...[5]int) graph.Window {
	var w graph.Window
	for _, d := range list {
		w.Kernel = append(w.Kernel, d[0])
		w.Stride = append(w.Stride, d[1])
		w.Dilation = append(w.Dilation, d[2])
		w.Pad = append(w.Pad, graph.Pad{Begin: d[3], End: d[4]})
	}
	return w
}

func TestOperators(t *testing.T) {
	maxOf := func(ceil bool, w graph.Window) graph.Pool {
		return graph.Pool{Fn: graph.MaxPool, Window: w, Ceil: ceil}
	}
	mean := func(ceil, exclude bool, w graph.Window) graph.Pool {
		return graph.Pool{Fn: graph.AvgPool, Window: w, Ceil: ceil, ExcludePad: exclude}
	}
	cases := []operatorCase{
		{"conv 1x1", graph.Shape{5, 4, 3}, conv2d(7, 1, true, window(1, 1, 0))},
		{"conv 1x1 with stride", graph.Shape{16, 7, 5}, conv2d(33, 1, false, window(1, 2, 0))},
		{"conv 3x3", graph.Shape{3, 9, 11}, conv2d(16, 1, true, window(3, 1, 1))},
		{"conv 3x3 on one pixel", graph.Shape{3, 1, 1}, conv2d(2, 1, true, window(3, 1, 1))},
		{"conv 7x7 with stride 2", graph.Shape{3, 15, 17}, conv2d(20, 1, true, window(7, 2, 3))},
		{"conv of 1 by 5", graph.Shape{4, 6, 9}, conv2d(18, 1, true, dims([5]int{1, 1, 1, 0, 0}, [5]int{5, 1, 1, 2, 2}))},
		{"conv with padding at the end", graph.Shape{4, 8, 8}, conv2d(17, 1, true, dims([5]int{3, 2, 1, 0, 1}, [5]int{2, 3, 1, 0, 2}))},
		{"conv with dilation", graph.Shape{6, 12, 10}, conv2d(16, 1, true, dims([5]int{3, 1, 2, 2, 2}, [5]int{3, 1, 3, 3, 3}))},
		{"conv of many channels in blocks", graph.Shape{600, 3, 3}, conv2d(40, 1, true, window(1, 1, 0))},
		{"conv of many channels and taps in blocks", graph.Shape{150, 4, 4}, conv2d(24, 1, true, window(3, 1, 1))},
		{"conv of 2 groups", graph.Shape{32, 5, 5}, conv2d(64, 2, true, window(3, 1, 1))},
		{"conv of narrow groups", graph.Shape{12, 5, 5}, conv2d(24, 6, true, window(3, 1, 1))},
		{"conv of groups that straddle panels", graph.Shape{15, 5, 5}, conv2d(21, 3, true, window(3, 1, 1))},
		{"depthwise", graph.Shape{24, 9, 9}, conv2d(24, 24, true, window(3, 1, 1))},
		{"depthwise of 3 channels", graph.Shape{3, 9, 9}, conv2d(3, 3, false, window(3, 2, 1))},
		{"depthwise 5x5 with dilation", graph.Shape{17, 12, 12}, conv2d(17, 17, true, dims([5]int{5, 1, 2, 4, 4}, [5]int{5, 2, 1, 2, 1}))},
		{"depthwise with two outputs a channel", graph.Shape{9, 6, 6}, conv2d(18, 9, true, window(3, 1, 1))},
		{"conv 3-D", graph.Shape{3, 4, 6, 5}, conv2d(10, 1, true, dims([5]int{3, 1, 1, 1, 1}, [5]int{3, 2, 1, 1, 0}, [5]int{2, 1, 2, 1, 1}))},
		{"depthwise 3-D", graph.Shape{18, 3, 4, 5}, conv2d(18, 18, true, dims([5]int{3, 1, 1, 1, 1}, [5]int{3, 1, 1, 1, 1}, [5]int{3, 2, 1, 1, 1}))},
		{"fc", graph.Shape{37}, graph.FC{Out: 10, Bias: true}},
		{"fc of one output", graph.Shape{5}, graph.FC{Out: 1}},
		{"fc on an image", graph.Shape{5, 3, 2}, graph.FC{Out: 19, Bias: true}},
		{"fc on a volume", graph.Shape{2, 3, 2, 4}, graph.FC{Out: 6}},
		{"fc shared by threads", graph.Shape{700}, graph.FC{Out: 301, Bias: true}},
		{"batch norm", graph.Shape{21, 5, 3}, graph.BatchNorm{Epsilon: 1e-3}},
		{"batch norm of a vector", graph.Shape{21}, graph.BatchNorm{Epsilon: 1e-3}},
		{"lrn", graph.Shape{20, 4, 4}, graph.LRN{Size: 5, Alpha: 1e-1, Beta: 0.75, K: 2}},
		{"lrn with another power", graph.Shape{3, 4, 4}, graph.LRN{Size: 9, Alpha: 1, Beta: 0.6, K: 1}},
		{"max pooling", graph.Shape{19, 9, 9}, maxOf(false, window(3, 2, 1))},
		{"max pooling with ceil", graph.Shape{4, 8, 7}, maxOf(true, window(3, 2, 0))},
		{"max pooling with ceil and padding", graph.Shape{4, 6, 6}, maxOf(true, dims([5]int{2, 2, 1, 1, 1}, [5]int{3, 3, 1, 0, 2}))},
		{"max pooling with dilation", graph.Shape{4, 9, 9}, maxOf(false, dims([5]int{3, 1, 2, 1, 1}, [5]int{2, 2, 3, 0, 1}))},
		{"max pooling 3-D", graph.Shape{6, 4, 5, 6}, maxOf(false, dims([5]int{2, 2, 1, 0, 0}, [5]int{3, 2, 1, 1, 1}, [5]int{2, 1, 1, 0, 0}))},
		{"average pooling", graph.Shape{19, 9, 9}, mean(false, false, window(3, 2, 1))},
		{"average pooling without padding", graph.Shape{19, 9, 9}, mean(false, true, window(3, 2, 1))},
		{"average pooling with ceil", graph.Shape{4, 8, 8}, mean(true, false, window(3, 2, 1))},
		{"average pooling with ceil without padding", graph.Shape{4, 8, 8}, mean(true, true, window(3, 2, 1))},
		{"average pooling of large windows", graph.Shape{20, 18, 18}, mean(false, false, window(17, 1, 0))},
		{"average pooling 3-D", graph.Shape{6, 4, 5, 6}, mean(true, false, dims([5]int{2, 2, 1, 0, 0}, [5]int{3, 2, 1, 1, 1}, [5]int{4, 3, 1, 0, 0}))},
		{"global average", graph.Shape{70, 7, 7}, graph.GlobalAvgPool{}},
		{"global average of a large plane", graph.Shape{5, 40, 33}, graph.GlobalAvgPool{}},
		{"global average 3-D", graph.Shape{5, 3, 4, 3}, graph.GlobalAvgPool{}},
		{"softmax", graph.Shape{50}, graph.Softmax{}},
		{"softmax of pixels", graph.Shape{50, 1, 1}, graph.Softmax{}},
		{"flatten", graph.Shape{5, 3, 4}, graph.Flatten{}},
		{"flatten of one pixel", graph.Shape{5, 1, 1}, graph.Flatten{}},
		{"upsample", graph.Shape{5, 3, 4}, graph.Upsample{Scale: 2}},
		{"upsample 3-D", graph.Shape{5, 2, 3, 4}, graph.Upsample{Scale: 3}},
		{"reshape", graph.Shape{5, 3, 4}, graph.Reshape{Shape: graph.Shape{6, 5, 2}}},
		{"reshape of a vector", graph.Shape{24}, graph.Reshape{Shape: graph.Shape{2, 3, 4}}},
		{"reshape of one pixel", graph.Shape{24, 1, 1}, graph.Reshape{Shape: graph.Shape{24, 1}}},
		{"zero padding", graph.Shape{5, 3, 4}, graph.ZeroPad{Pad: []graph.Pad{{Begin: 1, End: 2}, {End: 3}}}},
		{"zero padding 3-D", graph.Shape{5, 3, 2, 4}, graph.ZeroPad{Pad: []graph.Pad{{Begin: 1}, {}, {Begin: 2, End: 2}}}},
		{"affine", graph.Shape{5, 3, 4}, graph.Affine{Factor: 2.5, Offset: -0.5}},
		{"affine of a vector", graph.Shape{37}, graph.Affine{Factor: -1, Offset: 3}},
		{"channel affine", graph.Shape{37, 3, 4}, graph.ChannelAffine{Scale: true, Shift: true}},
		{"channel scale", graph.Shape{3, 5, 4}, graph.ChannelAffine{Scale: true}},
		{"channel shift", graph.Shape{16, 5, 4}, graph.ChannelAffine{Shift: true}},
		{"slice of channels", graph.Shape{37, 3, 4}, graph.SliceChannels{Begin: 17, End: 36}},
		{"slice of one channel", graph.Shape{3, 3, 4}, graph.SliceChannels{Begin: 2, End: 3}},
		{"slice of all channels", graph.Shape{16, 3, 4}, graph.SliceChannels{End: 16}},
		{"channel shuffle", graph.Shape{58, 3, 4}, graph.ChannelShuffle{Groups: 2}},
		{"channel shuffle of a vector", graph.Shape{15}, graph.ChannelShuffle{Groups: 5}},
		{"clip", graph.Shape{11, 5, 5}, graph.Activation{Fn: graph.Clip, Low: -0.25, High: 0.5}},
		{"clip from below", graph.Shape{11, 5, 5}, graph.Activation{Fn: graph.Clip, Low: -0.25, High: math.MaxFloat32}},
		{"concat of one", graph.Shape{5, 3, 4}, graph.Concat{}},
	}
	for _, fn := range []graph.ActivationFn{
		graph.ReLU, graph.ReLU6, graph.LeakyReLU, graph.Sigmoid, graph.Tanh, graph.SiLU, graph.HardSigmoid, graph.HardSwish,
	} {
		cases = append(cases,
			operatorCase{string(fn), graph.Shape{11, 5, 5}, graph.Activation{Fn: fn, Slope: 0.1}},
			operatorCase{string(fn) + " of a vector", graph.Shape{3}, graph.Activation{Fn: fn, Slope: 0.3}})
	}
	for _, c := range cases {
		t.Run(c.name, c.check)
	}
}

// randomWindow draws a window that fits a dimension of n elements.
func randomWindow(rng *rand.Rand, n, rank int) graph.Window {
	list := make([][5]int, rank)
	for i := range list {
		kernel, dilation := 1+rng.IntN(4), 1+rng.IntN(2)
		extent := dilation*(kernel-1) + 1
		pad := func() int { return min(rng.IntN(3), (kernel-1)/2*dilation) }
		list[i] = [5]int{kernel, 1 + rng.IntN(3), dilation, pad(), pad()}
		if list[i][3]+list[i][4]+n < extent {
			list[i] = [5]int{1, 1, 1, 0, 0}
		}
	}
	return dims(list...)
}

func TestRandomWindows(t *testing.T) {
	rng := rand.New(rand.NewPCG(20, 21))
	for i := range 60 {
		rank, n := 2+rng.IntN(2), 4+rng.IntN(5)
		groups := 1 + rng.IntN(4)
		channels := groups * (1 + rng.IntN(12))
		shape := graph.Shape{channels, n, n, n}[:rank+1]
		w := randomWindow(rng, n, rank)
		var op graph.Op = graph.Conv{Out: groups * (1 + rng.IntN(20)), Groups: groups, Bias: rng.IntN(2) == 0, Window: w}
		switch rng.IntN(4) {
		case 0:
			op = graph.Pool{Fn: graph.MaxPool, Window: w, Ceil: rng.IntN(2) == 0}
		case 1:
			op = graph.Pool{Fn: graph.AvgPool, Window: w, Ceil: rng.IntN(2) == 0, ExcludePad: rng.IntN(2) == 0}
		}
		n0 := newNet(t, fmt.Sprintf("random %d: %+v of %v", i, op, shape), shape...)
		checkGraph(t, n0.Finish(n0.add(op, 0)))
	}
}

// TestMinimalFiltering: convolutions of every size near the algorithm's own give what the reference gives,
// with what is fused behind them, whole and in parts of the channels and squares.
func TestMinimalFiltering(t *testing.T) {
	rng := rand.New(rand.NewPCG(22, 23))
	for i := range 30 {
		height, width := 3+rng.IntN(12), 3+rng.IntN(12)
		channels, out := 1+rng.IntN(40), 1+rng.IntN(40)
		if i%10 == 0 {
			channels, out = 270+rng.IntN(30), 50 // more than one block of channels
		}
		pad := func() int { return rng.IntN(3) }
		n := newNet(t, fmt.Sprintf("random %d: %dx%dx%d to %d", i, channels, height, width, out), channels, height, width)
		w := dims([5]int{3, 1, 1, pad(), pad()}, [5]int{3, 1, 1, pad(), pad()})
		x := n.conv(0, channels, 1, 1, 0, 1, true) // the input itself may be stored without padding
		y := n.add(graph.Conv{Out: out, Groups: 1, Bias: rng.IntN(2) == 0, Window: w}, x)
		if rng.IntN(2) == 0 {
			y = n.add(graph.Add{}, y, n.conv(y, out, 3, 1, 1, 1, true)) // fused into the later one
		}
		switch rng.IntN(3) {
		case 0:
			y = n.relu(y)
		case 1:
			y = n.act(y, graph.LeakyReLU)
		}
		g := n.Finish(y)
		weight, input := weights.Seeded(g, 7), weights.Input(g, 8)
		want, err := reference.Run(g, weight, input)
		if err != nil {
			t.Fatal(err)
		}
		for _, opt := range options() {
			opt.Convolution = Minimal
			checkLayers(t, g, weight, input, want, opt)
			checkOutputsOf(t, g, weight, input, want, opt)
		}
	}
}

// smallNetworks are networks with every way in which layers meet.
func smallNetworks(t testing.TB) []*graph.Graph {
	residual := newNet(t, "residual", 3, 20, 20)
	x := residual.maxPool(residual.relu(residual.convNorm(0, 20, 7, 2, 1)), 3, 2, 1)
	x = residual.basicBlock(x, 20, 1)
	x = residual.basicBlock(x, 40, 2)
	x = residual.bottleneck(x, 12, 1)

	mobile := newNet(t, "mobile", 3, 24, 24)
	y := mobile.act(mobile.convNorm(0, 12, 3, 2, 1), graph.HardSwish)
	y = mobile.invertedResidual(y, 12, 1, 3)
	y = mobile.invertedResidual(y, 20, 2, 6)
	y = mobile.invertedResidual(y, 20, 1, 1)

	return []*graph.Graph{
		residual.classify(x, 10), mobile.classify(y, 10),
		branches(t), detector(t), awkward(t), volume(t), normFirst(t), shuffled(t), gated(t),
	}
}

// branches is an inception block, with tapped branches as outputs.
func branches(t testing.TB) *graph.Graph {
	n := newNet(t, "branches", 3, 13, 13)
	x := n.relu(n.conv(0, 18, 3, 2, 0, 1, true))
	a := n.relu(n.conv(x, 10, 1, 1, 0, 1, true))
	b := n.act(n.conv(n.conv(x, 7, 1, 1, 0, 1, true), 16, 3, 1, 1, 1, true), graph.Sigmoid)
	c := n.conv(n.maxPool(x, 3, 1, 1), 5, 1, 1, 0, 1, true)
	joined := n.add(graph.Concat{}, a, b, c, x)
	y := n.add(graph.LRN{Size: 5, Alpha: 0.1, Beta: 0.75, K: 1}, joined)
	y = n.add(graph.Pool{Fn: graph.AvgPool, Window: window(3, 2, 0), Ceil: true}, y)
	y = n.add(graph.Softmax{}, n.add(graph.FC{Out: 9, Bias: true}, y))
	return n.Finish(y, a, joined, c)
}

// detector is a darknet-like network: leaky residuals, upsampling, a route
// back, and two heads.
func detector(t testing.TB) *graph.Graph {
	n := newNet(t, "detector", 3, 16, 16)
	leaky := func(in, out, kernel, stride int) int {
		return n.act(n.convNorm(in, out, kernel, stride, 1), graph.LeakyReLU)
	}
	x := leaky(leaky(0, 8, 3, 1), 16, 3, 2)
	x = n.add(graph.Add{}, x, leaky(leaky(x, 8, 1, 1), 16, 3, 1))
	y := leaky(x, 32, 3, 2)
	y = n.add(graph.Add{}, y, n.act(n.convNorm(y, 32, 3, 1, 1), graph.SiLU))
	deep := n.conv(y, 27, 1, 1, 0, 1, true)
	up := n.add(graph.Upsample{Scale: 2}, leaky(y, 8, 1, 1))
	wide := n.conv(n.add(graph.Concat{}, up, x), 27, 1, 1, 0, 1, true)
	return n.Finish(deep, wide)
}

// awkward has what is easy to get wrong in fusing: inputs used twice, sums of
// a layer with itself or with the input, of three, of two convolutions, outputs
// in the middle of a chain, and activations and norms in unusual order.
func awkward(t testing.TB) *graph.Graph {
	n := newNet(t, "awkward", 6, 7, 7)
	twice := n.conv(0, 6, 3, 1, 1, 1, true)
	double := n.relu(n.add(graph.Add{}, twice, twice))
	withInput := n.relu(n.add(graph.Add{}, n.conv(double, 6, 1, 1, 0, 1, true), 0))
	both := n.act(n.add(graph.Add{}, n.convNorm(withInput, 6, 3, 1, 1), n.convNorm(double, 6, 1, 1, 6)), graph.Tanh)
	three := n.relu(n.add(graph.Add{}, both, n.norm(both), n.conv(both, 6, 1, 1, 0, 3, true)))
	tapped := n.conv(three, 9, 3, 1, 1, 1, true) // an output before its norm
	normed := n.norm(n.norm(n.relu(n.norm(n.norm(n.conv(n.norm(tapped), 9, 3, 1, 1, 9, false))))))
	twoActs := n.act(n.relu(normed), graph.HardSigmoid)
	sum := n.add(graph.Add{}, n.relu(n.conv(twoActs, 9, 1, 1, 0, 1, true)), twoActs)
	same := n.add(graph.Concat{}, sum, sum)
	vector := n.act(n.norm(n.add(graph.FC{Out: 12, Bias: true}, same)), graph.SiLU)
	pair := n.add(graph.Add{}, vector, n.add(graph.FC{Out: 12}, vector))
	return n.Finish(n.add(graph.Flatten{}, pair), tapped, tapped, twoActs, 0)
}

// volume is a 3-D network.
func volume(t testing.TB) *graph.Graph {
	n := newNet(t, "volume", 3, 6, 12, 12)
	cube := [5]int{3, 1, 1, 1, 1}
	x := n.relu(n.add(graph.Conv{Out: 10, Groups: 1, Bias: true, Window: dims(cube, cube, cube)}, 0))
	x = n.add(graph.Pool{Fn: graph.MaxPool, Window: dims([5]int{1, 1, 1, 0, 0}, [5]int{2, 2, 1, 0, 0}, [5]int{2, 2, 1, 0, 0})}, x)
	y := n.norm(n.add(graph.Conv{Out: 10, Groups: 1, Window: dims(cube, cube, cube)}, x))
	x = n.relu(n.add(graph.Add{}, x, y))
	return n.Finish(n.add(graph.FC{Out: 8, Bias: true}, n.add(graph.Flatten{}, x)))
}

// normFirst is a dense block, whose norms come before its convolutions.
func normFirst(t testing.TB) *graph.Graph {
	n := newNet(t, "norm first", 5, 9, 9)
	x := n.conv(0, 6, 3, 1, 1, 1, false)
	for range 3 {
		x = n.add(graph.Concat{}, x, n.conv(n.relu(n.norm(x)), 5, 3, 1, 1, 1, false))
	}
	return n.classify(n.act(n.norm(x), graph.HardSwish), 4)
}

// shuffled is ShuffleNet's unit: half of the channels pass by, and all are
// shuffled; scales and shifts stand where they can be folded and where not.
func shuffled(t testing.TB) *graph.Graph {
	n := newNet(t, "shuffled", 3, 12, 12)
	x := n.add(graph.ZeroPad{Pad: []graph.Pad{{End: 1}, {Begin: 1}}}, n.add(graph.Affine{Factor: 0.5, Offset: 0.02}, 0))
	x = n.relu(n.add(graph.ChannelAffine{Scale: true, Shift: true}, n.conv(x, 20, 3, 2, 1, 1, true)))
	for range 2 {
		left := n.add(graph.SliceChannels{End: 10}, x)
		right := n.relu(n.convNorm(n.add(graph.SliceChannels{Begin: 10, End: 20}, x), 10, 3, 1, 10))
		x = n.add(graph.ChannelShuffle{Groups: 2}, n.add(graph.Concat{}, left, right))
	}
	x = n.relu(n.add(graph.ChannelAffine{Shift: true}, n.add(graph.Affine{Factor: 2}, x)))
	vector := n.add(graph.FC{Out: 24}, n.add(graph.Reshape{Shape: graph.Shape{20 * 49}}, x))
	plane := n.add(graph.Reshape{Shape: graph.Shape{6, 2, 2}}, n.add(graph.ChannelAffine{Shift: true}, vector))
	return n.Finish(n.add(graph.Affine{Factor: 1, Offset: 1}, plane))
}

// gated has squeeze and excitation, and products of layers with themselves and
// with the input.
func gated(t testing.TB) *graph.Graph {
	n := newNet(t, "gated", 20, 9, 9)
	x := n.act(n.convNorm(0, 20, 3, 1, 1), graph.HardSwish)
	squeezed := n.relu(n.conv(n.add(graph.GlobalAvgPool{}, x), 6, 1, 1, 0, 1, true))
	x = n.add(graph.Mul{}, x, n.act(n.conv(squeezed, 20, 1, 1, 0, 1, true), graph.Sigmoid))
	x = n.act(n.add(graph.Mul{}, x, 0), graph.Tanh)
	x = n.add(graph.Activation{Fn: graph.Clip, Low: -0.5, High: 1.5}, n.convNorm(x, 40, 1, 1, 4))
	squared := n.add(graph.Mul{}, x, x)
	vector := n.add(graph.Flatten{}, n.add(graph.GlobalAvgPool{}, squared))
	return n.Finish(n.add(graph.FC{Out: 8, Bias: true}, n.relu(n.add(graph.Mul{}, squared, vector))), vector)
}

func TestNetworks(t *testing.T) {
	for _, g := range smallNetworks(t) {
		t.Run(g.Name, func(t *testing.T) { checkGraph(t, g) })
	}
}

// TestFusion counts what is left to run.
func TestFusion(t *testing.T) {
	cases := []struct {
		g              *graph.Graph
		fused, unfused int
	}{
		// 53 convolutions, a pooling, a mean and a fully connected layer.
		{resnet50(t), 56, 175},
		{mobilenetV2(t), 54, 152},
		{vgg16(t), 13 + 5 + 1 + 3, 37},
	}
	for _, c := range cases {
		for _, fusion := range []bool{true, false} {
			net := newNetwork(c.g, weights.NewSet())
			net.rewrite(Options{Fusion: fusion})
			want := c.unfused
			if fusion {
				want = c.fused
			}
			if got := len(net.layers); got != want {
				t.Errorf("%s with fusion %v runs %d layers, want %d", c.g.Name, fusion, got, want)
			}
			if !fusion && len(net.layers) != len(c.g.Nodes)-1 {
				t.Errorf("%s without fusion does not run each of its %d layers", c.g.Name, len(c.g.Nodes)-1)
			}
		}
	}
}

func TestPassesInOrder(t *testing.T) {
	if got := fmt.Sprint(Passes(Options{})); got != "[insert flatten before fully connected]" {
		t.Errorf("without fusion the passes are %s", got)
	}
	want := "[insert flatten before fully connected fold batch norm fuse residual addition fuse activation flatten in place]"
	if got := fmt.Sprint(Passes(Options{Fusion: true})); got != want {
		t.Errorf("with fusion the passes are %s", got)
	}
}

// TestArena checks that tensors alive at the same time do not overlap, and that
// a chain of layers needs little more memory than its two largest neighbours.
func TestArena(t *testing.T) {
	for _, g := range append(smallNetworks(t), resnet50(t)) {
		for _, fusion := range []bool{true, false} {
			net := newNetwork(g, weights.NewSet())
			net.rewrite(Options{Fusion: fusion})
			tensors := net.layout()
			end := net.place(tensors, false)
			spans := net.spans(false)
			for v, s := range spans {
				for u, r := range spans[:v] {
					apart := tensors[v].base >= tensors[u].base+size(tensors[u]) || tensors[u].base >= tensors[v].base+size(tensors[v])
					if s.first <= s.last && r.first <= r.last && s.overlaps(r) && !apart {
						t.Errorf("%s: values %d and %d share memory while both are alive", g.Name, u, v)
					}
				}
				if s.first <= s.last && tensors[v].base+size(tensors[v]) > end {
					t.Errorf("%s: value %d ends beyond the arena", g.Name, v)
				}
			}
		}
	}
	p, err := Compile(vggStages(t), weights.Seeded(vggStages(t), 1), Options{Fusion: true})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	// The last two convolutions' results and the input are alive at once.
	if most := 32*32*(128+64) + 3*32*32 + 1000; len(p.arena) > most {
		t.Errorf("the arena has %d elements, want at most %d", len(p.arena), most)
	}
}

// vggStages is VGG's first layers at a small input.
func vggStages(t testing.TB) *graph.Graph {
	n := newNet(t, "VGG stages", 3, 32, 32)
	x := n.relu(n.conv(0, 64, 3, 1, 1, 1, true))
	x = n.relu(n.conv(x, 64, 3, 1, 1, 1, true))
	x = n.relu(n.conv(x, 128, 3, 1, 1, 1, true))
	return n.Finish(n.maxPool(x, 2, 2, 0))
}

func TestBlocksCoverAllWeightsOnce(t *testing.T) {
	for _, c := range [][2]int{{1, 1}, {1, 255}, {1, 256}, {1, 257}, {9, 3}, {9, 64}, {9, 256}, {9, 600}, {49, 3}, {27, 2048}} {
		taps, depth := c[0], c[1]
		seen, start := make([]int, taps*depth), 0
		for _, b := range blocks(taps, depth) {
			if b.start != start {
				t.Errorf("taps %d, depth %d: a block's weights start at %d, want %d", taps, depth, b.start, start)
			}
			start += b.taps * b.depth * kernel.Columns
			for tap := b.tap; tap < b.tap+b.taps; tap++ {
				for ch := b.channel; ch < b.channel+b.depth; ch++ {
					seen[tap*depth+ch]++
				}
			}
		}
		for i, n := range seen {
			if n != 1 {
				t.Fatalf("taps %d, depth %d: weight %d is covered %d times", taps, depth, i, n)
			}
		}
	}
}
