//go:build !linux

package runnertest

import "time"

var started = time.Now()

// threadTime is at most the time that has passed.
func threadTime() time.Duration { return time.Since(started) }
