package load

import "golang.org/x/sys/unix"

// backstop is what a process may take beyond its limit before the system
// refuses it more, in MiB.
const backstop = 64

// enforce has the system refuse this process memory far beyond the limit, which
// one large allocation reaches before watch looks again. The Go runtime then
// ends the process.
func (l limits) enforce() {
	most := uint64(l.mib+backstop)<<20 + linkedWithC()
	unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: most, Max: most})
}
