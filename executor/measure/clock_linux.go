package measure

import (
	"time"

	"golang.org/x/sys/unix"
)

// slept is how long the machine was suspended since it was started: CLOCK_BOOTTIME goes on then, and
// CLOCK_MONOTONIC does not (clock_gettime(2)).
func slept() time.Duration {
	var awake, all unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &awake) != nil || unix.ClockGettime(unix.CLOCK_BOOTTIME, &all) != nil {
		return 0
	}
	return time.Duration(all.Nano() - awake.Nano())
}
