package engine

import (
	"edgebench/compiler/network/graph"
)

// pass rewrites a network.
type pass struct {
	name     string
	optional bool // left out without fusion
	apply    func(*network)
}

// passes lists the passes in the order in which they run. Residuals come
// before activations, since a residual network's activation follows the sum.
func passes() []pass {
	return []pass{
		{"insert flatten before fully connected", false, insertFlatten},
		{"fold batch norm", true, foldAffine},
		{"fuse residual addition", true, fuseResidual},
		{"fuse activation", true, fuseActivation},
		{"flatten in place", true, flattenInPlace},
	}
}

// Passes lists the names of the passes that Compile runs, in order.
func Passes(opt Options) []string {
	var names []string
	for _, p := range passes() {
		if opt.Fusion || !p.optional {
			names = append(names, p.name)
		}
	}
	return names
}

func (net *network) rewrite(opt Options) {
	for _, p := range passes() {
		if opt.Fusion || !p.optional {
			p.apply(net)
		}
	}
}

// insertFlatten copies a spatial input of a fully connected layer to a vector
// in channel-first order, which the layer's weights expect.
func insertFlatten(net *network) {
	var layers []*layer
	for _, l := range net.layers {
		if _, fc := l.head().Op.(graph.FC); fc && net.pixels(l.inputs[0]) > 1 {
			shape := graph.Shape{int(net.shapes[l.inputs[0]].Elements())}
			n := &graph.Node{
				ID: net.addValue(shape), Name: l.head().Name + ".flatten", Op: graph.Flatten{}, Inputs: l.inputs, Shape: shape,
			}
			layers = append(layers, &layer{chain: []*graph.Node{n}, inputs: l.inputs, residual: -1})
			l.inputs = []int{n.ID}
		}
		layers = append(layers, l)
	}
	net.layers = layers
}

// absorb fuses layers with their readers. For each layer, join returns the
// layer that computes one of its inputs and that it fuses with, or nil. The
// fused layer takes the reader's place, where all inputs of both are ready.
func absorb(net *network, join func(l *layer, private map[int]*layer) *layer) {
	private := net.producers()
	gone := map[*layer]bool{}
	for i, l := range net.layers {
		if p := join(l, private); p != nil {
			gone[p] = true
			fused := &layer{chain: append(p.chain, l.chain...), inputs: p.inputs, residual: p.residual}
			if _, add := l.head().Op.(graph.Add); add {
				fused.residual = other(l.inputs, p.out())
			}
			net.layers[i] = fused
			if private[l.out()] == l {
				private[l.out()] = fused
			}
		}
	}
	kept := net.layers[:0]
	for _, l := range net.layers {
		if !gone[l] {
			kept = append(kept, l)
		}
	}
	net.layers = kept
}

// other is the input of a pair that is not v.
func other(pair []int, v int) int {
	if pair[0] == v {
		return pair[1]
	}
	return pair[0]
}

// foldAffine makes a batch norm, or another scale and shift, part of the
// convolution or fully connected layer before it.
func foldAffine(net *network) {
	absorb(net, func(l *layer, private map[int]*layer) *layer {
		if !isAffine(l.head().Op) {
			return nil
		}
		p := private[l.inputs[0]]
		if p == nil {
			return nil
		}
		switch p.head().Op.(type) {
		case graph.Conv, graph.FC:
			return p
		}
		return nil
	})
}

// fuseResidual makes a sum of two part of the convolution that computes one of
// them, the later if both are convolutions: the earlier one is then stored
// already, and the later one need not be.
func fuseResidual(net *network) {
	absorb(net, func(l *layer, private map[int]*layer) *layer {
		if _, add := l.head().Op.(graph.Add); !add || len(l.inputs) != 2 {
			return nil
		}
		var chosen *layer
		for _, v := range l.inputs {
			p := private[v]
			if p == nil || p.residual >= 0 {
				continue
			}
			if _, conv := p.head().Op.(graph.Conv); conv && (chosen == nil || p.out() > chosen.out()) {
				chosen = p
			}
		}
		return chosen
	})
}

// fuseActivation makes an activation part of the layer before it.
func fuseActivation(net *network) {
	absorb(net, func(l *layer, private map[int]*layer) *layer {
		if _, act := l.head().Op.(graph.Activation); !act {
			return nil
		}
		p := private[l.inputs[0]]
		if p == nil {
			return nil
		}
		if _, done := p.activation(); done {
			return nil
		}
		switch p.head().Op.(type) {
		case graph.Conv, graph.FC, graph.BatchNorm, graph.Affine, graph.ChannelAffine, graph.Add, graph.Mul:
			return p
		}
		return nil
	})
}

// flattenInPlace drops a flatten or reshape of one pixel to one pixel: a vector
// is stored alike.
func flattenInPlace(net *network) {
	var kept []*layer
	for _, l := range net.layers {
		if reshapes(l.head().Op) && net.pixels(l.inputs[0]) == 1 && net.pixels(l.out()) == 1 {
			net.alias[l.out()] = net.alias[l.inputs[0]]
			continue
		}
		kept = append(kept, l)
	}
	net.layers = kept
}

func reshapes(op graph.Op) bool {
	switch op.(type) {
	case graph.Flatten, graph.Reshape:
		return true
	}
	return false
}
