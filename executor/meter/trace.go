package meter

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
	"time"
)

// point is one reading of a meter.
type point struct {
	at    time.Duration
	value float64
}

// trace is what one meter read, in the order of time.
type trace struct {
	of     Description
	points []point
	failed error // the last reading that could not be had
	missed int   // readings that could not be had
}

func (t *trace) add(at time.Duration, value float64, err error) {
	switch {
	case err != nil:
		t.failed = err
		t.missed++
	case math.IsNaN(value) || math.IsInf(value, 0):
		t.failed = fmt.Errorf("it reads %v", value)
		t.missed++
	case len(t.points) > 0 && at < t.points[len(t.points)-1].at:
		// A stream's clock was set back: what it says of that time is not believed twice.
		t.failed = errors.New("its clock went backwards")
		t.missed++
	default:
		t.points = append(t.points, point{at, value})
	}
}

// maxPower is more than any machine draws that runs inference at the edge, in W: a counter that rose
// faster was set to another value.
const maxPower = 20_000

// energy is what was taken from one moment to another, in J, and how far it may be off.
func (t *trace) energy(from, to time.Duration) (joules, within float64, err error) {
	if why := t.unusable(from, to); why != nil {
		return 0, 0, why
	}
	if t.of.Quantity == Energy {
		return t.counted(from, to)
	}
	return t.integrated(from, to)
}

func (t *trace) unusable(from, to time.Duration) error {
	switch {
	case len(t.points) < 2 && t.failed != nil:
		return fmt.Errorf("it could not be read: %w", t.failed)
	case len(t.points) < 2:
		return errors.New("it was not read twice")
	case to-from < t.of.Period:
		return fmt.Errorf("the time of %v is below its update period of %v", (to - from).Round(time.Microsecond), t.of.Period)
	}
	return nil
}

// before is the index of the last point at or before a moment, -1 where there is none.
func (t *trace) before(at time.Duration) int {
	return sort.Search(len(t.points), func(i int) bool { return t.points[i].at > at }) - 1
}

// slack is how far a reading may lie from the moment that it stands for.
func (t *trace) slack() time.Duration { return 2*t.of.Period + 5*time.Millisecond }

// counted sums up the steps of a counter between the readings nearest to both moments.
func (t *trace) counted(from, to time.Duration) (joules, within float64, err error) {
	first, last := t.nearest(from), t.nearest(to)
	if d := absolute(t.points[first].at - from); d > t.slack() {
		return 0, 0, t.gap(d)
	}
	if d := absolute(t.points[last].at - to); d > t.slack() {
		return 0, 0, t.gap(d)
	}
	for i := first; i < last; i++ {
		step, err := t.step(t.points[i], t.points[i+1])
		if err != nil {
			return 0, 0, err
		}
		joules += step
	}
	// Each end may be one update, and one step, old.
	power := joules / (to - from).Seconds()
	return joules, t.of.Resolution + power*t.of.Period.Seconds(), nil
}

func (t *trace) nearest(at time.Duration) int {
	i := t.before(at)
	switch {
	case i < 0:
		return 0
	case i+1 < len(t.points) && t.points[i+1].at-at < at-t.points[i].at:
		return i + 1
	}
	return i
}

func (t *trace) step(a, b point) (float64, error) {
	step := b.value - a.value
	if step < 0 && t.of.Wraps > 0 {
		step += t.of.Wraps
	}
	if step < 0 || step > maxPower*((b.at-a.at)+t.of.Period).Seconds()+t.of.Resolution {
		return 0, fmt.Errorf("its counter went from %.6g J to %.6g J in %v: it was reset", a.value, b.value, (b.at - a.at).Round(time.Microsecond))
	}
	return step, nil
}

// leastGap is a time without a reading that is bridged at any rate: a machine that works hard reads late.
const leastGap = 100 * time.Millisecond

func (t *trace) gap(d time.Duration) error {
	if t.failed != nil {
		return fmt.Errorf("it has no reading within %v: %w", d.Round(time.Millisecond), t.failed)
	}
	return fmt.Errorf("it has no reading within %v", d.Round(time.Millisecond))
}

// integrated is the area below the power by the trapezoidal rule, the power at both ends interpolated.
func (t *trace) integrated(from, to time.Duration) (joules, within float64, err error) {
	first, last := t.before(from), t.before(to)
	if first < 0 {
		if d := t.points[0].at - from; d > t.slack() {
			return 0, 0, t.gap(d)
		}
	}
	if end := t.points[len(t.points)-1].at; to-end > t.slack() {
		return 0, 0, t.gap(to - end)
	}
	knots := []point{{from, t.power(from)}}
	knots = append(knots, t.points[first+1:last+1]...)
	knots = append(knots, point{to, t.power(to)})
	peak, least, longest := knots[0].value, knots[0].value, t.of.Period
	for i := 1; i < len(knots); i++ {
		a, b := knots[i-1], knots[i]
		d := b.at - a.at
		if d > max(5*t.of.Period, leastGap) {
			return 0, 0, t.gap(d)
		}
		joules += (a.value + b.value) / 2 * d.Seconds()
		peak, least, longest = max(peak, b.value), min(least, b.value), max(longest, d)
	}
	// The power between two readings is not seen: there it may have been anywhere in its range.
	return joules, t.of.Resolution*(to-from).Seconds() + (peak-least)*longest.Seconds(), nil
}

// power is interpolated between readings, and the nearest one's beyond them.
func (t *trace) power(at time.Duration) float64 {
	i := t.before(at)
	if i < 0 {
		return t.points[0].value
	}
	if i+1 == len(t.points) {
		return t.points[i].value
	}
	a, b := t.points[i], t.points[i+1]
	if a.at == b.at {
		return b.value
	}
	return a.value + (b.value-a.value)*float64(at-a.at)/float64(b.at-a.at)
}

// stuckAfter is over how many update periods a meter must show some change.
const stuckAfter = 50

// stuck reports that the meter gave one value all the time.
func (t *trace) stuck() bool {
	if len(t.points) < 3 {
		return false
	}
	first, last := t.points[0], t.points[len(t.points)-1]
	if last.at-first.at < max(stuckAfter*t.of.Period, time.Second) {
		return false
	}
	return !slices.ContainsFunc(t.points, func(p point) bool { return p.value != first.value })
}

func absolute(d time.Duration) time.Duration { return max(d, -d) }
