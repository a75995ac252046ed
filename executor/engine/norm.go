package engine

import (
	"math"

	"edgebench/compiler/network/graph"
)

// lrn is local response normalisation, pixel by pixel.
type lrn struct {
	op      graph.LRN
	in, out tensor
	parts   int
	arena   []float32
}

func (l *lrn) bytes() int64            { return 0 }
func (l *lrn) prepare(arena []float32) { l.arena = arena }
func (l *lrn) tasks() int              { return l.parts }

func (l *lrn) run(task int, _ *scratch) {
	from, to := split(l.out.pixels, l.parts, task)
	in, out := l.in.in(l.arena), l.out.in(l.arena)
	n := l.in.channels()
	for p := from; p < to; p++ {
		dst := out[p*l.out.stride:][:l.out.stride]
		l.pixel(dst[:n], in[p*l.in.stride:][:n])
		clear(dst[n:])
	}
}

func (l *lrn) pixel(dst, x []float32) {
	k, factor := float32(l.op.K), float32(l.op.Alpha/float64(l.op.Size))
	half := min(l.op.Size/2, len(x))
	for c, v := range x {
		sum := float32(0)
		for _, y := range x[max(c-half, 0):min(c+half+1, len(x))] {
			sum += y * y
		}
		dst[c] = v * inversePower(k+factor*sum, l.op.Beta)
	}
}

// inversePower is x to the power of -beta. Nearly every network uses 0.75,
// which two square roots give.
func inversePower(x float32, beta float64) float32 {
	if beta == 0.75 {
		root := math.Sqrt(float64(x))
		return float32(1 / (root * math.Sqrt(root)))
	}
	return float32(math.Pow(float64(x), -beta))
}

// softmax runs over a vector, as one task: vectors are short.
type softmax struct {
	in, out tensor
	arena   []float32
}

func (s *softmax) bytes() int64            { return 0 }
func (s *softmax) prepare(arena []float32) { s.arena = arena }
func (s *softmax) tasks() int              { return 1 }

func (s *softmax) run(int, *scratch) {
	n := s.in.channels()
	x, out := s.in.in(s.arena)[:n], s.out.in(s.arena)
	largest := x[0]
	for _, v := range x {
		largest = max(largest, v)
	}
	sum := 0.0
	for i, v := range x {
		e := math.Exp(float64(v - largest))
		out[i] = float32(e)
		sum += e
	}
	for i := range n {
		out[i] = float32(float64(out[i]) / sum)
	}
	clear(out[n:])
}
