package meter

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Machine is where meters are looked for.
type Machine struct {
	OS string // Go's name
	// Root is the machine's file system: /sys lies below it.
	Root fs.FS
	// Command runs a program and returns what it prints; the error wraps [exec.ErrNotFound] where it is
	// not installed.
	Command func(name string, arguments ...string) (string, error)
}

// Local is the machine that this program runs on.
func Local() Machine {
	return Machine{OS: runtime.GOOS, Root: os.DirFS("/"), Command: run}
}

// commandTime is how long a command may take for one reading.
const commandTime = 2 * time.Second

func run(name string, arguments ...string) (string, error) {
	c := exec.Command(name, arguments...)
	c.WaitDelay = commandTime
	timer := time.AfterFunc(commandTime, func() { _ = c.Process.Kill() })
	defer timer.Stop()
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
			reason = m.Describe().Source + ": " + why(err)
			continue
		}
		readable = append(readable, m)
	}
	return readable, reason
}

func why(err error) string {
	if errors.Is(err, fs.ErrPermission) {
		return "no permission to read it"
	}
	return err.Error()
}

// number reads a file with one number, in units of which one of the result's has so many.
func number(root fs.FS, file string, per float64) (float64, error) {
	data, err := fs.ReadFile(root, file)
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(string(data)), 64)
	if err != nil {
		return 0, fmt.Errorf("/%s holds %q, not a number", file, strings.TrimSpace(string(data)))
	}
	return v / per, nil
}

func word(root fs.FS, file string) string {
	data, err := fs.ReadFile(root, file)
	if err != nil {
		return ""
	}
	return strings.Trim(string(data), " \t\n\x00")
}

func exists(root fs.FS, file string) bool {
	_, err := fs.Stat(root, file)
	return err == nil
}

func glob(root fs.FS, pattern string) []string {
	names, err := fs.Glob(root, pattern)
	if err != nil {
		panic(err) // patterns are constants
	}
	return names
}

// attribute is what begins a file's name, which a file's attributes share: power1_input's is power1.
func attribute(file string) string {
	name, _, _ := strings.Cut(path.Base(file), "_")
	return name
}
