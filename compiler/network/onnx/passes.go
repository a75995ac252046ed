package onnx

import (
	"maps"

	"edgebench/compiler/network/graph"
)

// rewrites replace an operator by another, in place, where it and those before
// it spell out one of the graph's own. They run on drafts in order, so that each
// sees what became of those before it.
var rewrites = []func(*draft){hardSigmoid, hardSwish, silu}

// rewrite runs the passes on all drafts that lead to the outputs.
func rewrite(outputs []*draft) []*draft {
	for _, d := range reached(outputs) {
		for _, apply := range rewrites {
			apply(d)
		}
	}
	readers := map[*draft]int{}
	for _, d := range outputs {
		readers[d]++
	}
	all := reached(outputs)
	for _, d := range all {
		for _, in := range d.inputs {
			readers[in]++
		}
	}
	for _, d := range all {
		moveBias(d, readers)
	}
	return outputs
}

// activated returns what a draft applies a function to, or nil if it does not.
func activated(d *draft, fn graph.ActivationFn) *draft {
	if a, ok := d.op.(graph.Activation); ok && a.Fn == fn {
		return d.inputs[0]
	}
	return nil
}

// scaled returns what a draft multiplies by a factor, with an offset, or nil.
func scaled(d *draft, factor, offset float64) *draft {
	a, ok := d.op.(graph.Affine)
	if ok && near(a.Factor, factor) && near(a.Offset, offset) {
		return d.inputs[0]
	}
	return nil
}

func (d *draft) become(fn graph.ActivationFn, x *draft) {
	d.op, d.inputs = graph.Activation{Fn: fn}, []*draft{x}
}

// hardSigmoid is min(max(x+3, 0), 6)/6.
func hardSigmoid(d *draft) {
	if clipped := scaled(d, 1.0/6, 0); clipped != nil {
		if x := shiftedClip(clipped); x != nil {
			d.become(graph.HardSigmoid, x)
		}
	}
}

// shiftedClip returns x of min(max(x+3, 0), 6), or nil.
func shiftedClip(d *draft) *draft {
	shifted := activated(d, graph.ReLU6)
	if shifted == nil {
		return nil
	}
	return scaled(shifted, 1, 3)
}

// hardSwish is x*hardsigmoid(x), or x*min(max(x+3, 0), 6)/6.
func hardSwish(d *draft) {
	if x := gate(d, func(f *draft) *draft { return activated(f, graph.HardSigmoid) }); x != nil {
		d.become(graph.HardSwish, x)
		return
	}
	if product := scaled(d, 1.0/6, 0); product != nil {
		if x := gate(product, shiftedClip); x != nil {
			d.become(graph.HardSwish, x)
		}
	}
}

// silu is x*sigmoid(x).
func silu(d *draft) {
	if x := gate(d, func(f *draft) *draft { return activated(f, graph.Sigmoid) }); x != nil {
		d.become(graph.SiLU, x)
	}
}

// gate returns x of a product x*f(x), in either order, or nil.
func gate(d *draft, argument func(f *draft) *draft) *draft {
	if _, product := d.op.(graph.Mul); !product {
		return nil
	}
	for i, f := range d.inputs {
		if x := d.inputs[1-i]; argument(f) == x {
			return x
		}
	}
	return nil
}

// moveBias makes a shift that stands alone the bias of the convolution or fully
// connected layer before it, of which it is the only reader.
func moveBias(d *draft, readers map[*draft]int) {
	if a, ok := d.op.(graph.ChannelAffine); !ok || a.Scale || readers[d.inputs[0]] != 1 {
		return
	}
	before := d.inputs[0]
	switch op := before.op.(type) {
	case graph.Conv:
		if op.Bias {
			return
		}
		op.Bias = true
		d.op = op
	case graph.FC:
		if op.Bias {
			return
		}
		op.Bias = true
		d.op = op
	default:
		return
	}
	shift := d.params[graph.Shift]
	d.params = maps.Clone(before.params)
	d.params[graph.Bias] = shift
	d.name, d.inputs = before.name, before.inputs
}

// reached lists the drafts that outputs depend on, inputs first.
func reached(outputs []*draft) []*draft {
	seen := map[*draft]bool{}
	open := append([]*draft(nil), outputs...)
	var list []*draft
	for len(open) > 0 {
		d := open[len(open)-1]
		open = open[:len(open)-1]
		if !seen[d] {
			seen[d] = true
			list = append(list, d)
			open = append(open, d.inputs...)
		}
	}
	byOrder(list)
	return list
}
