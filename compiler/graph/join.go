package graph

import "fmt"

// Add sums inputs of one shape elementwise.
type Add struct{}

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
