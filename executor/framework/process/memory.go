package process

import (
	"fmt"
	"os"

	"edgebench/executor/framework/protocol"
	"edgebench/executor/sensor"
)

// outOfMemory is how many processes the kernel had killed for lack of memory
// when a runner was started.
type outOfMemory struct {
	count int64
	known bool
}

// explain says how a process that nobody here ended has ended.
func (o outOfMemory) explain(state *os.ProcessState, op protocol.Op, peak sensor.Reading) (Kind, string) {
	signal, signalled := signalOf(state)
	if !signalled {
		return Crashed, fmt.Sprintf("ended with exit code %d while it was asked %q", state.ExitCode(), op)
	}
	if !isKill(signal) {
		return Crashed, fmt.Sprintf("crashed (%v) while it was asked %q", signal, op)
	}
	text := fmt.Sprintf("was killed while it was asked %q, not by edgebench", op)
	now := countKills()
	switch {
	case o.known && now.known && now.count > o.count:
		text += fmt.Sprintf(", but probably by the kernel for lack of memory: its count of such kills rose from %d to %d", o.count, now.count)
	case o.known && now.known:
		text += fmt.Sprintf("; the kernel counts no kill for lack of memory meanwhile (still %d)", o.count)
	default:
		text += ", but perhaps by the kernel for lack of memory (its count of such kills cannot be read)"
	}
	if peak.Known() {
		text += fmt.Sprintf("; it had %.0f MiB resident when last looked at", peak.Value/(1<<20))
	}
	return Killed, text
}
