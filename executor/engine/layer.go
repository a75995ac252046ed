package engine

import (
	"slices"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/weights"
)

// layer is what the engine runs as one operation: a node of the graph, and
// pointwise nodes fused behind it.
type layer struct {
	// chain is the graph's nodes that this layer computes, in order. All but
	// the first are batch norms and other scales and shifts, then at most one
	// addition, then at most one activation.
	chain []*graph.Node
	// inputs are the values that the first node reads. A value has the id of
	// the node that computes it.
	inputs []int
	// residual is the value that a fused addition adds, or -1.
	residual int
}

func (l *layer) head() *graph.Node { return l.chain[0] }

// out is the value that the layer computes.
func (l *layer) out() int { return l.chain[len(l.chain)-1].ID }

// reads lists all values that the layer reads.
func (l *layer) reads() []int {
	if l.residual < 0 {
		return l.inputs
	}
	return append(slices.Clone(l.inputs), l.residual)
}

// activation is the activation that ends the chain, if one does.
func (l *layer) activation() (graph.Activation, bool) {
	a, ok := l.chain[len(l.chain)-1].Op.(graph.Activation)
	return a, ok
}

// affines lists the scales and shifts fused behind the first node.
func (l *layer) affines() []*graph.Node {
	var list []*graph.Node
	for _, n := range l.chain[1:] {
		if isAffine(n.Op) {
			list = append(list, n)
		}
	}
	return list
}

// network is the graph on its way to a program.
type network struct {
	g      *graph.Graph
	w      *weights.Set
	layers []*layer
	shapes []graph.Shape // of each value; passes may append values
	alias  []int         // the value in whose memory each value stands
}

func newNetwork(g *graph.Graph, w *weights.Set) *network {
	net := &network{g: g, w: w}
	for _, n := range g.Nodes {
		net.addValue(n.Shape)
		if n.ID > 0 {
			net.layers = append(net.layers, &layer{chain: []*graph.Node{n}, inputs: n.Inputs, residual: -1})
		}
	}
	return net
}

func (net *network) addValue(s graph.Shape) int {
	id := len(net.shapes)
	net.shapes = append(net.shapes, s)
	net.alias = append(net.alias, id)
	return id
}

// pixels is the number of spatial positions of a value.
func (net *network) pixels(value int) int {
	s := net.shapes[value]
	return int(s.Elements()) / s.Channels()
}

// producers returns the layer that computes each value, of those values that
// have exactly one reader: such a layer can be fused with its reader.
func (net *network) producers() map[int]*layer {
	uses := make([]int, len(net.shapes))
	for _, l := range net.layers {
		for _, v := range l.reads() {
			uses[v]++
		}
	}
	for _, v := range net.g.Outputs {
		uses[v]++
	}
	private := map[int]*layer{}
	for _, l := range net.layers {
		if uses[l.out()] == 1 {
			private[l.out()] = l
		}
	}
	return private
}
