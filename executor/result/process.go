package result

import (
	"slices"
	"time"

	"edgebench/executor/measure"
	"edgebench/executor/measure/conditions"
	"edgebench/executor/sensor"
)

// Process is what was found out about one runner process, or about all processes of a job together.
type Process struct {
	LoadTime    time.Duration  `json:"load_time_ns"` // from the graph to a session that can infer
	MemoryBytes int64          `json:"memory_bytes"` // that the framework allocates for the session; 0: it does not say
	PeakMemory  sensor.Reading `json:"peak_memory"`  // the most that the session's process had resident
	Series      measure.Series `json:"series"`       // how the samples were taken; they lie in a file
	Before      sensor.State   `json:"before"`       // of the machine
	After       sensor.State   `json:"after"`
	// Conditions are those of the machine meanwhile; what they say against the
	// numbers is among Summary's warnings.
	Conditions conditions.Conditions `json:"conditions"`
}

// Whole reports whether the process was measured to the end that its policy sets.
func (p Process) Whole() bool {
	return p.Series.Stopped != measure.ByFailure && p.Series.Stopped != measure.ByCancel
}

// Together is what a job's processes come to: load times are their median, memory is the most, times
// and conditions add up.
func Together(processes []Process) Process {
	if len(processes) == 0 {
		return Process{}
	}
	all := processes[0]
	loads := []time.Duration{all.LoadTime}
	for _, p := range processes[1:] {
		loads = append(loads, p.LoadTime)
		all.MemoryBytes = max(all.MemoryBytes, p.MemoryBytes)
		if p.PeakMemory.Known() && (!all.PeakMemory.Known() || p.PeakMemory.Value > all.PeakMemory.Value) {
			all.PeakMemory = p.PeakMemory
		}
		all.Series = all.Series.Then(p.Series)
		all.Conditions = all.Conditions.Plus(p.Conditions)
		all.After = p.After
	}
	slices.Sort(loads)
	all.LoadTime = (loads[(len(loads)-1)/2] + loads[len(loads)/2]) / 2
	return all
}
