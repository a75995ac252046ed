package cli

import (
	"fmt"
	"strings"

	"edgebench/compiler/plan"
	"edgebench/executor/measure"
)

// targetNames names targets by what tells those of a plan apart: framework and
// optimizations always, the rest where it varies.
type targetNames struct{ platform, environment, threads bool }

func nameTargets(jobs []plan.Job) targetNames {
	var n targetNames
	for _, j := range jobs {
		first := jobs[0].Target
		n.platform = n.platform || j.Platform != first.Platform
		n.environment = n.environment || j.Environment != first.Environment
		n.threads = n.threads || j.Threads != first.Threads
	}
	return n
}

func (n targetNames) of(t plan.Target) string {
	name := fmt.Sprintf("%s (%s)", t.Framework, optimizations(t))
	if n.platform {
		name = t.Platform + " " + name
	}
	if n.environment {
		name += ", " + t.Environment
	}
	if n.threads {
		name += ", threads: " + threads(t)
	}
	return name
}

// jobName names a job in a message that stands alone.
func jobName(j plan.Job) string { return combination(j.Target) }

func combination(t plan.Target) string {
	return fmt.Sprintf("%s on %s, %s (%s)", t.Model, t.Platform, t.Framework, optimizations(t))
}

func optimizations(t plan.Target) string {
	if len(t.Optimizations) == 0 {
		return "none"
	}
	return strings.Join(t.Optimizations, "+")
}

func threads(t plan.Target) string {
	if t.Threads == 0 {
		return "all cores"
	}
	return fmt.Sprint(t.Threads)
}

// timeText is a measured time with its interval.
func timeText(s measure.Summary) string {
	text := fmt.Sprintf("%.3f ms", s.HeadlineNS/1e6)
	if s.RelativeHalfWidth != nil {
		text += fmt.Sprintf(" ±%.1f %%", 100**s.RelativeHalfWidth)
	}
	return text
}
