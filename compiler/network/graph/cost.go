package graph

// Work is the arithmetic of one inference.
type Work struct {
	MACs int64 `json:"macs"` // multiply-adds of convolutions and fully connected layers, each counted once
	Ops  int64 `json:"ops"`  // every other arithmetic operation
}

// Cost is what one inference of a graph takes, in exact counts.
type Cost struct {
	Work
	Params          int64 `json:"params"`           // learned parameters
	Buffers         int64 `json:"buffers"`          // batch norm's running statistics
	ActivationElems int64 `json:"activation_elems"` // elements of all activations, the input's among them
	PeakElems       int64 `json:"peak_elems"`       // largest number of activation elements alive at once
}

// bytesPerElement is float32's size. Other precisions scale it where they are
// chosen.
const bytesPerElement = 4

// WeightBytes is the size of parameters and buffers in float32.
func (c Cost) WeightBytes() int64 { return bytesPerElement * (c.Params + c.Buffers) }

// PeakBytes is the size of the largest set of activations alive at once, in
// float32, if each is freed after its last reader and none is overwritten in
// place.
func (c Cost) PeakBytes() int64 { return bytesPerElement * c.PeakElems }

// Cost adds up the whole graph.
func (g *Graph) Cost() Cost {
	c := Cost{PeakElems: g.peakElements()}
	for _, n := range g.Nodes {
		k := g.NodeCost(n)
		c.MACs += k.MACs
		c.Ops += k.Ops
		c.Params += k.Params
		c.Buffers += k.Buffers
		c.ActivationElems += k.ActivationElems
	}
	return c
}

// NodeCost is the cost of one node; its PeakElems is left at zero.
func (g *Graph) NodeCost(n *Node) Cost {
	in := g.In(n)
	c := Cost{Work: n.Op.Work(in, n.Shape), ActivationElems: n.Shape.Elements()}
	for _, p := range n.Op.Params(in) {
		if p.Learned() {
			c.Params += p.Elements()
		} else {
			c.Buffers += p.Elements()
		}
	}
	return c
}

// LastUse returns for each node the id of the last node that reads it; outputs
// live until the end, len(g.Nodes).
func (g *Graph) LastUse() []int {
	last := make([]int, len(g.Nodes))
	for _, n := range g.Nodes {
		last[n.ID] = n.ID
		for _, in := range n.Inputs {
			last[in] = n.ID
		}
	}
	for _, out := range g.Outputs {
		last[out] = len(g.Nodes)
	}
	return last
}

func (g *Graph) peakElements() int64 {
	freed := make([][]int, len(g.Nodes)+1)
	for id, last := range g.LastUse() {
		freed[last] = append(freed[last], id)
	}
	var live, peak int64
	for _, n := range g.Nodes {
		live += n.Shape.Elements()
		peak = max(peak, live)
		for _, id := range freed[n.ID] {
			live -= g.Nodes[id].Shape.Elements()
		}
	}
	return peak
}
