package estimate

import (
	"cmp"
	"slices"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/spec"
)

// Layer is one layer of a network, fused with what frameworks run as a part of
// it: batch norm, activation, padding.
type Layer struct {
	FLOP  float64 // of one inference, a multiply-add counted as two
	Bytes float64 // weights, inputs and outputs, each moved once
	Count float64 // how many layers of the network are like this one
}

// Network is what a network asks of a platform.
type Network struct {
	Layers     []Layer
	FLOP       float64
	Parameters float64
	Kinds      []string // of operators that are layers
}

// NetworkOf lists the fused layers of a graph whose values are in a number
// format.
//
// Note: counting batch norm and activations as layers of their own, as a
// framework without fusion runs them, fits the published times no better, not
// even those of such frameworks.
func NetworkOf(g *graph.Graph, precision string) *Network {
	cost := g.Cost()
	n := &Network{
		FLOP:       2*float64(cost.MACs) + float64(cost.Ops),
		Parameters: float64(cost.Params),
		Kinds:      g.Kinds(),
	}
	size := float64(spec.BytesOf[precision])
	for _, node := range g.Nodes {
		if !fused(node.Op) {
			n.Layers = append(n.Layers, layerOf(g, node, size))
			continue
		}
		n.Kinds = slices.DeleteFunc(n.Kinds, func(kind string) bool { return kind == fusedKind(node.Op) })
	}
	n.Layers = counted(n.Layers)
	return n
}

// fused reports whether an operator costs nothing of its own in a network whose
// layers are fused.
func fused(op graph.Op) bool {
	switch op.(type) {
	case graph.Input, graph.BatchNorm, graph.Affine, graph.ChannelAffine, graph.Activation, graph.ZeroPad, graph.Flatten, graph.Reshape:
		return true
	}
	return false
}

// fusedKind is the name that Graph.Kinds gives a fused operator.
func fusedKind(op graph.Op) string {
	if a, ok := op.(graph.Activation); ok {
		return string(a.Fn)
	}
	return op.Kind()
}

func layerOf(g *graph.Graph, node *graph.Node, size float64) Layer {
	cost := g.NodeCost(node)
	elements := float64(cost.Params + cost.Buffers + node.Shape.Elements())
	for _, in := range g.In(node) {
		elements += float64(in.Elements())
	}
	return Layer{FLOP: 2*float64(cost.MACs) + float64(cost.Ops), Bytes: elements * size, Count: 1}
}

// counted joins layers that ask for the same.
func counted(layers []Layer) []Layer {
	slices.SortFunc(layers, func(a, b Layer) int {
		return cmp.Or(cmp.Compare(a.FLOP, b.FLOP), cmp.Compare(a.Bytes, b.Bytes))
	})
	var joined []Layer
	for _, l := range layers {
		if last := len(joined) - 1; last >= 0 && joined[last].FLOP == l.FLOP && joined[last].Bytes == l.Bytes {
			joined[last].Count += l.Count
			continue
		}
		joined = append(joined, l)
	}
	return joined
}
