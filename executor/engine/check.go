package engine

import (
	"fmt"
	"math"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/weights"
)

// check refuses what Compile cannot rely on. A graph that was made with
// graph.New, Add and Finish passes, but its fields are exported, and weights
// come from elsewhere.
func check(g *graph.Graph, w *weights.Set) error {
	if g == nil || w == nil || len(g.Nodes) == 0 || g.Nodes[0] == nil {
		return fmt.Errorf("the engine needs a graph with an input, and weights")
	}
	if _, input := g.Nodes[0].Op.(graph.Input); !input {
		return fmt.Errorf("the graph's first node must be its input")
	}
	if err := g.Input().Check(); err != nil {
		return fmt.Errorf("input: %w", err)
	}
	for i, n := range g.Nodes {
		if n == nil || n.Op == nil || n.ID != i {
			return fmt.Errorf("node %d of the graph is incomplete: build graphs with graph.New and Add", i)
		}
		if i == 0 {
			continue
		}
		if err := checkNode(g, w, n); err != nil {
			return fmt.Errorf("layer %q (%s): %w", n.Name, n.Op.Kind(), err)
		}
	}
	return checkOutputs(g)
}

func checkOutputs(g *graph.Graph) error {
	if len(g.Outputs) == 0 {
		return fmt.Errorf("the graph has no outputs: call Finish")
	}
	for _, id := range g.Outputs {
		if id < 0 || id >= len(g.Nodes) {
			return fmt.Errorf("output %d is not a node", id)
		}
	}
	return nil
}

func checkNode(g *graph.Graph, w *weights.Set, n *graph.Node) error {
	for _, id := range n.Inputs {
		if id < 0 || id >= n.ID {
			return fmt.Errorf("it reads node %d, which does not come before it", id)
		}
	}
	shape, err := n.Op.Infer(g.In(n))
	if err == nil {
		err = shape.Check()
	}
	if err != nil {
		return err
	}
	if !shape.Equal(n.Shape) {
		return fmt.Errorf("its shape is %v, but its inputs give %v", n.Shape, shape)
	}
	return checkParams(g, w, n)
}

func checkParams(g *graph.Graph, w *weights.Set, n *graph.Node) error {
	for _, p := range g.Params(n) {
		values := w.Get(n.ID, p.Role)
		if int64(len(values)) != p.Elements() {
			return fmt.Errorf("it needs %d values of %s, and the weights hold %d", p.Elements(), p.Role, len(values))
		}
	}
	return nil
}

// times multiplies sizes without overflow: the product of large factors stays
// at the largest int64, which every limit refuses.
func times(factors ...int64) int64 {
	product := int64(1)
	for _, f := range factors {
		if f > 0 && product > math.MaxInt64/f {
			return math.MaxInt64
		}
		product *= f
	}
	return product
}

// plus adds sizes without overflow.
func plus(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
