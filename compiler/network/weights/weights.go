// Package weights gives a graph's parameters their values.
//
// Inference time does not depend on what a network has learned, so a spec needs
// no trained weights: Seeded draws them from a seed, the same values on every
// machine, and scaled so that activations stay near 1 through any depth.
package weights

import (
	"math"
	"math/rand/v2"

	"edgebench/compiler/network/graph"
)

// Scheme names how Seeded draws values. It goes into a job's identity, so that
// results of different schemes are never taken for each other.
const Scheme = "uniform-1"

// Set holds the values of every parameter tensor of one graph, in the layouts
// that graph.Param describes.
type Set struct {
	values map[key][]float32
}

type key struct {
	node int
	role graph.Role
}

// NewSet returns a set without values.
func NewSet() *Set { return &Set{values: map[key][]float32{}} }

// Put stores a tensor's values.
func (s *Set) Put(node int, role graph.Role, values []float32) { s.values[key{node, role}] = values }

// Get returns a tensor's values, or nil if the node has no such parameter. The
// caller must not change them.
func (s *Set) Get(node int, role graph.Role) []float32 { return s.values[key{node, role}] }

// Seeded draws all parameters of a graph.
//
// Weights are uniform with the standard deviation 1/sqrt(fanIn*E[x²]), so that
// each layer's output has a variance near 1 (He et al. 2015, with the second
// moment E[x²] estimated through the graph instead of assumed). Biases and
// batch norm's statistics are not trivial, so that an engine that forgets one
// is found out.
//
// Every product that is added to something is rounded on its own, float64(a*b),
// since Go may otherwise fuse it on some architectures and not on others.
func Seeded(g *graph.Graph, seed uint64) *Set {
	s := NewSet()
	moments := Moments(g)
	for _, n := range g.Nodes[1:] {
		in := moments[n.Inputs[0]]
		for _, p := range g.Params(n) {
			low, high := bounds(p, in)
			source := rand.NewPCG(seed, uint64(n.ID)<<8|roleSeed[p.Role])
			s.Put(n.ID, p.Role, uniform(source, int(p.Elements()), low, high))
		}
	}
	return s
}

var roleSeed = map[graph.Role]uint64{
	graph.Weight: 1, graph.Bias: 2, graph.Scale: 3, graph.Shift: 4, graph.Mean: 5, graph.Variance: 6,
}

// bounds returns the range that a parameter is drawn from, where its layer's
// input has the second moment m.
func bounds(p graph.Param, m float64) (low, high float64) {
	switch p.Role {
	case graph.Weight:
		fanIn := float64(p.Elements()) / float64(p.Shape[0])
		b := math.Sqrt(3 / (fanIn * m))
		return -b, b
	case graph.Scale:
		return 0.5, 1.5
	case graph.Mean:
		b := 0.2 * math.Sqrt(m)
		return -b, b
	case graph.Variance:
		return 0.5 * m, 1.5 * m
	default: // Bias, Shift
		return -0.2, 0.2
	}
}

// uniform fills n values from 24 random bits each, two a draw.
func uniform(source *rand.PCG, n int, low, high float64) []float32 {
	values := make([]float32, n)
	step := (high - low) / (1 << 24)
	for i := 0; i < n; i += 2 {
		bits := source.Uint64()
		values[i] = float32(low + float64(step*float64(bits>>40)))
		if i+1 < n {
			values[i+1] = float32(low + float64(step*float64(bits&(1<<24-1))))
		}
	}
	return values
}

// Input draws an input for a graph, uniform over [-1, 1) as a normalised image
// is.
func Input(g *graph.Graph, seed uint64) []float32 {
	return InputOf(g.Input(), seed)
}

// InputOf is Input for a shape.
func InputOf(s graph.Shape, seed uint64) []float32 {
	return uniform(rand.NewPCG(seed, 0), int(s.Elements()), -1, 1)
}
