package export

import (
	"math"
	"strings"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/onnx/onnxpb"
)

// lower adds the ONNX nodes of one operator.
func (x *onnxModel) lower(n *graph.Node) error {
	in, out := x.values(n.Inputs), x.value(n.ID)
	switch op := n.Op.(type) {
	case graph.Conv:
		attributes := append(windowAttrs(op.Window, op.Pad), intAttr("group", op.Groups))
		x.node("Conv", n.Name, append(in, x.tensors(n)...), out, attributes...)
	case graph.FC:
		x.gemm(n, in, out)
	case graph.BatchNorm:
		x.node("BatchNormalization", n.Name, append(in, x.tensors(n)...), out, floatAttr("epsilon", op.Epsilon))
	case graph.LRN:
		x.node("LRN", n.Name, in, out, intAttr("size", op.Size),
			floatAttr("alpha", op.Alpha), floatAttr("beta", op.Beta), floatAttr("bias", op.K))
	case graph.Pool:
		return x.pool(n, op, in, out)
	case graph.GlobalAvgPool:
		x.node("GlobalAveragePool", n.Name, in, out)
	case graph.Activation:
		return x.activation(n, op, in, out)
	case graph.Softmax:
		x.node("Softmax", n.Name, in, out, intAttr("axis", 1))
	case graph.Add:
		x.add(n, in, out)
	case graph.Concat:
		x.node("Concat", n.Name, in, out, intAttr("axis", 1))
	case graph.Flatten:
		x.node("Flatten", n.Name, in, out, intAttr("axis", 1))
	case graph.Upsample:
		x.resize(n, op, in[0], out)
	case graph.Mul:
		x.mul(n, in, out)
	case graph.Affine:
		x.affine(n, op, in[0], out)
	case graph.ChannelAffine:
		x.channelAffine(n, op, in[0], out)
	case graph.ZeroPad:
		x.pad(n, op.Pad, in[0], out)
	case graph.ChannelShuffle:
		x.shuffle(n, op, in[0], out)
	case graph.SliceChannels:
		x.slice(n, op, in[0], out)
	case graph.Reshape:
		x.reshape(n.Name, in[0], out, n.Shape...)
	default:
		return unsupported(ONNX, n, "this version has no translation of the operator")
	}
	return nil
}

func unsupported(f Format, n *graph.Node, reason string) error {
	return &UnsupportedError{Format: f, Layer: n.Name, Op: n.Op.Kind(), Reason: reason}
}

// tensors names a node's parameters in the order of graph.Param, which is that
// of ONNX's inputs too.
func (x *onnxModel) tensors(n *graph.Node) []string {
	var names []string
	for _, p := range x.g.Params(n) {
		names = append(names, tensorName(n, p.Role))
	}
	return names
}

func windowAttrs(w graph.Window, pads []graph.Pad) []*onnxpb.AttributeProto {
	return []*onnxpb.AttributeProto{
		intsAttr("kernel_shape", w.Kernel), intsAttr("strides", w.Stride),
		intsAttr("dilations", w.Dilation), intsAttr("pads", beginsAndEnds(pads)),
	}
}

// beginsAndEnds lists paddings as ONNX does: all begins, then all ends.
func beginsAndEnds(pads []graph.Pad) []int {
	list := make([]int, 2*len(pads))
	for i, p := range pads {
		list[i], list[len(pads)+i] = p.Begin, p.End
	}
	return list
}

func (x *onnxModel) gemm(n *graph.Node, in []string, out string) {
	if len(x.g.In(n)[0]) > 1 {
		flat := n.Name + ".flat"
		x.node("Flatten", flat, in, flat, intAttr("axis", 1))
		in = []string{flat}
	}
	x.node("Gemm", n.Name, append(in, x.tensors(n)...), out, intAttr("transB", 1))
}

func (x *onnxModel) add(n *graph.Node, in []string, out string) {
	if len(in) == 2 {
		x.node("Add", n.Name, in, out)
		return
	}
	x.node("Sum", n.Name, in, out)
}

func (x *onnxModel) resize(n *graph.Node, op graph.Upsample, in, out string) {
	scales := []float32{1, 1}
	for range n.Shape.Spatial() {
		scales = append(scales, float32(op.Scale))
	}
	name := x.constant(n.Name+".scales", floatTensor(scales...))
	x.node("Resize", n.Name, []string{in, "", name}, out, stringAttr("mode", "nearest"),
		stringAttr("coordinate_transformation_mode", "asymmetric"), stringAttr("nearest_mode", "floor"))
}

func (x *onnxModel) activation(n *graph.Node, op graph.Activation, in []string, out string) error {
	switch op.Fn {
	case graph.ReLU:
		x.node("Relu", n.Name, in, out)
	case graph.ReLU6:
		x.node("Clip", n.Name, append(in, x.bound(n, "min", 0), x.bound(n, "max", 6)), out)
	case graph.Clip:
		x.node("Clip", n.Name, append(in, x.bound(n, "min", op.Low), x.bound(n, "max", op.High)), out)
	case graph.LeakyReLU:
		x.node("LeakyRelu", n.Name, in, out, floatAttr("alpha", op.Slope))
	case graph.Sigmoid:
		x.node("Sigmoid", n.Name, in, out)
	case graph.Tanh:
		x.node("Tanh", n.Name, in, out)
	case graph.SiLU:
		x.gated(n, "Sigmoid", in, out)
	case graph.HardSigmoid:
		x.node("HardSigmoid", n.Name, in, out, hardSigmoid()...)
	case graph.HardSwish:
		x.gated(n, "HardSigmoid", in, out, hardSigmoid()...)
	default:
		return unsupported(ONNX, n, "this version has no translation of the function "+string(op.Fn))
	}
	return nil
}

// bound is a constant that a clip may reach, or nothing.
func (x *onnxModel) bound(n *graph.Node, name string, v float64) string {
	if math.Abs(v) == math.MaxFloat32 {
		return ""
	}
	return x.constant(n.Name+"."+name, scalar(float32(v)))
}

// hardSigmoid is min(max(x/6+0.5, 0), 1); ONNX's default slope is 0.2.
func hardSigmoid() []*onnxpb.AttributeProto {
	return []*onnxpb.AttributeProto{floatAttr("alpha", 1.0/6), floatAttr("beta", 0.5)}
}

// gated is x*f(x).
func (x *onnxModel) gated(n *graph.Node, f string, in []string, out string, attributes ...*onnxpb.AttributeProto) {
	gate := n.Name + ".gate"
	x.node(f, gate, in, gate, attributes...)
	x.node("Mul", n.Name, append(in, gate), out)
}

// pool writes the windows with explicit padding and never with ceil_mode,
// whose treatment of windows that hang over the end differs between runtimes
// and versions.
func (x *onnxModel) pool(n *graph.Node, op graph.Pool, in []string, out string) error {
	size := x.g.In(n)[0].Spatial()
	reach := reaching(op.Window, size, n.Shape.Spatial())
	if op.Fn == graph.MaxPool {
		x.node("MaxPool", n.Name, in, out, windowAttrs(op.Window, reach)...)
		return nil
	}
	for _, d := range op.Dilation {
		if d != 1 {
			return unsupported(ONNX, n, "AveragePool has no dilation in opset 13: use dilation 1")
		}
	}
	attributes := []*onnxpb.AttributeProto{
		intsAttr("kernel_shape", op.Kernel), intsAttr("strides", op.Stride),
	}
	switch {
	case op.ExcludePad || unpadded(op.Pad):
		// Divides by the elements in the input, which an unpadded window's
		// positions are too.
		attributes = append(attributes, intsAttr("pads", beginsAndEnds(reach)), intAttr("count_include_pad", 0))
	case within(reach, op.Pad):
		attributes = append(attributes, intsAttr("pads", beginsAndEnds(op.Pad)), intAttr("count_include_pad", 1))
	default:
		in = []string{x.padded(n, op.Pad, in[0])}
		hang := make([]graph.Pad, len(reach))
		for i := range reach {
			hang[i].End = max(reach[i].End-op.Pad[i].End, 0)
		}
		attributes = append(attributes, intsAttr("pads", beginsAndEnds(hang)), intAttr("count_include_pad", 0))
	}
	x.node("AveragePool", n.Name, in, out, attributes...)
	return nil
}

// padded writes the padding as zeros of the input, so that they count.
func (x *onnxModel) padded(n *graph.Node, pads []graph.Pad, in string) string {
	name := n.Name + ".padded"
	x.pad(n, pads, in, name)
	return name
}

func (x *onnxModel) pad(n *graph.Node, pads []graph.Pad, in, out string) {
	begins, ends := []int64{0, 0}, []int64{0, 0} // batch and channels
	for _, p := range pads {
		begins, ends = append(begins, int64(p.Begin)), append(ends, int64(p.End))
	}
	amounts := x.constant(n.Name+".pads", int64Tensor(append(begins, ends...)))
	x.node("Pad", strings.TrimSuffix(out, ".out"), []string{in, amounts}, out, stringAttr("mode", "constant"))
}

// reaching is the padding with which rounding down gives as many windows as
// the output has: up to the last one's end.
func reaching(w graph.Window, in, out []int) []graph.Pad {
	pads := make([]graph.Pad, len(in))
	for i, p := range w.Pad {
		last := (out[i]-1)*w.Stride[i] - p.Begin + w.Dilation[i]*(w.Kernel[i]-1) + 1
		pads[i] = graph.Pad{Begin: p.Begin, End: max(last-in[i], 0)}
	}
	return pads
}

func unpadded(pads []graph.Pad) bool {
	for _, p := range pads {
		if p != (graph.Pad{}) {
			return false
		}
	}
	return true
}

// within reports whether no window reaches behind the padding.
func within(reach, pads []graph.Pad) bool {
	for i, p := range reach {
		if p.End > pads[i].End {
			return false
		}
	}
	return true
}
