package meter

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"runtime"
	"strings"
	"time"

	"edgebench/executor/sysfs"
)

// Machine is where meters are looked for.
type Machine struct {
	OS string // Go's name
	sysfs.Tree
	// Command runs a program and returns what it prints; the error wraps [exec.ErrNotFound] where it is
	// not installed.
	Command func(name string, arguments ...string) (string, error)
}

// Local is the machine that this program runs on.
func Local() Machine {
	return Machine{OS: runtime.GOOS, Tree: sysfs.Tree{Root: os.DirFS("/")}, Command: run}
}

// commandTime is how long a command may take for one reading.
const commandTime = 2 * time.Second

func run(name string, arguments ...string) (string, error) {
	ctx, stop := context.WithTimeout(context.Background(), commandTime)
	defer stop()
	c := exec.CommandContext(ctx, name, arguments...)
	c.WaitDelay = commandTime
	out, err := c.Output()
	return string(out), err
}

// Found is what can be read of a machine, and what cannot.
type Found struct {
	Meters  []Meter
	Streams []Stream
	Absent  []Absent
}

// Descriptions lists everything that can be read.
func (f Found) Descriptions() []Description {
	var all []Description
	for _, m := range f.Meters {
		all = append(all, m.Describe())
	}
	for _, s := range f.Streams {
		all = append(all, s.Describe())
	}
	return all
}

// Find looks for every kind of meter, and reads each that it finds once.
func Find(m Machine) Found {
	var all Found
	for _, k := range kinds {
		f, reason := k.find(m)
		readable, why := tried(f.Meters)
		if why != "" {
			reason = why
		}
		all.Meters = append(all.Meters, readable...)
		all.Streams = append(all.Streams, f.Streams...)
		if len(readable)+len(f.Streams) == 0 {
			all.Absent = append(all.Absent, Absent{k.name, reason, k.remedy})
		}
	}
	return all
}

// kind finds its meters, and says why where there is none.
type kind struct {
	name   string
	find   func(Machine) (f Found, reason string)
	remedy string
}

// files are meters that Linux shows as files.
func files(find func(Machine) ([]Meter, string)) func(Machine) (Found, string) {
	return func(m Machine) (Found, string) {
		if m.OS != "linux" {
			return Found{}, "edgebench reads it on Linux only"
		}
		meters, reason := find(m)
		return Found{Meters: meters}, reason
	}
}

var kinds = []kind{
	{"RAPL", files(rapl), "it takes an Intel or AMD processor and the driver intel_rapl_msr (modprobe intel_rapl_msr); only root may read it unless the owner allows it: " +
		"sudo chmod a+r /sys/class/powercap/*/energy_uj, until the next start. A virtual machine's host keeps it: run on the machine itself"},
	{"hwmon", files(hwmon), "load the driver of the board's monitor (modprobe ina3221, ina2xx); Jetson boards and many others have one"},
	{"Jetson INA3221", files(jetson), "JetPack 4 and earlier have it; later ones show it as hwmon"},
	{"battery", files(battery), "it takes a battery that tells its power, and the charger unplugged"},
	{"Raspberry Pi PMIC", pmic, "only the Raspberry Pi 5 measures its rails; for other boards put a meter in the supply and name its log"},
	{"NVIDIA GPU", nvidia, "install NVIDIA's driver, which brings nvidia-smi"},
}

// tried are the meters that a first reading could be had of.
func tried(meters []Meter) (readable []Meter, reason string) {
	for _, m := range meters {
		if _, err := m.Read(); err != nil {
			reason = m.Describe().Source + ": " + sysfs.Why(err)
			continue
		}
		readable = append(readable, m)
	}
	return readable, reason
}

// attribute is what begins a file's name, which its attributes share: power1_input's is power1.
func attribute(file string) string {
	name, _, _ := strings.Cut(path.Base(file), "_")
	return name
}

func (m Machine) exists(file string) bool {
	_, err := fs.Stat(m.Root, file)
	return err == nil
}
