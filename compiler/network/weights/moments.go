package weights

import (
	"math"

	"edgebench/compiler/network/graph"
)

// Moments estimates the second moment E[x²] of every node's output under the
// weights that Seeded draws. The estimate need not be exact: what counts is
// that its error does not grow with depth by orders of magnitude.
func Moments(g *graph.Graph) []float64 {
	m := make([]float64, len(g.Nodes))
	m[0] = 1.0 / 3 // uniform over [-1, 1)
	for _, n := range g.Nodes[1:] {
		in := make([]float64, len(n.Inputs))
		for i, id := range n.Inputs {
			in[i] = m[id]
		}
		m[n.ID] = moment(n, g.In(n), in)
	}
	return m
}

func moment(n *graph.Node, shapes []graph.Shape, in []float64) float64 {
	switch op := n.Op.(type) {
	case graph.Conv, graph.FC:
		return 1
	case graph.BatchNorm:
		// E[scale²] E[1/variance] E[(x-mean)²] + E[shift²], for the bounds above.
		return 1.22
	case graph.LRN:
		// K^1.5 is K^(2 beta) for the usual beta of 0.75; Sqrt rounds alike
		// everywhere, which Pow does not.
		return in[0] / (op.K * math.Sqrt(op.K))
	case graph.Activation:
		if op.Fn == graph.Clip {
			return min(in[0], max(float64(op.Low*op.Low), float64(op.High*op.High)))
		}
		return in[0] * activationGain[op.Fn]
	case graph.Pool:
		if op.Fn == graph.MaxPool {
			return in[0] * 1.5
		}
		return in[0] * 0.7
	case graph.GlobalAvgPool:
		return in[0] * 0.4
	case graph.Add:
		return sum(in)
	case graph.Mul:
		return in[0] * in[1]
	case graph.Affine:
		return float64(in[0]*op.Factor*op.Factor) + float64(op.Offset*op.Offset)
	case graph.ChannelAffine:
		return channelAffine(op, in[0])
	case graph.ZeroPad:
		return in[0] * float64(shapes[0].Elements()) / float64(n.Shape.Elements())
	case graph.Concat:
		return weighted(shapes, in)
	case graph.Softmax:
		c := float64(n.Shape.Channels())
		return 1 / (c * c)
	default:
		return in[0]
	}
}

// activationGain is E[f(x)²]/E[x²] for x normal with variance 1, to two digits.
var activationGain = map[graph.ActivationFn]float64{
	graph.ReLU: 0.5, graph.ReLU6: 0.5, graph.LeakyReLU: 0.51, graph.Sigmoid: 0.29, graph.Tanh: 0.39,
	graph.SiLU: 0.36, graph.HardSigmoid: 0.28, graph.HardSwish: 0.35,
}

// channelAffine is E[scale²]m + E[shift²], for the bounds that Seeded draws
// between.
func channelAffine(op graph.ChannelAffine, m float64) float64 {
	const scaleSquared, shiftSquared = 13.0 / 12, 0.04 / 3
	if op.Scale {
		m *= scaleSquared
	}
	if op.Shift {
		m += shiftSquared
	}
	return m
}

func sum(v []float64) float64 {
	total := 0.0
	for _, x := range v {
		total += x
	}
	return total
}

// weighted is the mean of the inputs' moments, weighted by their elements.
func weighted(shapes []graph.Shape, in []float64) float64 {
	total, elements := 0.0, 0.0
	for i, s := range shapes {
		e := float64(s.Elements())
		total += float64(in[i] * e)
		elements += e
	}
	return total / elements
}
