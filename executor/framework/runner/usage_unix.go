//go:build unix

package runner

import (
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"

	"edgebench/executor/framework/protocol"
)

// usage is what this process has used so far.
func usage() (protocol.Usage, bool) {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return protocol.Usage{}, false
	}
	return protocol.Usage{
		CPUNS:               r.Utime.Nano() + r.Stime.Nano(),
		InvoluntarySwitches: int64(r.Nivcsw),
		MajorFaults:         int64(r.Majflt),
		MinorFaults:         int64(r.Minflt),
		Continued:           continued.Load(),
	}, true
}

var (
	continued     atomic.Int64 // how often this process went on after a stop
	listenForCont sync.Once
)

// noteContinuations starts counting them. A stop itself cannot be noticed by
// what it stops.
func noteContinuations() {
	listenForCont.Do(func() {
		signals := make(chan os.Signal, 8)
		signal.Notify(signals, syscall.SIGCONT)
		go func() {
			for range signals {
				continued.Add(1)
			}
		}()
	})
}
