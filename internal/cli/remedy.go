package cli

import (
	"errors"
	"slices"
	"strings"

	"edgebench/executor"
	"edgebench/executor/framework/process"
	"edgebench/executor/journal"
)

// remedies are the flags with which a user does what an error asks for.
var remedies = []struct {
	flag string
	asks func(error) bool
}{
	{"--resume", asksFor(journal.Resume)},
	{"--out DIR", asksFor(journal.OtherFolder)},
	{"--retry", func(err error) bool { return is[*executor.LostError](err) }},
}

func asksFor(r journal.Remedy) func(error) bool {
	return func(err error) bool {
		var remediable *journal.RemedyError
		return errors.As(err, &remediable) && slices.Contains(remediable.Remedies, r)
	}
}

func is[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

// flagsFor is what stands behind an error's text: the flags that help.
func flagsFor(err error) string {
	var flags []string
	for _, r := range remedies {
		if r.asks(err) {
			flags = append(flags, r.flag)
		}
	}
	if len(flags) == 0 {
		return ""
	}
	return " (" + strings.Join(flags, ", ") + ")"
}

// timedOut reports whether a runner took longer than it was allowed.
func timedOut(err error) bool {
	var failure *process.Failure
	return errors.As(err, &failure) && failure.Kind == process.TimedOut
}
