package measure

import "time"

// Clock tells monotonic time since an origin of its own.
type Clock interface {
	Now() time.Duration
}

// sleepCounter is a Clock that knows for how long the machine was suspended, which its time does not
// count.
type sleepCounter interface {
	Slept() time.Duration
}

// MonotonicClock is the machine's clock, starting at 0 now.
func MonotonicClock() Clock { return monotonic{time.Now()} }

type monotonic struct{ origin time.Time }

func (m monotonic) Now() time.Duration { return time.Since(m.origin) }

// Slept is 0 where the system does not tell.
func (m monotonic) Slept() time.Duration { return slept() }

// leastSleep: two clocks are read one after another.
const leastSleep = 50 * time.Millisecond

func sleptOf(c Clock) time.Duration {
	if s, ok := c.(sleepCounter); ok {
		return s.Slept()
	}
	return 0
}
