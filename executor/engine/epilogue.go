package engine

import (
	"math"

	"edgebench/compiler/network/graph"
	"edgebench/executor/engine/kernel"
)

// epilogue is the function that ends a layer: a clamp, which kernels apply as
// they store, or a function that is applied to the stored results.
type epilogue struct {
	low, high float32
	fn        kernel.Function
	slope     float32
}

// unclamped changes nothing.
var unclamped = epilogue{low: float32(math.Inf(-1)), high: float32(math.Inf(1))}

var functions = map[graph.ActivationFn]kernel.Function{
	graph.LeakyReLU: kernel.LeakyReLU, graph.Sigmoid: kernel.Sigmoid, graph.Tanh: kernel.Tanh,
	graph.SiLU: kernel.SiLU, graph.HardSigmoid: kernel.HardSigmoid, graph.HardSwish: kernel.HardSwish,
}

func epilogueOf(l *layer) epilogue {
	e := unclamped
	act, ok := l.activation()
	if !ok {
		return e
	}
	switch act.Fn {
	case graph.ReLU:
		e.low = 0
	case graph.ReLU6:
		e.low, e.high = 0, 6
	case graph.Clip:
		e.low, e.high = float32(act.Low), float32(act.High)
	default:
		e.fn, e.slope = functions[act.Fn], float32(act.Slope)
	}
	return e
}

// affine is a scale and a shift a channel: batch norms with their statistics
// worked in, and other scales and shifts. The zero affine changes nothing.
type affine struct{ scale, shift []float64 }

// affine composes what is fused behind a layer.
func (b *builder) affine(l *layer) affine {
	var a affine
	for _, n := range l.affines() {
		a = b.compose(a, n)
	}
	return a
}

// compose appends a node's scale and shift.
func (b *builder) compose(a affine, n *graph.Node) affine {
	channels := n.Shape.Channels()
	next := affine{make([]float64, channels), make([]float64, channels)}
	for c := range channels {
		scale, shift := b.scaleShift(n, c)
		next.scale[c] = a.factor(c) * scale
		next.shift[c] = a.apply(c, 0)*scale + shift
	}
	return next
}

// scaleShift is what a node multiplies channel c by, and then adds. A batch
// norm is scale*(x-mean)/sqrt(variance+epsilon)+shift.
func (b *builder) scaleShift(n *graph.Node, c int) (scale, shift float64) {
	get := func(r graph.Role, otherwise float64) float64 {
		if values := b.w.Get(n.ID, r); values != nil {
			return float64(values[c])
		}
		return otherwise
	}
	switch op := n.Op.(type) {
	case graph.Affine:
		return op.Factor, op.Offset
	case graph.BatchNorm:
		scale = get(graph.Scale, 1) / math.Sqrt(get(graph.Variance, 1)+op.Epsilon)
		return scale, get(graph.Shift, 0) - get(graph.Mean, 0)*scale
	default:
		return get(graph.Scale, 1), get(graph.Shift, 0)
	}
}

// isAffine reports whether an operator is a scale and a shift a channel.
func isAffine(op graph.Op) bool {
	switch op.(type) {
	case graph.BatchNorm, graph.Affine, graph.ChannelAffine:
		return true
	}
	return false
}

func (a affine) factor(c int) float64 {
	if a.scale == nil {
		return 1
	}
	return a.scale[c]
}

func (a affine) apply(c int, x float64) float64 {
	if a.scale == nil {
		return x
	}
	return x*a.scale[c] + a.shift[c]
}
