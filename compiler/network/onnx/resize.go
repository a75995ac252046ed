package onnx

import (
	"fmt"
	"math"

	"edgebench/compiler/network/graph"
)

// resize is Resize and Upsample: nearest neighbour by a whole factor.
func (n *node) resize() ([]value, error) {
	x, err := n.draft(0)
	if err != nil {
		return nil, err
	}
	nearest, err := n.sampling()
	if err != nil {
		return nil, err
	}
	scale, err := n.scale(append([]int{1}, x.shape...))
	if err != nil {
		return nil, err
	}
	for i := range 2 * scale {
		if got := nearest(i, scale); got != i/scale {
			return nil, fmt.Errorf("its element %d is element %d of the input, and repeating each %d times is supported: export it with asymmetric coordinates and rounding down", i, got, scale)
		}
	}
	return n.apply(graph.Upsample{Scale: scale}, nil, x)
}

// sampling returns which input element an output element copies.
func (n *node) sampling() (func(i, scale int) int, error) {
	mode, err := n.string("mode", "nearest")
	if err != nil {
		return nil, err
	}
	// Before opset 11 coordinates are asymmetric and rounded down.
	oldCoordinates, oldRounding := "half_pixel", "round_prefer_floor"
	if n.opset < 11 {
		oldCoordinates, oldRounding = "asymmetric", "floor"
	}
	coordinates, err := n.string("coordinate_transformation_mode", oldCoordinates)
	if err != nil {
		return nil, err
	}
	rounding, err := n.string("nearest_mode", oldRounding)
	if err != nil {
		return nil, err
	}
	n.ignore("cubic_coeff_a", "exclude_outside", "extrapolation_value") // of other modes
	place, known := map[string]func(i, scale float64) float64{
		"asymmetric":           func(i, scale float64) float64 { return i / scale },
		"half_pixel":           func(i, scale float64) float64 { return (i+0.5)/scale - 0.5 },
		"pytorch_half_pixel":   func(i, scale float64) float64 { return (i+0.5)/scale - 0.5 },
		"half_pixel_symmetric": func(i, scale float64) float64 { return (i+0.5)/scale - 0.5 },
		"tf_half_pixel_for_nn": func(i, scale float64) float64 { return (i + 0.5) / scale },
	}[coordinates]
	round, alsoKnown := map[string]func(float64) float64{
		"floor": math.Floor, "ceil": math.Ceil,
		"round_prefer_floor": func(x float64) float64 { return math.Ceil(x - 0.5) },
		"round_prefer_ceil":  func(x float64) float64 { return math.Floor(x + 0.5) },
	}[rounding]
	if mode != "nearest" || !known || !alsoKnown {
		return nil, fmt.Errorf("it resizes by %q with coordinates %q and rounding %q, and nearest neighbour by a whole factor is supported", printable(mode), printable(coordinates), printable(rounding))
	}
	return func(i, scale int) int { return int(max(round(place(float64(i), float64(scale))), 0)) }, nil
}

// maxScale bounds the factor of a resize.
const maxScale = 1 << 10

// scale is the factor of all spatial dimensions.
func (n *node) scale(sizes []int) (int, error) {
	factors, err := n.factors(sizes)
	if err != nil {
		return 0, err
	}
	if len(factors) != len(sizes) || len(sizes) < 3 {
		return 0, fmt.Errorf("its factors %v do not fit its input %v", factors, sizes)
	}
	scale := factors[len(factors)-1]
	for i, f := range factors {
		if i < 2 && f != 1 || i >= 2 && f != scale {
			return 0, fmt.Errorf("its factors %v are not supported: spatial dimensions by one factor are", factors)
		}
	}
	if scale < 1 || scale > maxScale || scale != math.Trunc(scale) {
		return 0, fmt.Errorf("it enlarges %v times, and whole factors up to %d are supported", scale, maxScale)
	}
	return int(scale), nil
}

// factors is one factor a dimension, stated or as the output's size.
func (n *node) factors(sizes []int) ([]float64, error) {
	input := 2 // after the region of interest
	if n.opset < 11 {
		input = 1
	}
	if !n.has(input) || n.inputs[input].constant != nil && n.inputs[input].constant.elements() == 0 {
		want, err := n.integers(3)
		if err != nil {
			return nil, err
		}
		var factors []float64
		for i, size := range want[:min(len(want), len(sizes))] {
			factors = append(factors, float64(size)/float64(sizes[i]))
		}
		return factors, nil
	}
	t, err := n.weights(input)
	if err != nil {
		return nil, err
	}
	return mapped(t.floats, func(x float32) float64 { return float64(x) }), nil
}
