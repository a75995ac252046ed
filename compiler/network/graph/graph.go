package graph

import (
	"fmt"
	"slices"
)

// Graph is a network: nodes in topological order, the first of which is the
// input.
type Graph struct {
	Name    string
	Nodes   []*Node
	Outputs []int // node ids
}

// Node is one operator in a graph.
type Node struct {
	ID     int
	Name   string // unique within the graph
	Op     Op
	Inputs []int // ids of earlier nodes
	Shape  Shape // of the output
}

// Op is an operator: what decides the output's shape, its cost and its
// parameters.
type Op interface {
	// Kind is the operator's name in specs and files, such as "conv".
	Kind() string
	// Infer returns the output's shape, or why the inputs do not fit.
	Infer(in []Shape) (Shape, error)
	// Work returns the multiply-adds and the other arithmetic operations of
	// one inference.
	Work(in []Shape, out Shape) Work
	// Params lists the parameter tensors.
	Params(in []Shape) []Param
}

// Role tells what a parameter tensor is for.
type Role string

// The roles of parameter tensors.
const (
	Weight   Role = "weight"   // conv [out, in/groups, kernel...], fc [out, in]
	Bias     Role = "bias"     // [out]
	Scale    Role = "scale"    // batch norm's gamma [C]
	Shift    Role = "shift"    // batch norm's beta [C]
	Mean     Role = "mean"     // batch norm's running mean [C]
	Variance Role = "variance" // batch norm's running variance [C]
)

// Param describes one parameter tensor of an operator.
type Param struct {
	Role  Role
	Shape []int
}

// Learned reports whether training updates the parameter by gradient. Parameter
// counts in publications leave out batch norm's running statistics.
func (p Param) Learned() bool { return p.Role != Mean && p.Role != Variance }

// Elements is the number of values in the tensor.
func (p Param) Elements() int64 { return product(p.Shape) }

// New starts a graph from the shape of its one input.
func New(name string, input Shape) (*Graph, error) {
	if err := input.Check(); err != nil {
		return nil, fmt.Errorf("input: %w", err)
	}
	in := &Node{Name: "input", Op: Input{}, Shape: slices.Clone(input)}
	return &Graph{Name: name, Nodes: []*Node{in}}, nil
}

// ShapeError says that a layer cannot take the shapes it is given.
type ShapeError struct {
	Name string
	Op   string
	In   []Shape
	Err  error
}

func (e *ShapeError) Error() string {
	return fmt.Sprintf("layer %q (%s) cannot take its input %v: %v", e.Name, e.Op, e.In, e.Err)
}

func (e *ShapeError) Unwrap() error { return e.Err }

// Add appends an operator and returns its node. The error is a *ShapeError
// where the operator cannot take its inputs.
func (g *Graph) Add(name string, op Op, inputs ...int) (*Node, error) {
	in := make([]Shape, len(inputs))
	for i, id := range inputs {
		if id < 0 || id >= len(g.Nodes) {
			return nil, fmt.Errorf("layer %q reads node %d, which does not come before it", name, id)
		}
		in[i] = g.Nodes[id].Shape
	}
	out, err := op.Infer(in)
	if err == nil {
		err = out.Check()
	}
	if err != nil {
		return nil, &ShapeError{Name: name, Op: op.Kind(), In: in, Err: err}
	}
	n := &Node{ID: len(g.Nodes), Name: name, Op: op, Inputs: inputs, Shape: out}
	g.Nodes = append(g.Nodes, n)
	return n, nil
}

// DeadLayerError says that a layer leads to no output.
type DeadLayerError struct{ Node *Node }

func (e *DeadLayerError) Error() string {
	return fmt.Sprintf("layer %q leads to no output: remove it, or tap it with `as` and name the tap in `outputs`", e.Node.Name)
}

// Finish declares the graph's outputs. It is a *DeadLayerError if a node leads
// to none of them: such a layer would be counted as work that no inference
// needs.
func (g *Graph) Finish(outputs ...int) error {
	if len(outputs) == 0 {
		return fmt.Errorf("a graph needs at least one output")
	}
	needed := make([]bool, len(g.Nodes))
	for _, id := range outputs {
		needed[id] = true
	}
	for i := len(g.Nodes) - 1; i >= 0; i-- {
		if !needed[i] {
			return &DeadLayerError{g.Nodes[i]}
		}
		for _, in := range g.Nodes[i].Inputs {
			needed[in] = true
		}
	}
	g.Outputs = slices.Clone(outputs)
	return nil
}

// Input is the shape that the graph reads.
func (g *Graph) Input() Shape { return g.Nodes[0].Shape }

// In returns the shapes that a node reads.
func (g *Graph) In(n *Node) []Shape {
	in := make([]Shape, len(n.Inputs))
	for i, id := range n.Inputs {
		in[i] = g.Nodes[id].Shape
	}
	return in
}

// Params lists the parameter tensors of a node.
func (g *Graph) Params(n *Node) []Param { return n.Op.Params(g.In(n)) }

// Kinds lists the kinds of operator the graph uses, sorted, each once. A
// convolution over three spatial dimensions is reported as "conv3d" and a
// grouped one with a channel a group as "depthwise", since devices support
// these apart.
func (g *Graph) Kinds() []string {
	var kinds []string
	for _, n := range g.Nodes[1:] {
		kinds = append(kinds, g.kind(n))
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

func (g *Graph) kind(n *Node) string {
	switch op := n.Op.(type) {
	case Conv:
		switch in := g.In(n)[0]; {
		case len(op.Kernel) == 3:
			return "conv3d"
		case op.Groups > 1 && op.Groups == in.Channels():
			return "depthwise"
		}
	case Pool:
		if len(op.Kernel) == 3 {
			return op.Kind() + "3d"
		}
	case Activation:
		return string(op.Fn)
	}
	return n.Op.Kind()
}
