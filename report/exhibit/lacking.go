package exhibit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"edgebench/report/data"
)

// lacking are the frameworks that something to be shown needs and this machine
// has not, with what the executor said of each.
type lacking struct {
	frameworks []string
	reasons    map[string]string
}

func (l *lacking) add(framework, reason string) {
	if slices.Contains(l.frameworks, framework) {
		return
	}
	if l.reasons == nil {
		l.reasons = map[string]string{}
	}
	l.frameworks, l.reasons[framework] = append(l.frameworks, framework), firstLine(reason)
}

// lackingOf are the frameworks of which every one of some bars is absent since it
// is not installed. One that lacks an optimization only is there.
func lackingOf(bars []bar) lacking {
	there := map[string]bool{}
	for _, b := range bars {
		there[b.framework] = there[b.framework] || b.ran
	}
	var l lacking
	for _, b := range bars {
		if b.absent() && b.status != data.NotRun && !there[b.framework] {
			l.add(b.framework, b.reason)
		}
	}
	return l
}

// include adds what another one lacks.
func (l *lacking) include(other lacking) {
	for _, f := range other.frameworks {
		l.add(f, other.reasons[f])
	}
}

func (l *lacking) any() bool { return len(l.frameworks) > 0 }

// String names the frameworks, and says once how to get all of those that
// `edgebench setup` installs.
func (l *lacking) String() string {
	var installed, command, other []string
	for _, f := range l.frameworks {
		if !strings.Contains(l.reasons[f], "`edgebench setup ") {
			other = append(other, l.reasons[f])
			continue
		}
		installed, command = append(installed, f), append(command, argument(f))
	}
	var parts []string
	if len(installed) > 0 {
		parts = append(parts, fmt.Sprintf("%s: `edgebench setup %s`", strings.Join(installed, ", "), strings.Join(command, " ")))
	}
	return strings.Join(append(parts, other...), "; ")
}

// argument is a name as a shell takes it.
func argument(name string) string {
	if strings.Contains(name, " ") {
		return strconv.Quote(name)
	}
	return name
}

// ran reports whether something ran, or failed: its framework is on the machine.
func ran(r *data.Row) bool { return r.Record != nil && r.Status != data.NotInstalled }
