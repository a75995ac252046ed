package graph

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Shape is the shape of one activation without its batch dimension: channels
// first, then the spatial dimensions (none, height and width, or depth, height
// and width).
type Shape []int

// String writes a shape as 64x56x56.
func (s Shape) String() string {
	parts := make([]string, len(s))
	for i, d := range s {
		parts[i] = strconv.Itoa(d)
	}
	return strings.Join(parts, "x")
}

// Channels is the first dimension.
func (s Shape) Channels() int { return s[0] }

// Spatial is every dimension but the first.
func (s Shape) Spatial() []int { return s[1:] }

// Elements is the product of all dimensions.
func (s Shape) Elements() int64 { return product(s) }

// Equal reports whether two shapes are the same.
func (s Shape) Equal(t Shape) bool { return slices.Equal(s, t) }

// maxElements bounds a single tensor: 2^33 elements are 32 GiB of float32,
// more than any edge device holds, and far from overflowing an int64.
const maxElements = 1 << 33

// Check refuses shapes that no device could hold: an empty one, a dimension
// below 1, or more than 2^33 elements.
func (s Shape) Check() error {
	if len(s) == 0 {
		return fmt.Errorf("a shape needs at least one dimension")
	}
	elements := int64(1)
	for _, d := range s {
		if d < 1 {
			return fmt.Errorf("shape %v has a dimension below 1", s)
		}
		if int64(d) > maxElements/elements {
			return fmt.Errorf("shape %v has more than 2^33 elements", s)
		}
		elements *= int64(d)
	}
	return nil
}

func product(dims []int) int64 {
	n := int64(1)
	for _, d := range dims {
		if d != 0 && n > math.MaxInt64/int64(d) {
			return math.MaxInt64
		}
		n *= int64(d)
	}
	return n
}
