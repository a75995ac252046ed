package kernel

// sums holds one tile's accumulators.
type sums [Rows][Columns]float32

// load sets the sums' first values.
func (s *sums) load(t *Tile) {
	for r := range t.Rows {
		if t.Bias != nil {
			copy(s[r][:], t.Bias[:Columns])
		} else {
			copy(s[r][:], t.Out[t.Offsets[r]:][:Columns])
		}
	}
}

// store writes the sums with residual and clamp.
func (s *sums) store(t *Tile) {
	for r := range t.Rows {
		row := &s[r]
		if t.Residual != nil {
			for c, x := range t.Residual[t.Offsets[r]:][:Columns] {
				row[c] += x
			}
		}
		out := t.Out[t.Offsets[r]:][:Columns]
		for c, x := range row {
			out[c] = clamp(x, t.Low, t.High)
		}
	}
}

// clamp keeps NaN, so that a wrong value is seen and not turned into a bound.
func clamp(x, low, high float32) float32 {
	if x < low {
		return low
	}
	if x > high {
		return high
	}
	return x
}

func convPortable(t *Tile) {
	var s sums
	s.load(t)
	for tap := range t.Taps {
		table := t.Table[tap*Rows:][:Rows]
		panel := t.Panel[tap*t.K*Columns:][:t.K*Columns]
		for r := 0; r < t.Rows; r += 2 {
			second := min(r+1, t.Rows-1)
			x := t.Arena[table[r]:][:t.K]
			y := t.Arena[table[second]:][:t.K]
			multiply2(&s[r], &s[second], x, y, panel)
		}
	}
	s.store(t)
}

// multiply2 adds two rows' products with a panel. If both rows are the same,
// the second result overwrites the first with equal values.
func multiply2(s, u *[Columns]float32, x, y, panel []float32) {
	for c := 0; c < Columns; c += 4 {
		multiply2x4((*[4]float32)(s[c:]), (*[4]float32)(u[c:]), x, y, panel[min(c, len(panel)):])
	}
}

// multiply2x4 keeps its eight sums, four weights and two inputs in registers.
func multiply2x4(s, u *[4]float32, x, y, panel []float32) {
	s0, s1, s2, s3 := s[0], s[1], s[2], s[3]
	u0, u1, u2, u3 := u[0], u[1], u[2], u[3]
	y = y[:len(x)]
	for i, a := range x {
		w := (*[4]float32)(panel[i*Columns:])
		b := y[i]
		s0 += a * w[0]
		s1 += a * w[1]
		s2 += a * w[2]
		s3 += a * w[3]
		u0 += b * w[0]
		u1 += b * w[1]
		u2 += b * w[2]
		u3 += b * w[3]
	}
	*s = [4]float32{s0, s1, s2, s3}
	*u = [4]float32{u0, u1, u2, u3}
}

func depthwisePortable(t *Tile) {
	var s sums
	s.load(t)
	for tap := range t.Taps {
		panel := (*[Columns]float32)(t.Panel[tap*Columns:])
		for r := range t.Rows {
			x := (*[Columns]float32)(t.Arena[t.Table[tap*Rows+r]:])
			row := &s[r]
			for c, w := range panel {
				row[c] += x[c] * w
			}
		}
	}
	s.store(t)
}

func dot4Portable(d *Dot) {
	n := len(d.X)
	a, b := d.Matrix[d.Rows[0]:][:n], d.Matrix[d.Rows[1]:][:n]
	c, e := d.Matrix[d.Rows[2]:][:n], d.Matrix[d.Rows[3]:][:n]
	// Blocks bound the rounding error of a long sum.
	d.Out = [4]float32{}
	for i := 0; i < n; i += 512 {
		j := min(i+512, n)
		addDot4(&d.Out, d.X[i:j], a[i:j], b[i:j], c[i:j], e[i:j])
	}
}

func addDot4(out *[4]float32, x, a, b, c, d []float32) {
	var s, t, u, v float32
	a, b, c, d = a[:len(x)], b[:len(x)], c[:len(x)], d[:len(x)]
	for i, y := range x {
		s += a[i] * y
		t += b[i] * y
		u += c[i] * y
		v += d[i] * y
	}
	out[0] += s
	out[1] += t
	out[2] += u
	out[3] += v
}

func addClampPortable(dst, a, b []float32, low, high float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = clamp(a[i]+b[i], low, high)
	}
}

func affineClampPortable(dst, x, scale, shift []float32, low, high float32) {
	x, scale, shift = x[:len(dst)], scale[:len(dst)], shift[:len(dst)]
	for i := range dst {
		dst[i] = clamp(x[i]*scale[i]+shift[i], low, high)
	}
}

func maxPoolPortable(dst, arena []float32, table []int32) {
	copy(dst, arena[table[0]:][:len(dst)])
	for _, at := range table[1:] {
		for i, x := range arena[at:][:len(dst)] {
			dst[i] = max(dst[i], x)
		}
	}
}

func sumPoolPortable(dst, arena []float32, table []int32, scale float32) {
	clear(dst)
	for _, at := range table {
		for i, x := range arena[at:][:len(dst)] {
			dst[i] += x
		}
	}
	for i := range dst {
		dst[i] *= scale
	}
}
