package measure

import "time"

// Clock tells monotonic time since an origin of its own.
type Clock interface {
	Now() time.Duration
}

// MonotonicClock is the machine's clock, starting at 0 now.
func MonotonicClock() Clock { return monotonic{time.Now()} }

type monotonic struct{ origin time.Time }

func (m monotonic) Now() time.Duration { return time.Since(m.origin) }
