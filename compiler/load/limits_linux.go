package load

import (
	"bytes"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// backstop is what a process may take beyond its limit before the system
// refuses it more, in MiB: room for threads too, each of which reserves 8 MiB
// of stack where the program is linked with C.
const backstop = 256

// enforce has the system refuse this process memory far beyond the limit, which
// one large allocation reaches before watch looks again. The Go runtime then
// ends the process. What the process had reserved before, as the race detector
// does for its shadow memory, is not counted.
func (l limits) enforce() {
	most := reserved() + uint64(l.mib+backstop)<<20
	unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: most, Max: most})
}

// reserved is the memory that the system counts against RLIMIT_DATA now, in
// bytes; 0 where it does not tell.
func reserved() uint64 {
	status, _ := os.ReadFile("/proc/self/status")
	_, after, found := bytes.Cut(status, []byte("\nVmData:"))
	if !found {
		return 0
	}
	number, _, _ := bytes.Cut(bytes.TrimSpace(after), []byte(" "))
	kib, _ := strconv.ParseUint(string(number), 10, 64)
	return kib << 10
}
