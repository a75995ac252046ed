package sensor

import (
	"fmt"
	"strconv"
	"strings"

	"edgebench/executor/sysfs"
)

// ticks per second: what /proc/stat counts in, on every architecture that Go runs on (USER_HZ).
const ticks = 100

func (l linux) activity() Activity {
	a := l.processors()
	a.Waiting = l.pressure()
	a.Clock = l.fastest()
	a.Throttle = l.throttleEvents()
	return a
}

// processors reads /proc/stat (proc_stat(5)): its first line sums the cores up.
func (l linux) processors() Activity {
	const file = "proc/stat"
	s, err := l.Read(file)
	if err != nil {
		missing := func(name, unit string) Reading { return unreadable(name, unit, "/"+file, sysfs.Why(err)) }
		return Activity{Busy: missing("busy", Seconds), Steal: missing("steal", Seconds), Running: missing("running", Load)}
	}
	lines := fields(s, " ")
	a := Activity{Running: parsed("running", lines["procs_running"], Load, "/"+file)}
	for name := range lines {
		if _, core := cpuNumber(name); core {
			a.Cores++
		}
	}
	// user nice system idle iowait irq softirq steal guest guest_nice; guests are in user and nice.
	times := strings.Fields(lines["cpu"])
	a.Busy = summed("busy", times, "/"+file, 0, 1, 2, 5, 6)
	a.Steal = summed("steal", times, "/"+file, 7)
	return a
}

// summed adds up columns of ticks.
func summed(name string, times []string, source string, columns ...int) Reading {
	sum := 0.0
	for _, c := range columns {
		if c >= len(times) {
			return unreadable(name, Seconds, source, fmt.Sprintf("its line cpu has no column %d", c+1))
		}
		v, err := strconv.ParseFloat(times[c], 64)
		if err != nil {
			return unreadable(name, Seconds, source, fmt.Sprintf("%q is not a number", times[c]))
		}
		sum += v
	}
	return value(name, sum/ticks, Seconds, source)
}

func parsed(name, text, unit, source string) Reading {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return unreadable(name, unit, source, fmt.Sprintf("%q is not a number", text))
	}
	return value(name, v, unit, source)
}

// pressure reads the total of the line "some avg10=0.00 avg60=0.00 avg300=0.00 total=12345", in
// microseconds (Documentation/accounting/psi.rst).
func (l linux) pressure() Reading {
	const name, file = "waiting", "proc/pressure/cpu"
	s, err := l.Read(file)
	if err != nil {
		return unreadable(name, Seconds, "/"+file, sysfs.Why(err))
	}
	_, total, _ := strings.Cut(fields(s, " ")["some"], "total=")
	r := parsed(name, total, Seconds, "/"+file)
	r.Value /= 1e6
	return r
}

// fastest is the clock of the core that runs fastest: the others may have nothing to do.
func (l linux) fastest() Reading {
	const name, files = "clock", "sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_cur_freq"
	best := unreadable(name, MHz, "/"+files, "no frequency driver is loaded")
	for _, file := range l.Glob(files) {
		if r := l.number(name, file, 1e3, MHz); r.Known() && (!best.Known() || r.Value > best.Value) { // kHz
			best = r
		}
	}
	return best
}

func (l linux) throttleEvents() Reading {
	const name, files = "throttle", "sys/devices/system/cpu/cpu[0-9]*/thermal_throttle/core_throttle_count"
	sum := unreadable(name, Events, "/"+files, "this processor does not count them")
	for _, file := range l.Glob(files) {
		if r := l.number(name, file, 1, Events); r.Known() {
			sum = value(name, sum.Value+r.Value, Events, "/"+files)
		}
	}
	return sum
}
