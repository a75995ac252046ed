//go:build !linux

package sensor

import (
	"fmt"

	"edgebench/executor/sysfs"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/host"
	"github.com/shirou/gopsutil/v4/load"
	"github.com/shirou/gopsutil/v4/mem"
	"github.com/shirou/gopsutil/v4/sensors"
)

func localSource() source { return gopsutil{} }

// gopsutil reads systems other than Linux.
type gopsutil struct{}

const psutil = "gopsutil"

func (gopsutil) describe(e *Environment) {
	describeSystem(e)
	describeCPU(e)
	e.Memory = fromMemory("total", func(m *mem.VirtualMemoryStat) uint64 { return m.Total })
}

func describeSystem(e *Environment) {
	info, err := host.Info()
	if err != nil {
		e.miss("kernel", sysfs.Why(err))
		return
	}
	e.Kernel = info.KernelVersion
	e.System = info.Platform + " " + info.PlatformVersion
	if info.VirtualizationSystem != "" && info.VirtualizationRole == "guest" {
		e.Virtualization = "vm: " + info.VirtualizationSystem
	}
}

func describeCPU(e *Environment) {
	if infos, err := cpu.Info(); err != nil || len(infos) == 0 {
		e.miss("cpu.model", fmt.Sprintf("the system does not tell it: %v", err))
	} else {
		e.CPU.Model = infos[0].ModelName
	}
	e.CPU.PhysicalCores = unreadable("physical cores", Cores, psutil, "the system does not tell them")
	if n, err := cpu.Counts(false); err == nil && n > 0 {
		e.CPU.PhysicalCores = value("physical cores", float64(n), Cores, psutil)
	}
}

func fromMemory(name string, pick func(*mem.VirtualMemoryStat) uint64) Reading {
	m, err := mem.VirtualMemory()
	if err != nil {
		return unreadable(name, Bytes, psutil, sysfs.Why(err))
	}
	return value(name, float64(pick(m)), Bytes, psutil)
}

func (gopsutil) state() State {
	return State{
		Clocks:       []Reading{unreadable("cpu", MHz, psutil, "this system does not tell a core's present clock")},
		Governors:    []Reading{unreadable("cpu", None, psutil, "this system has no frequency governors")},
		Devices:      []Reading{unreadable("devfreq", MHz, psutil, "this system does not tell its devices' clocks")},
		Load:         loads(),
		Temperatures: temperatures(),
		Memory:       fromMemory("available", func(m *mem.VirtualMemoryStat) uint64 { return m.Available }),
		Throttling:   []Reading{unreadable("throttling", Events, psutil, "this system does not tell when it throttles")},
	}
}

func (gopsutil) activity() Activity {
	missing := func(name, unit string) Reading {
		return unreadable(name, unit, psutil, "this system does not tell it")
	}
	a := Activity{
		Busy: missing("busy", Seconds), Steal: missing("steal", Seconds), Waiting: missing("waiting", Seconds),
		Running: missing("running", Load), Clock: missing("clock", MHz), Throttle: missing("throttle", Events),
	}
	times, err := cpu.Times(false)
	cores, err2 := cpu.Counts(true)
	if err == nil && err2 == nil && len(times) == 1 {
		t := times[0]
		a.Cores, a.Busy = cores, value("busy", t.User+t.Nice+t.System+t.Irq+t.Softirq, Seconds, psutil)
	}
	return a
}

func loads() []Reading {
	avg, err := load.Avg()
	if err != nil {
		return []Reading{unreadable("load", Load, psutil, sysfs.Why(err))}
	}
	return []Reading{
		value("1 min", avg.Load1, Load, psutil), value("5 min", avg.Load5, Load, psutil), value("15 min", avg.Load15, Load, psutil),
	}
}

func temperatures() []Reading {
	stats, err := sensors.SensorsTemperatures()
	var out []Reading
	for _, s := range stats {
		if s.Temperature != 0 { // gopsutil's way to say that a sensor did not answer
			out = append(out, value(s.SensorKey, s.Temperature, Celsius, psutil))
		}
	}
	switch {
	case len(out) > 0:
		return out
	case err != nil:
		return []Reading{unreadable("temperature", Celsius, psutil, sysfs.Why(err))}
	}
	return []Reading{unreadable("temperature", Celsius, psutil, "no sensor answers")}
}

func (gopsutil) remedies() map[string]string {
	const note = "run on Linux for this reading, or note it by hand"
	return map[string]string{
		"cpu clock": note, "cpu governor": note, "device clock": note, "throttling": note,
		"temperature": "run as administrator, or use an external meter",
	}
}
