package export

import (
	"math"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/weights"
)

// fold takes batch norms and activations into the layers before them, for
// formats whose runtimes leave that to whoever writes the file.
type fold struct {
	g       *graph.Graph
	readers [][]*graph.Node
	fused   []bool // nodes that were taken into another
}

func newFold(g *graph.Graph) fold {
	return fold{g, readers(g), make([]bool, len(g.Nodes))}
}

// only is the one reader of a node's value, nil if there are more, or if the
// value is an output.
func (f *fold) only(n *graph.Node) *graph.Node {
	if isOutput(f.g, n.ID) || len(f.readers[n.ID]) != 1 {
		return nil
	}
	return f.readers[n.ID][0]
}

// behind takes the batch norm and the activation, if the format can, that
// follow a layer into it. It returns the node whose value the layer then
// computes, and what was taken.
func (f *fold) behind(n *graph.Node, withNorm bool, can func(graph.Activation) bool) (last, norm *graph.Node, activation *graph.Activation) {
	last = n
	if next := f.only(last); withNorm && next != nil {
		if _, ok := next.Op.(graph.BatchNorm); ok {
			norm, last = next, next
			f.fused[next.ID] = true
		}
	}
	if next := f.only(last); next != nil {
		if a, ok := next.Op.(graph.Activation); ok && can(a) {
			last, activation = next, &a
			f.fused[next.ID] = true
		}
	}
	return last, norm, activation
}

// affine is what a layer's outputs are multiplied with and what is added to
// them: its bias, and the batch norm that was taken into it.
func affine(n, norm *graph.Node, w *weights.Set) (factor, offset []float64) {
	channels := n.Shape.Channels()
	factor, offset = make([]float64, channels), make([]float64, channels)
	bias := w.Get(n.ID, graph.Bias)
	for c := range channels {
		factor[c] = 1
		if bias != nil {
			offset[c] = float64(bias[c])
		}
	}
	if norm == nil {
		return factor, offset
	}
	scale, shift := w.Get(norm.ID, graph.Scale), w.Get(norm.ID, graph.Shift)
	mean, variance := w.Get(norm.ID, graph.Mean), w.Get(norm.ID, graph.Variance)
	epsilon := norm.Op.(graph.BatchNorm).Epsilon
	for c := range channels {
		factor[c] = float64(scale[c]) / math.Sqrt(float64(variance[c])+epsilon)
		offset[c] = float64(shift[c]) + factor[c]*(offset[c]-float64(mean[c]))
	}
	return factor, offset
}

// offsetsOf is affine's second part as it is written.
func offsetsOf(n, norm *graph.Node, w *weights.Set) []float32 {
	_, offset := affine(n, norm, w)
	values := make([]float32, len(offset))
	for i, v := range offset {
		values[i] = float32(v)
	}
	return values
}
