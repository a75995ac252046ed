package onnx

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/onnx/onnxpb"
)

// node is one node of the file while its outputs are computed.
type node struct {
	*importer
	proto      *onnxpb.NodeProto
	inputs     []value
	unread     bool                              // an input could not be read: the file is damaged
	attributes map[string]*onnxpb.AttributeProto // those that were not read yet
}

// operators computes each operator's outputs. What takes constants only is
// looked for in folds first.
var operators = map[string]func(*node) ([]value, error){
	"Add": (*node).addition, "AveragePool": (*node).pool, "BatchNormalization": (*node).batchNorm, "Cast": (*node).cast,
	"Clip": (*node).clip, "Concat": (*node).concat, "Constant": (*node).literal, "Conv": (*node).conv,
	"Div": (*node).division, "Dropout": (*node).dropout, "Flatten": (*node).flatten, "Gather": (*node).gather,
	"Gemm": (*node).gemm, "GlobalAveragePool": (*node).globalPool, "GlobalMaxPool": (*node).globalPool,
	"HardSigmoid": (*node).hardSigmoid, "HardSwish": (*node).activation, "Identity": (*node).identity, "LRN": (*node).lrn,
	"LeakyRelu": (*node).activation, "MatMul": (*node).matMul, "MaxPool": (*node).pool, "Mul": (*node).multiplication,
	"Neg": (*node).negation, "Pad": (*node).padding, "ReduceMean": (*node).reduceMean, "Relu": (*node).activation,
	"Reshape": viewAs((*node).reshaped), "Resize": (*node).resize, "Shape": (*node).shape, "Sigmoid": (*node).activation,
	"Slice": (*node).slice, "Softmax": (*node).softmax, "Split": (*node).split, "Squeeze": viewAs((*node).squeezed),
	"Sub": (*node).subtraction, "Sum": (*node).sum, "Tanh": (*node).activation, "Transpose": (*node).transpose,
	"Unsqueeze": viewAs((*node).unsqueezed), "Upsample": (*node).resize,
}

// compute resolves the inputs and runs the operator.
func (n *node) compute(initial map[string]*onnxpb.TensorProto) ([]value, error) {
	operator, known := operators[n.proto.GetOpType()]
	fold, folds := folds[n.proto.GetOpType()]
	if !defaultDomain(n.proto.GetDomain()) || !known && !folds {
		return nil, n.unsupported()
	}
	for _, name := range n.proto.GetInput() {
		var v value
		if name != "" {
			var err error
			if v, err = n.lookup(name, initial); err != nil {
				n.unread = true
				return nil, err
			}
		}
		n.inputs = append(n.inputs, v)
	}
	for _, a := range n.proto.GetAttribute() {
		n.attributes[a.GetName()] = a
	}
	switch {
	case folds && n.constants():
		operator = fold
	case !known:
		return nil, fmt.Errorf("this operator is supported on constants only")
	}
	outputs, err := operator(n)
	if err != nil {
		return nil, err
	}
	return outputs, n.checkUse()
}

func (n *node) unsupported() error {
	if domain := n.proto.GetDomain(); !defaultDomain(domain) {
		return fmt.Errorf("operators of the domain %q are not supported", printable(domain))
	}
	return errors.New("this operator is not supported")
}

// constants reports whether all inputs are.
func (n *node) constants() bool {
	return !slices.ContainsFunc(n.inputs, func(v value) bool { return v.view != nil })
}

// checkUse refuses attributes that were not looked at, since they may change
// what the operator computes.
func (n *node) checkUse() error {
	for _, name := range slices.Sorted(maps.Keys(n.attributes)) {
		return fmt.Errorf("its attribute %q is not supported", printable(name))
	}
	return nil
}

// attribute takes an attribute, so that checkUse does not find it.
func (n *node) attribute(name string, kind onnxpb.AttributeProto_AttributeType) (*onnxpb.AttributeProto, error) {
	a, present := n.attributes[name]
	if !present {
		return nil, nil
	}
	delete(n.attributes, name)
	if a.GetType() != kind {
		return nil, fmt.Errorf("its attribute %q is of type %v, not %v", name, a.GetType(), kind)
	}
	return a, nil
}

func (n *node) int(name string, otherwise int64) (int64, error) {
	a, err := n.attribute(name, onnxpb.AttributeProto_INT)
	if a == nil {
		return otherwise, err
	}
	return a.GetI(), nil
}

// flag is a whole number that is 0 or 1.
func (n *node) flag(name string, otherwise bool) (bool, error) {
	v := int64(0)
	if otherwise {
		v = 1
	}
	v, err := n.int(name, v)
	return v != 0, err
}

// decimal is an attribute that must be a finite number.
func (n *node) decimal(name string, otherwise float64) (float64, error) {
	v, err := n.number(name, otherwise)
	if err == nil && (math.IsNaN(v) || math.IsInf(v, 0)) {
		return 0, fmt.Errorf("its attribute %q is %v, which is no finite number: the file is damaged, or training diverged. Export the model anew", name, v)
	}
	return v, err
}

// number is an attribute as it was written: 1e-5, not the nearest float32.
func (n *node) number(name string, otherwise float64) (float64, error) {
	a, err := n.attribute(name, onnxpb.AttributeProto_FLOAT)
	if a == nil {
		return otherwise, err
	}
	return decimal(a.GetF()), nil
}

// decimal is the shortest decimal number that rounds to a float32.
func decimal(x float32) float64 {
	v, err := strconv.ParseFloat(strconv.FormatFloat(float64(x), 'g', -1, 32), 64)
	if err != nil {
		return float64(x) // infinities
	}
	return v
}

func (n *node) string(name, otherwise string) (string, error) {
	a, err := n.attribute(name, onnxpb.AttributeProto_STRING)
	if a == nil {
		return otherwise, err
	}
	return string(a.GetS()), nil
}

// ints is a list of whole numbers, nil if the attribute is missing.
func (n *node) ints(name string) ([]int, error) {
	a, err := n.attribute(name, onnxpb.AttributeProto_INTS)
	if a == nil {
		return nil, err
	}
	return intTensor(a.GetInts()...).integers()
}

// ignore takes attributes that do not matter at inference.
func (n *node) ignore(names ...string) {
	for _, name := range names {
		delete(n.attributes, name)
	}
}

// has reports whether an input is given.
func (n *node) has(i int) bool {
	return i < len(n.inputs) && (n.inputs[i].constant != nil || n.inputs[i].view != nil)
}

// constant is an input that must not depend on the network's input.
func (n *node) constant(i int) (*tensor, error) {
	if !n.has(i) {
		return nil, fmt.Errorf("its input %d is missing", i)
	}
	if n.inputs[i].constant == nil {
		return nil, fmt.Errorf("its input %d must be a constant, and depends on the network's input", i)
	}
	return n.inputs[i].constant, nil
}

// integers is an input of whole numbers.
func (n *node) integers(i int) ([]int, error) {
	t, err := n.constant(i)
	if err != nil {
		return nil, err
	}
	return t.integers()
}

// view is an input that must be an activation.
func (n *node) view(i int) (*view, error) {
	if !n.has(i) {
		return nil, fmt.Errorf("its input %d is missing", i)
	}
	v := n.inputs[i].view
	if v == nil {
		return nil, fmt.Errorf("its input %d must not be a constant", i)
	}
	if v.pad == nil {
		return v, nil
	}
	d, err := n.settle(v)
	if err != nil {
		return nil, err
	}
	return plain(d), nil
}

// draft is an input that must be an activation, in the file's own shape.
func (n *node) draft(i int) (*draft, error) {
	v, err := n.view(i)
	if err != nil {
		return nil, err
	}
	return n.settle(v)
}

// drafts are all inputs.
func (n *node) drafts() ([]*draft, error) {
	inputs := make([]*draft, len(n.inputs))
	for i := range inputs {
		var err error
		if inputs[i], err = n.draft(i); err != nil {
			return nil, err
		}
	}
	return inputs, nil
}

// weights is an input of floating-point constants.
func (n *node) weights(i int) (*tensor, error) {
	t, err := n.constant(i)
	if err == nil && !t.isFloat() {
		return nil, fmt.Errorf("its input %d must be floating-point numbers: quantized weights are not supported", i)
	}
	return t, err
}

// name is what the node's operator is called in the graph.
func (n *node) name() string {
	return cmp.Or(n.proto.GetName(), n.proto.GetOutput()[0], n.proto.GetOpType())
}

// apply adds an operator and returns its output as the node's.
func (n *node) apply(op graph.Op, params map[graph.Role][]float32, inputs ...*draft) ([]value, error) {
	d, err := n.add(n.name(), op, params, inputs...)
	if err != nil {
		return nil, err
	}
	return []value{{view: plain(d)}}, nil
}

// elementwise applies an operator that does not look at the order of elements,
// so that a view stays one.
func (n *node) elementwise(i int, op graph.Op) ([]value, error) {
	v, err := n.view(i)
	if err != nil {
		return nil, err
	}
	d, err := n.add(n.name(), op, nil, v.node)
	if err != nil {
		return nil, err
	}
	return []value{{view: v.of(d)}}, nil
}
