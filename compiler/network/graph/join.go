package graph

import "fmt"

// Add sums inputs of one shape elementwise.
type Add struct{}

var addOperator = operator[Add]("add",
	Example{Input: Shape{3, 4, 5}, Before: []Op{Activation{Fn: ReLU}, Activation{Fn: Tanh}}, Op: Add{}},
	Example{Input: Shape{5}, Before: []Op{Activation{Fn: ReLU}, Activation{Fn: Tanh}, Activation{Fn: Sigmoid}}, Op: Add{}},
)

// Kind implements Op.
func (Add) Kind() string { return "add" }

// Infer implements Op.
func (Add) Infer(in []Shape) (Shape, error) {
	if len(in) < 2 {
		return nil, fmt.Errorf("an addition needs at least two inputs")
	}
	for _, s := range in[1:] {
		if !s.Equal(in[0]) {
			return nil, fmt.Errorf("an addition needs equal shapes, and %v is not %v", s, in[0])
		}
	}
	return in[0], nil
}

// Work implements Op.
func (Add) Work(in []Shape, out Shape) Work {
	return Work{Ops: out.Elements() * int64(len(in)-1)}
}

// Params implements Op.
func (Add) Params([]Shape) []Param { return nil }

// Concat joins its inputs along the channels.
type Concat struct{}

var concatOperator = operator[Concat]("concat",
	Example{Input: Shape{3, 4, 5}, Before: []Op{Activation{Fn: ReLU}, SliceChannels{Begin: 1, End: 3}}, Op: Concat{}},
)

// Kind implements Op.
func (Concat) Kind() string { return "concat" }

// Infer implements Op.
func (Concat) Infer(in []Shape) (Shape, error) {
	if len(in) == 0 {
		return nil, fmt.Errorf("a concatenation needs at least one input")
	}
	channels := 0
	for _, s := range in {
		if !Shape(s.Spatial()).Equal(Shape(in[0].Spatial())) {
			return nil, fmt.Errorf("a concatenation along channels needs equal spatial dimensions, and %v does not fit %v", s, in[0])
		}
		channels += s.Channels()
	}
	return append(Shape{channels}, in[0].Spatial()...), nil
}

// Work implements Op.
func (Concat) Work([]Shape, Shape) Work { return Work{} }

// Params implements Op.
func (Concat) Params([]Shape) []Param { return nil }

// Mul multiplies its first input by its second elementwise. The second is of
// the first one's shape, or a vector or [C 1 ...] with one factor a channel, as
// in squeeze and excitation (Hu et al. 2018).
type Mul struct{}

var mulOperator = operator[Mul]("mul",
	Example{Input: Shape{3, 4, 5}, Before: []Op{Activation{Fn: ReLU}, Activation{Fn: Sigmoid}}, Op: Mul{}},
	Example{Input: Shape{3, 4, 5}, Before: []Op{Activation{Fn: ReLU}, GlobalAvgPool{}}, Op: Mul{}},
)

// Kind implements Op.
func (Mul) Kind() string { return "mul" }

// Infer implements Op.
func (Mul) Infer(in []Shape) (Shape, error) {
	if len(in) != 2 {
		return nil, fmt.Errorf("a multiplication needs two inputs, not %d", len(in))
	}
	x, factor := in[0], in[1]
	perChannel := factor.Elements() == int64(factor.Channels()) && factor.Channels() == x.Channels()
	if !factor.Equal(x) && !perChannel {
		return nil, fmt.Errorf("a multiplication needs factors of the shape %v or one a channel, and %v is neither", x, factor)
	}
	return x, nil
}

// Work implements Op.
func (Mul) Work(in []Shape, out Shape) Work { return Work{Ops: out.Elements()} }

// Params implements Op.
func (Mul) Params([]Shape) []Param { return nil }
