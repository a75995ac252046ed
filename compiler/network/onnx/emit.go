package onnx

import (
	"fmt"
	"slices"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/weights"
)

func byOrder(list []*draft) {
	slices.SortFunc(list, func(a, b *draft) int { return a.order - b.order })
}

// emit builds the graph of the drafts that lead to the outputs.
func emit(name string, input *draft, outputs []*draft) (*graph.Graph, *weights.Set, error) {
	g, err := graph.New(name, input.shape)
	if err != nil {
		return nil, nil, err
	}
	w := weights.NewSet()
	ids := map[*draft]int{input: 0}
	for _, d := range reached(outputs) {
		if d == input {
			continue
		}
		in := make([]int, len(d.inputs))
		for i, from := range d.inputs {
			in[i] = ids[from]
		}
		n, err := g.Add(d.name, d.op, in...)
		if err != nil {
			return nil, nil, err
		}
		ids[d] = n.ID
		for role, values := range d.params {
			w.Put(n.ID, role, values)
		}
	}
	if len(g.Nodes) == 1 {
		return nil, nil, fmt.Errorf("the network computes nothing")
	}
	last := make([]int, len(outputs))
	for i, d := range outputs {
		last[i] = ids[d]
	}
	return g, w, g.Finish(last...)
}
