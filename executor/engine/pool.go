package engine

import (
	"fmt"

	"edgebench/compiler/network/graph"
	"edgebench/executor/engine/kernel"
)

// partChannels is how many channels a sum over many pixels runs over at once,
// and partTaps how many pixels it adds in float32 before it goes on in float64:
// the mean of a large plane would else lose digits.
const (
	partChannels = 64
	partTaps     = 256
)

// pool reduces windows over an indirection table with a row of taps a pixel.
type pool struct {
	kernels *kernel.Set
	op      graph.Pool
	in, out tensor
	taps    int
	pixels  int // into how many parts the pixels are divided
	bands   int // into how many parts the channels are divided

	arena []float32
	table []int32   // [pixel][tap]
	scale []float32 // of each pixel's sum
}

func (b *builder) pooling(op graph.Pool, in, out tensor) (operation, error) {
	p := &pool{kernels: b.kernels, op: op, in: in, out: out}
	if t := op.Taps(); t <= maxArena {
		p.taps = int(t)
	} else {
		return nil, fmt.Errorf("a window of %d elements is more than the native engine can address: choose a smaller one", t)
	}
	if err := p.checkWindows(); err != nil {
		return nil, err
	}
	p.divide(b.threads)
	return p, nil
}

// globalAverage is pooling with a window as large as the input.
func (b *builder) globalAverage(in, out tensor) operation {
	spatial := in.shape.Spatial()
	w := graph.Window{Kernel: spatial, Pad: make([]graph.Pad, len(spatial))}
	for range spatial {
		w.Stride, w.Dilation = append(w.Stride, 1), append(w.Dilation, 1)
	}
	p := &pool{kernels: b.kernels, op: graph.Pool{Fn: graph.AvgPool, Window: w}, in: in, out: out, taps: in.pixels}
	p.divide(b.threads)
	return p
}

// checkWindows refuses a window without any element, whose maximum and mean
// are undefined. Padding is smaller than the window, so that only dilation can
// make one. Each dimension is looked at alone.
func (p *pool) checkWindows() error {
	for i, n := range p.in.shape.Spatial() {
		if p.op.Dilation[i] == 1 {
			continue
		}
		for o := range p.out.shape.Spatial()[i] {
			start := o*p.op.Stride[i] - p.op.Pad[i].Begin
			skip := max((-start+p.op.Dilation[i]-1)/p.op.Dilation[i], 0)
			if skip >= p.op.Kernel[i] || start+skip*p.op.Dilation[i] >= n {
				return fmt.Errorf("window %d of dimension %d holds no element of the input: use less padding or dilation", o, i)
			}
		}
	}
	return nil
}

// divide splits the pixels, or the channels where there are few pixels or
// where sums are long.
func (p *pool) divide(threads int) {
	p.pixels, p.bands = 1, 1
	if p.taps > partTaps || p.out.pixels < 4*threads {
		p.bands = (p.out.stride + partChannels - 1) / partChannels
	}
	if p.out.pixels >= 4*threads {
		p.pixels = parts(times(int64(p.out.elements()), int64(p.taps)), 1<<16, threads, p.out.pixels)
	}
}

func (p *pool) bytes() int64 {
	return times(floatBytes, int64(p.out.pixels), plus(int64(p.taps), 1))
}

// prepare fills the table. A tap in the padding points at zeros where the
// window is summed, and at another tap of the window where its maximum is taken.
func (p *pool) prepare(arena []float32) {
	p.arena = arena
	p.table = make([]int32, p.out.pixels*p.taps)
	p.scale = make([]float32, p.out.pixels)
	w := newWalker(p.op.Window, p.in, p.out)
	for pixel := range p.out.pixels {
		row := p.table[pixel*p.taps:][:p.taps]
		w.moveTo(pixel)
		inside := p.fill(row, w)
		count := w.padded()
		if p.op.ExcludePad {
			count = inside
		}
		p.scale[pixel] = 1 / float32(count)
	}
}

// fill sets a window's taps and returns how many are in the input.
func (p *pool) fill(row []int32, w *walker) int {
	inside, any := 0, int32(0)
	for t := range row {
		if at := w.tap(t); at >= 0 {
			any = int32(p.in.base + at*p.in.stride)
			row[t] = any
			inside++
		}
	}
	if p.op.Fn == graph.MaxPool {
		for t, at := range row {
			if at == 0 {
				row[t] = any
			}
		}
	}
	return inside
}

func (p *pool) tasks() int { return p.pixels * p.bands }

func (p *pool) run(task int, s *scratch) {
	from, to := split(p.out.pixels, p.pixels, task/p.bands)
	// Bands are whole vectors, so that only padding lanes are beyond the end.
	first, last := split(p.out.stride/kernel.Columns, p.bands, task%p.bands)
	first, last = first*kernel.Columns, last*kernel.Columns
	out := p.out.in(p.arena)
	for pixel := from; pixel < to; pixel++ {
		dst := out[pixel*p.out.stride:][first:last]
		table := p.table[pixel*p.taps:][:p.taps]
		switch {
		case p.op.Fn == graph.MaxPool:
			p.kernels.MaxPool(dst, p.arena[first:], table)
		case p.taps <= partTaps:
			p.kernels.SumPool(dst, p.arena[first:], table, p.scale[pixel])
		default:
			p.longSum(dst, p.arena[first:], table, p.scale[pixel], s)
		}
	}
}

// longSum adds up parts in float64.
func (p *pool) longSum(dst, arena []float32, table []int32, scale float32, s *scratch) {
	part, sum := s.part[:len(dst)], s.sum[:len(dst)]
	clear(sum)
	for len(table) > 0 {
		n := min(len(table), partTaps)
		p.kernels.SumPool(part, arena, table[:n], 1)
		for i, x := range part {
			sum[i] += float64(x)
		}
		table = table[n:]
	}
	for i, x := range sum {
		dst[i] = float32(x * float64(scale))
	}
}
