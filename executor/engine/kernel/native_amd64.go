package kernel

import "golang.org/x/sys/cpu"

// native returns the AVX2 kernels if this processor runs them.
func native() []*Set {
	if !cpu.X86.HasAVX2 || !cpu.X86.HasFMA {
		return nil
	}
	return []*Set{{
		Name: "avx2", Conv: convAVX2, Depthwise: depthwiseAVX2, Dot4: dot4AVX2,
		WinogradInput: winogradInputAVX2, WinogradOutput: winogradOutputAVX2,
		AddClamp: addClampAVX2, AffineClamp: affineClampAVX2,
		MaxPool: maxPoolAVX2, SumPool: sumPoolAVX2, Activate: activateAVX2,
	}}
}

// convAVX2 picks the kernel by rows. Below four rows it computes four, some of
// them twice: with fewer than eight accumulators a kernel is no faster.
func convAVX2(t *Tile) {
	switch t.Rows {
	case 6:
		conv6AVX2(t)
	case 5:
		conv5AVX2(t)
	default:
		conv4AVX2(t)
	}
}

//go:noescape
func conv6AVX2(t *Tile)

//go:noescape
func conv5AVX2(t *Tile)

//go:noescape
func conv4AVX2(t *Tile)

//go:noescape
func depthwiseAVX2(t *Tile)

//go:noescape
func winogradInputAVX2(p *WinogradPatch)

//go:noescape
func winogradOutputAVX2(p *WinogradPatch)

//go:noescape
func dot4AVX2(d *Dot)

// Vector loops below take whole vectors of 16 and leave the rest to portable
// code.
const vector = 16

func addClampAVX2(dst, a, b []float32, low, high float32) {
	n := len(dst)
	a, b = a[:n], b[:n]
	if m := n &^ (vector - 1); m > 0 {
		addClampVectors(&dst[0], &a[0], &b[0], m, low, high)
		dst, a, b = dst[m:], a[m:], b[m:]
	}
	addClampPortable(dst, a, b, low, high)
}

func affineClampAVX2(dst, x, scale, shift []float32, low, high float32) {
	n := len(dst)
	x, scale, shift = x[:n], scale[:n], shift[:n]
	if m := n &^ (vector - 1); m > 0 {
		affineClampVectors(&dst[0], &x[0], &scale[0], &shift[0], m, low, high)
		dst, x, scale, shift = dst[m:], x[m:], scale[m:], shift[m:]
	}
	affineClampPortable(dst, x, scale, shift, low, high)
}

func maxPoolAVX2(dst, arena []float32, table []int32) {
	m := len(dst) &^ (vector - 1)
	if m > 0 {
		maxPoolVectors(&dst[0], &arena[0], &table[0], m, len(table))
	}
	if m < len(dst) {
		maxPoolPortable(dst[m:], arena[m:], table)
	}
}

func sumPoolAVX2(dst, arena []float32, table []int32, scale float32) {
	m := len(dst) &^ (vector - 1)
	if m > 0 && len(table) > 0 {
		sumPoolVectors(&dst[0], &arena[0], &table[0], m, len(table), scale)
		dst, arena = dst[m:], arena[min(m, len(arena)):]
	}
	if len(dst) > 0 {
		sumPoolPortable(dst, arena, table, scale)
	}
}

//go:noescape
func addClampVectors(dst, a, b *float32, n int, low, high float32)

//go:noescape
func affineClampVectors(dst, x, scale, shift *float32, n int, low, high float32)

//go:noescape
func maxPoolVectors(dst, arena *float32, table *int32, n, pixels int)

//go:noescape
func sumPoolVectors(dst, arena *float32, table *int32, n, pixels int, scale float32)

// activateAVX2 runs the functions that networks apply to large tensors as
// vectors, and the others portably.
func activateAVX2(dst, x []float32, fn Function, slope float32) {
	x = x[:len(dst)]
	if m := len(dst) &^ (vector/2 - 1); m > 0 {
		switch fn {
		case LeakyReLU:
			leakyVectors(&dst[0], &x[0], m, slope)
		case Sigmoid:
			sigmoidVectors(&dst[0], &x[0], m)
		case SiLU:
			siluVectors(&dst[0], &x[0], m)
		case HardSwish:
			hardSwishVectors(&dst[0], &x[0], m)
		default:
			m = 0
		}
		dst, x = dst[m:], x[m:]
	}
	activatePortable(dst, x, fn, slope)
}

//go:noescape
func leakyVectors(dst, x *float32, n int, slope float32)

//go:noescape
func sigmoidVectors(dst, x *float32, n int)

//go:noescape
func siluVectors(dst, x *float32, n int)

//go:noescape
func hardSwishVectors(dst, x *float32, n int)
