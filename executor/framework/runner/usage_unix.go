//go:build unix

package runner

import (
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
	}, true
}
