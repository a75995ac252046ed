package graph

import (
	"fmt"
	"math"
)

// BatchNorm normalises each channel by its running statistics:
// scale*(x-mean)/sqrt(variance+epsilon)+shift.
type BatchNorm struct {
	Epsilon float64 `json:"epsilon"`
}

var batchNormOperator = operator[BatchNorm]("batchnorm", Example{Input: Shape{5, 6, 7}, Op: BatchNorm{Epsilon: 1e-5}})

// Kind implements Op.
func (BatchNorm) Kind() string { return "batchnorm" }

// Infer implements Op.
func (b BatchNorm) Infer(in []Shape) (Shape, error) {
	if !(b.Epsilon > 0 && b.Epsilon <= math.MaxFloat64) {
		return nil, fmt.Errorf("epsilon must be above 0 and finite, not %v", b.Epsilon)
	}
	return one(in)
}

// Work implements Op: one multiplication and one addition an element, since
// the statistics are constants at inference.
func (BatchNorm) Work(in []Shape, out Shape) Work { return Work{Ops: 2 * out.Elements()} }

// Params implements Op.
func (BatchNorm) Params(in []Shape) []Param {
	c := []int{in[0].Channels()}
	return []Param{{Scale, c}, {Shift, c}, {Mean, c}, {Variance, c}}
}

// LRN is local response normalisation across channels (Krizhevsky et al. 2012,
// section 3.3): x/(k+alpha/size*sum(x²))^beta, the sum over size neighbouring
// channels. The division of alpha by size follows Caffe, PyTorch and ONNX.
type LRN struct {
	Size  int     `json:"size"`
	Alpha float64 `json:"alpha"`
	Beta  float64 `json:"beta"`
	K     float64 `json:"k"`
}

var lrnOperator = operator[LRN]("lrn", Example{Input: Shape{7, 4, 4}, Op: LRN{Size: 5, Alpha: 1e-2, Beta: 0.75, K: 2}})

// Kind implements Op.
func (LRN) Kind() string { return "lrn" }

// Infer implements Op.
func (l LRN) Infer(in []Shape) (Shape, error) {
	if sum := l.Alpha + l.Beta + l.K; math.IsNaN(sum) || math.IsInf(sum, 0) {
		return nil, fmt.Errorf("alpha %v, beta %v and k %v must be finite", l.Alpha, l.Beta, l.K)
	}
	if l.Size < 1 || l.Size%2 == 0 {
		return nil, fmt.Errorf("size must be odd and at least 1, not %d", l.Size)
	}
	return one(in)
}

// Work implements Op: a square and an addition a neighbour, then a power, a
// division, a scaling and an addition.
func (l LRN) Work(in []Shape, out Shape) Work {
	return Work{Ops: out.Elements() * int64(2*l.Size+4)}
}

// Params implements Op.
func (LRN) Params([]Shape) []Param { return nil }

// Softmax is the softmax over all elements, of which there is one per channel.
type Softmax struct{}

var softmaxOperator = operator[Softmax]("softmax", Example{Input: Shape{10}, Op: Softmax{}})

// Kind implements Op.
func (Softmax) Kind() string { return "softmax" }

// Infer implements Op.
func (Softmax) Infer(in []Shape) (Shape, error) {
	x, err := one(in)
	if err == nil && x.Elements() != int64(x.Channels()) {
		return nil, fmt.Errorf("softmax needs a vector, and %v has spatial dimensions: flatten or pool it first", x)
	}
	return x, err
}

// Work implements Op: maximum, subtraction, exponential, sum and division.
func (Softmax) Work(in []Shape, out Shape) Work { return Work{Ops: 5 * out.Elements()} }

// Params implements Op.
func (Softmax) Params([]Shape) []Param { return nil }
