package engine

import (
	"edgebench/compiler/network/graph"
	"edgebench/executor/engine/kernel"
)

// fc is a fully connected layer on a vector. Its time is that of reading its
// weights once, which stay where the graph's weights are.
type fc struct {
	kernels *kernel.Set
	in, out tensor
	weight  []float32 // [out][in]
	bias    []float32
	affine  affine
	end     epilogue
	parts   int

	arena        []float32
	scale, shift []float32 // batch norm and bias, an output each
}

func (b *builder) fullyConnected(l *layer) operation {
	f := &fc{
		kernels: b.kernels, in: b.tensors[l.inputs[0]], out: b.tensors[l.out()], affine: b.affine(l), end: epilogueOf(l),
		weight: b.w.Get(l.head().ID, graph.Weight), bias: b.w.Get(l.head().ID, graph.Bias),
	}
	f.parts = parts(int64(len(f.weight)), 1<<16, b.threads, (f.out.channels()+3)/4)
	return f
}

func (f *fc) bytes() int64 { return 2 * floatBytes * int64(f.out.channels()) }

func (f *fc) prepare(arena []float32) {
	f.arena = arena
	f.scale = make([]float32, f.out.channels())
	f.shift = make([]float32, f.out.channels())
	for o := range f.scale {
		bias := 0.0
		if f.bias != nil {
			bias = float64(f.bias[o])
		}
		f.scale[o], f.shift[o] = float32(f.affine.factor(o)), float32(f.affine.apply(o, bias))
	}
}

func (f *fc) tasks() int { return f.parts }

func (f *fc) run(task int, s *scratch) {
	n := f.out.channels()
	from, to := split((n+3)/4, f.parts, task)
	out := f.out.in(f.arena)
	k := f.in.channels()
	s.dot.Matrix, s.dot.X = f.weight, f.in.in(f.arena)[:k]
	for o := from * 4; o < min(to*4, n); o += 4 {
		for r := range s.dot.Rows {
			s.dot.Rows[r] = min(o+r, n-1) * k
		}
		f.kernels.Dot4(&s.dot)
		for r, x := range s.dot.Out[:min(4, n-o)] {
			out[o+r] = min(max(x*f.scale[o+r]+f.shift[o+r], f.end.low), f.end.high)
		}
	}
	mine := out[from*4 : min(to*4, n)]
	if f.end.fn != kernel.Identity {
		f.kernels.Activate(mine, mine, f.end.fn, f.end.slope)
	}
	if task == f.parts-1 {
		clear(out[n:])
	}
}
