//go:build cgo

package load

import (
	"bytes"
	"os"
	"strconv"
)

// threadStacks is room for threads, each of which reserves 8 MiB of stack where
// the program is linked with C; without it none can start near the limit.
const threadStacks = 256 << 20

// linkedWithC is what the system counts against this process beyond what Go
// allocates, in bytes: the stacks of threads, and what is reserved already, as
// the race detector does for its shadow memory.
func linkedWithC() uint64 {
	status, _ := os.ReadFile("/proc/self/status")
	_, after, _ := bytes.Cut(status, []byte("\nVmData:"))
	number, _, _ := bytes.Cut(bytes.TrimSpace(after), []byte(" "))
	kib, _ := strconv.ParseUint(string(number), 10, 64) // 0 where the system does not tell
	return kib<<10 + threadStacks
}
