// Package conditions tells how a machine was while a subject was measured on it:
//
//  1. a [Watch] reads the machine's counters around every batch (it is a [measure.Observer]) and adds
//     up what the measured batches of each subject took;
//  2. [Conditions.Warnings] sets what the subject used beside what the machine did, and says in words
//     and figures where something else had the processors, or these were slowed down.
//
// The judgement is a function of recorded figures alone, so that it can be made again from a record. What
// a system does not tell is not judged: a figure that is not known is nil, never 0.
package conditions

import (
	"math"

	"edgebench/executor/measure"
	"edgebench/executor/sensor"
)

// Conditions are those of one subject's measured batches. Times are in seconds, of the batches together.
type Conditions struct {
	Threads int     `json:"threads"`         // that the subject says it uses
	Asked   int     `json:"asked,omitempty"` // threads that it was told to use at most; 0: not known
	Cores   int     `json:"cores,omitempty"`
	WallS   float64 `json:"wall_s"`

	// Of the inferring process.
	CPUS                *float64 `json:"cpu_s,omitempty"`
	InvoluntarySwitches *int64   `json:"involuntary_switches,omitempty"`
	GroupCPUS           *float64 `json:"group_cpu_s,omitempty"` // of all processes of its group

	// Of the machine, the inferring process included.
	BusyS          *float64 `json:"busy_s,omitempty"`
	StealS         *float64 `json:"steal_s,omitempty"`
	WaitingS       *float64 `json:"waiting_s,omitempty"`
	ThrottleEvents *float64 `json:"throttle_events,omitempty"`
	MostRunning    *float64 `json:"most_running,omitempty"` // tasks, right after a batch

	// LoadBefore is the average over a minute before the first batch.
	LoadBefore *float64 `json:"load_before,omitempty"`
	// FastestMHz and SlowestMHz are the extremes of the fastest core's clock, right after a batch.
	FastestMHz *float64 `json:"fastest_mhz,omitempty"`
	SlowestMHz *float64 `json:"slowest_mhz,omitempty"`
}

// Watch is a measure.Observer.
type Watch struct {
	read     func() sensor.Activity
	before   sensor.Activity
	subjects []Conditions
}

// NewWatch watches a machine. There is a number of threads for each subject.
func NewWatch(host *sensor.Host, threads ...int) *Watch {
	w := &Watch{read: host.Activity, subjects: make([]Conditions, len(threads))}
	var load *float64
	for _, r := range host.State().Load {
		if r.Known() {
			load = &r.Value // over one minute, the first
			break
		}
	}
	for i, n := range threads {
		w.subjects[i].Threads = n
		w.subjects[i].LoadBefore = load
	}
	return w
}

// Of returns a subject's conditions until now.
func (w *Watch) Of(subject int) Conditions { return w.subjects[subject] }

// BeforeBatch implements measure.Observer.
func (w *Watch) BeforeBatch(_ int, phase measure.Phase) {
	if phase == measure.Measured {
		w.before = w.read()
	}
}

// AfterBatch implements measure.Observer. Warm-up is not what is judged, and a pause is no load.
func (w *Watch) AfterBatch(subject int, b measure.Batch) {
	if b.Phase == measure.Measured && b.Pause() == "" {
		w.subjects[subject].add(b, w.before, w.read())
	}
}

func (c *Conditions) add(b measure.Batch, before, after sensor.Activity) {
	first := c.WallS == 0
	c.WallS += float64(b.ElapsedNS) / 1e9
	c.Cores = after.Cores
	if b.Usage != nil {
		c.CPUS = sum(c.CPUS, first, float64(b.Usage.CPUNS)/1e9)
		switches := b.Usage.InvoluntarySwitches
		if c.InvoluntarySwitches != nil {
			switches += *c.InvoluntarySwitches
		}
		c.InvoluntarySwitches = &switches
	} else {
		c.CPUS, c.InvoluntarySwitches = nil, nil
	}
	if b.GroupCPUNS != nil {
		c.GroupCPUS = sum(c.GroupCPUS, first, float64(*b.GroupCPUNS)/1e9)
	} else {
		c.GroupCPUS = nil
	}
	c.BusyS = grown(c.BusyS, first, before.Busy, after.Busy)
	c.StealS = grown(c.StealS, first, before.Steal, after.Steal)
	c.WaitingS = grown(c.WaitingS, first, before.Waiting, after.Waiting)
	c.ThrottleEvents = grown(c.ThrottleEvents, first, before.Throttle, after.Throttle)
	c.MostRunning = extreme(c.MostRunning, after.Running, func(a, b float64) float64 { return max(a, b) })
	c.FastestMHz = extreme(c.FastestMHz, after.Clock, func(a, b float64) float64 { return max(a, b) })
	c.SlowestMHz = extreme(c.SlowestMHz, after.Clock, func(a, b float64) float64 { return min(a, b) })
}

// Plus adds the conditions of a later process. What is not known of one is not known of both.
func (c Conditions) Plus(d Conditions) Conditions {
	switch {
	case d.WallS == 0:
		return c
	case c.WallS == 0:
		return d
	}
	c.WallS += d.WallS
	c.CPUS = both(c.CPUS, d.CPUS, plus)
	c.GroupCPUS = both(c.GroupCPUS, d.GroupCPUS, plus)
	c.InvoluntarySwitches = both(c.InvoluntarySwitches, d.InvoluntarySwitches, func(a, b int64) int64 { return a + b })
	c.BusyS = both(c.BusyS, d.BusyS, plus)
	c.StealS = both(c.StealS, d.StealS, plus)
	c.WaitingS = both(c.WaitingS, d.WaitingS, plus)
	c.ThrottleEvents = both(c.ThrottleEvents, d.ThrottleEvents, plus)
	c.MostRunning = both(c.MostRunning, d.MostRunning, math.Max)
	c.FastestMHz = both(c.FastestMHz, d.FastestMHz, math.Max)
	c.SlowestMHz = both(c.SlowestMHz, d.SlowestMHz, math.Min)
	return c
}

func plus(a, b float64) float64 { return a + b }

func both[T any](a, b *T, f func(a, b T) T) *T {
	if a == nil || b == nil {
		return nil
	}
	v := f(*a, *b)
	return &v
}

// sum adds to a total that is known from the first batch on, or not at all.
func sum(total *float64, first bool, v float64) *float64 {
	if total == nil && !first {
		return nil
	}
	if total != nil {
		v += *total
	}
	return &v
}

// grown adds what a counter grew by; one that is not known in one batch is not known in all.
func grown(total *float64, first bool, before, after sensor.Reading) *float64 {
	if !before.Known() || !after.Known() {
		return nil
	}
	return sum(total, first, max(0, after.Value-before.Value))
}

func extreme(have *float64, r sensor.Reading, pick func(a, b float64) float64) *float64 {
	if !r.Known() {
		return have
	}
	v := r.Value
	if have != nil {
		v = pick(*have, v)
	}
	return &v
}
