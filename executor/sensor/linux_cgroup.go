package sensor

import (
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
)

// cgroup is a control group's folder, of version 2 (unified) or 1.
type cgroup struct {
	dir     string
	unified bool
}

// cgroups lists the process's group of a controller and those above it. In a
// container the path in /proc/self/cgroup may be the host's and not exist here;
// its root then does.
func (l linux) cgroups(controller string) (groups []cgroup) {
	for line := range strings.Lines(l.Word("proc/self/cgroup")) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3) // id:controllers:path
		if len(parts) != 3 {
			continue
		}
		mount, unified := "sys/fs/cgroup", parts[1] == ""
		if !unified {
			if !slices.Contains(strings.Split(parts[1], ","), controller) {
				continue
			}
			mount = path.Join(mount, controller)
		}
		for dir := path.Join("/", parts[2]); ; dir = path.Dir(dir) {
			groups = append(groups, cgroup{path.Join(mount, dir), unified})
			if dir == "/" {
				break
			}
		}
	}
	return groups
}

// availableMemory is the machine's, or what a limit on the process's cgroup, or
// one above it, leaves, whichever is less.
func (l linux) availableMemory() Reading {
	least := l.memory("available", "MemAvailable")
	for _, g := range l.cgroups("memory") {
		left, source, ok := l.memoryLeft(g)
		if ok && (!least.Known() || left < least.Value) {
			least = value("available", left, Bytes, "/"+source)
		}
	}
	return least
}

// memoryLeft is a group's limit less what it uses. Cache that was not used for
// long is not counted as used: the kernel takes it back.
func (l linux) memoryLeft(g cgroup) (left float64, source string, ok bool) {
	limit, usage, cache := "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
	if g.unified {
		limit, usage, cache = "memory.max", "memory.current", "inactive_file"
	}
	source = path.Join(g.dir, limit)
	most, err := strconv.ParseFloat(l.Word(source), 64) // "max" is no limit, and version 1 has a number near 2^63
	if err != nil || most > math.MaxInt64/2 {
		return 0, "", false
	}
	used, err := strconv.ParseFloat(l.Word(path.Join(g.dir, usage)), 64)
	if err != nil {
		return 0, "", false
	}
	if idle, err := strconv.ParseFloat(fields(l.Word(path.Join(g.dir, "memory.stat")), " ")[cache], 64); err == nil {
		used -= min(idle, used)
	}
	return max(most-used, 0), source, true
}
