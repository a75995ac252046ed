package onnx

import (
	"fmt"

	"edgebench/compiler/network/graph"
)

// window reads how an operator walks over the spatial dimensions of an input.
func (n *node) window(kernel []int, x graph.Shape) (graph.Window, error) {
	w := graph.Window{Kernel: kernel}
	rank := len(x) - 1
	if len(kernel) != rank {
		return w, fmt.Errorf("its kernel %v does not fit its input %v", kernel, x)
	}
	var err error
	if w.Stride, err = n.each("strides", rank, 1); err != nil {
		return w, err
	}
	if w.Dilation, err = n.each("dilations", rank, 1); err != nil {
		return w, err
	}
	sides, err := n.each("pads", 2*rank, 0)
	if err != nil {
		return w, err
	}
	for i := range rank {
		w.Pad = append(w.Pad, graph.Pad{Begin: sides[i], End: sides[rank+i]})
	}
	return w, n.autoPad(&w, x)
}

// each is a list of one number a dimension, with a default.
func (n *node) each(name string, count, otherwise int) ([]int, error) {
	list, err := n.ints(name)
	if err != nil {
		return nil, err
	}
	if list == nil {
		for range count {
			list = append(list, otherwise)
		}
	}
	if len(list) != count {
		return nil, fmt.Errorf("its attribute %q has %d numbers, and needs %d", name, len(list), count)
	}
	return list, nil
}

// autoPad replaces the padding by that of TensorFlow's rules.
func (n *node) autoPad(w *graph.Window, x graph.Shape) error {
	rule, err := n.string("auto_pad", "NOTSET")
	if err != nil {
		return err
	}
	if rule == "NOTSET" {
		return nil
	}
	for i, size := range x.Spatial() {
		if w.Stride[i] < 1 {
			return fmt.Errorf("its strides must be at least 1")
		}
		p := graph.SamePad(size, w.Kernel[i], w.Stride[i], w.Dilation[i])
		switch rule {
		case "VALID":
			p = graph.Pad{}
		case "SAME_LOWER":
			p = graph.Pad{Begin: p.End, End: p.Begin}
		case "SAME_UPPER":
		default:
			return fmt.Errorf("its auto_pad %q is none of NOTSET, VALID, SAME_UPPER and SAME_LOWER", printable(rule))
		}
		w.Pad[i] = p
	}
	return nil
}

// padded is an activation with zeros that are still to be added around it.
func (n *node) padded(i int) (*draft, []graph.Pad, error) {
	if !n.has(i) || n.inputs[i].view == nil || n.inputs[i].view.pad == nil {
		d, err := n.draft(i)
		return d, nil, err
	}
	d, err := n.unpadded(n.inputs[i].view)
	return d, n.inputs[i].view.pad, err
}

// grow adds padding to a window's.
func grow(w *graph.Window, pads []graph.Pad) {
	for i, p := range pads {
		w.Pad[i].Begin += p.Begin
		w.Pad[i].End += p.End
	}
}

// enlarged is a shape with padding around it.
func enlarged(x graph.Shape, pads []graph.Pad) graph.Shape {
	out := append(graph.Shape(nil), x...)
	for i, p := range pads {
		out[i+1] += p.Begin + p.End
	}
	return out
}

func (n *node) conv() ([]value, error) {
	x, pads, err := n.padded(0)
	if err != nil {
		return nil, err
	}
	weight, err := n.weights(1)
	if err != nil {
		return nil, err
	}
	if len(weight.dims) < 3 {
		return nil, fmt.Errorf("its weights of shape %v are no filters", weight.dims)
	}
	groups, err := n.int("group", 1)
	if err != nil {
		return nil, err
	}
	kernel, err := n.each("kernel_shape", len(weight.dims)-2, 0)
	if err != nil {
		return nil, err
	}
	for i, k := range weight.dims[2:] {
		if kernel[i] != 0 && kernel[i] != k {
			return nil, fmt.Errorf("its kernel_shape %v is not that of its weights %v", kernel, weight.dims)
		}
	}
	op := graph.Conv{Out: weight.dims[0], Groups: int(min(groups, maxGroups))}
	if op.Window, err = n.window(weight.dims[2:], enlarged(x.shape, pads)); err != nil {
		return nil, err
	}
	grow(&op.Window, pads)
	if op.Groups < 1 || weight.dims[1]*op.Groups != x.shape.Channels() {
		return nil, fmt.Errorf("its weights %v with %d groups do not fit its input %v", weight.dims, groups, x.shape)
	}
	params := map[graph.Role][]float32{graph.Weight: weight.floats}
	if n.has(2) {
		bias, err := n.weights(2)
		if err != nil {
			return nil, err
		}
		op.Bias, params[graph.Bias] = true, bias.floats
	}
	return n.apply(op, params, x)
}

// maxGroups is more than any layer's channels.
const maxGroups = 1 << 24

// pool is MaxPool and AveragePool.
func (n *node) pool() ([]value, error) {
	x, pads, err := n.padded(0)
	if err != nil {
		return nil, err
	}
	op := graph.Pool{Fn: graph.AvgPool}
	if n.proto.GetOpType() == "MaxPool" {
		op.Fn = graph.MaxPool
	}
	if op.Ceil, err = n.flag("ceil_mode", false); err != nil {
		return nil, err
	}
	include, err := n.flag("count_include_pad", false)
	if err != nil {
		return nil, err
	}
	kernel, err := n.ints("kernel_shape")
	if err != nil {
		return nil, err
	}
	n.ignore("storage_order") // of the second output, which is not supported
	if x, err = n.poolPadding(&op, x, pads, include, kernel); err != nil {
		return nil, err
	}
	return n.apply(op, nil, x)
}

// poolPadding sets the window. Zeros that a Pad adds before count in an average
// and in a maximum, where padding of the operator's own may not: then they are
// added to the input.
func (n *node) poolPadding(op *graph.Pool, x *draft, pads []graph.Pad, include bool, kernel []int) (*draft, error) {
	var err error
	if op.Window, err = n.window(kernel, enlarged(x.shape, pads)); err != nil {
		return nil, err
	}
	own := hasPad(op.Window.Pad)
	if pads != nil && op.Fn == graph.AvgPool && (include || !own) && !op.Ceil {
		grow(&op.Window, pads)
	} else if pads != nil {
		if x, err = n.copied(x, "pad", graph.ZeroPad{Pad: pads}); err != nil {
			return nil, err
		}
	}
	op.ExcludePad = op.Fn == graph.AvgPool && own && !include
	return x, nil
}

func hasPad(pads []graph.Pad) bool {
	for _, p := range pads {
		if p != (graph.Pad{}) {
			return true
		}
	}
	return false
}

// globalPool is GlobalAveragePool and GlobalMaxPool.
func (n *node) globalPool() ([]value, error) {
	x, err := n.draft(0)
	if err != nil {
		return nil, err
	}
	if n.proto.GetOpType() == "GlobalAveragePool" {
		return n.apply(graph.GlobalAvgPool{}, nil, x)
	}
	w := graph.Window{Kernel: x.shape.Spatial(), Pad: make([]graph.Pad, len(x.shape)-1)}
	for range x.shape.Spatial() {
		w.Stride, w.Dilation = append(w.Stride, 1), append(w.Dilation, 1)
	}
	return n.apply(graph.Pool{Fn: graph.MaxPool, Window: w}, nil, x)
}

// reduceMean is a mean over all spatial dimensions: a global average.
func (n *node) reduceMean() ([]value, error) {
	x, err := n.draft(0)
	if err != nil {
		return nil, err
	}
	rank := len(x.shape) + 1
	chosen, err := n.axes(1, rank)
	if err != nil {
		return nil, err
	}
	keep, err := n.flag("keepdims", true)
	if err != nil {
		return nil, err
	}
	n.ignore("noop_with_empty_axes")
	if rank < 3 || len(chosen) != rank-2 || chosen[0] != 2 {
		return nil, fmt.Errorf("it averages the dimensions %v of %v, and a mean over all spatial dimensions is supported", chosen, x.shape)
	}
	out, err := n.apply(graph.GlobalAvgPool{}, nil, x)
	if err == nil && !keep {
		out[0].view.dims = out[0].view.dims[:2]
	}
	return out, err
}

// padding keeps zeros around spatial dimensions for the operator that reads
// them.
func (n *node) padding() ([]value, error) {
	mode, err := n.string("mode", "constant")
	if err != nil {
		return nil, err
	}
	fill, err := n.decimal("value", 0)
	if err != nil {
		return nil, err
	}
	if n.has(2) {
		t, err := n.constant(2)
		if err == nil {
			fill, err = t.scalar()
		}
		if err != nil {
			return nil, err
		}
	}
	if mode != "constant" || fill != 0 {
		return nil, fmt.Errorf("it pads by %q with %v, and padding with zeros is supported", printable(mode), fill)
	}
	x, err := n.draft(0)
	if err != nil {
		return nil, err
	}
	pads, err := n.pads(len(x.shape) + 1)
	if err != nil {
		return nil, err
	}
	v := plain(x)
	if hasPad(pads) {
		if _, err := (graph.ZeroPad{Pad: pads}).Infer([]graph.Shape{x.shape}); err != nil {
			return nil, err
		}
		v.pad = pads
	}
	return []value{{view: v}}, nil
}

// pads reads all dimensions' padding and returns that of the spatial ones.
func (n *node) pads(rank int) ([]graph.Pad, error) {
	sides, err := n.ints("pads")
	if err == nil && n.has(1) {
		sides, err = n.integers(1)
	}
	if err != nil {
		return nil, err
	}
	if n.has(3) || len(sides) != 2*rank {
		return nil, fmt.Errorf("it pads %v, and two numbers for each of %d dimensions are supported", sides, rank)
	}
	var pads []graph.Pad
	for i := range rank {
		p := graph.Pad{Begin: sides[i], End: sides[rank+i]}
		switch {
		case i >= 2:
			pads = append(pads, p)
		case p != (graph.Pad{}):
			return nil, fmt.Errorf("it pads the batch or the channels, and spatial dimensions are supported")
		}
	}
	return pads, nil
}
