// Package kernel holds the engine's inner loops: each a small function over
// slices, once in portable Go and once in assembly where that is faster.
//
// A Set names one implementation of every loop. The portable set is the
// oracle: assembly sets are tested against it.
//
// Activations are stored with channels innermost, and each pixel's channels
// start at a multiple of Columns elements, padded with lanes that nobody
// reads. Kernels may therefore work on Columns channels at a time.
package kernel

import "fmt"

// Rows and Columns are the size of a convolution tile: output pixels and
// output channels. Six by two vectors of eight fill the 16 registers of AVX2
// with 12 accumulators; tiles of fewer than 8 accumulators cannot hide the
// latency of a fused multiply-add.
const (
	Rows    = 6
	Columns = 16
)

// Tile is one call of a convolution kernel: up to Rows output pixels and
// Columns output channels, over a part of the filter's taps and channels.
//
// The input pixel that tap t multiplies for row r starts at
// Arena[Table[t*Rows+r]]. A tap in the padding points at zeros.
type Tile struct {
	Arena    []float32 // starts at the first input channel
	Table    []int32   // Taps*Rows offsets into Arena
	Panel    []float32 // weights: [Taps][K][Columns], depthwise [Taps][Columns]
	Bias     []float32 // Columns first values of the sums; nil continues from Out
	Out      []float32 // starts at the first output channel
	Offsets  []int32   // Rows offsets into Out and Residual
	Residual []float32 // added to the sums before clamping; nil for none
	Taps     int
	K        int // input channels a tap; unused by depthwise
	// Rows is the number of output pixels, 1 to 6. Table and Offsets repeat the
	// last pixel where there are fewer than 6, so that a kernel may compute
	// more rows than that: it then writes the same values twice.
	Rows int
	Low  float32 // results are clamped to [Low, High]
	High float32
}

// Dot is four dot products of one vector with rows of a matrix.
type Dot struct {
	Matrix []float32
	Rows   [4]int    // where each row starts in Matrix; rows may repeat
	X      []float32 // as long as each row
	Out    [4]float32
}

// Set is one implementation of the engine's inner loops.
type Set struct {
	Name string
	// Conv multiplies each pixel with a K by Columns matrix a tap.
	Conv func(*Tile)
	// Depthwise multiplies each channel with its own weight a tap.
	Depthwise func(*Tile)
	// WinogradInput transforms a patch's inputs to Values, WinogradOutput its Values to outputs.
	WinogradInput, WinogradOutput func(*WinogradPatch)
	// Dot4 computes four dot products.
	Dot4 func(*Dot)
	// AddClamp stores a+b, clamped. The three slices are equally long.
	AddClamp func(dst, a, b []float32, low, high float32)
	// AffineClamp stores x*scale+shift, clamped. The slices are equally long.
	AffineClamp func(dst, x, scale, shift []float32, low, high float32)
	// MaxPool stores the maximum over pixels, of which pixel i starts at
	// arena[table[i]]; the table is not empty.
	MaxPool func(dst, arena []float32, table []int32)
	// SumPool stores scale times the sum over pixels.
	SumPool func(dst, arena []float32, table []int32, scale float32)
	// Activate applies an elementwise function. dst may be x.
	Activate func(dst, x []float32, fn Function, slope float32)
}

// Portable returns the kernels in plain Go.
func Portable() *Set {
	return &Set{
		Name: "portable", Conv: convPortable, Depthwise: depthwisePortable, Dot4: dot4Portable,
		WinogradInput: winogradInputPortable, WinogradOutput: winogradOutputPortable,
		AddClamp: addClampPortable, AffineClamp: affineClampPortable,
		MaxPool: maxPoolPortable, SumPool: sumPoolPortable, Activate: activatePortable,
	}
}

// Best returns the fastest kernels that this processor runs.
func Best() *Set { return Sets()[0] }

// Sets returns every set that this processor runs, the fastest first and the
// portable one last.
func Sets() []*Set { return append(native(), Portable()) }

// ByName returns the set called "auto" (the fastest) or by its own name.
func ByName(name string) (*Set, error) {
	if name == "auto" || name == "" {
		return Best(), nil
	}
	names := []string{"auto"}
	for _, s := range Sets() {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return nil, fmt.Errorf("no kernels are called %q on this processor: use one of %v", name, names)
}
