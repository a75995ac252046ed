package export

import (
	"math"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/weights"
)

// lower adds the operators of one node.
func (m *tfliteModel) lower(n *graph.Node) error {
	in := make([]int, len(n.Inputs))
	for i, id := range n.Inputs {
		in[i] = m.value[id]
	}
	switch op := n.Op.(type) {
	case graph.Conv:
		return m.conv(n, op, in[0])
	case graph.FC:
		m.fullyConnected(n, in[0])
	case graph.BatchNorm:
		m.batchNorm(n, in[0])
	case graph.LRN:
		return m.lrn(n, op, in[0])
	case graph.Pool:
		return m.pool(n, op, in[0])
	case graph.GlobalAvgPool:
		m.mean(n, in[0])
	case graph.Activation:
		m.activation(n, op, in[0])
	case graph.Softmax:
		m.node(tfSoftmax, m.output(n), in, 9, tfOption{0, float32(1)})
	case graph.Add:
		m.sum(n, in)
	case graph.Mul:
		m.node(tfMul, m.output(n), in, 21)
	case graph.Concat:
		m.node(tfConcatenation, m.output(n), in, 10, tfOption{0, int32(len(n.Shape))})
	case graph.Flatten:
		m.flatten(n, in[0])
	case graph.Reshape:
		m.reshape(n, in[0])
	case graph.Upsample:
		return m.nearest(n, in[0])
	case graph.ZeroPad:
		m.zeroPad(n, op, in[0])
	case graph.Affine:
		m.affineOp(n, op, in[0])
	case graph.ChannelAffine:
		m.channelAffine(n, op, in[0])
	case graph.SliceChannels:
		m.slice(n, op, in[0])
	case graph.ChannelShuffle:
		m.shuffle(n, op, in[0])
	default:
		return m.refuse(n, "this version has no translation of the operator")
	}
	return nil
}

// as lets a node's value be computed by the layer before it, which took it in.
func (m *tfliteModel) as(n, last *graph.Node) int {
	out := m.output(last)
	for id := n.ID; id < last.ID; id++ {
		if id == n.ID || m.fused[id] {
			m.value[id] = out
		}
	}
	return out
}

func (m *tfliteModel) conv(n *graph.Node, op graph.Conv, in int) error {
	if len(op.Kernel) == 3 {
		return m.conv3D(n, op, in)
	}
	channels := m.g.In(n)[0].Channels()
	last, norm, activation := m.behind(n, true)
	input, rule := m.windowed(n, op.Window, in, 0)
	kh, kw := op.Kernel[0], op.Kernel[1]
	depth := channels / op.Groups // of a filter
	options := []tfOption{{0, rule}, {1, int32(op.Stride[1])}, {2, int32(op.Stride[0])}}
	if op.Groups == channels && op.Groups > 1 {
		// [out 1 kh kw] to [1 kh kw out]
		filter := m.filter(n, norm, []int{1, kh, kw, op.Out},
			func(i int) int { return i%op.Out*kh*kw + i/op.Out },
			func(i int) int { return i % op.Out })
		options = append(options, tfOption{3, int32(op.Out / channels)}, tfOption{4, activation},
			tfOption{5, int32(op.Dilation[1])}, tfOption{6, int32(op.Dilation[0])})
		m.node(tfDepthwise2D, m.as(n, last), []int{input, filter, m.offset(n, norm)}, 2, options...)
		return nil
	}
	// [out depth kh kw] to [out kh kw depth]
	size := depth * kh * kw
	filter := m.filter(n, norm, []int{op.Out, kh, kw, depth},
		func(i int) int { return i/size*size + i%depth*kh*kw + i%size/depth },
		func(i int) int { return i / size })
	options = append(options, tfOption{3, activation}, tfOption{4, int32(op.Dilation[1])}, tfOption{5, int32(op.Dilation[0])})
	m.node(tfConv2D, m.as(n, last), []int{input, filter, m.offset(n, norm)}, 1, options...)
	return nil
}

func (m *tfliteModel) conv3D(n *graph.Node, op graph.Conv, in int) error {
	if op.Groups > 1 {
		return m.refuse(n, "TensorFlow Lite's convolutions over three dimensions have no groups")
	}
	channels := m.g.In(n)[0].Channels()
	last, norm, activation := m.behind(n, true)
	input := m.padded(n, in, op.Pad, 0)
	taps := int(op.Taps())
	// [out in taps] to [taps in out]
	filter := m.filter(n, norm, []int{op.Kernel[0], op.Kernel[1], op.Kernel[2], channels, op.Out},
		func(i int) int { return (i%op.Out*channels+i/op.Out%channels)*taps + i/op.Out/channels },
		func(i int) int { return i % op.Out })
	m.node(tfConv3D, m.as(n, last), []int{input, filter, m.offset(n, norm)}, 106,
		tfOption{0, int8(tfValid)}, tfOption{1, int32(op.Stride[0])}, tfOption{2, int32(op.Stride[2])}, tfOption{3, int32(op.Stride[1])},
		tfOption{4, activation}, tfOption{5, int32(op.Dilation[0])}, tfOption{6, int32(op.Dilation[2])}, tfOption{7, int32(op.Dilation[1])})
	return nil
}

// fullyConnected reads a flattened activation: where a flattening comes before
// it, lower left it out, and the weights are put in the order of channel-last
// activations.
func (m *tfliteModel) fullyConnected(n *graph.Node, in int) {
	last, norm, activation := m.behind(n, true)
	source := m.g.In(n)[0]
	if before := m.g.Nodes[n.Inputs[0]]; m.isFolded(before) {
		source = m.g.In(before)[0]
	}
	inputs, channels := int(source.Elements()), source.Channels()
	pixels := inputs / channels
	if pixels > 1 || len(m.tensors[in].shape) > 2 {
		flat := m.between(n, "flat", []int{1, inputs})
		m.node(tfReshape, flat, []int{in, m.integers(n.Name+".flat.shape", 1, inputs)}, 0)
		in = flat
	}
	filter := m.filter(n, norm, []int{n.Shape.Channels(), inputs},
		func(i int) int { return i/inputs*inputs + i%channels*pixels + i%inputs/channels },
		func(i int) int { return i / inputs })
	m.node(tfFullyConnected, m.as(n, last), []int{in, filter, m.offset(n, norm)}, 8, tfOption{0, activation})
}

// isFolded reports whether a flattening is left to the one fully connected
// layer behind it.
func (m *tfliteModel) isFolded(n *graph.Node) bool {
	if _, flatten := n.Op.(graph.Flatten); !flatten {
		return false
	}
	next := m.only(n)
	if next == nil {
		return false
	}
	_, fc := next.Op.(graph.FC)
	return fc
}

func (m *tfliteModel) flatten(n *graph.Node, in int) {
	if m.isFolded(n) {
		m.value[n.ID] = in
		return
	}
	m.node(tfReshape, m.output(n), []int{m.channelFirst(n, in), m.integers(n.Name+".shape", channelLast(n.Shape)...)}, 0)
}

// channelFirst puts an activation into the graph's own order: [1 H W C] to
// [1 C H W].
func (m *tfliteModel) channelFirst(n *graph.Node, in int) int {
	shape := m.tensors[in].shape
	rank := len(shape)
	if rank == 2 || elements(shape) == shape[rank-1] {
		return in // one pixel
	}
	order, to := []int{0, rank - 1}, []int{1, shape[rank-1]}
	for i := 1; i < rank-1; i++ {
		order, to = append(order, i), append(to, shape[i])
	}
	out := m.between(n, "first", to)
	m.node(tfTranspose, out, []int{in, m.integers(n.Name+".first.order", order...)}, 26)
	return out
}

func (m *tfliteModel) reshape(n *graph.Node, in int) {
	first := m.channelFirst(n, in)
	if len(n.Shape) == 1 || n.Shape.Elements() == int64(n.Shape.Channels()) {
		m.node(tfReshape, m.output(n), []int{first, m.integers(n.Name+".shape", channelLast(n.Shape)...)}, 0)
		return
	}
	shape, order := append([]int{1}, n.Shape...), []int{0}
	for i := 2; i <= len(n.Shape); i++ {
		order = append(order, i)
	}
	shaped := m.between(n, "shaped", shape)
	m.node(tfReshape, shaped, []int{first, m.integers(n.Name+".shape", shape...)}, 0)
	m.node(tfTranspose, m.output(n), []int{shaped, m.integers(n.Name+".order", append(order, 1)...)}, 26)
}

// batchNorm that follows no layer that could take it in is a product and a sum.
func (m *tfliteModel) batchNorm(n *graph.Node, in int) {
	last, _, activation := m.behind(n, false)
	of := func(pick func(factor, offset float64) float64) func(w *weights.Set) []float32 {
		return func(w *weights.Set) []float32 {
			factor, offset := affine(&graph.Node{ID: -1, Shape: n.Shape}, n, w)
			values := make([]float32, len(factor))
			for c := range values {
				values[c] = float32(pick(factor[c], offset[c]))
			}
			return values
		}
	}
	scaled := m.between(n, "scaled", channelLast(n.Shape))
	m.node(tfMul, scaled, []int{in, m.perChannel(n, "factor", of(func(f, _ float64) float64 { return f }))}, 21)
	m.node(tfAdd, m.as(n, last), []int{scaled, m.perChannel(n, "offset", of(func(_, o float64) float64 { return o }))}, 11, tfOption{0, activation})
}

// lrn: TensorFlow does not divide alpha by the size, and its window has a
// radius.
func (m *tfliteModel) lrn(n *graph.Node, op graph.LRN, in int) error {
	if op.Size%2 == 0 {
		return m.refuse(n, "TensorFlow Lite's local response normalization has a radius, and so an odd size, not %d", op.Size)
	}
	m.node(tfLRN, m.output(n), []int{in}, 13, tfOption{0, int32(op.Size / 2)}, tfOption{1, float32(op.K)},
		tfOption{2, float32(op.Alpha / float64(op.Size))}, tfOption{3, float32(op.Beta)})
	return nil
}

func (m *tfliteModel) pool(n *graph.Node, op graph.Pool, in int) error {
	shape := m.g.In(n)[0]
	if len(op.Kernel) == 3 {
		return m.refuse(n, "TensorFlow Lite has no pooling over three dimensions")
	}
	for _, d := range op.Dilation {
		if d != 1 {
			return m.refuse(n, "TensorFlow Lite's pooling has no dilation")
		}
	}
	w := op.Window
	w.Pad = append([]graph.Pad{}, op.Pad...)
	hangs := false
	for i, size := range shape.Spatial() { // windows that hang over the end read padding
		over := (n.Shape.Spatial()[i]-1)*w.Stride[i] + w.Kernel[i] - size - w.Pad[i].Begin - w.Pad[i].End
		if over > 0 {
			hangs = true
			w.Pad[i].End += over
		}
	}
	operator, fill := tfMaxPool2D, -math.MaxFloat32
	if neverNegative(m.g, m.g.Nodes[n.Inputs[0]]) {
		fill = 0 // as low as any value, and PAD, unlike PADV2, can be quantized and is of XNNPACK's
	}
	if op.Fn == graph.AvgPool {
		operator, fill = tfAveragePool2D, 0
		if hangs {
			return m.refuse(n, "TensorFlow Lite's average has no windows that hang over the end")
		}
	}
	input, rule := m.windowed(n, w, in, fill)
	if op.Fn == graph.AvgPool {
		// SAME leaves padding out of the average, zeros that are added before are in it.
		switch {
		case rule == tfSame && !op.ExcludePad:
			input, rule = m.padded(n, in, w.Pad, 0), tfValid
		case input != in && op.ExcludePad:
			return m.refuse(n, "TensorFlow Lite leaves padding out of an average only where it is that of its SAME rule")
		}
	}
	m.node(operator, m.output(n), []int{input}, 5, tfOption{0, rule}, tfOption{1, int32(w.Stride[1])}, tfOption{2, int32(w.Stride[0])},
		tfOption{3, int32(w.Kernel[1])}, tfOption{4, int32(w.Kernel[0])})
	return nil
}

// neverNegative reports whether a node's values are all at least 0.
func neverNegative(g *graph.Graph, n *graph.Node) bool {
	switch op := n.Op.(type) {
	case graph.Activation:
		return op.Fn == graph.ReLU || op.Fn == graph.ReLU6 || op.Fn == graph.Sigmoid
	case graph.LRN, graph.Pool: // of values that are not
		return neverNegative(g, g.Nodes[n.Inputs[0]])
	}
	return false
}

func (m *tfliteModel) mean(n *graph.Node, in int) {
	var axes []int
	for i := range n.Shape.Spatial() {
		axes = append(axes, i+1)
	}
	m.node(tfMean, m.output(n), []int{in, m.integers(n.Name+".axes", axes...)}, 27, tfOption{0, true})
}

var tfActivation = map[graph.ActivationFn]tfOperator{
	graph.ReLU: tfReLU, graph.ReLU6: tfReLU6, graph.Sigmoid: tfLogistic, graph.Tanh: tfTanh, graph.HardSwish: tfHardSwish,
}

func (m *tfliteModel) activation(n *graph.Node, op graph.Activation, in int) {
	shape := channelLast(n.Shape)
	switch op.Fn {
	case graph.LeakyReLU:
		m.node(tfLeakyReLU, m.output(n), []int{in}, 75, tfOption{0, float32(op.Slope)})
	case graph.SiLU:
		gate := m.between(n, "gate", shape)
		m.node(tfLogistic, gate, []int{in}, 0)
		m.node(tfMul, m.output(n), []int{in, gate}, 21)
	case graph.HardSigmoid:
		sixth, half := m.between(n, "sixth", shape), m.between(n, "half", shape)
		m.node(tfMul, sixth, []int{in, m.number(n.Name+".factor", 1.0/6)}, 21)
		m.node(tfAdd, half, []int{sixth, m.number(n.Name+".offset", 0.5)}, 11)
		m.clip(n, half, 0, 1)
	case graph.Clip:
		m.clip(n, in, op.Low, op.High)
	default:
		m.node(tfActivation[op.Fn], m.output(n), []int{in}, 0)
	}
}

func (m *tfliteModel) clip(n *graph.Node, in int, low, high float64) {
	above := m.between(n, "above", channelLast(n.Shape))
	m.node(tfMaximum, above, []int{in, m.number(n.Name+".low", low)}, 39)
	m.node(tfMinimum, m.output(n), []int{above, m.number(n.Name+".high", high)}, 39)
}

// sum adds inputs two at a time.
func (m *tfliteModel) sum(n *graph.Node, in []int) {
	last, _, activation := m.behind(n, false)
	total := in[0]
	for i, x := range in[1 : len(in)-1] {
		next := m.between(n, "sum"+string(rune('A'+i)), channelLast(n.Shape))
		m.node(tfAdd, next, []int{total, x}, 11)
		total = next
	}
	m.node(tfAdd, m.as(n, last), []int{total, in[len(in)-1]}, 11, tfOption{0, activation})
}

func (m *tfliteModel) nearest(n *graph.Node, in int) error {
	if len(n.Shape) != 3 {
		return m.refuse(n, "TensorFlow Lite enlarges two spatial dimensions, not %d", len(n.Shape)-1)
	}
	m.node(tfNearest, m.output(n), []int{in, m.integers(n.Name+".size", n.Shape.Spatial()...)}, 74)
	return nil
}

func (m *tfliteModel) zeroPad(n *graph.Node, op graph.ZeroPad, in int) {
	m.value[n.ID] = m.padded(n, in, op.Pad, 0)
}

func (m *tfliteModel) affineOp(n *graph.Node, op graph.Affine, in int) {
	scaled := m.between(n, "scaled", channelLast(n.Shape))
	m.node(tfMul, scaled, []int{in, m.number(n.Name+".factor", op.Factor)}, 21)
	m.node(tfAdd, m.output(n), []int{scaled, m.number(n.Name+".offset", op.Offset)}, 11)
}

func (m *tfliteModel) channelAffine(n *graph.Node, op graph.ChannelAffine, in int) {
	of := func(r graph.Role) int {
		return m.perChannel(n, string(r), func(w *weights.Set) []float32 { return w.Get(n.ID, r) })
	}
	switch {
	case op.Scale && op.Shift:
		scaled := m.between(n, "scaled", channelLast(n.Shape))
		m.node(tfMul, scaled, []int{in, of(graph.Scale)}, 21)
		m.node(tfAdd, m.output(n), []int{scaled, of(graph.Shift)}, 11)
	case op.Scale:
		m.node(tfMul, m.output(n), []int{in, of(graph.Scale)}, 21)
	default:
		m.node(tfAdd, m.output(n), []int{in, of(graph.Shift)}, 11)
	}
}

func (m *tfliteModel) slice(n *graph.Node, op graph.SliceChannels, in int) {
	begin := make([]int, len(n.Shape)+1)
	begin[len(n.Shape)] = op.Begin
	m.node(tfSlice, m.output(n), []int{in, m.integers(n.Name+".begin", begin...), m.integers(n.Name+".size", channelLast(n.Shape)...)}, 48)
}

// shuffle splits the channels into groups and swaps the two parts.
func (m *tfliteModel) shuffle(n *graph.Node, op graph.ChannelShuffle, in int) {
	shape := channelLast(n.Shape)
	rank, channels := len(shape), shape[len(shape)-1]
	split := append(shape[:rank-1:rank-1], op.Groups, channels/op.Groups)
	swapped := append(shape[:rank-1:rank-1], channels/op.Groups, op.Groups)
	var order []int
	for i := range rank - 1 {
		order = append(order, i)
	}
	a, b := m.between(n, "split", split), m.between(n, "swapped", swapped)
	m.node(tfReshape, a, []int{in, m.integers(n.Name+".split.shape", split...)}, 0)
	m.node(tfTranspose, b, []int{a, m.integers(n.Name+".order", append(order, rank, rank-1)...)}, 26)
	m.node(tfReshape, m.output(n), []int{b, m.integers(n.Name+".shape", shape...)}, 0)
}
