package export

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"edgebench/compiler/network/export/safetensors"
	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/weights"
)

// darknetEpsilon is what Darknet adds to the standard deviation, where others
// add their epsilon to the variance (normalize_cpu in blas.c).
const darknetEpsilon = 1e-6

// darknetHeader is the weights file's: version 0.2.0, from which the number of
// images seen in training has 64 bits.
type darknetHeader struct {
	Major, Minor, Revision int32
	Seen                   uint64
}

func (d *darknetModel) writeWeights(out io.Writer, w *weights.Set) error {
	if err := binary.Write(out, binary.LittleEndian, darknetHeader{Minor: 2}); err != nil {
		return err
	}
	for _, block := range d.weights {
		tensors, err := block(w)
		if err != nil {
			return err
		}
		for _, values := range tensors {
			if err := safetensors.WriteFloats(out, values); err != nil {
				return err
			}
		}
	}
	return nil
}

// affine lists a layer's tensors without its weights: biases, and with a batch
// norm behind it also scales, means and variances.
func (d *darknetModel) affine(w *weights.Set, n, norm *graph.Node, out int) ([][]float32, error) {
	bias := w.Get(n.ID, graph.Bias)
	if norm == nil {
		if bias == nil {
			bias = make([]float32, out)
		}
		return [][]float32{bias}, nil
	}
	variance, err := darknetVariance(w, norm)
	if err != nil {
		return nil, err
	}
	mean := w.Get(norm.ID, graph.Mean)
	if bias != nil {
		mean = difference(mean, bias) // Darknet has no bias before a batch norm
	}
	return [][]float32{w.Get(norm.ID, graph.Shift), w.Get(norm.ID, graph.Scale), mean, variance}, nil
}

func difference(a, b []float32) []float32 {
	list := make([]float32, len(a))
	for i := range a {
		list[i] = a[i] - b[i]
	}
	return list
}

// darknetVariance solves sqrt(v')+1e-6 = sqrt(v+epsilon) for v'.
func darknetVariance(w *weights.Set, norm *graph.Node) ([]float32, error) {
	epsilon := norm.Op.(graph.BatchNorm).Epsilon
	list := make([]float32, 0, norm.Shape.Channels())
	for _, v := range w.Get(norm.ID, graph.Variance) {
		deviation := math.Sqrt(float64(v)+epsilon) - darknetEpsilon
		if !(deviation >= 0) {
			return nil, unsupported(Darknet, norm, fmt.Sprintf("Darknet's smallest standard deviation is %v, and a channel's variance is %v", darknetEpsilon, v))
		}
		list = append(list, float32(deviation*deviation))
	}
	return list, nil
}
