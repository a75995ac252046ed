package sensor

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"edgebench/executor/sysfs"
)

// linux reads /proc, /sys and /etc below a root.
type linux struct{ sysfs.Tree }

// number is the reading of a file that holds one number, in units of which one of unit has so many.
func (l linux) number(name, file string, per float64, unit string) Reading {
	v, err := l.Number(file, per)
	if err != nil {
		return unreadable(name, unit, "/"+file, sysfs.Why(err))
	}
	return value(name, v, unit, "/"+file)
}

// cpuNumber is 3 for sys/devices/system/cpu/cpu3/..., false for other entries such as cpufreq.
func cpuNumber(name string) (int, bool) {
	for part := range strings.SplitSeq(name, "/") {
		if rest, ok := strings.CutPrefix(part, "cpu"); ok {
			if n, err := strconv.Atoi(rest); err == nil {
				return n, true
			}
		}
	}
	return 0, false
}

// fields reads "key<sep>value" lines; a repeated key keeps its first value.
func fields(text, sep string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(text) {
		k, v, ok := strings.Cut(line, sep)
		k = strings.TrimSpace(k)
		if _, seen := out[k]; ok && !seen {
			out[k] = strings.TrimSpace(v)
		}
	}
	return out
}

// memory reads a line of /proc/meminfo, such as "MemTotal: 3884096 kB".
func (l linux) memory(name, field string) Reading {
	const file = "proc/meminfo"
	s, err := l.Read(file)
	if err != nil {
		return unreadable(name, Bytes, "/"+file, sysfs.Why(err))
	}
	text, ok := strings.CutSuffix(fields(s, ":")[field], " kB")
	kib, err := strconv.ParseFloat(text, 64)
	if !ok || err != nil {
		return unreadable(name, Bytes, "/"+file, fmt.Sprintf("it has no line %s in kB", field))
	}
	return value(name, kib*1024, Bytes, "/"+file)
}

// remedies say how to get a kind of sensor on Linux.
func (linux) remedies() map[string]string {
	const guest = "a virtual machine's host keeps it: run on the machine itself"
	return map[string]string{
		"cpu clock":    "load the cpufreq driver of this processor (modprobe acpi-cpufreq, cpufreq-dt); " + guest,
		"cpu governor": "load the cpufreq driver of this processor (modprobe acpi-cpufreq, cpufreq-dt); " + guest,
		"device clock": "only boards with devfreq devices (Jetson, Rockchip, Odroid) have it; a discrete GPU's clock comes from its own tool",
		"load":         "mount /proc",
		"temperature":  "load the sensor's driver (sensors-detect of lm-sensors names it; modprobe coretemp, k10temp); " + guest,
		"memory":       "mount /proc",
		"throttling":   "only Intel processors, the Raspberry Pi's firmware and thermal cooling devices tell it: watch clocks and temperatures instead",
	}
}

// base is the last part of the folder a file lies in.
func base(file string) string { return path.Base(path.Dir(file)) }
