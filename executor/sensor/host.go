package sensor

import (
	"io/fs"
	"os"
	"runtime"

	"edgebench/executor/sysfs"
)

// Process is what the program knows of its host without reading a file.
type Process struct {
	OS, Arch   string
	Go         string // version
	GOMAXPROCS int
	Cores      int // logical, that the process may use
	Features   []string
	Hostname   string
}

// Host is a machine to describe.
type Host struct {
	process Process
	source  source
}

// source is where a host's facts come from.
type source interface {
	describe(e *Environment)
	state() State
	activity() Activity
	remedies() map[string]string // how to get each kind of sensor
}

// Local is the machine that this program runs on.
func Local() *Host {
	return &Host{process: thisProcess(), source: localSource()}
}

// Recorded is a Linux machine from the files of its /proc, /sys and /etc below root.
func Recorded(root fs.FS, p Process) *Host {
	return &Host{process: p, source: linux{sysfs.Tree{Root: root}}}
}

// Environment describes the host; program is the version of the caller's program.
func (h *Host) Environment(program string) Environment {
	p := h.process
	e := Environment{
		OS: p.OS, Arch: p.Arch, Go: p.Go, GOMAXPROCS: p.GOMAXPROCS, Hostname: p.Hostname, Program: program,
		CPU: CPU{LogicalCores: p.Cores, Features: p.Features},
	}
	if p.Hostname == "" {
		e.miss("hostname", "the system does not tell it")
	}
	h.source.describe(&e)
	return e
}

// State reads the sensors.
func (h *Host) State() State { return h.source.state() }

// List reads the sensors and says for each kind what is missing and how to get it.
func (h *Host) List() []Sensor { return list(h.source.state(), h.source.remedies()) }

func thisProcess() Process {
	name, err := os.Hostname()
	if err != nil {
		name = ""
	}
	version := runtime.Version()
	return Process{
		OS: runtime.GOOS, Arch: runtime.GOARCH, Go: version, GOMAXPROCS: runtime.GOMAXPROCS(0),
		Cores: runtime.NumCPU(), Features: features(), Hostname: name,
	}
}
