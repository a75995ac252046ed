package graph

import "fmt"

// Pad is the number of zeros (or, for pooling, of ignored elements) before and
// after one spatial dimension.
type Pad struct {
	Begin int `json:"begin"`
	End   int `json:"end"`
}

// Window is how convolution and pooling walk over the spatial dimensions. Each
// slice has one entry a spatial dimension.
type Window struct {
	Kernel   []int `json:"kernel"`
	Stride   []int `json:"stride"`
	Dilation []int `json:"dilation"`
	Pad      []Pad `json:"pad"`
}

// maxWindow bounds each number of a window, so that their sums and products
// stay within an int of 32 bits.
const maxWindow = 1 << 14

// Taps is the number of positions in the window.
func (w Window) Taps() int64 { return product(w.Kernel) }

// extent is the input range that one window covers in dimension i.
func (w Window) extent(i int) int { return w.Dilation[i]*(w.Kernel[i]-1) + 1 }

func (w Window) check(in Shape) error {
	rank := len(in) - 1
	if rank != 2 && rank != 3 {
		return fmt.Errorf("it needs 2 or 3 spatial dimensions, and %v has %d", in, rank)
	}
	if len(w.Kernel) != rank || len(w.Stride) != rank || len(w.Dilation) != rank || len(w.Pad) != rank {
		return fmt.Errorf("kernel %v, stride %v, dilation %v and padding %v must each have %d dimensions to fit %v",
			w.Kernel, w.Stride, w.Dilation, w.Pad, rank, in)
	}
	for i := range rank {
		if largest := max(w.Kernel[i], w.Stride[i], w.Dilation[i], w.Pad[i].Begin, w.Pad[i].End); largest > maxWindow {
			return fmt.Errorf("kernel, stride, dilation and padding must be at most %d, not %d", maxWindow, largest)
		}
		if w.Kernel[i] < 1 || w.Stride[i] < 1 || w.Dilation[i] < 1 || w.Pad[i].Begin < 0 || w.Pad[i].End < 0 {
			return fmt.Errorf("kernel, stride and dilation must be at least 1 and padding at least 0")
		}
		if padded := in[i+1] + w.Pad[i].Begin + w.Pad[i].End; padded < w.extent(i) {
			return fmt.Errorf("its window of %d is larger than the padded input of %d", w.extent(i), padded)
		}
	}
	return nil
}

// out is the number of windows in dimension i of an input of size n.
func (w Window) out(i, n int) int {
	return (n+w.Pad[i].Begin+w.Pad[i].End-w.extent(i))/w.Stride[i] + 1
}

// SamePad returns TensorFlow's SAME padding: the output has ceil(n/stride)
// elements and an odd zero goes at the end.
func SamePad(n, kernel, stride, dilation int) Pad {
	total := max(((n+stride-1)/stride-1)*stride+dilation*(kernel-1)+1-n, 0)
	return Pad{Begin: total / 2, End: total - total/2}
}

// Conv is a convolution over 2 or 3 spatial dimensions. Groups splits input
// and output channels into as many independent convolutions; with a group for
// each channel it is a depthwise convolution.
type Conv struct {
	Out int `json:"out"`
	Window
	Groups int  `json:"groups"`
	Bias   bool `json:"bias"`
}

var convOperator = operator[Conv]("conv",
	Example{Input: Shape{5, 9, 7}, Op: Conv{Out: 7, Window: window(2, 3, 2, 1, 1), Groups: 1, Bias: true}},
	Example{Input: Shape{6, 8, 8}, Op: Conv{Out: 4, Window: window(2, 1, 1, 1, 0), Groups: 1}},
	Example{Input: Shape{6, 9, 9}, Op: Conv{Out: 6, Window: window(2, 3, 1, 2, 2), Groups: 6, Bias: true}},
	Example{Input: Shape{6, 8, 8}, Op: Conv{Out: 9, Window: window(2, 3, 1, 1, 1), Groups: 3, Bias: true}},
	Example{Input: Shape{3, 5, 6, 6}, Op: Conv{Out: 4, Window: window(3, 3, 1, 1, 1), Groups: 1, Bias: true}},
)

// window is the same in each of rank dimensions.
func window(rank, kernel, stride, dilation, pad int) Window {
	var w Window
	for range rank {
		w.Kernel = append(w.Kernel, kernel)
		w.Stride = append(w.Stride, stride)
		w.Dilation = append(w.Dilation, dilation)
		w.Pad = append(w.Pad, Pad{Begin: pad, End: pad})
	}
	return w
}

// Kind implements Op.
func (Conv) Kind() string { return "conv" }

// Infer implements Op.
func (c Conv) Infer(in []Shape) (Shape, error) {
	x, err := one(in)
	if err != nil {
		return nil, err
	}
	if err := c.check(x); err != nil {
		return nil, err
	}
	if c.Out < 1 || c.Groups < 1 {
		return nil, fmt.Errorf("out and groups must be at least 1")
	}
	if x.Channels()%c.Groups != 0 || c.Out%c.Groups != 0 {
		return nil, fmt.Errorf("%d groups must divide its %d input channels and its %d output channels",
			c.Groups, x.Channels(), c.Out)
	}
	out := Shape{c.Out}
	for i, n := range x.Spatial() {
		out = append(out, c.out(i, n))
	}
	return out, nil
}

// Work implements Op: each output element takes one multiply-add a weight of
// its filter, and one addition for the bias.
func (c Conv) Work(in []Shape, out Shape) Work {
	filter := c.Taps() * int64(in[0].Channels()/c.Groups)
	w := Work{MACs: out.Elements() * filter}
	if c.Bias {
		w.Ops = out.Elements()
	}
	return w
}

// Params implements Op.
func (c Conv) Params(in []Shape) []Param {
	shape := append([]int{c.Out, in[0].Channels() / c.Groups}, c.Kernel...)
	return withBias(Param{Weight, shape}, c.Out, c.Bias)
}

func withBias(weight Param, out int, bias bool) []Param {
	if !bias {
		return []Param{weight}
	}
	return []Param{weight, {Bias, []int{out}}}
}

// one returns the only shape in a list.
func one(in []Shape) (Shape, error) {
	if len(in) != 1 {
		return nil, fmt.Errorf("it takes one input, not %d", len(in))
	}
	return in[0], nil
}
