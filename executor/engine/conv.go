package engine

import (
	"fmt"
	"math"

	"edgebench/compiler/network/graph"
	"edgebench/executor/engine/kernel"
)

// Blocking of convolutions. A panel's block of weights, 256 channels by 16
// columns, takes half of a 32 KiB first-level cache; a chunk's pixels stay in
// the second-level cache while all panels pass over them.
const (
	blockDepth = 256
	chunkBytes = 384 << 10
	chunkTiles = 24
	leastTiles = 8
	// leastMACs is the smallest task that is worth sharing, about 20 us.
	leastMACs = 1 << 20
)

// convolution chooses the algorithm for a convolution. The epilogue (folded
// batch norm, residual, activation) is the same for all.
func (b *builder) convolution(l *layer, op graph.Conv) (operation, error) {
	f := b.filters(l, op)
	if b.convolve != Direct && winogradFits(f) && (b.convolve == Minimal || winogradPays(f)) {
		return newWinograd(f, b.threads), nil
	}
	c := &conv{filters: f, taps: int(op.Taps())}
	c.multiply = b.kernels.Conv
	if depthwise(op, f.in.shape) {
		c.multiply = b.kernels.Depthwise
		c.layoutDepthwise()
	} else if err := c.layoutDense(); err != nil {
		return nil, err
	}
	c.divide(b.threads)
	return c, nil
}

// filters is what all algorithms of a convolution have in common.
type filters struct {
	op       graph.Conv
	kernels  *kernel.Set
	in, out  tensor
	residual *tensor
	weight   []float32
	bias     []float32
	affine   affine
	end      epilogue
	arena    []float32
	biases   []float32 // 16 a panel, with the folded batch norm
}

func (b *builder) filters(l *layer, op graph.Conv) filters {
	f := filters{
		op: op, in: b.tensors[l.inputs[0]], out: b.tensors[l.out()], kernels: b.kernels,
		weight: b.w.Get(l.head().ID, graph.Weight), bias: b.w.Get(l.head().ID, graph.Bias),
		affine: b.affine(l), end: epilogueOf(l),
	}
	if l.residual >= 0 {
		t := b.tensors[l.residual]
		f.residual = &t
	}
	return f
}

// prepare sets the arena and the biases.
func (f *filters) prepare(arena []float32) {
	f.arena = arena
	f.biases = make([]float32, roundUp(f.op.Out))
	for o := range f.op.Out {
		bias := 0.0
		if f.bias != nil {
			bias = float64(f.bias[o])
		}
		f.biases[o] = float32(f.affine.apply(o, bias))
	}
}

// depthwise reports whether each output channel reads the one input channel of
// the same number.
func depthwise(op graph.Conv, in graph.Shape) bool {
	return op.Groups == in.Channels() && op.Out == op.Groups && op.Groups > 1
}

// conv is a direct convolution over an indirection table. Output pixels are
// numbered through all spatial dimensions and divided into tiles of up to six,
// output channels into panels of 16.
type conv struct {
	filters
	multiply func(*kernel.Tile)
	taps     int
	panels   []panel
	tiles    int
	chunks   int // parts of the pixels
	groups   int // parts of the panels

	packed  []float32 // the panels' weights, one after another
	table   []int32   // [tile][tap][row] offsets into the arena
	offsets []int32   // [tile][row] offsets into the output
}

// panel is 16 output channels and the input channels that they read: all those
// of the groups that the output channels belong to. Weights between different
// groups are zeros, so that narrow groups share a panel.
type panel struct {
	first  int // input channel
	depth  int // input channels
	start  int // of its weights in packed
	blocks []block
}

// block is the part of a panel's sum that one pass over the pixels adds.
type block struct {
	tap, taps      int
	channel, depth int
	start          int // of its weights, counted from the panel's
}

// blocks divides a sum over taps and channels into parts of about blockDepth.
func blocks(taps, depth int) []block {
	var list []block
	start := 0
	add := func(b block) {
		b.start = start
		start += b.taps * b.depth * kernel.Columns
		list = append(list, b)
	}
	if each := blockDepth / depth; each >= 1 {
		n := (taps + each - 1) / each
		for i := range n {
			from, to := split(taps, n, i)
			add(block{tap: from, taps: to - from, depth: depth})
		}
		return list
	}
	n := (depth + blockDepth - 1) / blockDepth
	for tap := range taps {
		for i := range n {
			from, to := split(depth, n, i)
			add(block{tap: tap, taps: 1, channel: from, depth: to - from})
		}
	}
	return list
}

func (c *conv) layoutDense() error {
	perIn, perOut := c.in.channels()/c.op.Groups, c.op.Out/c.op.Groups
	known := map[int][]block{}
	start := 0
	for o := 0; o < c.op.Out; o += kernel.Columns {
		from := o / perOut
		to := (min(o+kernel.Columns, c.op.Out) - 1) / perOut
		p := panel{first: from * perIn, depth: (to - from + 1) * perIn, start: start}
		if known[p.depth] == nil {
			known[p.depth] = blocks(c.taps, p.depth)
		}
		p.blocks = known[p.depth]
		c.panels = append(c.panels, p)
		size := times(int64(c.taps), int64(p.depth), kernel.Columns)
		if size > int64(maxArena-start) {
			return fmt.Errorf("its weights need more than %d elements: the native engine cannot run a layer this large", maxArena)
		}
		start += int(size)
	}
	return nil
}

// layoutDepthwise makes panels of one block. A depthwise panel starts at its
// own input channels, and its depth is the one channel of each column.
func (c *conv) layoutDepthwise() {
	all := []block{{taps: c.taps, depth: 1}}
	for o := 0; o < c.op.Out; o += kernel.Columns {
		c.panels = append(c.panels, panel{first: o, depth: 1, start: o * c.taps, blocks: all})
	}
}

// divide chooses tiles, chunks and groups of panels.
func (c *conv) divide(threads int) {
	c.tiles = (c.out.pixels + kernel.Rows - 1) / kernel.Rows
	channels := c.panels[0].depth
	if c.depthwise() {
		channels = kernel.Columns
	}
	size := min(max(chunkBytes/(kernel.Rows*channels*floatBytes), leastTiles), chunkTiles)
	c.chunks = (c.tiles + size - 1) / size
	macs := times(int64(c.out.pixels), c.packedElements())
	want := parts(macs, leastMACs, threads, math.MaxInt32)
	c.groups = min(max((want+c.chunks-1)/c.chunks, 1), len(c.panels))
}

func (c *conv) depthwise() bool { return depthwise(c.op, c.in.shape) }

// packedElements is the size of all panels' weights.
func (c *conv) packedElements() int64 {
	last := c.panels[len(c.panels)-1]
	return int64(last.start + c.taps*last.depth*kernel.Columns)
}

func (c *conv) bytes() int64 {
	table := times(int64(c.tiles), int64(c.taps+1), kernel.Rows)
	return times(floatBytes, plus(plus(table, c.packedElements()), int64(len(c.panels)*kernel.Columns)))
}

func (c *conv) prepare(arena []float32) {
	c.filters.prepare(arena)
	c.packed = make([]float32, c.packedElements())
	for i, p := range c.panels {
		c.pack(i, p)
	}
	c.fillTables()
}

// pack copies a panel's weights in the order in which the kernel reads them:
// [block][tap][channel][column], scaled by the folded batch norm. Weights
// between different groups stay zero.
func (c *conv) pack(i int, p panel) {
	first := i * kernel.Columns
	for o := first; o < min(first+kernel.Columns, c.op.Out); o++ {
		for _, b := range p.blocks {
			c.packFilter(o, p, b, c.packed[p.start+b.start+o-first:])
		}
	}
}

// packFilter copies one output channel's part of a block to a column.
func (c *conv) packFilter(o int, p panel, b block, column []float32) {
	perIn := c.in.channels() / c.op.Groups
	from := o / (c.op.Out / c.op.Groups) * perIn // the filter's first input channel
	start := p.first + b.channel                 // the block's
	if c.depthwise() {
		start = from // each column reads its own channel
	}
	factor := c.affine.factor(o)
	for ch := max(from, start); ch < min(from+perIn, start+b.depth); ch++ {
		filter := c.weight[(o*perIn+ch-from)*c.taps:][:c.taps]
		for t, w := range filter[b.tap : b.tap+b.taps] {
			column[(t*b.depth+ch-start)*kernel.Columns] = float32(float64(w) * factor)
		}
	}
}

// fillTables finds the pixels of all taps. A tile with fewer than six pixels
// repeats its last.
func (c *conv) fillTables() {
	c.table = make([]int32, c.tiles*c.taps*kernel.Rows)
	c.offsets = make([]int32, c.tiles*kernel.Rows)
	w := newWalker(c.op.Window, c.in, c.out)
	for tile := range c.tiles {
		from, to := split(c.out.pixels, c.tiles, tile)
		for r := range kernel.Rows {
			pixel := min(from+r, to-1)
			c.offsets[tile*kernel.Rows+r] = int32(pixel * c.out.stride)
			w.moveTo(pixel)
			for t := range c.taps {
				if at := w.tap(t); at >= 0 {
					c.table[(tile*c.taps+t)*kernel.Rows+r] = int32(c.in.base + at*c.in.stride)
				}
			}
		}
	}
}

func (c *conv) tasks() int { return c.chunks * c.groups }

func (c *conv) run(task int, s *scratch) {
	firstTile, lastTile := split(c.tiles, c.chunks, task/c.groups)
	firstPanel, lastPanel := split(len(c.panels), c.groups, task%c.groups)
	for i := firstPanel; i < lastPanel; i++ {
		for n := range c.panels[i].blocks {
			c.pass(i, n, &s.tile)
			c.sweep(firstTile, lastTile, c.panels[i].blocks[n], &s.tile)
		}
	}
	if c.end.fn != kernel.Identity {
		c.activate(firstTile, lastTile, firstPanel, lastPanel)
	}
}

// pass sets up a tile for one block of one panel. The first block starts from
// the bias; the last adds the residual and clamps.
func (c *conv) pass(i, n int, t *kernel.Tile) {
	p, b, column := c.panels[i], c.panels[i].blocks[n], i*kernel.Columns
	t.Arena = c.arena[p.first+b.channel:]
	t.Panel = c.packed[p.start+b.start:][:b.taps*b.depth*kernel.Columns]
	t.Out = c.out.in(c.arena)[column:]
	t.Taps, t.K = b.taps, b.depth
	t.Bias, t.Residual = nil, nil
	t.Low, t.High = unclamped.low, unclamped.high
	if n == 0 {
		t.Bias = c.biases[column:][:kernel.Columns]
	}
	if n == len(p.blocks)-1 {
		t.Low, t.High = c.end.low, c.end.high
		if c.residual != nil {
			t.Residual = c.residual.in(c.arena)[column:]
		}
	}
}

// sweep runs one block of a panel over tiles.
func (c *conv) sweep(from, to int, b block, t *kernel.Tile) {
	for tile := from; tile < to; tile++ {
		first, last := split(c.out.pixels, c.tiles, tile)
		t.Rows = last - first
		t.Table = c.table[(tile*c.taps+b.tap)*kernel.Rows:][:b.taps*kernel.Rows]
		t.Offsets = c.offsets[tile*kernel.Rows:][:kernel.Rows]
		c.multiply(t)
	}
}

// activate applies what is more than a clamp, while the results are in cache.
func (c *conv) activate(firstTile, lastTile, firstPanel, lastPanel int) {
	from, _ := split(c.out.pixels, c.tiles, firstTile)
	_, to := split(c.out.pixels, c.tiles, lastTile-1)
	out := c.out.in(c.arena)
	for p := from; p < to; p++ {
		x := out[p*c.out.stride:][firstPanel*kernel.Columns : lastPanel*kernel.Columns]
		c.kernels.Activate(x, x, c.end.fn, c.end.slope)
	}
}
