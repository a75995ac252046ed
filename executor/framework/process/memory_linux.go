package process

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"

	"edgebench/executor/sensor"
)

// countKills reads the kernel's count of processes killed for lack of memory,
// of the whole machine or of a cgroup.
func countKills() outOfMemory {
	text, err := field("/proc/vmstat", "oom_kill", " ")
	if err != nil {
		return outOfMemory{}
	}
	count, err := strconv.ParseInt(text, 10, 64)
	return outOfMemory{count, err == nil}
}

// peakOf reads a process's largest resident set. Note: not ru_maxrss of its
// end, which begins with that of the process that started it.
func peakOf(pid int) sensor.Reading {
	path := fmt.Sprintf("/proc/%d/status", pid)
	text, err := field(path, "VmHWM", ":")
	if err != nil {
		return noPeak(err.Error())
	}
	kib, err := strconv.ParseFloat(strings.TrimSuffix(text, " kB"), 64)
	if err != nil {
		return noPeak(fmt.Sprintf("%s has the peak %q", path, text))
	}
	return sensor.Reading{Name: peakName, Value: kib * 1024, Unit: sensor.Bytes, Status: sensor.OK, Source: "VmHWM in /proc/PID/status"}
}

// field returns the value of the first line that begins with a name.
func field(path, name, separator string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		key, value, ok := strings.Cut(lines.Text(), separator)
		if ok && key == name {
			return strings.TrimSpace(value), nil
		}
	}
	return "", fmt.Errorf("%s has no line %s", path, name)
}

// offerToKernel lets the kernel take a runner first when memory runs out, and
// this program last. Note: a kernel that has no such file takes the largest.
func offerToKernel(pid int) {
	const most = "1000"
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/oom_score_adj", pid), []byte(most), 0o644)
}
