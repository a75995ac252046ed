// Package measuretest has a scripted fake device: it returns stated times, so that tests of
// sampling and statistics are exact and take no time.
package measuretest

import (
	"context"
	"time"

	"edgebench/executor/measure"
)

// Clock is a clock that moves only when a Device infers, or by Advance.
type Clock struct{ now time.Duration }

// Now is the time reached.
func (c *Clock) Now() time.Duration { return c.now }

// Advance moves the clock on.
func (c *Clock) Advance(d time.Duration) { c.now += d }

// Device is a measure.Subject that does what Script states.
type Device struct {
	Clock *Clock
	// Script gives the duration of inference i, from 0. An error fails that inference, after the ones
	// before it. It may cancel a context or panic.
	Script func(i int) (time.Duration, error)
	// Overhead is added to the executor's clock per call, as communication with a runner would be.
	Overhead time.Duration

	Calls []int // n of each call of Infer
	ran   int
}

// Infer runs n inferences of the script; it stops early where ctx is done.
func (d *Device) Infer(ctx context.Context, n int) ([]measure.Sample, error) {
	d.Calls = append(d.Calls, n)
	d.Clock.Advance(d.Overhead)
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
