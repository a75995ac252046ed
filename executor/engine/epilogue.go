package engine

import (
	"math"

	"edgebench/compiler/graph"
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
	default:
		e.fn, e.slope = functions[act.Fn], float32(act.Slope)
	}
	return e
}

// affine is a scale and a shift a channel: batch norms with their statistics
// worked in. The zero affine changes nothing.
type affine struct{ scale, shift []float64 }

// affine composes the batch norms fused behind a layer.
func (b *builder) affine(l *layer) affine {
	var a affine
	for _, n := range l.norms() {
		a = b.compose(a, n)
	}
	return a
}

// compose appends a batch norm: scale*(x-mean)/sqrt(variance+epsilon)+shift.
func (b *builder) compose(a affine, n *graph.Node) affine {
	get := func(r graph.Role, c int) float64 { return float64(b.w.Get(n.ID, r)[c]) }
	channels := n.Shape.Channels()
	next := affine{make([]float64, channels), make([]float64, channels)}
	for c := range channels {
		scale := get(graph.Scale, c) / math.Sqrt(get(graph.Variance, c)+n.Op.(graph.BatchNorm).Epsilon)
		next.scale[c] = a.factor(c) * scale
		next.shift[c] = (a.apply(c, 0)-get(graph.Mean, c))*scale + get(graph.Shift, c)
	}
	return next
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
