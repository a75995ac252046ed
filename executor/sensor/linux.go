package sensor

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// linux reads /proc, /sys and /etc below a root.
type linux struct{ root fs.FS }

// read returns a file's text without surrounding space or NUL (the device tree's strings end with one).
func (l linux) read(name string) (string, error) {
	data, err := fs.ReadFile(l.root, name)
	return strings.Trim(string(data), " \t\n\x00"), err
}

// word is a file's text, or nothing.
func (l linux) word(name string) string {
	s, err := l.read(name)
	if err != nil {
		return ""
	}
	return s
}

// number reads a file that holds one number, in units of which one of unit has so many.
func (l linux) number(name, file string, per float64, unit string) Reading {
	s, err := l.read(file)
	if err != nil {
		return unreadable(name, unit, "/"+file, why(err))
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return unreadable(name, unit, "/"+file, fmt.Sprintf("%q is not a number", s))
	}
	return value(name, v/per, unit, "/"+file)
}

// glob lists what matches, numbers in their order: cpu2 before cpu10.
func (l linux) glob(pattern string) []string {
	names, err := fs.Glob(l.root, pattern)
	if err != nil {
		panic(err) // patterns are constants
	}
	slices.SortFunc(names, byNumbers)
	return names
}

// byNumbers compares texts with their numbers as numbers.
func byNumbers(a, b string) int {
	for a != "" && b != "" {
		m, n := digits(a), digits(b)
		if m > 0 && n > 0 {
			x, y := strings.TrimLeft(a[:m], "0"), strings.TrimLeft(b[:n], "0")
			if len(x) != len(y) {
				return len(x) - len(y)
			}
			if c := strings.Compare(x, y); c != 0 {
				return c
			}
			a, b = a[m:], b[n:]
			continue
		}
		if a[0] != b[0] {
			return int(a[0]) - int(b[0])
		}
		a, b = a[1:], b[1:]
	}
	return len(a) - len(b)
}

// digits is how many a text begins with.
func digits(s string) int {
	return len(s) - len(strings.TrimLeft(s, "0123456789"))
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
	s, err := l.read(file)
	if err != nil {
		return unreadable(name, Bytes, "/"+file, why(err))
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
