package exhibit

import (
	"math"

	"edgebench/report/data"
	"edgebench/report/figure"
)

// uncertain is a value with the interval that it is known to lie in, where one is
// known.
type uncertain struct {
	value, low, high float64
	known            bool // low and high
}

func measureOf(r *data.Row) uncertain {
	return uncertain{r.Value.Float(), r.Low.Float(), r.High.Float(), r.Low.Known() && r.High.Known()}
}

func uncertainPoint(p figure.Point) uncertain {
	return uncertain{p.Value, p.Low, p.High, p.Low != 0 || p.High != 0}
}

// below and above are how far the interval reaches from the value, as logarithms
// of the ratios.
func (e uncertain) below() float64 { return math.Log(e.value / e.low) }
func (e uncertain) above() float64 { return math.Log(e.high / e.value) }

func (e uncertain) positive() bool {
	return e.value > 0 && !math.IsInf(e.value, 0) && (!e.known || e.low > 0 && !math.IsInf(e.high, 0))
}

// ratioOf is a over b; false where one of them is not positive. Of two independent
// values the distances of their intervals' ends add in squares: on logarithms,
// where a ratio is a difference, so that b over a has the inverse interval.
// Source: the method of variance estimates recovery, Donner and Zou, "Closed-form
// confidence intervals for functions of the normal mean and standard deviation",
// Statistical Methods in Medical Research 21 (2012).
func ratioOf(a, b uncertain) (uncertain, bool) {
	if !a.positive() || !b.positive() {
		return uncertain{}, false
	}
	r := uncertain{value: a.value / b.value, known: a.known && b.known}
	if r.known {
		r.low = r.value * math.Exp(-math.Hypot(a.below(), b.above()))
		r.high = r.value * math.Exp(math.Hypot(a.above(), b.below()))
	}
	return r, true
}

// meanOf is the geometric mean of independent positive values, with the interval
// that follows from theirs.
func meanOf(mean float64, values []uncertain) uncertain {
	m := uncertain{value: mean, known: len(values) > 0}
	below, above := 0.0, 0.0
	for _, e := range values {
		m.known = m.known && e.known
		below, above = math.Hypot(below, e.below()), math.Hypot(above, e.above())
	}
	if m.known {
		n := float64(len(values))
		m.low, m.high = mean*math.Exp(-below/n), mean*math.Exp(above/n)
	}
	return m
}
