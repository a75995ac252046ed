package onnx

import (
	"fmt"
	"math"
	"slices"

	"edgebench/compiler/network/onnx/onnxpb"
)

// maxFolded bounds a constant that is made larger than its inputs: shapes and
// small tables.
const maxFolded = 1 << 16

// folds computes operators whose inputs are constants.
var folds map[string]func(*node) ([]value, error)

func init() { // an initializer would refer to itself
	folds = map[string]func(*node) ([]value, error){
		"Add":  arithmetic(func(x, y float64) float64 { return x + y }, func(x, y int64) (int64, bool) { return x + y, true }),
		"Sub":  arithmetic(func(x, y float64) float64 { return x - y }, func(x, y int64) (int64, bool) { return x - y, true }),
		"Mul":  arithmetic(func(x, y float64) float64 { return x * y }, func(x, y int64) (int64, bool) { return x * y, true }),
		"Div":  arithmetic(func(x, y float64) float64 { return x / y }, quotient),
		"Cast": (*node).foldCast, "Concat": (*node).foldConcat, "Constant": (*node).literal,
		"ConstantOfShape": (*node).foldFill, "Dropout": (*node).dropout, "Floor": function(math.Floor), "Ceil": function(math.Ceil),
		"Sqrt": function(math.Sqrt), "Exp": function(math.Exp), "Neg": function(func(x float64) float64 { return -x }),
		"Gather": (*node).foldGather, "Identity": (*node).identity, "Reshape": foldShape((*node).reshaped), "Shape": (*node).shape,
		"Slice": (*node).foldSlice, "Squeeze": foldShape((*node).squeezed), "Transpose": (*node).foldTranspose,
		"Unsqueeze": foldShape((*node).unsqueezed),
	}
}

func constants(t *tensor) []value { return []value{{constant: t}} }

// quotient rounds towards zero.
func quotient(x, y int64) (int64, bool) {
	if y == 0 || x == math.MinInt64 && y == -1 {
		return 0, false
	}
	return x / y, true
}

// arithmetic is an operator of two constants of one shape, or of which one has
// a single value.
func arithmetic(floats func(x, y float64) float64, ints func(x, y int64) (int64, bool)) func(*node) ([]value, error) {
	return func(n *node) ([]value, error) {
		if len(n.inputs) != 2 || !n.has(0) || !n.has(1) {
			return nil, fmt.Errorf("it needs two inputs")
		}
		x, y := n.inputs[0].constant, n.inputs[1].constant
		larger := x
		if y.elements() > x.elements() || y.elements() == x.elements() && len(y.dims) > len(x.dims) {
			larger = y
		}
		if x.isFloat() != y.isFloat() {
			return nil, fmt.Errorf("its constants are of different types")
		}
		if min(x.elements(), y.elements()) == 0 || x.elements() != 1 && y.elements() != 1 && !slices.Equal(x.dims, y.dims) {
			return nil, fmt.Errorf("constants of shapes %v and %v are not supported", x.dims, y.dims)
		}
		if err := n.spend(larger.elements()); err != nil {
			return nil, err
		}
		out := &tensor{dims: larger.dims}
		for i := range larger.elements() {
			a, b := i%x.elements(), i%y.elements()
			if x.isFloat() {
				out.floats = append(out.floats, float32(floats(x.float(a), y.float(b))))
				continue
			}
			v, ok := ints(x.ints[a], y.ints[b])
			if !ok {
				return nil, fmt.Errorf("it divides %d by %d", x.ints[a], y.ints[b])
			}
			out.ints = append(out.ints, v)
		}
		return constants(out), nil
	}
}

// function is an operator of one constant.
func function(f func(float64) float64) func(*node) ([]value, error) {
	return func(n *node) ([]value, error) {
		t, err := n.constant(0)
		if err != nil {
			return nil, err
		}
		if err := n.spend(t.elements()); err != nil {
			return nil, err
		}
		out := &tensor{dims: t.dims}
		if t.isFloat() {
			out.floats = mapped(t.floats, func(x float32) float32 { return float32(f(float64(x))) })
		} else {
			out.ints = mapped(t.ints, func(x int64) int64 { return int64(f(float64(x))) })
		}
		return constants(out), nil
	}
}

// literal is Constant: a tensor, a number or a list of numbers.
func (n *node) literal() ([]value, error) {
	for name, a := range n.attributes {
		delete(n.attributes, name)
		switch name {
		case "value":
			if a.GetT() == nil {
				return nil, fmt.Errorf("it holds no value")
			}
			t, err := n.data.decode(a.GetT())
			if err != nil {
				return nil, err
			}
			return constants(t), nil
		case "value_int":
			return constants(&tensor{ints: []int64{a.GetI()}}), nil
		case "value_ints":
			return constants(intTensor(a.GetInts()...)), nil
		case "value_float":
			return constants(&tensor{floats: []float32{a.GetF()}}), nil
		case "value_floats":
			return constants(&tensor{dims: []int{len(a.GetFloats())}, floats: a.GetFloats()}), nil
		}
		return nil, fmt.Errorf("its attribute %q is not supported", printable(name))
	}
	return nil, fmt.Errorf("it holds no value")
}

// target is the type that a Cast converts to.
func (n *node) target() (toFloat bool, err error) {
	to, err := n.int("to", 0)
	if err != nil {
		return false, err
	}
	n.ignore("saturate", "round_mode") // of 8-bit floats
	switch kind := onnxpb.TensorProto_DataType(to); kind {
	case onnxpb.TensorProto_FLOAT, onnxpb.TensorProto_DOUBLE:
		return true, nil
	case onnxpb.TensorProto_INT64, onnxpb.TensorProto_INT32:
		return false, nil
	default:
		return false, fmt.Errorf("a conversion to %v is not supported", kind)
	}
}

// cast of an activation is the identity.
func (n *node) cast() ([]value, error) {
	toFloat, err := n.target()
	if err != nil {
		return nil, err
	}
	if !toFloat {
		return nil, fmt.Errorf("a conversion of an activation to whole numbers is not supported")
	}
	return n.identity()
}

func (n *node) foldCast() ([]value, error) {
	toFloat, err := n.target()
	if err != nil {
		return nil, err
	}
	t, err := n.constant(0)
	if err != nil {
		return nil, err
	}
	if err := n.spend(t.elements()); err != nil {
		return nil, err
	}
	out := &tensor{dims: t.dims}
	for i := range t.elements() {
		switch x := t.float(i); {
		case toFloat:
			out.floats = append(out.floats, float32(x))
		case t.isFloat() && !(math.Abs(x) < 1<<62):
			return nil, fmt.Errorf("%v is no whole number of 64 bits", x)
		case t.isFloat():
			out.ints = append(out.ints, int64(x))
		default:
			out.ints = append(out.ints, t.ints[i])
		}
	}
	return constants(out), nil
}

// foldConcat joins lists.
func (n *node) foldConcat() ([]value, error) {
	if _, err := n.int("axis", 0); err != nil {
		return nil, err
	}
	out := &tensor{}
	for i := range n.inputs {
		t, err := n.constant(i)
		if err != nil {
			return nil, err
		}
		if len(t.dims) != 1 {
			return nil, fmt.Errorf("constants of shape %v are not joined: lists are", t.dims)
		}
		out.floats, out.ints = append(out.floats, t.floats...), append(out.ints, t.ints...)
		if out.elements() > maxFolded {
			return nil, fmt.Errorf("the constant would have more than %d values", maxFolded)
		}
	}
	if len(out.floats) > 0 && len(out.ints) > 0 {
		return nil, fmt.Errorf("its constants are of different types")
	}
	if err := n.spend(out.elements()); err != nil {
		return nil, err
	}
	out.dims = []int{out.elements()}
	return constants(out), nil
}

// foldFill is ConstantOfShape.
func (n *node) foldFill() ([]value, error) {
	sizes, err := n.integers(0)
	if err != nil {
		return nil, err
	}
	fill := &tensor{floats: []float32{0}}
	if a, err := n.attribute("value", onnxpb.AttributeProto_TENSOR); err != nil {
		return nil, err
	} else if a != nil {
		if fill, err = n.data.decode(a.GetT()); err != nil {
			return nil, err
		}
	}
	if fill.elements() != 1 {
		return nil, fmt.Errorf("its value must be one number")
	}
	out, count := &tensor{dims: sizes}, 1
	for _, size := range sizes {
		if size < 0 || size > 0 && count > maxFolded/size {
			return nil, fmt.Errorf("the constant of shape %v would have more than %d values", sizes, maxFolded)
		}
		count *= size
	}
	if err := n.spend(count); err != nil {
		return nil, err
	}
	for range count {
		out.floats, out.ints = append(out.floats, fill.floats...), append(out.ints, fill.ints...)
	}
	return constants(out), nil
}

// foldGather picks values of a list.
func (n *node) foldGather() ([]value, error) {
	t, err := n.constant(0)
	if err != nil {
		return nil, err
	}
	which, err := n.constant(1)
	if err != nil {
		return nil, err
	}
	chosen, err := which.integers()
	if err != nil {
		return nil, err
	}
	if at, err := n.int("axis", 0); err != nil || at != 0 && at != -1 || len(t.dims) != 1 || len(chosen) > maxFolded {
		return nil, fmt.Errorf("it gathers from a constant of shape %v, and lists are supported", t.dims)
	}
	if err := n.spend(len(chosen)); err != nil {
		return nil, err
	}
	for k, i := range chosen {
		if chosen[k], err = index(i, t.elements()); err != nil {
			return nil, err
		}
	}
	out := t.pick(chosen)
	out.dims = which.dims
	return constants(out), nil
}

// foldSlice cuts a constant. Exporters turn lists of padding around with it.
func (n *node) foldSlice() ([]value, error) {
	t, err := n.constant(0)
	if err != nil {
		return nil, err
	}
	cuts, err := n.cuts(t.dims)
	if err != nil {
		return nil, err
	}
	offsets := []int{0}
	for i, c := range cuts {
		if len(offsets) > maxFolded/max(c.count, 1) {
			return nil, fmt.Errorf("the constant would have more than %d values", maxFolded)
		}
		offsets = c.offsets(offsets, t.dims[i])
	}
	if err := n.spend(len(offsets)); err != nil {
		return nil, err
	}
	out := t.pick(offsets)
	for _, c := range cuts {
		out.dims = append(out.dims, c.count)
	}
	return constants(out), nil
}

// offsets goes on from the offsets of the dimensions before, in units of this
// one's elements.
func (c cut) offsets(before []int, size int) []int {
	var list []int
	for _, at := range before {
		for k := range c.count {
			list = append(list, at*size+c.from+k*c.step)
		}
	}
	return list
}

// pick is a list of some of a tensor's values.
func (t *tensor) pick(offsets []int) *tensor {
	if t.isFloat() {
		return &tensor{floats: mapped(offsets, func(i int) float32 { return t.floats[i] })}
	}
	return &tensor{ints: mapped(offsets, func(i int) int64 { return t.ints[i] })}
}

// foldShape folds an operator that gives its input another shape.
func foldShape(sizes func(*node, []int) ([]int, error)) func(*node) ([]value, error) {
	return func(n *node) ([]value, error) {
		t, err := n.constant(0)
		if err != nil {
			return nil, err
		}
		shape, err := sizes(n, t.dims)
		if err != nil {
			return nil, err
		}
		return constants(t.withDims(shape)), nil
	}
}

func (n *node) foldTranspose() ([]value, error) {
	t, err := n.constant(0)
	if err != nil {
		return nil, err
	}
	order, err := n.order(len(t.dims))
	if err != nil {
		return nil, err
	}
	out, err := n.transposed(t, order)
	if err != nil {
		return nil, err
	}
	return constants(out), nil
}

// transposed copies a constant with its dimensions in another order.
func (n *node) transposed(t *tensor, order []int) (*tensor, error) {
	if err := n.spend(t.elements()); err != nil {
		return nil, err
	}
	out := &tensor{}
	for _, i := range order {
		out.dims = append(out.dims, t.dims[i])
	}
	if t.isFloat() {
		out.floats = turned(t.floats, t.dims, order)
	} else {
		out.ints = turned(t.ints, t.dims, order)
	}
	return out, nil
}

// turned walks through the new order, and with a stride a dimension through the
// old one.
func turned[T any](values []T, dims, order []int) []T {
	strides := make([]int, len(dims))
	for i, step := len(dims)-1, 1; i >= 0; i-- {
		strides[i] = step
		step *= dims[i]
	}
	out := make([]T, len(values))
	at, from := make([]int, len(order)), 0
	for i := range out {
		out[i] = values[from]
		for d := len(order) - 1; d >= 0; d-- {
			at[d]++
			from += strides[order[d]]
			if at[d] < dims[order[d]] {
				break
			}
			from -= at[d] * strides[order[d]]
			at[d] = 0
		}
	}
	return out
}
