package sensor_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"edgebench/executor/sensor"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// update asks to rewrite the want sections of testdata.
func update() bool { return os.Getenv("EDGEBENCH_UPDATE") != "" }

var process = sensor.Process{
	OS: "linux", Arch: "arm64", Go: "go1.26.8", GOMAXPROCS: 4, Cores: 4, Features: []string{"asimd"}, Hostname: "bench",
}

// tree turns a recorded tree into files; the device tree's strings end with a NUL.
func tree(a *txtar.Archive) fstest.MapFS {
	files := fstest.MapFS{}
	for _, f := range a.Files {
		data := f.Data
		if strings.HasPrefix(f.Name, "proc/device-tree/") {
			data = append([]byte(strings.TrimSpace(string(data))), 0)
		}
		files[f.Name] = &fstest.MapFile{Data: data}
	}
	return files
}

// TestRecordedTrees reads each tree in testdata and compares with its want section.
func TestRecordedTrees(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal("no trees", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var want string
			for i, f := range a.Files {
				if f.Name == "want" {
					want, a.Files = string(f.Data), a.Files[:i]
				}
			}
			host := sensor.Recorded(tree(a), process)
			got := render(host.Environment("v1"), host.State())
			if update() {
				a.Files = append(a.Files, txtar.File{Name: "want", Data: []byte(got)})
				if err := os.WriteFile(path, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s\nif this is right, run it again with EDGEBENCH_UPDATE=1", diff)
			}
		})
	}
}

func render(e sensor.Environment, s sensor.State) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s | %s | %s | %s\n", e.Board, e.CPU.Model, e.Kernel, e.System)
	fmt.Fprintf(&b, "%v; memory %v; runs in %q\n", e.CPU.PhysicalCores, e.Memory, e.Virtualization)
	if e.CPUQuota != nil {
		fmt.Fprintln(&b, *e.CPUQuota, "from", e.CPUQuota.Source)
	}
	for _, m := range e.Missing {
		fmt.Fprintf(&b, "missing %s: %s\n", m.Field, m.Reason)
	}
	v := reflect.ValueOf(s)
	for i := range v.NumField() {
		readings, ok := v.Field(i).Interface().([]sensor.Reading)
		if !ok {
			readings = []sensor.Reading{v.Field(i).Interface().(sensor.Reading)}
		}
		fmt.Fprintln(&b, v.Type().Field(i).Name)
		for _, r := range readings {
			fmt.Fprintln(&b, "\t"+r.String())
		}
	}
	return b.String()
}

func TestUnreadableIsNeverAZero(t *testing.T) {
	host := sensor.Recorded(fstest.MapFS{}, process)
	text, err := json.Marshal(host.State())
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), `"value"`) || !strings.Contains(string(text), `"status":"unreadable","reason":"this system does not have it"`) {
		t.Errorf("%s", text)
	}
	var back sensor.State
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(host.State(), back); diff != "" {
		t.Error(diff)
	}
	zero, err := json.Marshal(sensor.Reading{Name: "1 min", Unit: sensor.Load, Status: sensor.OK})
	if err != nil || string(zero) != `{"name":"1 min","value":0,"unit":"runnable tasks","status":"ok"}` {
		t.Errorf("a load of zero is a value: %s, %v", zero, err)
	}
}

// denied is a file system in which no file may be read.
type denied struct{ fstest.MapFS }

func (d denied) Open(name string) (fs.File, error) {
	f, err := d.MapFS.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || info.IsDir() {
		return f, err
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}

func (d denied) ReadFile(name string) ([]byte, error) { return fs.ReadFile(struct{ fs.FS }{d}, name) }

func TestDeniedFilesSaySo(t *testing.T) {
	a, err := txtar.ParseFile("testdata/raspberry-pi-4.txtar")
	if err != nil {
		t.Fatal(err)
	}
	s := sensor.Recorded(denied{tree(a)}, process).State()
	want := sensor.Reading{Name: "cpu3", Unit: sensor.MHz, Status: sensor.Unreadable, Reason: "no permission to read it",
		Source: "/sys/devices/system/cpu/cpu3/cpufreq/scaling_cur_freq"}
	if diff := cmp.Diff(want, s.Clocks[3]); diff != "" {
		t.Error(diff)
	}
}

func TestListSaysWhatIsMissingAndHowToGetIt(t *testing.T) {
	for _, s := range sensor.Recorded(fstest.MapFS{}, process).List() {
		if s.Available || s.Missing == "" || s.Remedy == "" {
			t.Errorf("%+v", s)
		}
	}
	a, err := txtar.ParseFile("testdata/jetson-nano.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sensor.Recorded(tree(a), process).List() {
		if !s.Available || s.Remedy != "" {
			t.Errorf("%+v", s)
		}
		if s.Name == "temperature" && s.Missing != "thermal_zone4 PMIC-Die: the board reports a constant 100 °C here" {
			t.Errorf("one of several zones is unreadable: %q", s.Missing)
		}
	}
}

func TestDigestIsOfWhatDecidesResults(t *testing.T) {
	a, err := txtar.ParseFile("testdata/laptop.txtar")
	if err != nil {
		t.Fatal(err)
	}
	of := func(change func(fstest.MapFS, *sensor.Process)) string {
		files, p := tree(a), process
		change(files, &p)
		return sensor.Recorded(files, p).Environment("v1").Digest()
	}
	set := func(name, data string) func(fstest.MapFS, *sensor.Process) {
		return func(files fstest.MapFS, _ *sensor.Process) { files[name] = &fstest.MapFile{Data: []byte(data)} }
	}
	plain := of(func(fstest.MapFS, *sensor.Process) {})
	if plain != of(func(_ fstest.MapFS, p *sensor.Process) { p.Hostname = "other" }) {
		t.Error("the hostname changes it")
	}
	if plain != of(set("proc/meminfo", "MemTotal: 16250000 kB\n")) {
		t.Error("a few MB of memory change it")
	}
	for name, change := range map[string]func(fstest.MapFS, *sensor.Process){
		"kernel":     set("proc/sys/kernel/osrelease", "6.2"),
		"board":      set("sys/class/dmi/id/product_name", "Other"),
		"model":      set("proc/cpuinfo", "model name : Other\n"),
		"memory":     set("proc/meminfo", "MemTotal: 8000000 kB\n"),
		"quota":      set("sys/fs/cgroup/user.slice/cpu.max", "100000 100000"),
		"container":  set("run/.containerenv", ""),
		"gomaxprocs": func(_ fstest.MapFS, p *sensor.Process) { p.GOMAXPROCS = 1 },
		"features":   func(_ fstest.MapFS, p *sensor.Process) { p.Features = nil },
		"go":         func(_ fstest.MapFS, p *sensor.Process) { p.Go = "go1.27" },
	} {
		if of(change) == plain {
			t.Errorf("another %s does not change it", name)
		}
	}
	if e := sensor.Recorded(tree(a), process).Environment("v2"); e.Digest() == plain {
		t.Error("another program version does not change it")
	}
}

func TestEnvironmentReadsBack(t *testing.T) {
	want := sensor.Recorded(fstest.MapFS{}, process).Environment("v1")
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got sensor.Environment
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" || want.Digest() != got.Digest() {
		t.Error(diff)
	}
}

// TestThisMachine holds on any: nothing fails, every reading has a value or a reason.
func TestThisMachine(t *testing.T) {
	host := sensor.Local()
	e := host.Environment("v1")
	if e.CPU.LogicalCores < 1 || e.GOMAXPROCS < 1 || e.Digest() != host.Environment("v1").Digest() {
		t.Errorf("%+v", e)
	}
	for _, s := range host.List() {
		if len(s.Readings) == 0 {
			t.Errorf("%s has no reading at all", s.Name)
		}
		for _, r := range s.Readings {
			if !r.Known() && (r.Reason == "" || r.Value != 0) {
				t.Errorf("%s: %+v", s.Name, r)
			}
		}
	}
}

// TestActivity: columns of /proc/stat are added up, and a file that is not what it should be is
// unreadable, not 0.
func TestActivity(t *testing.T) {
	files := fstest.MapFS{}
	for name, text := range map[string]string{
		"proc/stat":         "cpu  100 20 30 4000 50 6 7 80 9 9\ncpu0 50 10 15 2000 25 3 3 40 4 4\ncpu1 50 10 15 2000 25 3 4 40 5 5\nprocs_running 3\n",
		"proc/pressure/cpu": "some avg10=0.00 avg60=0.00 avg300=0.00 total=2500000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=1\n",
		"sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq":             "600000\n",
		"sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq":             "1500000\n",
		"sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count": "4\n",
		"sys/devices/system/cpu/cpu1/thermal_throttle/core_throttle_count": "3\n",
	} {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	a := sensor.Recorded(files, process).Activity()
	for want, r := range map[string]sensor.Reading{
		"busy: 1.63 s": a.Busy, "steal: 0.8 s": a.Steal, "waiting: 2.5 s": a.Waiting, "running: 3 runnable tasks": a.Running,
		"clock: 1500 MHz": a.Clock, "throttle: 7 events": a.Throttle,
	} {
		if r.String() != want {
			t.Errorf("%q, want %q", r, want)
		}
	}
	if a.Cores != 2 {
		t.Errorf("%d cores, want 2", a.Cores)
	}
	files["proc/stat"] = &fstest.MapFile{Data: []byte("cpu  100 x 30 4000\n")}
	files["proc/pressure/cpu"] = &fstest.MapFile{Data: []byte("none\n")}
	a = sensor.Recorded(files, process).Activity()
	for _, r := range []sensor.Reading{a.Busy, a.Steal, a.Waiting, a.Running} {
		if r.Known() || r.Reason == "" {
			t.Errorf("%s is read from a file that does not have it: %v", r.Name, r.Value)
		}
	}
}
