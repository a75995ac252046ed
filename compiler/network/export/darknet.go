package export

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/weights"
)

// darknetModel builds a configuration file, whose layers each read the one
// before, or by number any earlier ones. Facts about Darknet are those of its
// source, https://github.com/pjreddie/darknet.
type darknetModel struct {
	g       *graph.Graph
	readers [][]*graph.Node
	at      []int         // Darknet layer that holds a node's value; -1 is the network's input
	shapes  []graph.Shape // of the Darknet layers' outputs
	fused   []bool        // nodes that the layer before them computes
	cfg     strings.Builder
	weights []darknetBlock
	notes   []string
}

// darknetBlock computes one layer's part of the weights file: tensors in
// Darknet's order.
type darknetBlock func(w *weights.Set) ([][]float32, error)

// lowerDarknet writes a convolution or fully connected layer with the batch
// norm and the activation behind it as one Darknet layer, as Darknet's own
// files do.
func lowerDarknet(g *graph.Graph) (*lowered, error) {
	d := &darknetModel{g: g, readers: readers(g), at: make([]int, len(g.Nodes)), fused: make([]bool, len(g.Nodes))}
	d.at[0] = -1
	if err := d.start(); err != nil {
		return nil, err
	}
	for _, n := range g.Nodes[1:] {
		if d.fused[n.ID] {
			continue
		}
		if err := d.lower(n); err != nil {
			return nil, err
		}
	}
	d.finish()
	return &lowered{notes: d.notes, files: []file{
		{"weights", d.writeWeights},
		{"cfg", func(out io.Writer, _ *weights.Set) error {
			_, err := io.WriteString(out, d.cfg.String())
			return err
		}},
	}}, nil
}

// start declares the input. Darknet's layers cannot go back to it, so that one
// that is read twice is copied first.
func (d *darknetModel) start() error {
	input := d.g.Input()
	if len(input) > 3 {
		return unsupported(Darknet, d.readers[0][0], fmt.Sprintf("Darknet's tensors have two spatial dimensions, and the input is %v", input))
	}
	size := append(slices.Clone(input), 1, 1)
	d.section("net", "batch", 1, "subdivisions", 1, "channels", size[0], "height", size[1], "width", size[2])
	if d.inputIsReadAgain() {
		d.layer(0, input, "activation", "activation", "linear")
	}
	return nil
}

// inputIsReadAgain looks through layers that Darknet leaves out.
func (d *darknetModel) inputIsReadAgain() bool {
	id := 0
	for !isOutput(d.g, id) && len(d.readers[id]) == 1 && d.isAlias(d.readers[id][0]) {
		id = d.readers[id][0].ID
	}
	return isOutput(d.g, id) || len(d.readers[id]) > 1
}

// isAlias reports whether a node leaves its input's bytes as they are.
func (d *darknetModel) isAlias(n *graph.Node) bool {
	switch n.Op.(type) {
	case graph.Flatten, graph.Reshape:
		return true
	case graph.Concat:
		return len(n.Inputs) == 1
	}
	return false
}

// finish makes the outputs the last layer, which is Darknet's output: joined,
// if there are several.
func (d *darknetModel) finish() {
	var from []string
	for _, id := range d.g.Outputs {
		from = append(from, strconv.Itoa(d.at[id]))
	}
	if len(from) > 1 {
		d.notes = append(d.notes, fmt.Sprintf("Darknet's output is its last layer: a route joins the %d outputs, one after another", len(from)))
	}
	if len(from) > 1 || d.at[d.g.Outputs[0]] != d.last() {
		d.section("route", "layers", strings.Join(from, ","))
	}
}

// section writes one section of the file; options are keys and values in
// turns.
func (d *darknetModel) section(name string, options ...any) {
	if d.cfg.Len() > 0 {
		d.cfg.WriteByte('\n')
	}
	fmt.Fprintf(&d.cfg, "[%s]\n", name)
	for pair := range slices.Chunk(options, 2) {
		fmt.Fprintf(&d.cfg, "%v=%v\n", pair[0], pair[1])
	}
}

// layer writes a section that computes a node's value.
func (d *darknetModel) layer(id int, shape graph.Shape, name string, options ...any) {
	d.section(name, options...)
	d.shapes = append(d.shapes, shape)
	d.at[id] = d.last()
}

// last is the number of the layer written last, -1 before the first.
func (d *darknetModel) last() int { return len(d.shapes) - 1 }

// shape is how Darknet sees a node's value, which Flatten does not change.
func (d *darknetModel) shape(id int) graph.Shape {
	if d.at[id] < 0 {
		return d.g.Input()
	}
	return d.shapes[d.at[id]]
}

// read makes a node's value the one that the next layer reads.
func (d *darknetModel) read(id int) {
	if d.at[id] != d.last() {
		d.section("route", "layers", d.at[id])
		d.shapes = append(d.shapes, d.shape(id))
	}
}

// only returns the one node that reads n, if it is the only use of its value
// and nothing of n needs to be kept.
func (d *darknetModel) only(n *graph.Node) *graph.Node {
	if isOutput(d.g, n.ID) || len(d.readers[n.ID]) != 1 {
		return nil
	}
	return d.readers[n.ID][0]
}

// absorb takes the batch norm and the activation behind a node into its layer,
// and returns the batch norm, the activation's name, and the last node.
func (d *darknetModel) absorb(n *graph.Node) (norm *graph.Node, activation string, last *graph.Node) {
	last = n
	if next := d.only(n); next != nil {
		if _, ok := next.Op.(graph.BatchNorm); ok {
			norm, last = next, next
			d.fused[next.ID] = true
		}
	}
	activation, last = d.absorbActivation(last)
	return norm, activation, last
}

func (d *darknetModel) absorbActivation(n *graph.Node) (activation string, last *graph.Node) {
	if next := d.only(n); next != nil {
		if op, ok := next.Op.(graph.Activation); ok && darknetActivation(op) != "" {
			d.fused[next.ID] = true
			return darknetActivation(op), next
		}
	}
	return "linear", n
}

// darknetSlope is the one slope of Darknet's leaky activation.
const darknetSlope = 0.1

// darknetActivation is a function's name in Darknet, or empty.
func darknetActivation(op graph.Activation) string {
	switch op.Fn {
	case graph.ReLU:
		return "relu"
	case graph.Sigmoid:
		return "logistic"
	case graph.Tanh:
		return "tanh"
	case graph.LeakyReLU:
		if op.Slope == darknetSlope {
			return "leaky"
		}
	case graph.Clip:
		if op.Low == -1 && op.High == 1 {
			return "hardtan"
		}
		if op.Low == 0 && op.High >= math.MaxFloat32 {
			return "relu"
		}
	}
	return ""
}
