package graph

import (
	"fmt"
	"math"
)

// Affine is factor*x+offset with the same two numbers for all elements. They
// are part of the network's definition, as in the normalisation of an image.
type Affine struct {
	Factor float64 `json:"factor"`
	Offset float64 `json:"offset"`
}

var affineOperator = operator[Affine]("affine", Example{Input: Shape{3, 4, 5}, Op: Affine{Factor: 2, Offset: -0.5}})

// Kind implements Op.
func (Affine) Kind() string { return "affine" }

// Infer implements Op.
func (a Affine) Infer(in []Shape) (Shape, error) {
	if sum := a.Factor + a.Offset; math.IsNaN(sum) || math.IsInf(sum, 0) {
		return nil, fmt.Errorf("factor %v and offset %v must be finite", a.Factor, a.Offset)
	}
	return one(in)
}

// Work implements Op: a factor of 1 and an offset of 0 take no operation.
func (a Affine) Work(in []Shape, out Shape) Work {
	return Work{Ops: out.Elements() * (count(a.Factor != 1) + count(a.Offset != 0))}
}

// Params implements Op.
func (Affine) Params([]Shape) []Param { return nil }

func count(present bool) int64 {
	if present {
		return 1
	}
	return 0
}

// ChannelAffine is scale*x+shift with parameters for each channel: the layer
// scale of Touvron et al. 2021, or a bias that stands apart from its layer.
type ChannelAffine struct {
	Scale bool `json:"scale"` // without it the factor is 1
	Shift bool `json:"shift"` // without it nothing is added
}

var channelAffineOperator = operator[ChannelAffine]("channelaffine",
	Example{Input: Shape{3, 4, 5}, Op: ChannelAffine{Scale: true, Shift: true}},
	Example{Input: Shape{6}, Op: ChannelAffine{Shift: true}},
)

// Kind implements Op.
func (ChannelAffine) Kind() string { return "channelaffine" }

// Infer implements Op.
func (a ChannelAffine) Infer(in []Shape) (Shape, error) {
	if !a.Scale && !a.Shift {
		return nil, fmt.Errorf("it needs a scale, a shift, or both")
	}
	return one(in)
}

// Work implements Op.
func (a ChannelAffine) Work(in []Shape, out Shape) Work {
	return Work{Ops: out.Elements() * (count(a.Scale) + count(a.Shift))}
}

// Params implements Op.
func (a ChannelAffine) Params(in []Shape) []Param {
	var list []Param
	c := []int{in[0].Channels()}
	if a.Scale {
		list = append(list, Param{Scale, c})
	}
	if a.Shift {
		list = append(list, Param{Shift, c})
	}
	return list
}
