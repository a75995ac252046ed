package export

import (
	"fmt"
	"slices"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/weights"
)

// tfliteModel builds one TensorFlow Lite model. Activations are channel-last,
// with a batch of 1: [C H W] becomes [1 H W C].
type tfliteModel struct {
	fold
	tensors []tfTensor
	nodes   []tfNode
	value   []int // tensor of each node's output
	inputs  []int
	outputs []int
	notes   []string
	half    bool // parameters are 16-bit floats
}

// lowerTFLite writes a convolution or fully connected layer with the batch norm
// and the activation behind it as one operator, and a flattening in front of a
// fully connected layer as an order of its weights, as TensorFlow's own
// converter does: TensorFlow Lite has no batch norm, and fuses nothing later.
func lowerTFLite(g *graph.Graph, half bool) (*lowered, error) {
	m := &tfliteModel{fold: newFold(g), value: make([]int, len(g.Nodes))}
	m.value[0] = m.tensor(tfTensor{name: "input", shape: channelLast(g.Input())})
	m.inputs = []int{m.value[0]}
	for _, n := range g.Nodes[1:] {
		if m.fused[n.ID] {
			continue
		}
		if err := m.lower(n); err != nil {
			return nil, err
		}
	}
	var names []string
	for _, id := range g.Outputs {
		m.outputs = append(m.outputs, m.value[id])
		names = append(names, m.tensors[m.value[id]].name)
	}
	if half {
		m.halve()
	}
	return &lowered{outputs: names, notes: m.notes, files: []file{{"tflite", m.write}}}, nil
}

// channelLast is a shape with a batch of 1 and the channels at its end.
func channelLast(s graph.Shape) []int {
	return append(append([]int{1}, s.Spatial()...), s.Channels())
}

func (m *tfliteModel) tensor(t tfTensor) int {
	m.tensors = append(m.tensors, t)
	return len(m.tensors) - 1
}

// integers adds a constant.
func (m *tfliteModel) integers(name string, values ...int) int {
	return m.tensor(tfTensor{name: name, shape: []int{len(values)}, kind: tfInt32, ints: values})
}

// number adds a constant of one element.
func (m *tfliteModel) number(name string, v float64) int {
	return m.tensor(tfTensor{name: name, shape: []int{1}, float: func(*weights.Set) ([]float32, error) { return []float32{float32(v)}, nil }})
}

// output adds the tensor of a node's value.
func (m *tfliteModel) output(n *graph.Node) int {
	m.value[n.ID] = m.tensor(tfTensor{name: n.Name + ".out", shape: channelLast(n.Shape)})
	return m.value[n.ID]
}

// between adds a tensor that only this node's operators pass on.
func (m *tfliteModel) between(n *graph.Node, what string, shape []int) int {
	return m.tensor(tfTensor{name: n.Name + "." + what, shape: shape})
}

func (m *tfliteModel) node(op tfOperator, out int, in []int, table byte, options ...tfOption) {
	m.nodes = append(m.nodes, tfNode{op: op, in: in, out: []int{out}, table: table, options: options})
}

// refuse says why a layer cannot be written.
func (m *tfliteModel) refuse(n *graph.Node, format string, args ...any) error {
	return unsupported(TFLite, n, fmt.Sprintf(format, args...))
}

// behind takes what follows a layer into it, as fold does, and returns the
// activation as operators have it.
func (m *tfliteModel) behind(n *graph.Node, withNorm bool) (last, norm *graph.Node, activation int8) {
	last, norm, taken := m.fold.behind(n, withNorm, func(a graph.Activation) bool { return fusedActivation[a.Fn] != tfNoActivation })
	if taken != nil {
		activation = fusedActivation[taken.Fn]
	}
	return last, norm, activation
}

var fusedActivation = map[graph.ActivationFn]int8{graph.ReLU: tfFusedReLU, graph.ReLU6: tfFusedReLU6}

// filter adds a layer's weights in another order, times the factor of their
// output channel: element i of the file is element at(i) of the graph's tensor,
// of channel of(i).
func (m *tfliteModel) filter(n, norm *graph.Node, shape []int, at, channel func(i int) int) int {
	return m.tensor(tfTensor{name: n.Name + ".weight", shape: shape, parameter: true, float: func(w *weights.Set) ([]float32, error) {
		factor, _ := affine(n, norm, w)
		from := w.Get(n.ID, graph.Weight)
		to := make([]float32, len(from))
		for i := range to {
			to[i] = float32(float64(from[at(i)]) * factor[channel(i)])
		}
		return to, nil
	}})
}

// offset adds what is added to a layer's outputs.
func (m *tfliteModel) offset(n, norm *graph.Node) int {
	return m.tensor(tfTensor{name: n.Name + ".bias", shape: []int{n.Shape.Channels()}, parameter: true, float: func(w *weights.Set) ([]float32, error) {
		return offsetsOf(n, norm, w), nil
	}})
}

// perChannel adds a constant with one value per channel, shaped to fit the
// values of node n.
func (m *tfliteModel) perChannel(n *graph.Node, what string, values func(w *weights.Set) []float32) int {
	return m.tensor(tfTensor{name: n.Name + "." + what, shape: []int{n.Shape.Channels()}, float: func(w *weights.Set) ([]float32, error) {
		return values(w), nil
	}})
}

// padded adds zeros, or another value, around an activation's spatial
// dimensions; none where there are none to add.
func (m *tfliteModel) padded(n *graph.Node, in int, pads []graph.Pad, fill float64) int {
	if !slices.ContainsFunc(pads, func(p graph.Pad) bool { return p != (graph.Pad{}) }) {
		return in
	}
	shape := slices.Clone(m.tensors[in].shape)
	amounts := []int{0, 0}
	for i, p := range pads {
		shape[1+i] += p.Begin + p.End
		amounts = append(amounts, p.Begin, p.End)
	}
	amounts = append(amounts, 0, 0)
	list := m.tensor(tfTensor{name: n.Name + ".paddings", shape: []int{len(shape), 2}, kind: tfInt32, ints: amounts})
	out := m.between(n, "padded", shape)
	if fill == 0 {
		m.node(tfPad, out, []int{in, list}, 22)
	} else {
		m.node(tfPadV2, out, []int{in, list, m.number(n.Name+".fill", fill)}, 43)
	}
	return out
}

// windowed is the input of an operator with a window, and its padding rule:
// VALID, SAME where the window's padding is what that rule gives, or VALID
// behind zeros that are added before.
func (m *tfliteModel) windowed(n *graph.Node, w graph.Window, in int, fill float64) (input int, rule int8) {
	same, none := true, true
	for i, size := range m.g.In(n)[0].Spatial() {
		same = same && w.Pad[i] == graph.SamePad(size, w.Kernel[i], w.Stride[i], w.Dilation[i])
		none = none && w.Pad[i] == graph.Pad{}
	}
	switch {
	case none:
		return in, tfValid
	case same:
		return in, tfSame
	}
	return m.padded(n, in, w.Pad, fill), tfValid
}
