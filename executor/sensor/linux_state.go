package sensor

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"edgebench/executor/sysfs"
)

func (l linux) state() State {
	return State{
		Clocks:       orMissing(l.clocks(), "cpu", MHz, "sys/devices/system/cpu/cpu*/cpufreq", "no frequency driver is loaded, and /proc/cpuinfo has no clock"),
		Governors:    orMissing(l.governors(), "cpu", None, "sys/devices/system/cpu/cpu*/cpufreq", "no frequency driver is loaded"),
		Devices:      orMissing(l.deviceClocks(), "devfreq", MHz, "sys/class/devfreq", "this system has no devfreq devices"),
		Load:         l.load(),
		Temperatures: orMissing(l.temperatures(), "temperature", Celsius, "sys/class/thermal, /sys/class/hwmon", "this system has no thermal zones and no temperature sensors"),
		Memory:       l.availableMemory(),
		Throttling:   orMissing(l.throttling(), "throttling", Events, "sys/devices/system/cpu/cpu*/thermal_throttle", "neither processor, firmware nor cooling devices tell it"),
	}
}

func orMissing(found []Reading, name, unit, source, reason string) []Reading {
	if len(found) > 0 {
		return found
	}
	return []Reading{unreadable(name, unit, "/"+source, reason)}
}

// clocks are each core's: what the hardware does where the driver knows it (cpuinfo_avg_freq, from
// Linux 6.14), else what was asked for, else x86's line in /proc/cpuinfo.
func (l linux) clocks() (out []Reading) {
	for _, dir := range l.Glob("sys/devices/system/cpu/cpu[0-9]*/cpufreq") {
		n, _ := cpuNumber(dir)
		name := fmt.Sprintf("cpu%d", n)
		r := l.number(name, dir+"/cpuinfo_avg_freq", 1e3, MHz) // kHz
		if !r.Known() {
			r = l.number(name, dir+"/scaling_cur_freq", 1e3, MHz)
		}
		out = append(out, r)
	}
	if len(out) > 0 {
		return out
	}
	return l.cpuinfoClocks()
}

func (l linux) cpuinfoClocks() (out []Reading) {
	for core := range strings.SplitSeq(l.Word("proc/cpuinfo"), "\n\n") {
		f := fields(core, ":")
		if mhz, err := strconv.ParseFloat(f["cpu MHz"], 64); err == nil {
			out = append(out, value("cpu"+f["processor"], mhz, MHz, "/proc/cpuinfo"))
		}
	}
	return out
}

func (l linux) governors() (out []Reading) {
	for _, dir := range l.Glob("sys/devices/system/cpu/cpu[0-9]*/cpufreq") {
		n, _ := cpuNumber(dir)
		name, file := fmt.Sprintf("cpu%d", n), dir+"/scaling_governor"
		governor, err := l.Read(file)
		if err != nil {
			out = append(out, unreadable(name, None, "/"+file, sysfs.Why(err)))
			continue
		}
		out = append(out, text(name, governor, "/"+file))
	}
	return out
}

func (l linux) deviceClocks() (out []Reading) {
	for _, file := range l.Glob("sys/class/devfreq/*/cur_freq") {
		out = append(out, l.number(base(file), file, 1e6, MHz)) // Hz
	}
	return out
}

func (l linux) load() []Reading {
	const file = "proc/loadavg"
	names := []string{"1 min", "5 min", "15 min"}
	s, err := l.Read(file)
	if err != nil {
		return []Reading{unreadable("load", Load, "/"+file, sysfs.Why(err))}
	}
	var out []Reading
	for i, word := range strings.Fields(s) {
		v, err := strconv.ParseFloat(word, 64)
		if i == len(names) || err != nil {
			break
		}
		out = append(out, value(names[i], v, Load, "/"+file))
	}
	return orMissing(out, "load", Load, file, fmt.Sprintf("%q has no averages", s))
}

// temperatures are the thermal zones', and those of hwmon chips that are not a zone's copy.
func (l linux) temperatures() (out []Reading) {
	zones := map[string]bool{}
	for _, file := range l.Glob("sys/class/thermal/thermal_zone*/temp") {
		kind := l.Word(path.Join(path.Dir(file), "type"))
		zones[strings.ReplaceAll(kind, "-", "_")] = true
		out = append(out, l.zone(kind, file))
	}
	for _, file := range l.Glob("sys/class/hwmon/hwmon*/temp*_input") {
		chip := l.Word(path.Join(path.Dir(file), "name"))
		if !zones[chip] {
			label := l.Word(strings.TrimSuffix(file, "_input") + "_label")
			out = append(out, l.number(strings.TrimSpace(chip+" "+label), file, 1e3, Celsius))
		}
	}
	return out
}

// zone reads a thermal zone, in thousandths of a degree. The Jetsons' PMIC-Die is no sensor: it always
// says 100 °C.
func (l linux) zone(kind, file string) Reading {
	r := l.number(strings.TrimSpace(base(file)+" "+kind), file, 1e3, Celsius)
	if kind == "PMIC-Die" && r.Value == 100 {
		return unreadable(r.Name, Celsius, r.Source, "the board reports a constant 100 °C here")
	}
	return r
}

func (l linux) throttling() (out []Reading) {
	for _, file := range l.Glob("sys/devices/system/cpu/cpu[0-9]*/thermal_throttle/core_throttle_count") {
		n, _ := cpuNumber(file)
		out = append(out, l.number(fmt.Sprintf("cpu%d", n), file, 1, Events))
	}
	if pi, ok := l.raspberry(); ok {
		out = append(out, pi)
	}
	return append(out, l.cooling()...)
}

// raspberry reads the firmware's bits (raspberrypi.com, documentation of vcgencmd get_throttled).
func (l linux) raspberry() (Reading, bool) {
	const name, file = "firmware", "sys/devices/platform/soc/soc:firmware/get_throttled"
	s, err := l.Read(file)
	if err != nil {
		return Reading{}, false
	}
	bits, err := strconv.ParseUint(strings.TrimPrefix(s, "0x"), 16, 32)
	if err != nil {
		return unreadable(name, Bits, "/"+file, fmt.Sprintf("%q is not hexadecimal", s)), true
	}
	r := value(name, float64(bits), Bits, "/"+file)
	r.Text = throttledWords(bits)
	return r, true
}

func throttledWords(bits uint64) string {
	causes := []string{"under-voltage", "clock capped", "throttled", "soft temperature limit"}
	var words []string
	for i, cause := range causes {
		if bits>>i&1 == 1 {
			words = append(words, cause+" now")
		}
	}
	for i, cause := range causes {
		if bits>>(16+i)&1 == 1 {
			words = append(words, cause+" since boot")
		}
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}

// cooling reads the cooling devices that slow a processor down; fans are not among them.
func (l linux) cooling() (out []Reading) {
	for _, file := range l.Glob("sys/class/thermal/cooling_device*/cur_state") {
		kind := l.Word(path.Join(path.Dir(file), "type"))
		for _, slows := range []string{"cpufreq", "devfreq", "Processor", "cpu-balanced", "gpu-balanced"} {
			if strings.Contains(kind, slows) {
				out = append(out, l.number(base(file)+" "+kind, file, 1, Level))
				break
			}
		}
	}
	return out
}
