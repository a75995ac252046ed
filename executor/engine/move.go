package engine

import "edgebench/compiler/network/graph"

// concat copies its inputs' channels behind each other.
type concat struct {
	in    []tensor
	out   tensor
	parts int
	arena []float32
}

func (b *builder) concat(l *layer) operation {
	c := &concat{out: b.tensors[l.out()]}
	for _, v := range l.inputs {
		c.in = append(c.in, b.tensors[v])
	}
	c.parts = b.rows(c.out)
	return c
}

func (c *concat) bytes() int64            { return 0 }
func (c *concat) prepare(arena []float32) { c.arena = arena }
func (c *concat) tasks() int              { return c.parts }

func (c *concat) run(task int, _ *scratch) {
	from, to := split(c.out.pixels, c.parts, task)
	out := c.out.in(c.arena)
	at := 0
	for _, t := range c.in {
		in, n := t.in(c.arena), t.channels()
		for p := from; p < to; p++ {
			copy(out[p*c.out.stride+at:][:n], in[p*t.stride:][:n])
		}
		at += n
	}
	for p := from; p < to; p++ {
		clear(out[p*c.out.stride:][at:c.out.stride])
	}
}

// flatten copies an activation to a vector in channel-first order.
type flatten struct {
	in, out tensor
	parts   int
	arena   []float32
}

func (f *flatten) bytes() int64            { return 0 }
func (f *flatten) prepare(arena []float32) { f.arena = arena }
func (f *flatten) tasks() int              { return f.parts }

func (f *flatten) run(task int, _ *scratch) {
	from, to := split(f.in.channels(), f.parts, task)
	in, out := f.in.in(f.arena), f.out.in(f.arena)
	for c := from; c < to; c++ {
		row := out[c*f.in.pixels:][:f.in.pixels]
		for p := range row {
			row[p] = in[p*f.in.stride+c]
		}
	}
	if task == f.parts-1 {
		clear(out[f.out.channels():])
	}
}

// upsample repeats pixels.
type upsample struct {
	scale   int
	in, out tensor
	parts   int
	arena   []float32
}

func (u *upsample) bytes() int64            { return 0 }
func (u *upsample) prepare(arena []float32) { u.arena = arena }
func (u *upsample) tasks() int              { return u.parts }

func (u *upsample) run(task int, _ *scratch) {
	from, to := split(u.out.pixels, u.parts, task)
	in, out := u.in.in(u.arena), u.out.in(u.arena)
	for p := from; p < to; p++ {
		copy(out[p*u.out.stride:][:u.out.stride], in[u.source(p)*u.in.stride:][:u.in.stride])
	}
}

// source is the input pixel that an output pixel repeats.
func (u *upsample) source(pixel int) int {
	from, step := 0, 1
	spatial := u.out.shape.Spatial()
	for i := len(spatial) - 1; i >= 0; i-- {
		from += pixel % spatial[i] / u.scale * step
		step *= u.in.shape.Spatial()[i]
		pixel /= spatial[i]
	}
	return from
}

// reshape copies elements in channel-first order.
type reshape struct {
	in, out tensor
	parts   int
	arena   []float32
}

func (r *reshape) bytes() int64            { return 0 }
func (r *reshape) prepare(arena []float32) { r.arena = arena }
func (r *reshape) tasks() int              { return r.parts }

func (r *reshape) run(task int, _ *scratch) {
	from, to := split(r.out.channels(), r.parts, task)
	in, out := r.in.in(r.arena), r.out.in(r.arena)
	for c := from; c < to; c++ {
		for p := range r.out.pixels {
			e := c*r.out.pixels + p
			out[p*r.out.stride+c] = in[e%r.in.pixels*r.in.stride+e/r.in.pixels]
		}
	}
	if task == r.parts-1 {
		clearLanes(r.out, out, 0, r.out.pixels)
	}
}

// clearLanes zeroes the padding lanes of some pixels.
func clearLanes(t tensor, out []float32, from, to int) {
	if t.channels() == t.stride {
		return
	}
	for p := from; p < to; p++ {
		clear(out[p*t.stride:][t.channels():t.stride])
	}
}

// zeroPad copies pixels into a larger plane of zeros.
type zeroPad struct {
	op      graph.ZeroPad
	in, out tensor
	parts   int
	arena   []float32
}

func (z *zeroPad) bytes() int64            { return 0 }
func (z *zeroPad) prepare(arena []float32) { z.arena = arena }
func (z *zeroPad) tasks() int              { return z.parts }

func (z *zeroPad) run(task int, _ *scratch) {
	from, to := split(z.out.pixels, z.parts, task)
	in, out := z.in.in(z.arena), z.out.in(z.arena)
	for p := from; p < to; p++ {
		pixel := out[p*z.out.stride:][:z.out.stride]
		if at := z.source(p); at >= 0 {
			copy(pixel, in[at*z.in.stride:])
		} else {
			clear(pixel)
		}
	}
}

// source is the input pixel at an output pixel, -1 in the padding.
func (z *zeroPad) source(pixel int) int {
	from, step := 0, 1
	spatial := z.out.shape.Spatial()
	for i := len(spatial) - 1; i >= 0; i-- {
		size := z.in.shape.Spatial()[i]
		x := pixel%spatial[i] - z.op.Pad[i].Begin
		if x < 0 || x >= size {
			return -1
		}
		from += x * step
		step *= size
		pixel /= spatial[i]
	}
	return from
}

// slice copies neighbouring channels.
type slice struct {
	begin   int
	in, out tensor
	parts   int
	arena   []float32
}

func (s *slice) bytes() int64            { return 0 }
func (s *slice) prepare(arena []float32) { s.arena = arena }
func (s *slice) tasks() int              { return s.parts }

func (s *slice) run(task int, _ *scratch) {
	from, to := split(s.out.pixels, s.parts, task)
	in, out, n := s.in.in(s.arena), s.out.in(s.arena), s.out.channels()
	for p := from; p < to; p++ {
		copy(out[p*s.out.stride:][:n], in[p*s.in.stride+s.begin:])
	}
	clearLanes(s.out, out, from, to)
}

// shuffle interleaves groups of channels.
type shuffle struct {
	op      graph.ChannelShuffle
	in, out tensor
	parts   int
	arena   []float32
}

func (s *shuffle) bytes() int64            { return 0 }
func (s *shuffle) prepare(arena []float32) { s.arena = arena }
func (s *shuffle) tasks() int              { return s.parts }

func (s *shuffle) run(task int, _ *scratch) {
	from, to := split(s.out.pixels, s.parts, task)
	in, out := s.in.in(s.arena), s.out.in(s.arena)
	groups, members := s.op.Groups, s.out.channels()/s.op.Groups
	for p := from; p < to; p++ {
		dst, x := out[p*s.out.stride:][:s.out.stride], in[p*s.in.stride:][:s.in.stride]
		for g := range groups {
			for m, v := range x[g*members:][:members] {
				dst[m*groups+g] = v
			}
		}
	}
	clearLanes(s.out, out, from, to)
}
