// Package metric is the table of what can be known of an inference: what each
// metric means, its units, and what it takes to measure it.
package metric

import (
	"fmt"
	"slices"
	"strings"
)

// Metric is one quantity.
type Metric struct {
	Name    string
	Label   string   // for axes and headings
	Unit    string   // of measured values
	Units   []string // that published values may have, beside Unit
	Meaning string
	Kind    Kind
	Needs   string // what measuring it takes beside a clock; empty: nothing
}

// Kind is how a metric comes about.
type Kind string

// The kinds.
const (
	Sampled   Kind = "of each inference" // its headline has a confidence interval
	Once      Kind = "once a session"
	Recorded  Kind = "while inferring"
	Comparing Kind = "of two results" // it is computed, never measured
)

// The metrics that are measured here.
const (
	TimePerInference = "time_per_inference"
	LoadTime         = "load_time"
	SessionMemory    = "session_memory"
	PeakMemory       = "peak_memory"
)

// All is the table; the schema's #Metric lists its names in this order.
var All = []Metric{
	{
		Name: TimePerInference, Label: "Time per inference", Unit: "ms", Units: []string{"s", "us", "ns"}, Kind: Sampled,
		Meaning: "The time of one inference, from the input in the framework's memory to the output.",
	},
	{
		Name: LoadTime, Label: "Load time", Unit: "ms", Units: []string{"s", "us", "ns"}, Kind: Once,
		Meaning: "The time from the model's file or graph to a session that can infer.",
	},
	{
		Name: SessionMemory, Label: "Memory of the session", Unit: "MiB", Units: []string{"GiB", "KiB", "B"}, Kind: Once,
		Meaning: "The memory that the framework says it allocated for the session.",
	},
	{
		Name: PeakMemory, Label: "Peak memory", Unit: "MiB", Units: []string{"GiB", "KiB", "B"}, Kind: Recorded,
		Meaning: "The most memory that the session's process had resident.",
	},
	{
		Name: "energy_per_inference", Label: "Energy per inference", Unit: "mJ", Units: []string{"J"}, Kind: Recorded,
		Meaning: "The energy that one inference takes.", Needs: "a power meter (RAPL, an INA sensor, NVML or a meter's log)",
	},
	{
		Name: "active_power", Label: "Active power", Unit: "W", Units: []string{"mW"}, Kind: Recorded,
		Meaning: "The mean power while inferring.", Needs: "a power meter (RAPL, an INA sensor, NVML or a meter's log)",
	},
	{
		Name: "time_share", Label: "Share of time", Unit: "%", Kind: Recorded,
		Meaning: "The share of run time that a group of functions takes.", Needs: "a profiler",
	},
	{
		Name: "temperature", Label: "Temperature", Unit: "°C", Kind: Recorded,
		Meaning: "The temperature of the processor or its heatsink in steady state.", Needs: "a thermal sensor, and runs to steady state",
	},
	{
		Name: "speedup", Label: "Speed-up", Unit: "x", Kind: Comparing,
		Meaning: "How many times as fast as another platform, framework or variant.",
	},
}

// measuredOn are the metrics that each backend can measure.
var measuredOn = map[string][]string{
	"host": {TimePerInference, LoadTime, SessionMemory, PeakMemory},
}

// Named finds a metric.
func Named(name string) (Metric, bool) {
	i := slices.IndexFunc(All, func(m Metric) bool { return m.Name == name })
	if i < 0 {
		return Metric{}, false
	}
	return All[i], true
}

// Names lists the metrics.
func Names() []string {
	names := make([]string, len(All))
	for i, m := range All {
		names[i] = m.Name
	}
	return names
}

// MillisecondsIn converts units of time.
var MillisecondsIn = map[string]float64{"s": 1000, "ms": 1, "us": 0.001, "ns": 1e-6}

// HasUnit reports whether published values of the metric may have a unit.
func (m Metric) HasUnit(unit string) bool { return unit == m.Unit || slices.Contains(m.Units, unit) }

// Refused says why a backend cannot measure the metric, and what to do; it is
// empty where it can. With no backend named it is about all of them.
func (m Metric) Refused(backend string) string {
	able := measuredOn[backend]
	if backend == "" {
		for _, metrics := range measuredOn {
			able = append(slices.Clip(able), metrics...)
		}
	}
	if slices.Contains(able, m.Name) {
		return ""
	}
	why := fmt.Sprintf("%s cannot be measured", m.Name)
	if backend != "" {
		why += fmt.Sprintf(" by the %s backend", backend)
	}
	switch {
	case m.Kind == Comparing:
		return why + ": it compares two results. Measure time_per_inference, and let a figure's lines or a claim divide"
	case m.Needs != "":
		why += ": it needs " + m.Needs + ", which is not read yet"
	}
	return fmt.Sprintf("%s. Choose %s, or replay published values: `origin: \"published\"` with a `source` and `rows`", why, orList(able))
}

func orList(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " or " + names[last]
}
