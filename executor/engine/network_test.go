package engine

import (
	"fmt"
	"testing"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/graph/graphtest"
)

// net builds graphs for tests: each method appends layers behind a node and
// returns the last one's id.
type net struct{ graphtest.Net }

func newNet(t testing.TB, name string, input ...int) *net {
	t.Helper()
	return &net{graphtest.New(t, name, input...)}
}

func (n *net) add(op graph.Op, inputs ...int) int {
	return n.Add(fmt.Sprintf("%s%d", op.Kind(), len(n.Graph.Nodes)), op, inputs...)
}

// window is square, with equal padding on all sides.
func window(kernel, stride, pad int) graph.Window {
	return graphtest.Window(2, kernel, stride, graph.Pad{Begin: pad, End: pad})
}

func (n *net) conv(in, out, kernel, stride, pad, groups int, bias bool) int {
	return n.add(graph.Conv{Out: out, Window: window(kernel, stride, pad), Groups: groups, Bias: bias}, in)
}

func (n *net) norm(in int) int { return n.add(graph.BatchNorm{Epsilon: 1e-5}, in) }

func (n *net) act(in int, fn graph.ActivationFn) int {
	return n.add(graph.Activation{Fn: fn, Slope: 0.1}, in)
}

func (n *net) relu(in int) int { return n.act(in, graph.ReLU) }

func (n *net) maxPool(in, kernel, stride, pad int) int {
	return n.add(graph.Pool{Fn: graph.MaxPool, Window: window(kernel, stride, pad)}, in)
}

// convNorm is a convolution without bias and a batch norm.
func (n *net) convNorm(in, out, kernel, stride, groups int) int {
	return n.norm(n.conv(in, out, kernel, stride, kernel/2, groups, false))
}

func (n *net) channels(id int) int { return n.Graph.Nodes[id].Shape.Channels() }

// classify is global average pooling and a fully connected layer.
func (n *net) classify(in, classes int) *graph.Graph {
	pool := n.add(graph.GlobalAvgPool{}, in)
	return n.Finish(n.add(graph.FC{Out: classes, Bias: true}, n.add(graph.Flatten{}, pool)))
}

// shortcut is a residual block's other branch.
func (n *net) shortcut(in, out, stride int) int {
	if stride == 1 && n.channels(in) == out {
		return in
	}
	return n.convNorm(in, out, 1, stride, 1)
}

func (n *net) basicBlock(in, width, stride int) int {
	x := n.relu(n.convNorm(in, width, 3, stride, 1))
	x = n.convNorm(x, width, 3, 1, 1)
	return n.relu(n.add(graph.Add{}, x, n.shortcut(in, width, stride)))
}

func (n *net) bottleneck(in, width, stride int) int {
	x := n.relu(n.convNorm(in, width, 1, 1, 1))
	x = n.relu(n.convNorm(x, width, 3, stride, 1))
	x = n.convNorm(x, 4*width, 1, 1, 1)
	return n.relu(n.add(graph.Add{}, x, n.shortcut(in, 4*width, stride)))
}

// resnet follows He et al. 2015 with torchvision's strides.
func resnet(t testing.TB, name string, blocks [4]int, block func(n *net, in, width, stride int) int) *graph.Graph {
	n := newNet(t, name, 3, 224, 224)
	x := n.maxPool(n.relu(n.convNorm(0, 64, 7, 2, 1)), 3, 2, 1)
	for stage, count := range blocks {
		for i := range count {
			stride := 1
			if stage > 0 && i == 0 {
				stride = 2
			}
			x = block(n, x, 64<<stage, stride)
		}
	}
	return n.classify(x, 1000)
}

func resnet18(t testing.TB) *graph.Graph {
	return resnet(t, "ResNet-18", [4]int{2, 2, 2, 2}, (*net).basicBlock)
}

func resnet50(t testing.TB) *graph.Graph {
	return resnet(t, "ResNet-50", [4]int{3, 4, 6, 3}, (*net).bottleneck)
}

func (n *net) invertedResidual(in, out, stride, expand int) int {
	x := in
	if expand > 1 {
		x = n.act(n.convNorm(x, expand*n.channels(in), 1, 1, 1), graph.ReLU6)
	}
	x = n.act(n.convNorm(x, n.channels(x), 3, stride, n.channels(x)), graph.ReLU6)
	x = n.convNorm(x, out, 1, 1, 1)
	if stride == 1 && n.channels(in) == out {
		return n.add(graph.Add{}, in, x)
	}
	return x
}

// mobilenetV2 follows Sandler et al. 2018, table 2.
func mobilenetV2(t testing.TB) *graph.Graph {
	n := newNet(t, "MobileNet-v2", 3, 224, 224)
	x := n.act(n.convNorm(0, 32, 3, 2, 1), graph.ReLU6)
	for _, s := range []struct{ expand, out, count, stride int }{
		{1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1},
	} {
		for i := range s.count {
			stride := 1
			if i == 0 {
				stride = s.stride
			}
			x = n.invertedResidual(x, s.out, stride, s.expand)
		}
	}
	return n.classify(n.act(n.convNorm(x, 1280, 1, 1, 1), graph.ReLU6), 1000)
}

// dense is the three fully connected layers of AlexNet and VGG.
func (n *net) dense(in int) *graph.Graph {
	x := n.add(graph.Flatten{}, in)
	for range 2 {
		x = n.relu(n.add(graph.FC{Out: 4096, Bias: true}, x))
	}
	return n.Finish(n.add(graph.FC{Out: 1000, Bias: true}, x))
}

func vgg16(t testing.TB) *graph.Graph {
	n := newNet(t, "VGG16", 3, 224, 224)
	x := 0
	for _, stage := range []struct{ width, count int }{{64, 2}, {128, 2}, {256, 3}, {512, 3}, {512, 3}} {
		for range stage.count {
			x = n.relu(n.conv(x, stage.width, 3, 1, 1, 1, true))
		}
		x = n.maxPool(x, 2, 2, 0)
	}
	return n.dense(x)
}

// alexnet is torchvision's, after Krizhevsky 2014.
func alexnet(t testing.TB) *graph.Graph {
	n := newNet(t, "AlexNet", 3, 224, 224)
	x := n.maxPool(n.relu(n.conv(0, 64, 11, 4, 2, 1, true)), 3, 2, 0)
	x = n.maxPool(n.relu(n.conv(x, 192, 5, 1, 2, 1, true)), 3, 2, 0)
	x = n.relu(n.conv(x, 384, 3, 1, 1, 1, true))
	x = n.relu(n.conv(x, 256, 3, 1, 1, 1, true))
	x = n.relu(n.conv(x, 256, 3, 1, 1, 1, true))
	return n.dense(n.maxPool(x, 3, 2, 0))
}
