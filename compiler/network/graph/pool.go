package graph

import "fmt"

// PoolFn is what a pooling window computes.
type PoolFn string

// The pooling functions.
const (
	MaxPool PoolFn = "maxpool"
	AvgPool PoolFn = "avgpool"
)

// Pool reduces each window of each channel to one value.
type Pool struct {
	Fn PoolFn `json:"fn"`
	Window
	// Ceil rounds the number of windows up, as Caffe does: the last window may
	// hang over the padded end, but starts inside the input or its padding.
	Ceil bool `json:"ceil"`
	// ExcludePad makes an average divide by the elements that are in the input.
	// Otherwise it divides by the positions of the window that are in the
	// padded input, which is the window's size but for a window that Ceil lets
	// hang over the end, as in Caffe and PyTorch.
	ExcludePad bool `json:"exclude_pad"`
}

var (
	maxPoolOperator = operator[Pool]("maxpool",
		Example{Input: Shape{5, 9, 7}, Op: Pool{Fn: MaxPool, Window: window(2, 3, 2, 1, 1)}},
		Example{Input: Shape{5, 8, 8}, Op: Pool{Fn: MaxPool, Window: window(2, 3, 2, 1, 0), Ceil: true}},
		Example{Input: Shape{2, 4, 6, 6}, Op: Pool{Fn: MaxPool, Window: window(3, 2, 2, 1, 0)}},
	)
	avgPoolOperator = operator[Pool]("avgpool",
		Example{Input: Shape{5, 9, 7}, Op: Pool{Fn: AvgPool, Window: window(2, 3, 2, 1, 1)}},
		Example{Input: Shape{5, 9, 7}, Op: Pool{Fn: AvgPool, Window: window(2, 3, 2, 1, 1), ExcludePad: true}},
	)
)

// Kind implements Op.
func (p Pool) Kind() string { return string(p.Fn) }

// Infer implements Op.
func (p Pool) Infer(in []Shape) (Shape, error) {
	x, err := one(in)
	if err != nil {
		return nil, err
	}
	if err := p.check(x); err != nil {
		return nil, err
	}
	for i, pad := range p.Pad {
		if pad.Begin >= p.extent(i) || pad.End >= p.extent(i) {
			return nil, fmt.Errorf("padding %v is not smaller than the window of %d: some windows would hold no element", pad, p.extent(i))
		}
	}
	out := Shape{x.Channels()}
	for i, n := range x.Spatial() {
		out = append(out, p.windows(i, n))
	}
	return out, nil
}

// windows is out, rounded up with Ceil. As in Caffe and PyTorch, a window that
// would start in the trailing padding is dropped.
func (p Pool) windows(i, n int) int {
	count := p.out(i, n)
	if !p.Ceil {
		return count
	}
	span := n + p.Pad[i].Begin + p.Pad[i].End - p.extent(i)
	count = (span+p.Stride[i]-1)/p.Stride[i] + 1
	if (count-1)*p.Stride[i] >= n+p.Pad[i].Begin {
		count--
	}
	return count
}

// Work implements Op: each output element takes one comparison or addition a
// window position (the division of an average stands for the saved first one).
func (p Pool) Work(in []Shape, out Shape) Work { return Work{Ops: out.Elements() * p.Taps()} }

// Params implements Op.
func (Pool) Params([]Shape) []Param { return nil }

// GlobalAvgPool averages each channel over all spatial dimensions: [C ...] to
// [C 1 1] (or [C 1 1 1]).
type GlobalAvgPool struct{}

var globalAvgPoolOperator = operator[GlobalAvgPool]("globalavgpool", Example{Input: Shape{5, 6, 7}, Op: GlobalAvgPool{}})

// Kind implements Op.
func (GlobalAvgPool) Kind() string { return "globalavgpool" }

// Infer implements Op.
func (GlobalAvgPool) Infer(in []Shape) (Shape, error) {
	x, err := one(in)
	if err != nil {
		return nil, err
	}
	if len(x) < 2 {
		return nil, fmt.Errorf("%v has no spatial dimensions to average over", x)
	}
	out := Shape{x.Channels()}
	for range x.Spatial() {
		out = append(out, 1)
	}
	return out, nil
}

// Work implements Op.
func (GlobalAvgPool) Work(in []Shape, out Shape) Work { return Work{Ops: in[0].Elements()} }

// Params implements Op.
func (GlobalAvgPool) Params([]Shape) []Param { return nil }
