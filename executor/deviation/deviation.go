// Package deviation says how far outputs are from those that were expected.
package deviation

import "math"

// Bound32 is the largest relative L2 error of an output that counts as the same
// in float32, where different orders of summation give about 1e-6. What a job's
// outputs may be off by is its policy's tolerance, which allows for faster algorithms.
const Bound32 = 1e-4

// Float is the type of outputs: references may be more precise than what is
// compared with them.
type Float interface{ ~float32 | ~float64 }

// RelativeL2 is ||got-want||/||want||: infinite if want is zero and got is not,
// or if they are not of the same length.
func RelativeL2[W, G Float](want []W, got []G) float64 {
	if len(want) != len(got) {
		return math.Inf(1)
	}
	difference, norm := 0.0, 0.0
	for i, w := range want {
		d := float64(got[i]) - float64(w)
		difference += d * d
		norm += float64(w) * float64(w)
	}
	if difference == 0 {
		return 0
	}
	return math.Sqrt(difference / norm)
}

// Largest is the largest relative L2 error of a network's outputs: infinite if
// they are not as many and as long as wanted, and not a number if one is not.
func Largest(want, got [][]float32) float64 {
	if len(want) != len(got) {
		return math.Inf(1)
	}
	worst := 0.0
	for i, w := range want {
		e := RelativeL2(w, got[i])
		if math.IsNaN(e) {
			return e
		}
		worst = max(worst, e)
	}
	return worst
}

// SameTop1 reports whether got's largest element is, within Bound32, as large
// as any in want. They are of the same length.
func SameTop1(want, got []float32) bool {
	a, b := largest(want), largest(got)
	top := float64(want[a])
	return float64(want[b]) >= top-Bound32*math.Abs(top)
}

func largest(values []float32) int {
	at := 0
	for i, v := range values {
		if v > values[at] {
			at = i
		}
	}
	return at
}
