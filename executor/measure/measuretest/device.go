// Package measuretest has a scripted fake device: it returns stated times, so that tests of
// sampling and statistics are exact and take no time.
package measuretest

import (
	"context"
	"time"

	"edgebench/executor/measure"
)

// Clock is a clock that moves only when a Device infers, or by Advance.
type Clock struct{ now, slept time.Duration }

// Now is the time reached.
func (c *Clock) Now() time.Duration { return c.now }

// Advance moves the clock on.
func (c *Clock) Advance(d time.Duration) { c.now += d }

// Sleep suspends the machine: its clock stands still.
func (c *Clock) Sleep(d time.Duration) { c.slept += d }

// Slept is for how long the machine was suspended.
func (c *Clock) Slept() time.Duration { return c.slept }

// Device is a measure.Subject that does what Script states.
type Device struct {
	Clock *Clock
	// Script gives the duration of inference i, from 0. An error fails that inference, after the ones
	// before it. It may cancel a context or panic.
	Script func(i int) (time.Duration, error)
	// Overhead is added to the executor's clock per call, as communication with a runner would be.
	Overhead time.Duration

	// Used is what the device says that a call took, which ran the inferences from first to before
	// end; nil is a device that does not tell.
	Used func(first, end int) *measure.Usage

	Calls []int // n of each call of Infer
	ran   int
	usage *measure.Usage
}

// Usage implements measure.Accounted.
func (d *Device) Usage() *measure.Usage { return d.usage }

// Infer runs n inferences of the script; it stops early where ctx is done.
func (d *Device) Infer(ctx context.Context, n int) ([]measure.Sample, error) {
	d.Calls = append(d.Calls, n)
	d.Clock.Advance(d.Overhead)
	first := d.ran
	defer func() {
		if d.Used != nil {
			d.usage = d.Used(first, d.ran)
		}
	}()
	var samples []measure.Sample
	for range n {
		if err := ctx.Err(); err != nil {
			return samples, err
		}
		took, err := d.Script(d.ran)
		if err != nil {
			return samples, err
		}
		samples = append(samples, measure.Sample{StartNS: int64(d.Clock.now), DurationNS: int64(took)})
		d.Clock.Advance(took)
		d.ran++
	}
	return samples, nil
}

// Constant is a script in which every inference takes d.
func Constant(d time.Duration) func(int) (time.Duration, error) {
	return func(int) (time.Duration, error) { return d, nil }
}

// Cycle is a script that repeats the durations.
func Cycle(durations ...time.Duration) func(int) (time.Duration, error) {
	return func(i int) (time.Duration, error) { return durations[i%len(durations)], nil }
}

// Then is a script of the first durations, after which every inference takes rest.
func Then(first []time.Duration, rest time.Duration) func(int) (time.Duration, error) {
	return func(i int) (time.Duration, error) {
		if i < len(first) {
			return first[i], nil
		}
		return rest, nil
	}
}
