package onnx

import (
	"fmt"
	"math"

	"edgebench/compiler/network/graph"
)

// activation is the functions of one input.
func (n *node) activation() ([]value, error) {
	a := graph.Activation{Fn: map[string]graph.ActivationFn{
		"Relu": graph.ReLU, "LeakyRelu": graph.LeakyReLU, "Sigmoid": graph.Sigmoid, "Tanh": graph.Tanh,
		"HardSwish": graph.HardSwish,
	}[n.proto.GetOpType()]}
	if a.Fn == graph.LeakyReLU {
		var err error
		if a.Slope, err = n.decimal("alpha", 0.01); err != nil {
			return nil, err
		}
	}
	return n.elementwise(0, a)
}

// clip is Clip, whose bounds are attributes before opset 11.
func (n *node) clip() ([]value, error) {
	low, err := n.bound("min", 1, -math.MaxFloat32)
	if err != nil {
		return nil, err
	}
	high, err := n.bound("max", 2, math.MaxFloat32)
	if err != nil {
		return nil, err
	}
	return n.elementwise(0, clip(low, high))
}

// bound is one of Clip's, clamped to finite numbers.
func (n *node) bound(name string, input int, otherwise float64) (float64, error) {
	v, err := n.number(name, otherwise)
	if err != nil {
		return 0, err
	}
	if n.has(input) {
		t, err := n.weights(input)
		if err != nil {
			return 0, err
		}
		if v, err = t.scalar(); err != nil {
			return 0, err
		}
		v = decimal(float32(v))
	}
	if math.IsNaN(v) {
		return 0, fmt.Errorf("its %s is no number", name)
	}
	return min(max(v, -math.MaxFloat32), math.MaxFloat32), nil
}

// clip is an activation of two bounds, by its own name where it has one.
func clip(low, high float64) graph.Activation {
	switch {
	case low == 0 && high == 6:
		return graph.Activation{Fn: graph.ReLU6}
	case low == 0 && high == math.MaxFloat32:
		return graph.Activation{Fn: graph.ReLU}
	}
	return graph.Activation{Fn: graph.Clip, Low: low, High: high}
}

// hardSigmoid is min(max(alpha*x+beta, 0), 1). PyTorch's alpha is 1/6.
func (n *node) hardSigmoid() ([]value, error) {
	alpha, err := n.decimal("alpha", 0.2)
	if err != nil {
		return nil, err
	}
	beta, err := n.decimal("beta", 0.5)
	if err != nil {
		return nil, err
	}
	if near(alpha, 1.0/6) && beta == 0.5 {
		return n.elementwise(0, graph.Activation{Fn: graph.HardSigmoid})
	}
	out, err := n.elementwise(0, graph.Affine{Factor: alpha, Offset: beta})
	if err != nil {
		return nil, err
	}
	n.inputs = out
	return n.elementwise(0, clip(0, 1))
}

// near compares numbers that went through float32.
func near(x, y float64) bool { return math.Abs(x-y) <= 1e-6*math.Abs(y) }

// broadcast is a constant operand as the other operand's shape sees it: one
// number, or one per channel.
func broadcast(t *tensor, sizes []int) (scalar float64, perChannel []float32, err error) {
	if t.elements() == 1 && len(t.dims) <= len(sizes) {
		return decimal(float32(t.float(0))), nil, nil
	}
	missing := len(sizes) - len(t.dims)
	channel := 1 - missing // the constant's dimension of the channels
	if missing < 0 || !t.isFloat() || channel < 0 || channel >= len(t.dims) || !all(t.dims, channel) || t.dims[channel] != sizes[1] {
		return 0, nil, fmt.Errorf("its constant of shape %v with an input of shape %v is not supported: one number, or one a channel, is", t.dims, sizes)
	}
	return 0, t.floats, nil
}

// operands splits two inputs into an activation and a constant. If both are
// activations, the constant is nil.
func (n *node) operands() (activation int, constant *tensor, err error) {
	if len(n.inputs) != 2 || !n.has(0) || !n.has(1) {
		return 0, nil, fmt.Errorf("it needs two inputs")
	}
	switch {
	case n.inputs[0].constant != nil:
		return 1, n.inputs[0].constant, nil
	default:
		return 0, n.inputs[1].constant, nil
	}
}

// affine applies scale*x+shift with constants that are one number, or one a
// channel: of parameters, one is given.
func (n *node) affine(i int, t *tensor, single func(c float64) graph.Affine, each func(c []float32) (graph.ChannelAffine, map[graph.Role][]float32)) ([]value, error) {
	v, err := n.view(i)
	if err != nil {
		return nil, err
	}
	c, perChannel, err := broadcast(t, v.sizes())
	if err != nil {
		return nil, err
	}
	if perChannel == nil {
		return n.elementwise(i, single(c))
	}
	d, err := n.settle(v)
	if err != nil {
		return nil, err
	}
	if err := n.spend(len(perChannel)); err != nil {
		return nil, err
	}
	op, params := each(perChannel)
	return n.apply(op, params, d)
}

func (n *node) addition() ([]value, error) {
	i, t, err := n.operands()
	if err != nil {
		return nil, err
	}
	if t == nil {
		return n.sum()
	}
	return n.affine(i, t,
		func(c float64) graph.Affine { return graph.Affine{Factor: 1, Offset: c} },
		func(c []float32) (graph.ChannelAffine, map[graph.Role][]float32) {
			return graph.ChannelAffine{Shift: true}, map[graph.Role][]float32{graph.Shift: c}
		})
}

func (n *node) multiplication() ([]value, error) {
	i, t, err := n.operands()
	if err != nil {
		return nil, err
	}
	if t == nil {
		return n.product()
	}
	return n.affine(i, t,
		func(c float64) graph.Affine { return graph.Affine{Factor: c} },
		func(c []float32) (graph.ChannelAffine, map[graph.Role][]float32) {
			return graph.ChannelAffine{Scale: true}, map[graph.Role][]float32{graph.Scale: c}
		})
}

func (n *node) subtraction() ([]value, error) {
	i, t, err := n.operands()
	switch {
	case err != nil:
		return nil, err
	case t == nil:
		return nil, fmt.Errorf("a difference of two activations is not supported")
	case i == 0:
		return n.affine(0, t,
			func(c float64) graph.Affine { return graph.Affine{Factor: 1, Offset: -c} },
			func(c []float32) (graph.ChannelAffine, map[graph.Role][]float32) {
				return graph.ChannelAffine{Shift: true}, map[graph.Role][]float32{graph.Shift: mapped(c, func(x float32) float32 { return -x })}
			})
	}
	return n.affine(1, t,
		func(c float64) graph.Affine { return graph.Affine{Factor: -1, Offset: c} },
		func(c []float32) (graph.ChannelAffine, map[graph.Role][]float32) {
			minus := mapped(c, func(float32) float32 { return -1 })
			return graph.ChannelAffine{Scale: true, Shift: true}, map[graph.Role][]float32{graph.Scale: minus, graph.Shift: c}
		})
}

func (n *node) division() ([]value, error) {
	i, t, err := n.operands()
	if err != nil {
		return nil, err
	}
	if t == nil || i != 0 {
		return nil, fmt.Errorf("a division by an activation is not supported")
	}
	return n.affine(0, t,
		func(c float64) graph.Affine { return graph.Affine{Factor: 1 / c} },
		func(c []float32) (graph.ChannelAffine, map[graph.Role][]float32) {
			return graph.ChannelAffine{Scale: true}, map[graph.Role][]float32{graph.Scale: mapped(c, func(x float32) float32 { return 1 / x })}
		})
}

func (n *node) negation() ([]value, error) { return n.elementwise(0, graph.Affine{Factor: -1}) }

// sum adds activations of one shape.
func (n *node) sum() ([]value, error) {
	inputs, err := n.drafts()
	if err != nil {
		return nil, err
	}
	if len(inputs) == 1 {
		return []value{{view: plain(inputs[0])}}, nil
	}
	return n.apply(graph.Add{}, nil, inputs...)
}

// product multiplies two activations, the larger first.
func (n *node) product() ([]value, error) {
	x, err := n.draft(0)
	if err != nil {
		return nil, err
	}
	factor, err := n.draft(1)
	if err != nil {
		return nil, err
	}
	if len(x.shape) != len(factor.shape) {
		return nil, fmt.Errorf("factors of shapes %v and %v are not supported", x.shape, factor.shape)
	}
	if x.shape.Elements() < factor.shape.Elements() {
		x, factor = factor, x
	}
	return n.apply(graph.Mul{}, nil, x, factor)
}

func (n *node) batchNorm() ([]value, error) {
	n.ignore("momentum")
	epsilon, err := n.decimal("epsilon", 1e-5)
	if err != nil {
		return nil, err
	}
	training, err := n.flag("training_mode", false)
	if err != nil {
		return nil, err
	}
	if training {
		return nil, fmt.Errorf("it is in training mode: export the model for inference (model.eval())")
	}
	x, err := n.draft(0)
	if err != nil {
		return nil, err
	}
	params := map[graph.Role][]float32{}
	for i, role := range []graph.Role{graph.Scale, graph.Shift, graph.Mean, graph.Variance} {
		t, err := n.weights(i + 1)
		if err != nil {
			return nil, err
		}
		params[role] = t.floats
	}
	return n.apply(graph.BatchNorm{Epsilon: epsilon}, params, x)
}

func (n *node) lrn() ([]value, error) {
	x, err := n.draft(0)
	if err != nil {
		return nil, err
	}
	var op graph.LRN
	size, err := n.int("size", 0)
	if err != nil {
		return nil, err
	}
	op.Size = int(min(size, 1<<20))
	for _, a := range []struct {
		name      string
		to        *float64
		otherwise float64
	}{{"alpha", &op.Alpha, 1e-4}, {"beta", &op.Beta, 0.75}, {"bias", &op.K, 1}} {
		if *a.to, err = n.decimal(a.name, a.otherwise); err != nil {
			return nil, err
		}
	}
	return n.apply(op, nil, x)
}

// dropout is the identity at inference.
func (n *node) dropout() ([]value, error) {
	n.ignore("ratio", "seed")
	if n.has(2) {
		t, err := n.constant(2)
		if err != nil {
			return nil, err
		}
		if on, err := t.scalar(); err != nil || on != 0 {
			return nil, fmt.Errorf("it is in training mode: export the model for inference (model.eval())")
		}
	}
	return n.identity()
}

func (n *node) identity() ([]value, error) {
	if !n.has(0) {
		return nil, fmt.Errorf("its input is missing")
	}
	return n.inputs[:1:1], nil
}
