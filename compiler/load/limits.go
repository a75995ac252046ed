package load

import (
	"fmt"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"edgebench/compiler/spec"
)

// limits is what evaluating one spec may take.
type limits struct {
	seconds int
	mib     int // of memory
}

// The environment variables that raise the limits, and their defaults. The
// built-in catalogue takes a tenth of a second and 70 MiB.
const (
	secondsVariable = "EDGEBENCH_SPEC_SECONDS"
	memoryVariable  = "EDGEBENCH_SPEC_MEMORY_MIB"
	defaultSeconds  = 6
	defaultMiB      = 384
)

func readLimits() (l limits, err error) {
	if l.seconds, err = spec.Limit(secondsVariable, defaultSeconds); err != nil {
		return l, err
	}
	l.mib, err = spec.Limit(memoryVariable, defaultMiB)
	return l, err
}

func (l limits) time() time.Duration { return time.Duration(l.seconds) * time.Second }

// watchEvery is how often memory is looked at. The evaluator allocates some
// MiB in this time.
const watchEvery = 5 * time.Millisecond

// watch waits until this process takes more than the limits, and tells what.
func (l limits) watch() string {
	// The collector works harder before the limit is met, so that it is about
	// what is alive.
	l.enforce()
	debug.SetMemoryLimit(int64(l.mib) << 20 * 3 / 4)
	end := time.Now().Add(l.time())
	for time.Now().Before(end) {
		if memory() > uint64(l.mib)<<20 {
			return l.tooMuchMemory()
		}
		time.Sleep(watchEvery)
	}
	return fmt.Sprintf("takes more than %d s: something in it multiplies, and most likely here. Make it smaller, or allow more, as in %s=%d",
		l.seconds, secondsVariable, 10*l.seconds)
}

func (l limits) tooMuchMemory() string {
	return fmt.Sprintf("takes more than %d MiB of memory: something in it multiplies, and most likely here. Make it smaller, or allow more, as in %s=%d",
		l.mib, memoryVariable, 4*l.mib)
}

// memory is what the Go runtime holds, stacks included.
func memory() uint64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() - samples[1].Value.Uint64()
}
