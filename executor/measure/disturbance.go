package measure

import (
	"fmt"
	"slices"
	"time"
)

// Disturbance is what an inference was disturbed by. A sample of a process that was stopped, or of a
// machine that slept, is kept in the series and left out of the statistics, with its count in the
// summary: the pause is not the software's. A stall is left in, and said: the process did not run, and
// whether its own waiting was the cause cannot be told from outside.
type Disturbance string

// The disturbances.
const (
	Stopped Disturbance = "stopped" // by a signal, as Ctrl-Z and debuggers do
	Slept   Disturbance = "slept"   // the machine was suspended
	Stalled Disturbance = "stalled" // far longer than its process ran, and than the others
)

// UnmarshalText reads a disturbance, or none.
func (d *Disturbance) UnmarshalText(text []byte) error {
	switch read := Disturbance(text); read {
	case "", Stopped, Slept, Stalled:
		*d = read
		return nil
	}
	return fmt.Errorf("%q is not a disturbance: must be %s, %s, %s or empty", text, Stopped, Slept, Stalled)
}

// Excluded reports whether such a sample is left out of the statistics.
func (d Disturbance) Excluded() bool { return d == Stopped || d == Slept }

const (
	// leastStall is off the processors, beyond what scheduling and page faults take.
	leastStall = 100 * time.Millisecond
	// A sample is where a stop or sleep fell if it took pauseFactor of what is typical. Where nothing
	// told of either, a stall takes stallFactor.
	pauseFactor = 1.5
	stallFactor = 5
)

// mark says which of a batch's samples were disturbed, given the durations measured before.
func mark(samples []Sample, b Batch, before []float64) {
	paused := b.Pause()
	stalled := func(s Sample) bool {
		return b.Usage != nil && s.DurationNS-b.Usage.CPUNS >= int64(leastStall)
	}
	if paused == "" && !slices.ContainsFunc(samples, stalled) {
		return
	}
	typical := typicalOf(samples, before)
	for i := range samples {
		s := &samples[i]
		switch took := float64(s.DurationNS); {
		case paused != "" && took > pauseFactor*typical:
			s.Disturbed = paused
		case stalled(*s) && typical > 0 && took > stallFactor*typical:
			s.Disturbed = Stalled
		}
	}
}

// Pause is what the batch was paused by, if anything.
func (b Batch) Pause() Disturbance {
	switch {
	case b.Usage != nil && b.Usage.Continued > 0:
		return Stopped
	case b.SleptNS > 0:
		return Slept
	}
	return ""
}

// typicalOf is the median of all, or 0 where a sample stands alone: a pause then fell into it.
func typicalOf(samples []Sample, before []float64) float64 {
	all := slices.Clone(before)
	for _, s := range samples {
		all = append(all, float64(s.DurationNS))
	}
	if len(all) < 2 {
		return 0
	}
	slices.Sort(all)
	return all[(len(all)-1)/2] // the lower of two: one of them may be the paused one
}
