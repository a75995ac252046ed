package engine

import (
	"slices"

	"edgebench/compiler/network/graph"
)

// walker finds the input pixels that a window covers, for convolution and
// pooling alike.
type walker struct {
	graph.Window
	in, out []int // spatial dimensions
	start   []int // where the current window starts, below 0 in the padding
	at      []int // position within the window
}

func newWalker(w graph.Window, in, out tensor) *walker {
	rank := len(w.Kernel)
	return &walker{
		Window: w, in: in.shape.Spatial(), out: out.shape.Spatial(), start: make([]int, rank), at: make([]int, rank),
	}
}

// moveTo goes to an output pixel's window.
func (w *walker) moveTo(pixel int) {
	for i := len(w.out) - 1; i >= 0; i-- {
		w.start[i] = pixel%w.out[i]*w.Stride[i] - w.Pad[i].Begin
		pixel /= w.out[i]
	}
}

// tap returns the input pixel at a position of the window, -1 in the padding.
func (w *walker) tap(number int) int {
	for i, k := range slices.Backward(w.Kernel) {
		w.at[i] = number % k
		number /= k
	}
	pixel := 0
	for i, size := range w.in {
		x := w.start[i] + w.at[i]*w.Dilation[i]
		if x < 0 || x >= size {
			return -1
		}
		pixel = pixel*size + x
	}
	return pixel
}

// padded counts the positions of the window within the input and its padding.
// A window rounded up by ceil reaches beyond.
func (w *walker) padded() int {
	count := 1
	for i, size := range w.in {
		n := 0
		for k := range w.Kernel[i] {
			if w.start[i]+k*w.Dilation[i] < size+w.Pad[i].End {
				n++
			}
		}
		count *= n
	}
	return count
}
