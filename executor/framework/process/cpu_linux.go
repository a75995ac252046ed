package process

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// members are the processes of a runner's group, as the kernel lists them.
type members struct {
	pids   []int
	listed time.Time
}

const (
	// listEvery is how often all processes are looked through for new members, which takes milliseconds.
	listEvery = time.Second
	// tick is the unit of times in /proc/PID/stat: USER_HZ is 100 on every architecture that this program is
	// built for.
	tick = 10 * time.Millisecond
)

// cpu is what all processes of the group have used until now, their children that ended included; false
// where the system does not tell.
func (g *group) cpu() (time.Duration, bool) {
	if time.Since(g.members.listed) >= listEvery {
		g.members.list(g.id)
	}
	total, known := time.Duration(0), false
	for _, pid := range g.members.pids {
		if s, ok := readStat(pid); ok && s.group == g.id {
			total, known = total+s.cpu, true
		}
	}
	return total, known
}

func (m *members) list(group int) {
	m.pids, m.listed = nil, time.Now()
	entries, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return
	}
	for _, path := range entries {
		pid, err := strconv.Atoi(filepath.Base(path))
		if err != nil {
			continue
		}
		if s, ok := readStat(pid); ok && s.group == group {
			m.pids = append(m.pids, pid)
		}
	}
}

// stat is a part of /proc/PID/stat.
type stat struct {
	group int
	cpu   time.Duration // user and system, also of children that it has waited for
}

// readStat reads a process; false where it is gone. Its name, in parentheses, may have any characters, so that
// fields are counted from the last parenthesis.
func readStat(pid int) (stat, bool) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return stat{}, false
	}
	return parseStat(text)
}

func parseStat(text []byte) (stat, bool) {
	const processGroup, userTime, times = 2, 11, 4 // proc_pid_stat(5): pgrp; utime, stime, cutime and cstime
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) < userTime+times {
		return stat{}, false
	}
	var s stat
	var err error
	if s.group, err = strconv.Atoi(string(fields[processGroup])); err != nil {
		return stat{}, false
	}
	for _, f := range fields[userTime : userTime+times] {
		ticks, err := strconv.ParseInt(string(f), 10, 64)
		if err != nil {
			return stat{}, false
		}
		s.cpu += time.Duration(ticks) * tick
	}
	return s, true
}
