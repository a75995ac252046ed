package engine

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
