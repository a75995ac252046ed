package conditions

import (
	"fmt"

	"edgebench/executor/measure"
)

// The codes of warnings.
const (
	WarnBusy      = "machine_busy"
	WarnStarved   = "starved"
	WarnSteal     = "steal"
	WarnClock     = "clock_fell"
	WarnThrottled = "throttled"
	WarnGreedy    = "threads_exceeded"
)

const (
	// leastWall is the least time whose shares are worth judging: the kernel counts in ticks of 10 ms.
	leastWall = 0.2
	// leastOthers is what a quiet machine's other processes may use, in cores: the executor itself,
	// its terminal, the system's services.
	leastOthers = 0.15
	// leastStolen and leastWaiting are shares of the time.
	leastStolen  = 0.02
	leastWaiting = 0.1
	// leastSwitches per thread and second: below, being switched off is the kernel's
	// housekeeping.
	leastSwitches = 10
	// starvedShare of its threads' time is what a subject at least uses of the processors while it is
	// also switched off them. Alone it says little: threads also wait for each other.
	starvedShare = 0.9
	// mostExtra is what a subject may use beyond its threads, in cores: threads that only read files, collect
	// garbage or watch, and the ticks that the kernel counts in.
	mostExtra = 0.25
	// leastFall of the clock, as a share.
	leastFall = 0.1
)

// Warnings says what kept the subject from having the machine to itself.
func (c Conditions) Warnings() []measure.Warning {
	if c.WallS < leastWall {
		return nil
	}
	var all []measure.Warning
	for _, judge := range []func(Conditions) (measure.Warning, bool){
		Conditions.busy, Conditions.starved, Conditions.stolen, Conditions.clockFell, Conditions.throttled, Conditions.greedy,
	} {
		if w, found := judge(c); found {
			all = append(all, w)
		}
	}
	return all
}

// own is the processor time of the subject's process, and of its group where that is more.
func (c Conditions) own() *float64 {
	if c.CPUS == nil || c.GroupCPUS != nil && *c.GroupCPUS > *c.CPUS {
		return c.GroupCPUS
	}
	return c.CPUS
}

// others is how many cores other processes used.
func (c Conditions) others() (float64, bool) {
	own := c.own()
	if c.BusyS == nil || own == nil || c.Cores == 0 {
		return 0, false
	}
	return max(0, *c.BusyS-*own) / c.WallS, true
}

// greedy: the subject used more of the processors than the threads that it was told to keep to can.
func (c Conditions) greedy() (measure.Warning, bool) {
	own := c.own()
	if own == nil || c.Asked < 1 || *own <= (float64(c.Asked)+mostExtra)*c.WallS {
		return measure.Warning{}, false
	}
	threads := "1 thread"
	if c.Asked > 1 {
		threads = fmt.Sprintf("%d threads", c.Asked)
	}
	return measure.Warning{Code: WarnGreedy, Message: fmt.Sprintf(
		"it was told to use %s and used %.1f cores while it was measured: it does not keep to its limit, and the time is not that of %s",
		threads, *own/c.WallS, threads)}, true
}

// busy: other processes used cores that the subject's threads would have.
func (c Conditions) busy() (measure.Warning, bool) {
	others, known := c.others()
	wanted := float64(min(c.Threads, c.Cores))
	if !known || others < leastOthers || others+wanted <= float64(c.Cores) {
		return measure.Warning{}, false
	}
	text := fmt.Sprintf("the machine was busy: other processes used %.1f of %d cores while it was measured", others, c.Cores)
	if c.LoadBefore != nil {
		text += fmt.Sprintf(" (load average before: %.1f)", *c.LoadBefore)
	}
	return measure.Warning{Code: WarnBusy, Message: text}, true
}

// starved: the subject's threads did not run for all of the time, and it was not they who gave up the
// processors.
func (c Conditions) starved() (measure.Warning, bool) {
	if c.CPUS == nil || c.InvoluntarySwitches == nil || c.Threads < 1 || c.Threads > c.Cores {
		return measure.Warning{}, false
	}
	threadSeconds := c.WallS * float64(c.Threads)
	share, rate := *c.CPUS/threadSeconds, float64(*c.InvoluntarySwitches)/threadSeconds
	waited := c.WaitingS != nil && *c.WaitingS >= leastWaiting*c.WallS
	if share >= starvedShare || rate < leastSwitches || c.WaitingS != nil && !waited {
		return measure.Warning{}, false
	}
	return measure.Warning{Code: WarnStarved, Message: fmt.Sprintf(
		"its threads did not have the processors to themselves: they ran for %.0f %% of the time and were switched off %.0f times a second",
		100*share, rate*float64(c.Threads))}, true
}

// stolen: the hypervisor gave processors to other guests.
func (c Conditions) stolen() (measure.Warning, bool) {
	if c.StealS == nil || c.Cores == 0 || *c.StealS < leastStolen*c.WallS*float64(c.Cores) {
		return measure.Warning{}, false
	}
	return measure.Warning{Code: WarnSteal, Message: fmt.Sprintf(
		"the virtual machine was denied %.1f of its %d cores while it was measured (steal): another guest had them",
		*c.StealS/c.WallS, c.Cores)}, true
}

// clockFell: the fastest core's clock was not the same throughout.
func (c Conditions) clockFell() (measure.Warning, bool) {
	if c.FastestMHz == nil || c.SlowestMHz == nil || *c.SlowestMHz >= (1-leastFall)**c.FastestMHz {
		return measure.Warning{}, false
	}
	return measure.Warning{Code: WarnClock, Message: fmt.Sprintf(
		"the processor's clock varied between %.0f and %.0f MHz while it was measured: see its governor, and its temperature",
		*c.SlowestMHz, *c.FastestMHz)}, true
}

func (c Conditions) throttled() (measure.Warning, bool) {
	if c.ThrottleEvents == nil || *c.ThrottleEvents == 0 {
		return measure.Warning{}, false
	}
	return measure.Warning{Code: WarnThrottled, Message: fmt.Sprintf(
		"the processor throttled %.0f times while it was measured: it was too hot", *c.ThrottleEvents)}, true
}
