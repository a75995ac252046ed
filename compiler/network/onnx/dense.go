package onnx

import (
	"fmt"

	"edgebench/compiler/network/graph"
)

// gemm is a fully connected layer: alpha*x*W + beta*c, of which W may be
// transposed.
func (n *node) gemm() ([]value, error) {
	alpha, err := n.decimal("alpha", 1)
	if err != nil {
		return nil, err
	}
	beta, err := n.decimal("beta", 1)
	if err != nil {
		return nil, err
	}
	transposedX, err := n.flag("transA", false)
	if err != nil {
		return nil, err
	}
	transposedW, err := n.flag("transB", false)
	if err != nil {
		return nil, err
	}
	if transposedX {
		return nil, fmt.Errorf("its first input is transposed, which is not supported")
	}
	weight, out, err := n.matrix(transposedW)
	if err != nil {
		return nil, err
	}
	bias, err := n.addend(out)
	if err != nil {
		return nil, err
	}
	if weight, err = n.scaled(weight, alpha); err != nil {
		return nil, err
	}
	if bias, err = n.scaled(bias, beta); err != nil {
		return nil, err
	}
	return n.connected(weight, bias, out)
}

// matMul is a fully connected layer without a bias.
func (n *node) matMul() ([]value, error) {
	weight, out, err := n.matrix(false)
	if err != nil {
		return nil, err
	}
	return n.connected(weight, nil, out)
}

// matrix returns the weights of the second input as rows of one output each.
func (n *node) matrix(transposed bool) (weight []float32, out int, err error) {
	t, err := n.weights(1)
	if err != nil {
		return nil, 0, err
	}
	if len(t.dims) != 2 {
		return nil, 0, fmt.Errorf("its weights of shape %v are no matrix", t.dims)
	}
	if transposed {
		return t.floats, t.dims[0], nil
	}
	turned, err := n.transposed(t, []int{1, 0})
	if err != nil {
		return nil, 0, err
	}
	return turned.floats, t.dims[1], nil
}

// addend is the bias of a Gemm, nil if there is none.
func (n *node) addend(out int) ([]float32, error) {
	if !n.has(2) {
		return nil, nil
	}
	t, err := n.weights(2)
	if err != nil {
		return nil, err
	}
	if last := len(t.dims) - 1; t.elements() == out && (last < 0 || all(t.dims, last)) {
		return t.floats, nil
	}
	if t.elements() != 1 {
		return nil, fmt.Errorf("its bias of shape %v does not fit %d outputs", t.dims, out)
	}
	if err := n.spend(out); err != nil {
		return nil, err
	}
	bias := make([]float32, out)
	for i := range bias {
		bias[i] = t.floats[0]
	}
	return bias, nil
}

// scaled multiplies values, nil or not.
func (n *node) scaled(values []float32, by float64) ([]float32, error) {
	if by == 1 || values == nil {
		return values, nil
	}
	if err := n.spend(len(values)); err != nil {
		return nil, err
	}
	return mapped(values, func(x float32) float32 { return float32(float64(x) * by) }), nil
}

// connected adds a fully connected layer on the first input, a vector.
func (n *node) connected(weight, bias []float32, out int) ([]value, error) {
	v, err := n.view(0)
	if err != nil {
		return nil, err
	}
	sizes := v.sizes()
	if len(sizes) < 2 || !all(sizes, len(sizes)-1) {
		return nil, fmt.Errorf("its input has the shape %v, and a vector behind a batch of 1 is supported", sizes)
	}
	vector, err := v.reshape([]int{1, sizes[len(sizes)-1]})
	if err != nil {
		return nil, err
	}
	x, err := n.settle(vector)
	if err != nil {
		return nil, err
	}
	if int64(len(weight)) != int64(out)*x.shape.Elements() {
		return nil, fmt.Errorf("its weights for %d outputs do not fit its input %v", out, sizes)
	}
	op, params := graph.FC{Out: out, Bias: bias != nil}, map[graph.Role][]float32{graph.Weight: weight}
	if bias != nil {
		params[graph.Bias] = bias
	}
	d, err := n.add(n.name(), op, params, x)
	if err != nil {
		return nil, err
	}
	sizes[len(sizes)-1] = out
	y, err := plain(d).reshape(sizes)
	if err != nil {
		return nil, err
	}
	return viewed(y), nil
}

// softmax runs over all elements: before opset 13, over all dimensions from
// axis on, and since then over that one.
func (n *node) softmax() ([]value, error) {
	v, err := n.view(0)
	if err != nil {
		return nil, err
	}
	otherwise := int64(1)
	if n.opset >= 13 {
		otherwise = -1
	}
	at, err := n.axis(otherwise, v.rank())
	if err != nil {
		return nil, err
	}
	sizes := v.sizes()
	over, elements := sizes[at], 1
	for i, size := range sizes {
		elements *= size
		if n.opset < 13 && i > at {
			over *= size
		}
	}
	if over != elements {
		return nil, fmt.Errorf("it runs over dimension %d of %v, and a softmax over all elements is supported", at, sizes)
	}
	vector, err := v.reshape([]int{1, elements})
	if err != nil {
		return nil, err
	}
	x, err := n.settle(vector)
	if err != nil {
		return nil, err
	}
	d, err := n.add(n.name(), graph.Softmax{}, nil, x)
	if err != nil {
		return nil, err
	}
	out, err := plain(d).reshape(sizes)
	if err != nil {
		return nil, err
	}
	return viewed(out), nil
}
