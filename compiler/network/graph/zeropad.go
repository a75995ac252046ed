package graph

import "fmt"

// ZeroPad surrounds its input with zeros, for each spatial dimension.
type ZeroPad struct {
	Pad []Pad `json:"pad"`
}

var zeroPadOperator = operator[ZeroPad]("zeropad", Example{Input: Shape{3, 4, 5}, Op: ZeroPad{Pad: []Pad{{Begin: 1}, {Begin: 2, End: 3}}}})

// Kind implements Op.
func (ZeroPad) Kind() string { return "zeropad" }

// Infer implements Op.
func (z ZeroPad) Infer(in []Shape) (Shape, error) {
	x, err := one(in)
	if err != nil {
		return nil, err
	}
	if len(z.Pad) == 0 || len(z.Pad) != len(x.Spatial()) {
		return nil, fmt.Errorf("padding of %d dimensions does not fit %v", len(z.Pad), x)
	}
	out := Shape{x.Channels()}
	for i, n := range x.Spatial() {
		p := z.Pad[i]
		if p.Begin < 0 || p.End < 0 || max(p.Begin, p.End) > maxWindow {
			return nil, fmt.Errorf("padding must be 0 to %d, not %d and %d", maxWindow, p.Begin, p.End)
		}
		out = append(out, n+p.Begin+p.End)
	}
	return out, nil
}

// Work implements Op.
func (ZeroPad) Work([]Shape, Shape) Work { return Work{} }

// Params implements Op.
func (ZeroPad) Params([]Shape) []Param { return nil }
