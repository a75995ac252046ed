package figure

import (
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/plot"
)

// scale is the value axis with every choice made.
type scale struct {
	min, max float64
	log      bool
	ticks    []plot.Tick
}

// scale is the value axis' one.
func (f *Figure) scale() scale {
	low, high := f.dataRange()
	if f.form().markers != nil {
		return f.Y.covering(low, high).scale(low, high)
	}
	return f.Y.scale(low, high)
}

// rightScale is the scale of the lines.
func (f *Figure) rightScale() scale {
	low, high := math.Inf(1), math.Inf(-1)
	for i := range f.Lines {
		for _, p := range f.Lines[i].Points {
			if p.Present {
				low, high = min(low, p.low()), max(high, p.top())
			}
		}
	}
	return f.Right.covering(low, high).scale(low, high)
}

// xScale is the scale of a scatter's other values.
func (f *Figure) xScale() scale {
	low, high := math.Inf(1), math.Inf(-1)
	f.eachPoint(func(_, _ int, _ *Series, p *Point) {
		if p.Present {
			low, high = min(low, p.X), max(high, p.X)
		}
	})
	return f.X.covering(low, high).scale(low, high)
}

// covering is the axis made longer by whole steps, or decades, until the
// values from low to high stand on it.
func (a Axis) covering(low, high float64) Axis {
	if a.Min == 0 && a.Max == 0 || low > high {
		return a
	}
	if a.Log {
		if low < a.Min {
			a.Min = math.Pow(10, math.Floor(math.Log10(low)))
		}
		if high > a.Max {
			a.Max = math.Pow(10, math.Ceil(math.Log10(high)))
		}
		return a
	}
	step := a.Step
	if step == 0 {
		step = niceStep(a.Max - a.Min)
	}
	if low < a.Min {
		a.Min -= math.Ceil((a.Min-low)/step) * step
	}
	if high > a.Max {
		a.Max += math.Ceil((high-a.Max)/step) * step
	}
	return a
}

// scale chooses what the Axis leaves open, for values from low to high. A bar
// starts at zero, or at the lower end of an axis that does not reach zero.
func (a Axis) scale(low, high float64) scale {
	if a.Log {
		return logScale(a, low, high)
	}
	s := scale{min: a.Min, max: a.Max}
	if s.min == 0 && s.max == 0 {
		s.min, s.max = min(low, 0), max(high, 0)
		if s.min == s.max {
			s.max = 1
		}
	}
	step := a.Step
	if step == 0 || (s.max-s.min)/step > maxTicks {
		step = niceStep(s.max - s.min)
	}
	if a.Min == 0 && a.Max == 0 {
		s.min = math.Floor(s.min/step) * step
		s.max = math.Ceil(s.max/step) * step
	}
	s.ticks = linearTicks(s.min, s.max, step)
	return s
}

// dataRange is the lowest and highest drawn value; infinities with no data.
func (f *Figure) dataRange() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	f.eachPoint(func(_, _ int, _ *Series, p *Point) {
		if p.Present {
			low, high = min(low, p.low()), max(high, p.top())
		}
	})
	return low, high
}

// niceStep divides span into about five steps of 1, 2, 2.5 or 5 times a
// power of ten.
func niceStep(span float64) float64 {
	rough := span / 5
	power := math.Pow(10, math.Floor(math.Log10(rough)))
	for _, m := range []float64{1, 2, 2.5, 5} {
		if rough <= m*power*1.001 {
			return m * power
		}
	}
	return 10 * power
}

func linearTicks(low, high, step float64) []plot.Tick {
	var ticks []plot.Tick
	decimals := decimals(step)
	first := math.Ceil(low/step - 1e-9)
	for i := first; i*step <= high+step*1e-9; i++ {
		// Adding zero turns -0 into 0.
		v := i*step + 0
		ticks = append(ticks, plot.Tick{Value: v, Label: strconv.FormatFloat(v, 'f', decimals, 64)})
	}
	return ticks
}

// decimals is how many digits after the point tell multiples of step apart.
func decimals(step float64) int {
	for d := range 9 {
		scaled := step * math.Pow10(d)
		if math.Abs(scaled-math.Round(scaled)) < 1e-6*scaled {
			return d
		}
	}
	return 9
}

func logScale(a Axis, low, high float64) scale {
	s := scale{min: a.Min, max: a.Max, log: true}
	if s.min == 0 && s.max == 0 {
		if math.IsInf(low, 0) {
			low, high = 2, 10
		}
		// Half the lowest value, so that its bar has a height.
		s.min = math.Pow(10, math.Floor(math.Log10(low/2)))
		s.max = math.Pow(10, math.Ceil(math.Log10(high)))
	}
	s.ticks = logTicks(s.min, s.max)
	return s
}

// logTicks labels the decades and marks their multiples.
func logTicks(low, high float64) []plot.Tick {
	var ticks []plot.Tick
	for e := int(math.Floor(math.Log10(low))); e <= int(math.Ceil(math.Log10(high))); e++ {
		for m := 1; m < 10; m++ {
			v := float64(m) * math.Pow(10, float64(e))
			if v < low*(1-1e-9) || v > high*(1+1e-9) {
				continue
			}
			t := plot.Tick{Value: v}
			if m == 1 {
				t.Label = decade(v, e)
			}
			ticks = append(ticks, t)
		}
	}
	return ticks
}

// decade labels a power of ten. One whose digits take much room is 1e-6, as tables
// write it.
func decade(v float64, exponent int) string {
	if exponent < -3 {
		return fmt.Sprintf("1e%d", exponent)
	}
	return exact(v)
}

// norm is where v stands between the axis' ends, 0 to 1; values beyond are cut.
func (s scale) norm(v float64) float64 {
	v = min(max(v, s.min), s.max)
	if s.log {
		return plot.LogScale{}.Normalize(s.min, s.max, v)
	}
	return plot.LinearScale{}.Normalize(s.min, s.max, v)
}

// base is the value that bars start at.
func (s scale) base() float64 {
	if s.log {
		return s.min
	}
	return min(max(0, s.min), s.max)
}
