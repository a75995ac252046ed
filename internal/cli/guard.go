package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"edgebench/internal/cli/console"
)

// debugVariable asks for the trace of an internal error.
const debugVariable = "EDGEBENCH_DEBUG"

// guarded is what f returns. A panic in it is told as a fault of this program,
// without a trace, which says nothing to its users.
func guarded(w io.Writer, command func() string, f func() int) (code int) {
	defer func() {
		cause := recover()
		if cause == nil {
			return
		}
		code = exitFault
		console.Printf(w, "edgebench: internal error in `%s`: %s\n", command(), fmt.Sprint(cause))
		if os.Getenv(debugVariable) != "" {
			fmt.Fprintf(w, "%s\n", debug.Stack())
			return
		}
		fmt.Fprintf(w, "That is a fault of edgebench, whatever it was given: please report it, with the specs and with what is printed if %s=1 is set.\n", debugVariable)
	}()
	return f()
}

// interruptible is done at the first Ctrl-C or SIGTERM, so that what is under
// way can be brought to an end. The second one ends the program at once.
//
// Note: signal.NotifyContext swallows all signals but the first.
func interruptible() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case <-signals:
		case <-ctx.Done():
		}
		signal.Stop(signals) // before ctx is done, so that the next one is not lost
		cancel()
	}()
	return ctx, cancel
}
