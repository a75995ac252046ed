package cli

import (
	"fmt"
	"strings"

	"edgebench/compiler/metric"
	"edgebench/compiler/plan"
	"edgebench/executor/measure"
	"edgebench/executor/measure/quantity"
	"edgebench/executor/result"
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
	name := fmt.Sprintf("%s (%s)", frameworkOn(t), optimizations(t))
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
	return fmt.Sprintf("%s on %s, %s (%s)", t.Model, t.Platform, frameworkOn(t), optimizations(t))
}

// frameworkOn names a framework with its device, where one was asked for.
func frameworkOn(t plan.Target) string {
	if t.Device == "" {
		return t.Framework
	}
	return t.Framework + " on " + t.Device
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

// valueText is what was measured of a metric.
func valueText(of string, m *result.Measurement) string {
	if of == metric.TimePerInference {
		return timeText(m.Summary)
	}
	q, err := m.Quantity(of)
	if err != nil {
		return err.Error()
	}
	return quantity.Bare(q.Value, q.Unit).String()
}

// timeText is a measured time with its interval, as far as it is known.
func timeText(s measure.Summary) string {
	if ci := s.HeadlineCI; ci != nil {
		return quantity.Time(s.HeadlineNS, ci.LowNS, ci.HighNS).String()
	}
	return quantity.BareTime(s.HeadlineNS).String()
}
