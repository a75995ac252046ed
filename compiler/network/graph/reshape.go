package graph

import "fmt"

// Input is the graph's input, node 0.
type Input struct{}

// Kind implements Op.
func (Input) Kind() string { return "input" }

// Infer implements Op. An input has no inputs: New sets its shape.
func (Input) Infer([]Shape) (Shape, error) { return nil, fmt.Errorf("a graph has one input") }

// Work implements Op.
func (Input) Work([]Shape, Shape) Work { return Work{} }

// Params implements Op.
func (Input) Params([]Shape) []Param { return nil }

// Flatten reads its input as one vector in channel-first order.
type Flatten struct{}

var flattenOperator = operator[Flatten]("flatten", Example{Input: Shape{3, 4, 5}, Op: Flatten{}})

// Kind implements Op.
func (Flatten) Kind() string { return "flatten" }

// Infer implements Op.
func (Flatten) Infer(in []Shape) (Shape, error) {
	x, err := one(in)
	if err != nil {
		return nil, err
	}
	return Shape{int(x.Elements())}, nil
}

// Work implements Op.
func (Flatten) Work([]Shape, Shape) Work { return Work{} }

// Params implements Op.
func (Flatten) Params([]Shape) []Param { return nil }

// Upsample repeats each element Scale times in every spatial dimension
// (nearest neighbour).
type Upsample struct {
	Scale int `json:"scale"`
}

var upsampleOperator = operator[Upsample]("upsample", Example{Input: Shape{3, 4, 5}, Op: Upsample{Scale: 2}})

// Kind implements Op.
func (Upsample) Kind() string { return "upsample" }

// Infer implements Op.
func (u Upsample) Infer(in []Shape) (Shape, error) {
	x, err := one(in)
	if err != nil {
		return nil, err
	}
	if u.Scale < 1 || len(x) < 2 {
		return nil, fmt.Errorf("upsampling needs a scale of at least 1 and spatial dimensions")
	}
	out := Shape{x.Channels()}
	for _, n := range x.Spatial() {
		out = append(out, n*u.Scale)
	}
	return out, nil
}

// Work implements Op.
func (Upsample) Work([]Shape, Shape) Work { return Work{} }

// Params implements Op.
func (Upsample) Params([]Shape) []Param { return nil }

// Reshape gives its elements another shape, in channel-first order.
type Reshape struct {
	Shape Shape `json:"shape"`
}

var reshapeOperator = operator[Reshape]("reshape", Example{Input: Shape{6, 4, 4}, Op: Reshape{Shape: Shape{3, 8, 4}}})

// Kind implements Op.
func (Reshape) Kind() string { return "reshape" }

// Infer implements Op.
func (r Reshape) Infer(in []Shape) (Shape, error) {
	x, err := one(in)
	if err != nil {
		return nil, err
	}
	if err := r.Shape.Check(); err != nil {
		return nil, err
	}
	if r.Shape.Elements() != x.Elements() {
		return nil, fmt.Errorf("%v has %d elements, and %v has %d", r.Shape, r.Shape.Elements(), x, x.Elements())
	}
	return r.Shape, nil
}

// Work implements Op.
func (Reshape) Work([]Shape, Shape) Work { return Work{} }

// Params implements Op.
func (Reshape) Params([]Shape) []Param { return nil }
