// Package quantity writes a value with no more digits than it is known to: a median of 71.134 ms
// with an interval of ±7.5 % is "71 ms ±8 %".
//
// The digits are the Particle Data Group's rule (Review of Particle Physics, introduction, section
// 5.3): of an uncertainty's three leading digits, 100 to 354 keep two digits, 355 to 949 keep one, and
// 950 to 999 become 1000 and keep two; the value ends at the same decimal. So the rounding adds little
// to the uncertainty, and no more than two of its digits are ever shown.
//
// Terminal, tables and documents all write through this package, so that a number looks the same
// everywhere; JSON and CSV for programs keep the full value beside its interval.
package quantity

import (
	"math"
	"strconv"
)

const (
	// mostDigits of a value are shown however narrow its interval is: no clock, and no machine, repeats
	// itself to a ten-thousandth.
	mostDigits = 4
	// bareDigits of a value are shown where nothing says how well it is known.
	bareDigits = 2
	// leastPercent is the smallest share that is written as a number.
	leastPercent = 0.1
)

// Quantity is a value, the interval that it is known to lie in, and a unit.
type Quantity struct {
	Value     float64
	Low, High float64 // equal to Value where there is no interval, see Known
	Unit      string  // may be empty, for a ratio
	Known     bool    // there is an interval
}

// New is a value with its interval, in a unit that stays as it is, as in a table's column.
func New(value, low, high float64, unit string) Quantity {
	return Quantity{Value: value, Low: low, High: high, Unit: unit, Known: true}
}

// Bare is a value of which no interval is known. It is written with two digits, and no ±.
func Bare(value float64, unit string) Quantity {
	return Quantity{Value: value, Low: value, High: value, Unit: unit}
}

var timeUnits = []struct {
	ns   float64
	name string
}{{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {1, "ns"}}

// Time scales a time in nanoseconds, and its interval, to the largest of s, ms, us and ns of which it
// is at least one.
func Time(valueNS, lowNS, highNS float64) Quantity {
	return New(valueNS, lowNS, highNS, "ns").scaled()
}

// BareTime scales a time in nanoseconds of which no interval is known.
func BareTime(valueNS float64) Quantity { return Bare(valueNS, "ns").scaled() }

func (q Quantity) scaled() Quantity {
	for _, u := range timeUnits {
		if math.Abs(q.Value) >= u.ns || u.ns == 1 {
			q.Value, q.Low, q.High, q.Unit = q.Value/u.ns, q.Low/u.ns, q.High/u.ns, u.name
			break
		}
	}
	return q
}

// Times is the quantity in another unit, factor of which are one of this: the interval goes along.
func (q Quantity) Times(factor float64, unit string) Quantity {
	q.Value, q.Low, q.High, q.Unit = q.Value*factor, q.Low*factor, q.High*factor, unit
	return q
}

// HalfWidth is half the interval's width; 0 where there is none.
func (q Quantity) HalfWidth() float64 { return math.Abs(q.High-q.Low) / 2 }

// Decimals is how many decimals the value may be written with; a negative number -n says that it is
// rounded to a multiple of 10^n.
func (q Quantity) Decimals() int {
	if !q.Known {
		return bareDigits - 1 - exponent(q.Value)
	}
	most := mostDigits - 1 - exponent(q.Value)
	if h := q.HalfWidth(); h > 0 && !math.IsInf(h, 0) {
		return min(most, lastDecimal(h))
	}
	return most
}

// exponent is the decimal exponent of v; 0 for what has none.
func exponent(v float64) int {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return int(math.Floor(math.Log10(math.Abs(v)) + 1e-12)) // 1e-12: the logarithm of 1000 is 2.9999999999999996
}

// lastDecimal is where an uncertainty is rounded, by the Particle Data Group's rule.
func lastDecimal(h float64) int {
	e := exponent(h)
	if leading := math.Round(h * math.Pow10(2-e)); leading < 355 { // three digits
		return 1 - e
	}
	return -e // 950 to 999 become 1000, whose second digit is here
}

// Number is the value without its unit, such as "71".
func (q Quantity) Number() string { return Round(q.Value, q.Decimals()) }

// Round writes v with so many decimals; negative ones round to a multiple of a power of ten.
func Round(v float64, decimals int) string {
	if decimals >= 0 {
		return unsigned(strconv.FormatFloat(v, 'f', decimals, 64))
	}
	scale := math.Pow10(-decimals)
	return unsigned(strconv.FormatFloat(math.Round(v/scale)*scale, 'f', 0, 64))
}

// unsigned takes the sign off a zero.
func unsigned(s string) string {
	if v, err := strconv.ParseFloat(s, 64); err == nil && v == 0 && s[0] == '-' {
		return s[1:]
	}
	return s
}

// Relative is half the interval's width as a share of the value, such as "±8 %"; empty where there
// is no interval or nothing to relate it to.
func (q Quantity) Relative() string {
	if !q.Known || q.Value == 0 || math.IsInf(q.HalfWidth(), 0) {
		return ""
	}
	return "±" + Percent(q.HalfWidth()/math.Abs(q.Value))
}

// Interval is the interval without its unit, such as "66 to 77", at the value's decimals and rounded
// outwards, so that it still holds what it held; empty where there is none.
func (q Quantity) Interval() string {
	if !q.Known {
		return ""
	}
	d := q.Decimals()
	step := math.Pow10(-d)
	low := math.Floor(q.Low/step+1e-9) * step
	high := math.Ceil(q.High/step-1e-9) * step
	return Round(low, d) + " to " + Round(high, d)
}

// String is the whole, such as "71 ms ±8 %".
func (q Quantity) String() string {
	s := q.Number()
	if q.Unit != "" {
		s += " " + q.Unit
	}
	if r := q.Relative(); r != "" {
		s += " " + r
	}
	return s
}

// Percent writes an uncertain share, such as 0.075, as "8 %": by the same rule, and as "<0.1 %" below a
// tenth of a percent, since that is not nothing.
func Percent(share float64) string {
	p := 100 * share * (1 + 1e-12) // 1e-12: 7.5 may be 7.499999999999999
	if math.Abs(p) < leastPercent {
		return "<" + Round(leastPercent, 1) + " %"
	}
	return Round(p, min(1, lastDecimal(math.Abs(p)))) + " %"
}
