package kernel

// native returns the NEON kernels, which every 64-bit ARM processor runs.
// Elementwise loops are portable: the compiler's scalar code keeps up with
// memory on these processors.
func native() []*Set {
	s := Portable()
	s.Name, s.Conv, s.Depthwise, s.Dot4 = "neon", convNEON, depthwiseNEON, dot4NEON
	return []*Set{s}
}

// convNEON picks the kernel by rows. Four rows have 16 accumulators, and fewer
// would not be faster.
func convNEON(t *Tile) {
	switch t.Rows {
	case 6:
		conv6NEON(t)
	case 5:
		conv5NEON(t)
	default:
		conv4NEON(t)
	}
}

//go:noescape
func conv6NEON(t *Tile)

//go:noescape
func conv5NEON(t *Tile)

//go:noescape
func conv4NEON(t *Tile)

//go:noescape
func depthwiseNEON(t *Tile)

// dot4NEON adds whole vectors of eight in assembly and the rest here.
func dot4NEON(d *Dot) {
	n := len(d.X)
	m := n &^ 7
	d.Out = [4]float32{}
	if m > 0 {
		dot4Vectors(d, m)
	}
	if m < n {
		row := func(r int) []float32 { return d.Matrix[d.Rows[r]:][m:n] }
		addDot4(&d.Out, d.X[m:], row(0), row(1), row(2), row(3))
	}
}

// dot4Vectors runs over the first n elements, a multiple of 8 above 0.
//
//go:noescape
func dot4Vectors(d *Dot, n int)
