package measure

import (
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/stat"
)

// Mode is one of several times about which the samples gather: a machine, or a network, that is in one
// of two states is not described by one number between them.
type Mode struct {
	MedianNS float64 `json:"median_ns"` // of the samples that are nearer to this mode
	Share    float64 `json:"share"`     // of the samples
}

// part is the samples between two valleys.
type part struct {
	Mode
	width float64 // interquartile range
}

// Modes are the peaks of a Gaussian kernel density estimate (Silverman, Density Estimation, 1986,
// section 3.4, bandwidth of formula 3.31) that are parted by a valley of less than 0.4 of the lower peak
// and that each hold a tenth of the samples, more closely than the modes lie apart. Peaks nearer than a few percent are one: the bandwidth is
// at least 1 % of the median.
const (
	leastForModes  = 100
	leastModeShare = 0.1
	deepValley     = 0.4
	leastBandwidth = 0.01 // of the median
	mostCells      = 4096
)

// modes returns two or more, in order of their times; nil where there is one or too few samples to tell.
func modes(sorted []float64) []Mode {
	n := len(sorted)
	if n < leastForModes {
		return nil
	}
	h := bandwidth(sorted)
	// Single samples far away are no modes, and would stretch the grid.
	low, high := sorted[nearestRank(n, 1)-1]-3*h, sorted[nearestRank(n, 99)-1]+3*h
	if !(h > 0) || math.IsInf(high-low, 0) {
		return nil
	}
	density := newDensity(sorted, low, high, h)
	valleys := density.valleys(sorted)
	if len(valleys) == 0 {
		return nil
	}
	var all []Mode
	for _, p := range between(sorted, valleys) {
		all = append(all, p.Mode)
	}
	return all
}

func bandwidth(sorted []float64) float64 {
	q1, median, q3 := quartiles(sorted)
	scale := stat.StdDev(sorted, nil)
	if iqr := (q3 - q1) / 1.34; iqr > 0 {
		scale = min(scale, iqr)
	}
	return max(0.9*scale*math.Pow(float64(len(sorted)), -0.2), leastBandwidth*median)
}

// density is an estimate on a grid.
type density struct {
	low, step float64
	at        []float64
}

// newDensity bins the samples and smooths the bins, so that its cost does not grow with their number.
func newDensity(sorted []float64, low, high, h float64) density {
	cells := min(mostCells, int(4*(high-low)/h)+1)
	d := density{low: low, step: (high - low) / float64(cells), at: make([]float64, cells)}
	bins := make([]float64, cells)
	for _, x := range sorted {
		if i := int((x - low) / d.step); i >= 0 && i < cells {
			bins[i]++
		}
	}
	reach := int(4*h/d.step) + 1
	for k := -reach; k <= reach; k++ {
		z := float64(k) * d.step / h
		weight := math.Exp(-z * z / 2)
		for i := max(0, -k); i < min(cells, cells-k); i++ {
			d.at[i+k] += weight * bins[i]
		}
	}
	return d
}

func (d density) x(i int) float64 { return d.low + (float64(i)+0.5)*d.step }

// valleys are the times that part the modes. The shallowest valley goes first, then the one beside the
// smallest unfit mode, until valleys are deep and modes fit.
func (d density) valleys(sorted []float64) []float64 {
	lowest := d.lowest()
	for len(lowest) > 0 {
		i, ratio := d.shallowest(lowest)
		if ratio < deepValley {
			var found bool
			if i, found = d.unfit(sorted, lowest); !found {
				break
			}
		}
		lowest = slices.Delete(lowest, i, i+1)
	}
	return d.times(lowest)
}

func (d density) times(cells []int) (times []float64) {
	for _, i := range cells {
		times = append(times, d.x(i))
	}
	return times
}

// lowest are the local minima between two maxima.
func (d density) lowest() []int {
	var minima []int
	falling, start := false, 0
	for i := 1; i < len(d.at); i++ {
		switch {
		case d.at[i] < d.at[i-1]:
			falling, start = true, i
		case d.at[i] > d.at[i-1] && falling:
			minima = append(minima, (start+i-1)/2) // of a flat bottom, the middle
			falling = false
		}
	}
	return minima
}

// shallowest is the index of the valley that is highest beside the lower of its two peaks.
func (d density) shallowest(valleys []int) (index int, ratio float64) {
	for i, v := range valleys {
		left, right := 0, len(d.at)
		if i > 0 {
			left = valleys[i-1]
		}
		if i+1 < len(valleys) {
			right = valleys[i+1]
		}
		lower := min(slices.Max(d.at[left:v+1]), slices.Max(d.at[v:right]))
		if r := d.at[v] / lower; r > ratio {
			index, ratio = i, r
		}
	}
	return index, ratio
}

// unfit is the index of the higher valley beside the smallest mode that is too small, or too wide.
func (d density) unfit(sorted []float64, valleys []int) (index int, found bool) {
	all := between(sorted, d.times(valleys))
	worst := -1
	for i, m := range all {
		if !fit(all, i) && (worst < 0 || m.Share < all[worst].Share) {
			worst = i
		}
	}
	switch {
	case worst < 0:
		return 0, false
	case worst == 0:
		return 0, true
	case worst == len(valleys) || d.at[valleys[worst-1]] > d.at[valleys[worst]]:
		return worst - 1, true
	}
	return worst, true
}

// fit reports whether mode i holds enough samples, and whether these lie closer together than
// half-way to the next mode: those of a long tail do not.
func fit(all []part, i int) bool {
	distance := math.Inf(1)
	if i > 0 {
		distance = all[i].MedianNS - all[i-1].MedianNS
	}
	if i+1 < len(all) {
		distance = min(distance, all[i+1].MedianNS-all[i].MedianNS)
	}
	return all[i].Share >= leastModeShare && all[i].width < distance/2
}

// between parts the samples at the valleys.
func between(sorted, valleys []float64) []part {
	n := len(sorted)
	var all []part
	start := 0
	for _, v := range append(slices.Clone(valleys), math.Inf(1)) {
		end := sort.SearchFloat64s(sorted, v)
		m := part{Mode: Mode{Share: float64(end-start) / float64(n)}}
		if end > start {
			q1, median, q3 := quartiles(sorted[start:end])
			m.MedianNS, m.width = median, q3-q1
		}
		all = append(all, m)
		start = end
	}
	return all
}
