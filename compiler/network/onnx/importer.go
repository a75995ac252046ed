package onnx

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/onnx/onnxpb"
)

// draft is an operator on its way to the graph.
type draft struct {
	name   string
	op     graph.Op
	inputs []*draft
	shape  graph.Shape
	params map[graph.Role][]float32
	order  int               // drafts are made in an order in which inputs come first
	copies map[string]*draft // what settle made of this one, by operator
}

func (d *draft) shapes() []graph.Shape {
	list := make([]graph.Shape, len(d.inputs))
	for i, in := range d.inputs {
		list[i] = in.shape
	}
	return list
}

// importer turns a file's nodes into drafts.
type importer struct {
	opset  int
	data   *store
	value  map[string]value // by the file's names
	names  map[string]int   // drafts a name
	input  *draft
	drafts int
	spent  int64 // values that were computed or copied
}

// run returns the drafts of the outputs.
func (im *importer) run(g *onnxpb.GraphProto, declared graph.Shape) ([]*draft, error) {
	initial, err := initializers(g)
	if err != nil {
		return nil, err
	}
	nodes, err := needed(g)
	if err != nil {
		return nil, err
	}
	if err := im.readInput(g, initial, declared); err != nil {
		return nil, err
	}
	for _, p := range nodes {
		if err := im.node(p, initial); err != nil {
			return nil, err
		}
	}
	var outputs []*draft
	for _, out := range g.GetOutput() {
		d, err := im.output(out)
		if err != nil {
			return nil, fmt.Errorf("output %q: %w", out.GetName(), err)
		}
		outputs = append(outputs, d)
	}
	return outputs, nil
}

func initializers(g *onnxpb.GraphProto) (map[string]*onnxpb.TensorProto, error) {
	if len(g.GetSparseInitializer()) > 0 {
		return nil, fmt.Errorf("it has sparse weights, which are not supported: export it with dense ones")
	}
	all := map[string]*onnxpb.TensorProto{}
	for _, t := range g.GetInitializer() {
		if _, taken := all[t.GetName()]; taken {
			return nil, fmt.Errorf("it has two weights named %q", t.GetName())
		}
		all[t.GetName()] = t
	}
	return all, nil
}

// needed lists the nodes that lead to an output, in the file's order. What
// trains or merely reports is left out.
func needed(g *onnxpb.GraphProto) ([]*onnxpb.NodeProto, error) {
	by := map[string]int{}
	for i, n := range g.GetNode() {
		for _, out := range n.GetOutput() {
			if _, taken := by[out]; taken && out != "" {
				return nil, fmt.Errorf("%s: another node computes %q too", title(n), out)
			}
			by[out] = i
		}
	}
	var open []string
	for _, out := range g.GetOutput() {
		open = append(open, out.GetName())
	}
	if len(open) == 0 {
		return nil, fmt.Errorf("it has no outputs")
	}
	wanted := map[int]bool{}
	for len(open) > 0 {
		i, computed := by[open[len(open)-1]]
		open = open[:len(open)-1]
		if computed && !wanted[i] {
			wanted[i] = true
			open = append(open, g.Node[i].GetInput()...)
		}
	}
	var list []*onnxpb.NodeProto
	for i, n := range g.GetNode() {
		if wanted[i] {
			list = append(list, n)
		}
	}
	return list, nil
}

// readInput declares the one input that is no weight.
func (im *importer) readInput(g *onnxpb.GraphProto, initial map[string]*onnxpb.TensorProto, declared graph.Shape) error {
	var inputs []*onnxpb.ValueInfoProto
	for _, in := range g.GetInput() {
		if _, weight := initial[in.GetName()]; !weight {
			inputs = append(inputs, in)
		}
	}
	if len(inputs) != 1 {
		return fmt.Errorf("it has %d inputs, and networks of one input are supported", len(inputs))
	}
	shape, err := inputShape(inputs[0], declared)
	if err != nil {
		return fmt.Errorf("input %q: %w", inputs[0].GetName(), err)
	}
	im.input = &draft{op: graph.Input{}, name: "input", shape: shape}
	im.names["input"]++
	im.value[inputs[0].GetName()] = value{view: plain(im.input)}
	return nil
}

// inputShape is the shape in the file without the batch, its open dimensions
// filled in.
func inputShape(in *onnxpb.ValueInfoProto, declared graph.Shape) (graph.Shape, error) {
	kind := in.GetType().GetTensorType()
	if t := onnxpb.TensorProto_DataType(kind.GetElemType()); t != onnxpb.TensorProto_FLOAT {
		return nil, fmt.Errorf("its values are of type %v, and networks that read FLOAT are supported", t)
	}
	dims := kind.GetShape().GetDim()
	if len(dims) < 2 {
		return nil, fmt.Errorf("it has %d dimensions, and a batch and channels are needed", len(dims))
	}
	if n := dims[0].GetDimValue(); n > 1 {
		return nil, fmt.Errorf("its batch is %d: export the model with a batch of 1, or with an open batch", n)
	}
	if len(dims)-1 != len(declared) && declared != nil {
		return nil, fmt.Errorf("it has %d dimensions besides the batch, and %v is declared", len(dims)-1, declared)
	}
	var shape graph.Shape
	for i, d := range dims[1:] {
		n := d.GetDimValue()
		switch {
		case n <= 0 && declared == nil:
			return nil, fmt.Errorf("its dimension %d (%q) is open: state the input's shape", i+1, d.GetDimParam())
		case n <= 0:
			n = int64(declared[i])
		case declared != nil && n != int64(declared[i]):
			return nil, fmt.Errorf("its dimension %d is %d, and the declared shape is %v", i+1, n, declared)
		}
		if n > math.MaxInt32 {
			return nil, fmt.Errorf("its dimension %d is %d, which no device could hold", i+1, n)
		}
		shape = append(shape, int(n))
	}
	return shape, shape.Check()
}

// remedied ends a refusal with what to do, where it does not say so itself.
func remedied(err error) error {
	if strings.Contains(err.Error(), "xport") {
		return err
	}
	return fmt.Errorf("%w. Export the model for inference, with a batch of 1 and static shapes, and simplify it (onnxsim); or state its `layers` in the spec", err)
}

// node computes one node's outputs.
func (im *importer) node(p *onnxpb.NodeProto, initial map[string]*onnxpb.TensorProto) error {
	n := &node{importer: im, proto: p, attributes: map[string]*onnxpb.AttributeProto{}}
	outputs, err := n.compute(initial)
	if err != nil {
		node := fmt.Sprintf("%s, opset %d", title(p), im.opset)
		whole := fmt.Errorf("%s: %w", node, remedied(err))
		if n.unread {
			return whole
		}
		return &UnsupportedError{err: whole, Cause: fmt.Errorf("%s: %w", node, err)}
	}
	for i, name := range p.GetOutput() {
		if i < len(outputs) {
			im.value[name] = outputs[i]
		}
	}
	return nil
}

// title names a node in errors.
func title(p *onnxpb.NodeProto) string {
	name := p.GetName()
	if name == "" && len(p.GetOutput()) > 0 {
		name = p.GetOutput()[0]
	}
	return fmt.Sprintf("node %q (%s)", printable(name), printable(p.GetOpType()))
}

// lookup returns what a name stands for.
func (im *importer) lookup(name string, initial map[string]*onnxpb.TensorProto) (value, error) {
	if v, known := im.value[name]; known {
		return v, nil
	}
	p, stored := initial[name]
	if !stored {
		return value{}, fmt.Errorf("it reads %q, which nothing before it computes: nodes must stand in order, without a cycle", printable(name))
	}
	t, err := im.data.decode(p)
	if err != nil {
		return value{}, fmt.Errorf("weight %q: %w", printable(name), err)
	}
	im.value[name] = value{constant: t}
	return value{constant: t}, nil
}

// output settles a value that the network returns, and compares it with the
// shape that the file declares.
func (im *importer) output(out *onnxpb.ValueInfoProto) (*draft, error) {
	v, known := im.value[out.GetName()]
	if !known || v.view == nil {
		return nil, fmt.Errorf("no operator computes it from the input")
	}
	sizes := v.view.paddedSizes()
	declared := out.GetType().GetTensorType().GetShape().GetDim()
	for i, d := range declared {
		open := d.GetDimValue() <= 0 || i == 0
		if len(declared) != len(sizes) || !open && d.GetDimValue() != int64(sizes[i]) {
			return nil, fmt.Errorf("the operators give the shape %v, and the file declares another: it is damaged, or was exported for another input", sizes)
		}
	}
	return im.settle(v.view)
}

// settle makes an activation of a view: one of the view's own shape without the
// batch, padded.
func (im *importer) settle(v *view) (*draft, error) {
	d, err := im.unpadded(v)
	if err != nil || v.pad == nil {
		return d, err
	}
	return im.copied(d, "pad", graph.ZeroPad{Pad: v.pad})
}

// unpadded is settle, but for the padding.
func (im *importer) unpadded(v *view) (*draft, error) {
	op, err := v.operator()
	if err != nil || op == nil {
		return v.node, err
	}
	return im.copied(v.node, op.Kind(), op)
}

// copied makes each copy of a draft once.
func (im *importer) copied(d *draft, what string, op graph.Op) (*draft, error) {
	key := fmt.Sprintf("%T%+v", op, op)
	if known := d.copies[key]; known != nil {
		return known, nil
	}
	made, err := im.add(d.name+"."+what, op, nil, d)
	if err != nil {
		return nil, err
	}
	if d.copies == nil {
		d.copies = map[string]*draft{}
	}
	d.copies[key] = made
	return made, nil
}

// add appends an operator. Its shape is inferred and its weights are counted at
// once.
func (im *importer) add(name string, op graph.Op, params map[graph.Role][]float32, inputs ...*draft) (*draft, error) {
	d := &draft{name: im.unique(name), op: op, inputs: inputs, params: params}
	in := d.shapes()
	shape, err := op.Infer(in)
	if err == nil {
		err = shape.Check()
	}
	if err != nil {
		return nil, fmt.Errorf("cannot take its input %v: %w", in, err)
	}
	for _, p := range op.Params(in) {
		if int64(len(params[p.Role])) != p.Elements() {
			return nil, fmt.Errorf("its %s has %d values, and %d are needed", p.Role, len(params[p.Role]), p.Elements())
		}
	}
	im.drafts++
	d.shape, d.order = shape, im.drafts
	return d, nil
}

// unique numbers the second and later drafts of a name.
func (im *importer) unique(name string) string {
	name = printable(name)
	im.names[name]++
	if n := im.names[name]; n > 1 {
		return im.unique(fmt.Sprintf("%s_%d", name, n))
	}
	return name
}

// maxName is enough for the paths that exporters use as names.
const maxName = 120

// printable makes a file's name fit for a line of text.
func printable(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) && r != unicode.ReplacementChar {
			return r
		}
		return '_'
	}, name)
	if runes := []rune(name); len(runes) > maxName {
		name = string(runes[:maxName])
	}
	return name
}

// maxSpent bounds the values that are computed or copied: far more than a
// network's weights, but no endless work.
const maxSpent = 1 << 32

func (im *importer) spend(values int) error {
	if im.spent += int64(values); im.spent > maxSpent {
		return fmt.Errorf("the file asks for too many constants to be computed: simplify it first, such as with onnxsim")
	}
	return nil
}

// rank counts the dimensions of a view.
func (v *view) rank() int { return len(v.dims) }

// all reports whether a tensor's dimensions but one are 1.
func all(sizes []int, but int) bool {
	return !slices.ContainsFunc(slices.Delete(slices.Clone(sizes), but, but+1), func(n int) bool { return n != 1 })
}
