package export

import (
	"slices"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/weights"
)

// lower adds the layers of one node.
func (m *ncnnModel) lower(n *graph.Node) error {
	in := make([]string, len(n.Inputs))
	for i, id := range n.Inputs {
		in[i] = m.blob[id]
	}
	switch op := n.Op.(type) {
	case graph.Conv:
		m.conv(n, op, in)
	case graph.FC:
		m.innerProduct(n, in[0])
	case graph.BatchNorm:
		l := m.layer(n, "BatchNorm", in, ncnnParam{0, n.Shape.Channels()}, ncnnParam{1, op.Epsilon})
		l.weights = m.roles(n, graph.Scale, graph.Mean, graph.Variance, graph.Shift)
	case graph.LRN:
		m.layer(n, "LRN", in, ncnnParam{0, 0}, ncnnParam{1, op.Size}, ncnnParam{2, op.Alpha}, ncnnParam{3, op.Beta}, ncnnParam{4, op.K})
	case graph.Pool:
		return m.pool(n, op, in[0])
	case graph.GlobalAvgPool:
		m.mean(n, in[0])
	case graph.Activation:
		return m.activation(n, op, in)
	case graph.Softmax:
		m.layer(n, "Softmax", in, ncnnParam{0, 0}, ncnnParam{1, 1})
	case graph.Add:
		m.layer(n, "Eltwise", in, ncnnParam{0, 1})
	case graph.Mul:
		m.mul(n, in)
	case graph.Concat:
		m.layer(n, "Concat", in, ncnnParam{0, 0})
	case graph.Flatten:
		m.layer(n, "Flatten", in)
	case graph.Reshape:
		m.layer(n, "Reshape", in, ncnnShape(n.Shape)...)
	case graph.Upsample:
		return m.nearest(n, op, in)
	case graph.ZeroPad:
		m.layer(n, "Padding", in, ncnnPadding(op.Pad)...)
	case graph.Affine:
		scaled := m.before(n, "scaled", "BinaryOp", in[0], ncnnParam{0, ncnnMul}, ncnnParam{1, 1}, ncnnParam{2, op.Factor})
		m.layer(n, "BinaryOp", []string{scaled}, ncnnParam{0, ncnnAdd}, ncnnParam{1, 1}, ncnnParam{2, op.Offset})
	case graph.ChannelAffine:
		m.channelAffine(n, op, in)
	case graph.ChannelShuffle:
		return m.shuffle(n, op, in)
	case graph.SliceChannels:
		m.layer(n, "Crop", in, ncnnParam{9, []int{op.Begin}}, ncnnParam{10, []int{op.End}}, ncnnParam{11, []int{0}})
	default:
		return m.refuse(n, "this version has no translation of the operator")
	}
	return nil
}

// Kinds of BinaryOp.
const (
	ncnnAdd = 0
	ncnnMul = 2
)

// roles are a node's parameters, untagged.
func (m *ncnnModel) roles(n *graph.Node, roles ...graph.Role) []ncnnWeights {
	var list []ncnnWeights
	for _, r := range roles {
		list = append(list, ncnnWeights{values: func(w *weights.Set) []float32 { return w.Get(n.ID, r) }})
	}
	return list
}

// layerWith adds a layer with weights, which takes in what follows it.
func (m *ncnnModel) layerWith(n *graph.Node, kind string, in []string, params ...ncnnParam) {
	last, norm, activation := m.behind(n, true, func(a graph.Activation) bool { return ncnnFused(a) != nil })
	if activation != nil {
		params = append(params, ncnnFused(*activation)...)
	}
	l := m.layer(last, kind, in, params...)
	l.weights = []ncnnWeights{
		{true, func(w *weights.Set) []float32 { return scaledWeights(n, norm, w) }},
		{false, func(w *weights.Set) []float32 { return offsetsOf(n, norm, w) }},
	}
}

// scaledWeights are a layer's weights with the batch norm that was taken into
// it. They are in the graph's order: outputs, inputs, then space.
func scaledWeights(n, norm *graph.Node, w *weights.Set) []float32 {
	from := w.Get(n.ID, graph.Weight)
	if norm == nil {
		return from
	}
	factor, _ := affine(n, norm, w)
	each := len(from) / len(factor)
	to := make([]float32, len(from))
	for i, v := range from {
		to[i] = float32(float64(v) * factor[i/each])
	}
	return to
}

// ncnnFused are the parameters of a layer that ends with an activation; none
// where it cannot.
func ncnnFused(a graph.Activation) []ncnnParam {
	switch a.Fn {
	case graph.ReLU:
		return []ncnnParam{{9, 1}}
	case graph.LeakyReLU:
		return []ncnnParam{{9, 2}, {10, []float64{a.Slope}}}
	case graph.ReLU6:
		return []ncnnParam{{9, 3}, {10, []float64{0, 6}}}
	}
	return nil
}

// ncnnSpatial are parameters of a window, one a dimension, from the innermost: the
// numbers of the dimensions are 10 apart.
func ncnnSpatial(first int, values []int) []ncnnParam {
	var list []ncnnParam
	for i := range values {
		list = append(list, ncnnParam{first + 10*i, values[len(values)-1-i]})
	}
	return list
}

// ncnnWindowPads are the paddings of a window, the innermost dimension first:
// all begins 10 apart, and all ends behind each other from number end.
func ncnnWindowPads(begin, end int, pads []graph.Pad) []ncnnParam {
	var list []ncnnParam
	for i := range pads {
		p := pads[len(pads)-1-i]
		list = append(list, ncnnParam{begin + 10*i, p.Begin}, ncnnParam{end + i, p.End})
	}
	return list
}

func (m *ncnnModel) conv(n *graph.Node, op graph.Conv, in []string) {
	params := []ncnnParam{{0, op.Out}, {5, 1}, {6, int(m.g.Params(n)[0].Elements())}}
	params = append(params, ncnnSpatial(1, op.Kernel)...)
	params = append(params, ncnnSpatial(2, op.Dilation)...)
	params = append(params, ncnnSpatial(3, op.Stride)...)
	params = append(params, ncnnWindowPads(4, 15, op.Pad)...)
	kind := "Convolution"
	if op.Groups > 1 {
		kind = "ConvolutionDepthWise" // of any number of groups
		params = append(params, ncnnParam{7, op.Groups})
	}
	if len(op.Kernel) == 3 {
		kind += "3D"
	}
	m.layerWith(n, kind, in, params...)
}

func (m *ncnnModel) innerProduct(n *graph.Node, in string) {
	if len(m.g.In(n)[0]) > 1 {
		in = m.before(n, "flat", "Flatten", in)
	}
	m.layerWith(n, "InnerProduct", []string{in}, ncnnParam{0, n.Shape.Channels()}, ncnnParam{1, 1}, ncnnParam{2, int(m.g.Params(n)[0].Elements())})
}

// pool writes windows with explicit padding, as it is written for ONNX.
func (m *ncnnModel) pool(n *graph.Node, op graph.Pool, in string) error {
	for _, d := range op.Dilation {
		if d != 1 {
			return m.refuse(n, "ncnn's pooling has no dilation")
		}
	}
	reach := reaching(op.Window, m.g.In(n)[0].Spatial(), n.Shape.Spatial())
	pads, average, include := reach, 0, 0
	if op.Fn == graph.AvgPool {
		average = 1
		switch {
		case op.ExcludePad || unpadded(op.Pad):
		case within(reach, op.Pad):
			pads, include = op.Pad, 1
		default:
			in = m.before(n, "padded", "Padding", in, ncnnPadding(op.Pad)...)
			pads = make([]graph.Pad, len(reach))
			for i := range reach {
				pads[i].End = max(reach[i].End-op.Pad[i].End, 0)
			}
		}
	}
	const explicit = 1
	params := append([]ncnnParam{{0, average}, {5, explicit}, {6, include}}, ncnnSpatial(1, op.Kernel)...)
	params = append(params, ncnnSpatial(2, op.Stride)...)
	params = append(params, ncnnWindowPads(3, 14, pads)...)
	kind := "Pooling"
	if len(op.Kernel) == 3 {
		kind = "Pooling3D"
	}
	m.layer(n, kind, []string{in}, params...)
	return nil
}

// mean: ncnn's average over all of the space has no spatial dimensions left.
func (m *ncnnModel) mean(n *graph.Node, in string) {
	kind := "Pooling"
	if len(n.Shape) == 4 {
		kind = "Pooling3D"
	}
	flat := m.before(n, "mean", kind, in, ncnnParam{0, 1}, ncnnParam{4, 1})
	m.layer(n, "Reshape", []string{flat}, ncnnShape(n.Shape)...)
}

// ncnnPadding are the parameters of Padding, with zeros.
func ncnnPadding(pads []graph.Pad) []ncnnParam {
	last := len(pads) - 1
	list := []ncnnParam{{2, pads[last].Begin}, {3, pads[last].End}}
	if last >= 1 {
		list = append(list, ncnnParam{0, pads[last-1].Begin}, ncnnParam{1, pads[last-1].End})
	}
	if last >= 2 {
		list = append(list, ncnnParam{7, pads[last-2].Begin}, ncnnParam{8, pads[last-2].End})
	}
	return list
}

func (m *ncnnModel) activation(n *graph.Node, op graph.Activation, in []string) error {
	hard := []ncnnParam{{0, 1.0 / 6}, {1, 0.5}}
	switch op.Fn {
	case graph.ReLU:
		m.layer(n, "ReLU", in)
	case graph.LeakyReLU:
		m.layer(n, "ReLU", in, ncnnParam{0, op.Slope})
	case graph.ReLU6:
		m.layer(n, "Clip", in, ncnnParam{0, 0.0}, ncnnParam{1, 6.0})
	case graph.Clip:
		m.layer(n, "Clip", in, ncnnParam{0, op.Low}, ncnnParam{1, op.High})
	case graph.Sigmoid:
		m.layer(n, "Sigmoid", in)
	case graph.Tanh:
		m.layer(n, "TanH", in)
	case graph.SiLU:
		m.layer(n, "Swish", in)
	case graph.HardSigmoid:
		m.layer(n, "HardSigmoid", in, hard...)
	case graph.HardSwish:
		m.layer(n, "HardSwish", in, hard...)
	default:
		return m.refuse(n, "this version has no translation of the function "+string(op.Fn))
	}
	return nil
}

// mul multiplies by a factor a channel, which ncnn repeats over the space if
// it has as many dimensions.
func (m *ncnnModel) mul(n *graph.Node, in []string) {
	if factor := m.g.In(n)[1]; len(factor) < len(n.Shape) {
		shape := append(graph.Shape{}, factor...)
		for len(shape) < len(n.Shape) {
			shape = append(shape, 1)
		}
		in = []string{in[0], m.before(n, "factor", "Reshape", in[1], ncnnShape(shape)...)}
	}
	m.layer(n, "BinaryOp", in, ncnnParam{0, ncnnMul})
}

func (m *ncnnModel) nearest(n *graph.Node, op graph.Upsample, in []string) error {
	if len(n.Shape) != 3 {
		return m.refuse(n, "ncnn enlarges two spatial dimensions")
	}
	m.layer(n, "Interp", in, ncnnParam{0, 1}, ncnnParam{1, float64(op.Scale)}, ncnnParam{2, float64(op.Scale)})
	return nil
}

// channelAffine is a Scale, by ones where only a shift is added: ncnn's Bias
// adds its first value to all of a vector.
func (m *ncnnModel) channelAffine(n *graph.Node, op graph.ChannelAffine, in []string) {
	channels, shifted := n.Shape.Channels(), 0
	values := []ncnnWeights{{values: func(*weights.Set) []float32 { return slices.Repeat([]float32{1}, channels) }}}
	if op.Scale {
		values = m.roles(n, graph.Scale)
	}
	if op.Shift {
		shifted = 1
		values = append(values, m.roles(n, graph.Shift)...)
	}
	m.layer(n, "Scale", in, ncnnParam{0, channels}, ncnnParam{1, shifted}).weights = values
}

func (m *ncnnModel) shuffle(n *graph.Node, op graph.ChannelShuffle, in []string) error {
	if len(n.Shape) != 3 {
		return m.refuse(n, "ncnn shuffles the channels of two spatial dimensions")
	}
	m.layer(n, "ShuffleChannel", in, ncnnParam{0, op.Groups})
	return nil
}
