package engine

import (
	"math"
	"slices"

	"edgebench/compiler/network/graph"
	"edgebench/executor/engine/kernel"
)

// tensor is where an activation is stored: pixel p's channel c is element
// base+p*stride+c of the arena.
type tensor struct {
	shape  graph.Shape
	pixels int
	stride int
	base   int
}

func (t tensor) channels() int { return t.shape.Channels() }

func (t tensor) elements() int { return t.pixels * t.stride }

// in returns the tensor's part of the arena.
func (t tensor) in(arena []float32) []float32 { return arena[t.base:][:t.elements()] }

// roundUp is n rounded up to a multiple of a kernel's columns.
func roundUp(n int) int { return (n + kernel.Columns - 1) / kernel.Columns * kernel.Columns }

// checkSize refuses activations whose sizes an int cannot add up, which has 32
// bits on some processors.
func (net *network) checkSize() error {
	total := int64(0)
	for _, s := range net.shapes {
		padded := plus(int64(s.Channels()), kernel.Columns)
		total = plus(total, times(padded, s.Elements()/int64(s.Channels())))
	}
	if total > math.MaxInt {
		return tooLarge(total)
	}
	return nil
}

// layout says how each value is stored, without its place.
func (net *network) layout() []tensor {
	dense := net.inputIsDense()
	tensors := make([]tensor, len(net.shapes))
	for v, s := range net.shapes {
		t := tensor{shape: s, pixels: net.pixels(v), stride: roundUp(s.Channels())}
		if v == 0 && dense {
			t.stride = s.Channels()
		}
		tensors[v] = t
	}
	return tensors
}

// inputIsDense reports whether the input needs no padding lanes: if only
// convolutions over all channels read it, which take any number of channels.
// An image of 3 channels then takes a fifth of the memory.
func (net *network) inputIsDense() bool {
	if net.shapes[0].Channels() >= kernel.Columns {
		return false
	}
	for v, a := range net.alias {
		if v != 0 && a == 0 {
			return false
		}
	}
	for _, l := range net.layers {
		conv, isConv := l.head().Op.(graph.Conv)
		reads := slices.Contains(l.inputs, 0) || l.residual == 0
		if reads && (!isConv || l.residual == 0 || depthwise(conv, net.shapes[0])) {
			return false
		}
	}
	return true
}

// span is the part of a run in which a value's memory is taken: from the layer
// that writes it to the last that reads it, both included.
type span struct{ first, last int }

func (s span) overlaps(t span) bool { return s.first <= t.last && t.first <= s.last }

// spans returns each value's span, counted in layers. The input and the
// outputs live from their beginning to the end of the run, so that a program
// can run again and its outputs be read. Values without memory of their own
// have an empty span.
func (net *network) spans(keep bool) []span {
	spans := make([]span, len(net.shapes))
	for v := range spans {
		spans[v] = span{len(net.layers), -1}
	}
	cover := func(v, at int) {
		s := &spans[net.alias[v]]
		s.first, s.last = min(s.first, at), max(s.last, at)
	}
	cover(0, 0)
	cover(0, len(net.layers))
	for i, l := range net.layers {
		cover(l.out(), i)
		for _, v := range l.reads() {
			cover(v, i)
		}
		if keep {
			cover(l.out(), len(net.layers))
		}
	}
	for _, v := range net.g.Outputs {
		cover(v, len(net.layers))
	}
	return spans
}

// zeros is the number of zero elements at the arena's start: as many as the
// largest pixel that a window reads.
func (net *network) zeros(tensors []tensor) int {
	most := kernel.Columns
	for _, l := range net.layers {
		switch l.head().Op.(type) {
		case graph.Conv, graph.Pool:
			most = max(most, roundUp(tensors[l.inputs[0]].stride))
		}
	}
	return most
}

// place sets every tensor's base and returns the arena's size in elements.
// Larger tensors are placed first, each at the lowest address where nothing
// alive at the same time stands.
func (net *network) place(tensors []tensor, keep bool) int {
	spans := net.spans(keep)
	var order []int
	for v, s := range spans {
		if s.first <= s.last {
			order = append(order, v)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return size(tensors[b]) - size(tensors[a]) })
	start := net.zeros(tensors)
	end := start
	var placed []int // by base
	for _, v := range order {
		base := start
		for _, p := range placed {
			if !spans[p].overlaps(spans[v]) {
				continue
			}
			if tensors[p].base >= base+size(tensors[v]) {
				break
			}
			base = max(base, tensors[p].base+size(tensors[p]))
		}
		tensors[v].base = base
		at, _ := slices.BinarySearchFunc(placed, base, func(p, b int) int { return tensors[p].base - b })
		placed = slices.Insert(placed, at, v)
		end = max(end, base+size(tensors[v]))
	}
	for v, a := range net.alias {
		tensors[v].base = tensors[a].base
	}
	return end
}

// size is what a tensor takes in the arena: whole vectors, so that all start
// aligned and a kernel may read a dense tensor's last pixel as a vector.
func size(t tensor) int { return roundUp(t.elements()) }
