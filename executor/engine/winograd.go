package engine

import (
	"slices"

	"edgebench/executor/engine/kernel"
)

// winograd is a convolution of 3 by 3 taps by the minimal filtering algorithm (package kernel). Its output is
// divided into squares of 4 by 4 pixels; a chunk of squares is transformed, multiplied at each of the 36
// positions as a convolution of one tap, and transformed back, all in memory that stays in cache.
type winograd struct {
	filters
	squares int
	chunks  int // parts of the squares
	groups  int // parts of the panels; each transforms the chunk's input anew

	packed  []float32 // filters: [position][panel][channel][column]
	inputs  []int32   // [square][36] offsets into the arena
	outputs []int32   // [square][16] offsets into the output, -1 outside
}

const (
	// mostSquares of a chunk. Of 12, 24, 48 and 96, the last two were the fastest for ResNet-18, ResNet-50 and
	// VGG16 on an x86-64 processor; more squares take more memory in each goroutine.
	mostSquares = 48
	// leastSquares that share one pass over the filters.
	leastSquares = 12
	// leastPixels of an output: below, reading the larger filters takes longer than what is saved. With filters for
	// the 7 by 7 outputs of ResNet-18 too, it took 1.12 times as long.
	leastPixels = 100
)

// winogradFits reports whether a convolution has the shape that the algorithm is for.
func winogradFits(f filters) bool {
	w := f.op.Window
	for i := range w.Kernel {
		if w.Kernel[i] != 3 || w.Stride[i] != 1 || w.Dilation[i] != 1 {
			return false
		}
	}
	return len(w.Kernel) == 2 && f.op.Groups == 1 && f.in.stride%kernel.Columns == 0
}

// winogradPays reports whether the algorithm is the faster one: its filters are read from memory once a
// chunk, and its squares cover more than the output.
func winogradPays(f filters) bool {
	return f.in.channels() >= kernel.Columns && f.op.Out >= kernel.Columns && f.out.pixels >= leastPixels
}

func newWinograd(f filters, threads int) *winograd {
	c := &winograd{filters: f}
	spatial := f.out.shape.Spatial()
	c.squares = sides(spatial[0]) * sides(spatial[1])
	c.chunks = (c.squares + mostSquares - 1) / mostSquares
	if c.chunks < threads {
		c.chunks = min(threads, max(c.squares/leastSquares, 1))
	}
	c.groups = 1
	if c.chunks < threads {
		c.groups = min((threads+c.chunks-1)/c.chunks, c.panels())
	}
	return c
}

// sides is how many squares cover a side.
func sides(pixels int) int { return (pixels + kernel.WinogradOut - 1) / kernel.WinogradOut }

func (c *winograd) panels() int { return c.out.stride / kernel.Columns }

func (c *winograd) channels() int { return c.in.channels() }

func (c *winograd) packedElements() int64 {
	return times(kernel.WinogradTaps, times(int64(c.channels()), int64(c.out.stride)))
}

func (c *winograd) bytes() int64 {
	tables := times(int64(c.squares), kernel.WinogradTaps+kernel.WinogradOut*kernel.WinogradOut)
	return times(floatBytes, plus(plus(tables, c.packedElements()), int64(c.out.stride)))
}

// chunk is the most squares of one.
func (c *winograd) chunk() int { return (c.squares + c.chunks - 1) / c.chunks }

// columns is the most output channels of a group.
func (c *winograd) columns() int { return (c.panels() + c.groups - 1) / c.groups * kernel.Columns }

func (c *winograd) scratch() int {
	return kernel.WinogradTaps * c.chunk() * (c.in.stride + c.columns())
}

func (c *winograd) prepare(arena []float32) {
	c.filters.prepare(arena)
	c.pack()
	c.fillTables()
}

// pack transforms the filters, scaled by the folded batch norm.
func (c *winograd) pack() {
	c.packed = make([]float32, c.packedElements())
	channels := c.channels()
	var taps [9]float64
	for o := range c.op.Out {
		factor := c.affine.factor(o)
		panel, column := o/kernel.Columns, o%kernel.Columns
		for ch := range channels {
			for t, w := range c.weight[(o*channels+ch)*len(taps):][:len(taps)] {
				taps[t] = float64(w) * factor
			}
			for p, v := range kernel.WinogradFilter(taps[:]) {
				c.packed[((p*c.panels()+panel)*channels+ch)*kernel.Columns+column] = float32(v)
			}
		}
	}
}

// fillTables finds the pixels that each square reads and writes.
func (c *winograd) fillTables() {
	in, out := c.in.shape.Spatial(), c.out.shape.Spatial()
	top, left := c.op.Pad[0].Begin, c.op.Pad[1].Begin
	for y := 0; y < out[0]; y += kernel.WinogradOut {
		for x := 0; x < out[1]; x += kernel.WinogradOut {
			for i := range kernel.WinogradTaps {
				at := int32(0) // zeros
				if row, col := y-top+i/kernel.WinogradIn, x-left+i%kernel.WinogradIn; row >= 0 && row < in[0] && col >= 0 && col < in[1] {
					at = int32(c.in.base + (row*in[1]+col)*c.in.stride)
				}
				c.inputs = append(c.inputs, at)
			}
			for i := range kernel.WinogradOut * kernel.WinogradOut {
				at := int32(-1)
				if row, col := y+i/kernel.WinogradOut, x+i%kernel.WinogradOut; row < out[0] && col < out[1] {
					at = int32((row*out[1] + col) * c.out.stride)
				}
				c.outputs = append(c.outputs, at)
			}
		}
	}
	c.inputs, c.outputs = slices.Clip(c.inputs), slices.Clip(c.outputs)
}

func (c *winograd) tasks() int { return c.chunks * c.groups }

func (c *winograd) run(task int, s *scratch) {
	from, to := split(c.squares, c.chunks, task/c.groups)
	first, last := split(c.panels(), c.groups, task%c.groups)
	n := to - from
	values := s.free[:kernel.WinogradTaps*n*c.in.stride]
	sums := s.free[len(values):][:kernel.WinogradTaps*n*(last-first)*kernel.Columns]
	c.transform(from, n, values, s)
	for p := range kernel.WinogradTaps {
		c.multiply(p, n, first, last, values, sums, s)
	}
	c.finish(from, n, first, last, sums, s)
}

// transform fills values: [position][square][channel].
func (c *winograd) transform(from, n int, values []float32, s *scratch) {
	s.patch = kernel.WinogradPatch{Arena: c.arena, Stride: n * c.in.stride, Channels: c.in.stride}
	for i := range n {
		s.patch.Offsets = c.inputs[(from+i)*kernel.WinogradTaps:][:kernel.WinogradTaps]
		s.patch.Values = values[i*c.in.stride:]
		c.kernels.WinogradInput(&s.patch)
	}
}

var noBias [kernel.Columns]float32

// multiply computes one position's sums: [position][square][column].
func (c *winograd) multiply(p, n, first, last int, values, sums []float32, s *scratch) {
	t := &s.tile
	width := (last - first) * kernel.Columns
	values, sums = values[p*n*c.in.stride:], sums[p*n*width:]
	channels := c.channels()
	parts := (channels + blockDepth - 1) / blockDepth
	tiles := (n + kernel.Rows - 1) / kernel.Rows
	t.Taps, t.Residual = 1, nil
	t.Table, t.Offsets = s.table[:], s.offsets[:]
	t.Low, t.High = unclamped.low, unclamped.high
	for panel := first; panel < last; panel++ {
		weights := c.packed[(p*c.panels()+panel)*channels*kernel.Columns:]
		for part := range parts {
			begin, end := split(channels, parts, part)
			t.K, t.Panel = end-begin, weights[begin*kernel.Columns:end*kernel.Columns]
			t.Bias = nil
			if part == 0 {
				t.Bias = noBias[:]
			}
			for tile := range tiles {
				from, to := split(n, tiles, tile)
				t.Rows = to - from
				t.Arena = values[from*c.in.stride+begin:]
				t.Out = sums[from*width+(panel-first)*kernel.Columns:]
				for r := range kernel.Rows {
					row := min(r, t.Rows-1)
					s.table[r], s.offsets[r] = int32(row*c.in.stride), int32(row*width)
				}
				c.kernels.Conv(t)
			}
		}
	}
}

// finish transforms the sums to outputs.
func (c *winograd) finish(from, n, first, last int, sums []float32, s *scratch) {
	width := (last - first) * kernel.Columns
	column := first * kernel.Columns
	out := c.out.in(c.arena)[column:]
	s.patch = kernel.WinogradPatch{
		Arena: out, Stride: n * width, Channels: width, Bias: c.biases[column:], Low: c.end.low, High: c.end.high,
	}
	if c.residual != nil {
		s.patch.Residual = c.residual.in(c.arena)[column:]
	}
	const outputs = kernel.WinogradOut * kernel.WinogradOut
	for i := range n {
		s.patch.Offsets = c.outputs[(from+i)*outputs:][:outputs]
		s.patch.Values = sums[i*width:]
		c.kernels.WinogradOutput(&s.patch)
		if c.end.fn == kernel.Identity {
			continue
		}
		for _, at := range s.patch.Offsets {
			if at >= 0 {
				x := out[at:][:width]
				c.kernels.Activate(x, x, c.end.fn, c.end.slope)
			}
		}
	}
}
