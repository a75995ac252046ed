package export

import (
	"edgebench/compiler/network/graph"
)

// mul lets ONNX repeat one factor a channel over the spatial dimensions.
func (x *onnxModel) mul(n *graph.Node, in []string, out string) {
	shapes := x.g.In(n)
	if !shapes[1].Equal(shapes[0]) {
		name := n.Name + ".factor"
		x.reshape(name, in[1], name, perChannel(shapes[0])...)
		in[1] = name
	}
	x.node("Mul", n.Name, in, out)
}

// perChannel is the shape of one value per channel for a tensor of shape s.
func perChannel(s graph.Shape) graph.Shape {
	shape := graph.Shape{s.Channels()}
	for range s.Spatial() {
		shape = append(shape, 1)
	}
	return shape
}

// reshape keeps the batch.
func (x *onnxModel) reshape(name, in, out string, shape ...int) {
	to := x.constant(name+".shape", int64Tensor(int64s(append([]int{1}, shape...))))
	x.node("Reshape", name, []string{in, to}, out)
}

// affine multiplies and adds two constants, each only where it changes
// something.
func (x *onnxModel) affine(n *graph.Node, op graph.Affine, in, out string) {
	if op.Offset == 0 {
		x.node("Mul", n.Name, []string{in, x.constant(n.Name+".factor", scalar(float32(op.Factor)))}, out)
		return
	}
	if op.Factor != 1 {
		product := n.Name + ".product"
		x.node("Mul", product, []string{in, x.constant(n.Name+".factor", scalar(float32(op.Factor)))}, product)
		in = product
	}
	x.node("Add", n.Name, []string{in, x.constant(n.Name+".offset", scalar(float32(op.Offset)))}, out)
}

// channelAffine multiplies and adds parameters, which parameters declares with
// the shape that ONNX repeats over the spatial dimensions.
func (x *onnxModel) channelAffine(n *graph.Node, op graph.ChannelAffine, in, out string) {
	scale, shift := tensorName(n, graph.Scale), tensorName(n, graph.Shift)
	switch {
	case !op.Shift:
		x.node("Mul", n.Name, []string{in, scale}, out)
	case !op.Scale:
		x.node("Add", n.Name, []string{in, shift}, out)
	default:
		product := n.Name + ".product"
		x.node("Mul", product, []string{in, scale}, product)
		x.node("Add", n.Name, []string{product, shift}, out)
	}
}

// dims is the shape of a parameter in the model.
func dims(n *graph.Node, p graph.Param) []int {
	if _, ok := n.Op.(graph.ChannelAffine); ok {
		return perChannel(n.Shape)
	}
	return p.Shape
}

// shuffle turns [groups][members] of channels.
func (x *onnxModel) shuffle(n *graph.Node, op graph.ChannelShuffle, in, out string) {
	groups, turned := n.Name+".groups", n.Name+".turned"
	split := append([]int{op.Groups, n.Shape.Channels() / op.Groups}, n.Shape.Spatial()...)
	x.reshape(groups, in, groups, split...)
	order := []int{0, 2, 1}
	for i := range n.Shape.Spatial() {
		order = append(order, 3+i)
	}
	x.node("Transpose", turned, []string{groups}, turned, intsAttr("perm", order))
	x.reshape(n.Name, turned, out, n.Shape...)
}

func (x *onnxModel) slice(n *graph.Node, op graph.SliceChannels, in, out string) {
	number := func(name string, v int) string {
		return x.constant(n.Name+"."+name, int64Tensor([]int64{int64(v)}))
	}
	x.node("Slice", n.Name, []string{in, number("starts", op.Begin), number("ends", op.End), number("axes", 1)}, out)
}
