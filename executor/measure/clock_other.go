//go:build !linux

package measure

import "time"

func slept() time.Duration { return 0 }
