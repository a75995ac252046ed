package weights

import (
	"math"
	"slices"

	"edgebench/compiler/network/graph"
)

// PruningScheme names how Pruned chooses and scales. It goes into a job's
// identity.
const PruningScheme = "magnitude-1"

// Pruned sets the smallest weights of each convolution and fully connected
// layer to zero, by magnitude, so that a share of them is zero, and scales those
// that stay so that their sum of squares is that of all before. A share of 0
// changes nothing. The set itself stays as it is.
//
// Note: magnitude pruning as published (Han et al. 2015) trains the network on
// afterwards, which restores the range of activations. Without either, they fade
// layer by layer, until the outputs of a deep network depend on its biases alone
// and a comparison of them shows nothing: MobileNet-v2's differ by 1e-7 between
// two inputs at a share of 0.85, and by 1e-2 when the rest is scaled.
func (s *Set) Pruned(g *graph.Graph, share float64) *Set {
	if share <= 0 {
		return s
	}
	pruned := NewSet()
	for k, values := range s.values {
		pruned.values[k] = values
	}
	for _, n := range g.Nodes[1:] {
		switch n.Op.(type) {
		case graph.Conv, graph.FC:
			pruned.Put(n.ID, graph.Weight, prune(s.Get(n.ID, graph.Weight), share))
		}
	}
	return pruned
}

// prune returns values of which the given share are zero. Of equal magnitudes
// the first ones stay.
func prune(values []float32, share float64) []float32 {
	stay := len(values) - int(share*float64(len(values)))
	magnitudes := make([]float32, len(values))
	for i, v := range values {
		magnitudes[i] = float32(math.Abs(float64(v)))
	}
	slices.Sort(magnitudes)
	least := magnitudes[len(magnitudes)-stay]
	above, _ := slices.BinarySearch(magnitudes, math.Nextafter32(least, math.MaxFloat32))
	ties := stay - (len(magnitudes) - above) // that stay of those as small as the least
	kept := make([]float32, len(values))
	for i, v := range values {
		m := float32(math.Abs(float64(v)))
		if m == least && ties > 0 {
			ties--
		} else if m <= least {
			continue
		}
		kept[i] = v
	}
	return scaled(kept, norm(values)/norm(kept))
}

// norm is the root of the sum of squares.
func norm(values []float32) float64 {
	sum := 0.0
	for _, v := range values {
		sum += float64(float64(v) * float64(v))
	}
	return math.Sqrt(sum)
}

// scaled multiplies values in place; a factor that is none, of zeros alone,
// leaves them.
func scaled(values []float32, factor float64) []float32 {
	if math.IsNaN(factor) {
		return values
	}
	for i, v := range values {
		values[i] = float32(float64(v) * factor)
	}
	return values
}
