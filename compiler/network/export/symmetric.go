package export

import (
	"fmt"

	"edgebench/compiler/network/graph"
)

// symmetric is how one dimension of a convolution is written where a format
// pads both ends alike: the kernel grows by zeros at its begin or its end.
type symmetric struct {
	pad    int
	kernel int // with its zeros
	front  int // zeros before the kernel
}

// extraWork is the kernel's growth as a factor.
func (s symmetric) extraWork(kernel int) float64 { return float64(s.kernel) / float64(kernel) }

// evenly pads dimension i of a convolution alike at both ends. Where it begins
// with fewer zeros than it needs at the end, the kernel begins with as many
// zeros more. The smallest kernel is found first; one of at most
// kernel+|begin-end| always fits, if there is no dilation.
func evenly(w graph.Window, i, in, out int) (symmetric, bool) {
	most := w.Kernel[i]
	if w.Dilation[i] == 1 {
		most += abs(w.Pad[i].Begin - w.Pad[i].End)
	}
	for kernel := w.Kernel[i]; kernel <= most; kernel++ {
		for pad := w.Pad[i].Begin; pad-w.Pad[i].Begin <= kernel-w.Kernel[i]; pad++ {
			s := symmetric{pad, kernel, pad - w.Pad[i].Begin}
			if s.count(w, i, in) == out {
				return s, true
			}
		}
	}
	return symmetric{}, false
}

// count is the number of windows.
func (s symmetric) count(w graph.Window, i, in int) int {
	span := in + 2*s.pad - (w.Dilation[i]*(s.kernel-1) + 1)
	if span < 0 {
		return 0
	}
	return span/w.Stride[i] + 1
}

func abs(x int) int { return max(x, -x) }

// grow writes filters of one kernel size into larger ones, with zeros around.
// The filters may have any number of spatial dimensions.
func grow(values []float32, from []int, to []symmetric) []float32 {
	taps, larger := 1, 1
	for i := range from {
		taps *= from[i]
		larger *= to[i].kernel
	}
	if taps == larger {
		return values
	}
	grown := make([]float32, len(values)/taps*larger)
	place := places(from, to)
	for f := 0; f*taps < len(values); f++ {
		for t, v := range values[f*taps:][:taps] {
			grown[f*larger+place[t]] = v
		}
	}
	return grown
}

// places lists where each tap of a kernel stands in the larger one.
func places(from []int, to []symmetric) []int {
	list := []int{0}
	for i, k := range from {
		var next []int
		for _, at := range list {
			for t := range k {
				next = append(next, at*to[i].kernel+to[i].front+t)
			}
		}
		list = next
	}
	return list
}

// grownNote tells of a kernel that grew.
func grownNote(n *graph.Node, from []int, to []symmetric) (string, bool) {
	work, kernel := 1.0, make([]int, len(to))
	for i, s := range to {
		work *= s.extraWork(from[i])
		kernel[i] = s.kernel
	}
	if work == 1 {
		return "", false
	}
	return fmt.Sprintf("layer %q: the format pads both ends alike, so that the kernel %v is written as %v with zeros: %.0f %% more multiply-adds",
		n.Name, from, kernel, 100*(work-1)), true
}
