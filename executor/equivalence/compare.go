package equivalence

import (
	"fmt"
	"math"
)

// Bound is the largest relative L2 error of an output that is accepted of a
// framework that computes in a precision. Those of fp16 and int8 are wider than
// rounding alone explains: they tell a wrong network from a coarse one.
func Bound(precision string) float64 {
	switch precision {
	case "fp16":
		return 1e-2
	case "bf16", "int8":
		return 1e-1
	}
	return ErrorBound
}

// Largest is the largest relative L2 error of a network's outputs: infinite if
// they are not as many and as long as wanted, and not a number if one is not.
func Largest(want, got [][]float32) float64 {
	if len(want) != len(got) {
		return math.Inf(1)
	}
	worst := 0.0
	for i, w := range want {
		if len(w) != len(got[i]) {
			return math.Inf(1)
		}
		e := relativeL2(w, got[i])
		if math.IsNaN(e) {
			return e
		}
		worst = max(worst, e)
	}
	return worst
}

// compared sets a result from a runtime's outputs, one after another in got.
func (r Result) compared(m *model, got []float32) Result {
	r.Status, r.SameTop1 = Same, true
	r.Outputs, r.Elements = len(m.outputs), m.elements()
	worst := 0.0
	for i, want := range m.outputs {
		y := got[:len(want)]
		got = got[len(want):]
		name := m.graph.Nodes[m.graph.Outputs[i]].Name
		e := relativeL2(want, y)
		if !(e <= ErrorBound) && r.Status == Same {
			r.Status, r.Reason = Differs, fmt.Sprintf("output %q has the relative error %.2g, and %.0e is allowed", name, e, ErrorBound)
		}
		if !sameTop1(want, y) {
			r.SameTop1 = false
			if r.Status == Same {
				r.Status, r.Reason = Differs, fmt.Sprintf("output %q has its largest element elsewhere", name)
			}
		}
		if math.IsNaN(e) || e > worst {
			worst = e
		}
	}
	if !math.IsNaN(worst) && !math.IsInf(worst, 0) {
		r.RelativeL2 = &worst
	}
	return r
}

// relativeL2 is ||got-want||/||want||: infinite if want is zero and got is not.
func relativeL2(want, got []float32) float64 {
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

// sameTop1 tells whether got's largest element is, within ErrorBound, as large
// as any in want.
func sameTop1(want, got []float32) bool {
	a, b := largest(want), largest(got)
	top := float64(want[a])
	return float64(want[b]) >= top-ErrorBound*math.Abs(top)
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
