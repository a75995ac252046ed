package engine

import (
	"edgebench/executor/engine/kernel"
)

// pointwise is a batch norm, another scale and shift, or an activation on its
// own: a scale and a shift a channel, a clamp, and a function. All channels of all pixels are one array,
// and the factors are repeated for several pixels, so that vectors run long
// where channels are few.
type pointwise struct {
	kernels *kernel.Set
	in, out tensor
	affine  affine
	end     epilogue
	parts   int

	arena        []float32
	scale, shift []float32
}

func (b *builder) scaleAndShift(l *layer) operation {
	p := b.activation(l).(*pointwise)
	for _, n := range append(l.chain[:1:1], l.affines()...) {
		p.affine = b.compose(p.affine, n)
	}
	return p
}

func (b *builder) activation(l *layer) operation {
	out := b.tensors[l.out()]
	return &pointwise{
		kernels: b.kernels, in: b.tensors[l.inputs[0]], out: out, end: epilogueOf(l), parts: b.rows(out),
	}
}

// repeat is how many pixels the factors cover.
func (p *pointwise) repeat() int { return max(1024/p.out.stride, 1) }

func (p *pointwise) bytes() int64 { return 2 * floatBytes * int64(p.repeat()*p.out.stride) }

func (p *pointwise) prepare(arena []float32) {
	p.arena = arena
	n := p.repeat() * p.out.stride
	p.scale, p.shift = make([]float32, n), make([]float32, n)
	for i := range n {
		if c := i % p.out.stride; c < p.out.channels() {
			p.scale[i], p.shift[i] = float32(p.affine.factor(c)), float32(p.affine.apply(c, 0))
		}
	}
}

func (p *pointwise) tasks() int { return p.parts }

func (p *pointwise) run(task int, _ *scratch) {
	from, to := split(p.out.pixels, p.parts, task)
	x := p.in.in(p.arena)[from*p.in.stride : to*p.in.stride]
	out := p.out.in(p.arena)[from*p.out.stride : to*p.out.stride]
	for len(out) > 0 {
		n := min(len(out), len(p.scale))
		p.kernels.AffineClamp(out[:n], x[:n], p.scale[:n], p.shift[:n], p.end.low, p.end.high)
		if p.end.fn != kernel.Identity {
			p.kernels.Activate(out[:n], out[:n], p.end.fn, p.end.slope)
		}
		x, out = x[n:], out[n:]
	}
}

// addition sums tensors of one shape.
type addition struct {
	kernels *kernel.Set
	in      []tensor
	out     tensor
	end     epilogue
	parts   int
	arena   []float32
}

func (b *builder) addition(l *layer) operation {
	a := &addition{kernels: b.kernels, out: b.tensors[l.out()], end: epilogueOf(l)}
	for _, v := range l.inputs {
		a.in = append(a.in, b.tensors[v])
	}
	a.parts = b.rows(a.out)
	return a
}

func (a *addition) bytes() int64            { return 0 }
func (a *addition) prepare(arena []float32) { a.arena = arena }
func (a *addition) tasks() int              { return a.parts }

// addBlock is how many elements are added at once, so that the sum of several
// inputs stays in the first-level cache.
const addBlock = 2048

func (a *addition) run(task int, _ *scratch) {
	from, to := split(a.out.elements()/kernel.Columns, a.parts, task)
	for at, end := from*kernel.Columns, to*kernel.Columns; at < end; at += addBlock {
		a.add(at, min(at+addBlock, end))
	}
}

func (a *addition) add(from, to int) {
	dst := a.out.in(a.arena)[from:to]
	sum := a.in[0].in(a.arena)[from:to]
	for i, t := range a.in[1:] {
		end := unclamped
		if i == len(a.in)-2 {
			end = a.end
		}
		a.kernels.AddClamp(dst, sum, t.in(a.arena)[from:to], end.low, end.high)
		sum = dst
	}
	if a.end.fn != kernel.Identity {
		a.kernels.Activate(dst, dst, a.end.fn, a.end.slope)
	}
}

// multiplication multiplies by a tensor of the same shape, or by one factor a
// channel. It is an affine function without a shift.
type multiplication struct {
	kernels       *kernel.Set
	x, factor     tensor
	out           tensor
	end           epilogue
	parts         int
	arena, shifts []float32 // shifts are zeros
}

func (b *builder) multiplication(l *layer) operation {
	out := b.tensors[l.out()]
	return &multiplication{
		kernels: b.kernels, x: b.tensors[l.inputs[0]], factor: b.tensors[l.inputs[1]], out: out,
		end: epilogueOf(l), parts: b.rows(out),
	}
}

// block is how many elements are multiplied at once: all that one set of
// factors covers, or as many as stay in the first-level cache.
func (m *multiplication) block() int {
	if m.factor.pixels < m.out.pixels {
		return m.out.stride
	}
	return max(addBlock, m.out.stride)
}

func (m *multiplication) bytes() int64 { return floatBytes * int64(m.block()) }

func (m *multiplication) prepare(arena []float32) {
	m.arena, m.shifts = arena, make([]float32, m.block())
}

func (m *multiplication) tasks() int { return m.parts }

func (m *multiplication) run(task int, _ *scratch) {
	from, to := split(m.out.pixels, m.parts, task)
	x, factor, out := m.x.in(m.arena), m.factor.in(m.arena), m.out.in(m.arena)
	shared := m.factor.pixels < m.out.pixels
	for at, end := from*m.out.stride, to*m.out.stride; at < end; {
		n := min(len(m.shifts), end-at)
		by := factor
		if !shared {
			by = factor[at:]
		}
		m.kernels.AffineClamp(out[at:at+n], x[at:at+n], by[:n], m.shifts[:n], m.end.low, m.end.high)
		if m.end.fn != kernel.Identity {
			m.kernels.Activate(out[at:at+n], out[at:at+n], m.end.fn, m.end.slope)
		}
		at += n
	}
}
