package meter

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"edgebench/executor/sysfs"
)

// tree is a machine of files; a text of "!" may not be read.
func tree(files map[string]string) Machine {
	root := fstest.MapFS{}
	for name, text := range files {
		root[name] = &fstest.MapFile{Data: []byte(text + "\n")}
	}
	return Machine{OS: "linux", Tree: sysfs.Tree{Root: guarded{root}}, Command: func(name string, _ ...string) (string, error) {
		return "", &exec.Error{Name: name, Err: exec.ErrNotFound}
	}}
}

type guarded struct{ fstest.MapFS }

func (g guarded) ReadFile(name string) ([]byte, error) {
	data, err := g.MapFS.ReadFile(name)
	if string(data) == "!\n" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return data, err
}

// TestFind: the meters of recorded machines, what they read, and what is said of those that are not there.
func TestFind(t *testing.T) {
	type want struct {
		name  string
		scope Scope
		value float64 // J or W
	}
	pi5 := tree(nil)
	pi5.Command = func(name string, arguments ...string) (string, error) {
		if name != "vcgencmd" || arguments[0] != "pmic_read_adc" {
			return "", exec.ErrNotFound
		}
		return "   3V7_WL_SW_A current(0)=0.10000000A\n   VDD_CORE_A current(7)=2.00000000A\n" +
			"   3V7_WL_SW_V volt(8)=3.70000000V\n   VDD_CORE_V volt(15)=0.90000000V\n   EXT5V_V volt(24)=5.15404000V\n", nil
	}
	for _, c := range []struct {
		name    string
		machine Machine
		want    []want
		absent  string // part of what is said of the first kind that is not there
	}{
		{"nothing", tree(nil), nil, "/sys/class/powercap has no intel-rapl zone"},
		{"RAPL", tree(map[string]string{
			"sys/class/powercap/intel-rapl:0/name": "package-0", "sys/class/powercap/intel-rapl:0/energy_uj": "12000000",
			"sys/class/powercap/intel-rapl:0/max_energy_range_uj": "262143328850",
			"sys/class/powercap/intel-rapl:0:0/name":              "core", "sys/class/powercap/intel-rapl:0:0/energy_uj": "5000000",
			"sys/class/powercap/intel-rapl:0:1/name": "dram", "sys/class/powercap/intel-rapl:0:1/energy_uj": "2000000",
			"sys/class/powercap/intel-rapl:1/name": "psys", "sys/class/powercap/intel-rapl:1/energy_uj": "30000000",
			"sys/class/powercap/intel-rapl-mmio:0/energy_uj": "12000000",
		}), []want{
			{"RAPL package-0", Package, 12},
			{"RAPL package-0 core", Cores, 5},
			{"RAPL package-0 dram", Memory, 2},
			{"RAPL psys", Platform, 30},
		}, ""},
		{"RAPL that only root reads", tree(map[string]string{
			"sys/class/powercap/intel-rapl:0/name": "package-0", "sys/class/powercap/intel-rapl:0/energy_uj": "!",
		}), nil, "/sys/class/powercap/intel-rapl:0/energy_uj: no permission to read it"},
		{"a Jetson's INA3221 as hwmon, one channel off", tree(map[string]string{
			"sys/class/hwmon/hwmon4/name": "ina3221", "sys/class/hwmon/hwmon4/update_interval": "20",
			"sys/class/hwmon/hwmon4/in1_label": "VDD_IN", "sys/class/hwmon/hwmon4/in1_input": "5000", "sys/class/hwmon/hwmon4/curr1_input": "1200",
			"sys/class/hwmon/hwmon4/in2_enable": "0", "sys/class/hwmon/hwmon4/in2_input": "5000", "sys/class/hwmon/hwmon4/curr2_input": "10",
			"sys/class/hwmon/hwmon5/name": "nvme",
		}), []want{{"ina3221 VDD_IN", Rail, 6}}, ""},
		{"an INA226 and AMD's counters", tree(map[string]string{
			"sys/class/hwmon/hwmon0/name": "ina226", "sys/class/hwmon/hwmon0/power1_input": "2500000",
			"sys/class/hwmon/hwmon0/in1_input": "5000", "sys/class/hwmon/hwmon0/curr1_input": "500",
			"sys/class/hwmon/hwmon1/name":          "amd_energy",
			"sys/class/hwmon/hwmon1/energy1_label": "Ecore000", "sys/class/hwmon/hwmon1/energy1_input": "700000",
			"sys/class/hwmon/hwmon1/energy9_label": "Esocket0", "sys/class/hwmon/hwmon1/energy9_input": "9000000",
		}), []want{{"ina226 power1", Rail, 2.5}, {"amd_energy Ecore000", Cores, 0.7}, {"amd_energy Esocket0", Package, 9}}, ""},
		{"a Jetson TX2 with JetPack 4", tree(map[string]string{
			"sys/bus/i2c/drivers/ina3221x/0-0041/iio:device1/rail_name_0": "VDD_IN", "sys/bus/i2c/drivers/ina3221x/0-0041/iio:device1/in_power0_input": "3812",
		}), []want{{"INA3221 VDD_IN", Supply, 3.812}}, ""},
		{"a battery by its factors", tree(map[string]string{
			"sys/class/power_supply/BAT0/type": "Battery", "sys/class/power_supply/BAT0/status": "Discharging",
			"sys/class/power_supply/BAT0/voltage_now": "12000000", "sys/class/power_supply/BAT0/current_now": "-1500000",
			"sys/class/power_supply/hid/type": "Battery", "sys/class/power_supply/hid/scope": "Device", "sys/class/power_supply/hid/status": "Discharging",
		}), []want{{"battery BAT0", Supply, 18}}, ""},
		{"a Raspberry Pi 5", pi5, []want{{"PMIC rails", Platform, 0.37 + 1.8}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := Find(c.machine)
			if len(f.Meters) != len(c.want) {
				t.Fatalf("%d meters: %v", len(f.Meters), f.Descriptions())
			}
			for i, m := range f.Meters {
				v, err := m.Read()
				if d := m.Describe(); err != nil || d.Name != c.want[i].name || d.Scope != c.want[i].scope || math.Abs(v-c.want[i].value) > 1e-9 {
					t.Errorf("%s (%s): %g, %v; want %v", d.Name, d.Scope, v, err, c.want[i])
				}
			}
			if c.absent != "" && (len(f.Absent) == 0 || f.Absent[0].Reason != c.absent) {
				t.Errorf("absent: %v", f.Absent)
			}
			for _, a := range f.Absent {
				if a.Reason == "" || a.Remedy == "" {
					t.Errorf("%s: nothing is said of why or what to do", a.Kind)
				}
			}
		})
	}
}

// TestFindNVIDIA: NVIDIA's tool is followed as one program for each card.
func TestFindNVIDIA(t *testing.T) {
	m := tree(nil)
	m.Command = func(name string, _ ...string) (string, error) {
		if name != "nvidia-smi" {
			return "", exec.ErrNotFound
		}
		return "0, NVIDIA H100 80GB HBM3\n1, NVIDIA T4\n", nil
	}
	f := Find(m)
	if len(f.Streams) != 2 || f.Streams[1].Describe().Name != "GPU 1 (NVIDIA T4)" || !strings.Contains(f.Streams[1].Describe().Source, "--id=1 ") {
		t.Errorf("%+v", f.Streams)
	}
}

const ms = time.Millisecond

// counter is the trace of a counter that was read at each of a number of times.
func counter(d Description, points ...point) *trace {
	d.Quantity = Energy
	return &trace{of: d, points: points}
}

// TestCounter: the energy between two readings of a counter, and when there is none.
func TestCounter(t *testing.T) {
	rapl := Description{Resolution: 61e-6, Period: ms, Wraps: 100}
	for _, c := range []struct {
		name     string
		trace    *trace
		from, to time.Duration
		want     float64
		wrong    string
	}{
		{"plain", counter(rapl, point{0, 5}, point{time.Second, 20}), 0, time.Second, 15, ""},
		{"it starts again at 0", counter(rapl, point{0, 95}, point{time.Second, 3}), 0, time.Second, 8, ""},
		{"twice", counter(rapl, point{0, 95}, point{time.Second, 90}, point{2 * time.Second, 80}), 0, 2 * time.Second, 185, ""},
		{"it was reset and cannot wrap", counter(Description{Period: ms}, point{0, 95}, point{time.Second, 3}), 0, time.Second, 0, "it was reset"},
		{"it was set to another value", counter(Description{Period: ms}, point{0, 95}, point{10 * ms, 9e6}), 0, 10 * ms, 0, "it was reset"},
		{"too short for it", counter(Description{Period: time.Second}, point{0, 95}, point{300 * ms, 96}), 0, 300 * ms, 0, "below its update period of 1s"},
		{"it went away", counter(rapl, point{0, 5}, point{time.Second, 20}), time.Second, 3 * time.Second, 0, "no reading within 2s"},
		{"it never came", counter(rapl), 0, time.Second, 0, "not read twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, within, err := c.trace.energy(c.from, c.to)
			switch {
			case c.wrong != "":
				if err == nil || !strings.Contains(err.Error(), c.wrong) {
					t.Errorf("%g, %v", got, err)
				}
			case err != nil || math.Abs(got-c.want) > 1e-12 || !(within > 0 && within < 1):
				t.Errorf("%g within %g, %v; want %g", got, within, err, c.want)
			}
		})
	}
}

// TestPowerOfAnAnalyticTrace: the integral of a power that is known in closed form is met within 1 %, and
// within what the account says of itself, though the meter has a reading only each 100 ms.
func TestPowerOfAnAnalyticTrace(t *testing.T) {
	// P(t) = 4 + 2 sin(2 pi t / 3 s) W, a machine that works and rests.
	omega := 2 * math.Pi / 3
	tr := &trace{of: Description{Quantity: Power, Period: 100 * ms, Resolution: 1e-3}}
	for at := time.Duration(0); at <= 60*time.Second; at += 100 * ms {
		tr.add(at, 4+2*math.Sin(omega*at.Seconds()), nil)
	}
	integral := func(t float64) float64 { return 4*t - 2/omega*math.Cos(omega*t) }
	for from := 130 * ms; from < 50*time.Second; from += 1730 * ms {
		for _, long := range []time.Duration{400 * ms, time.Second, 7 * time.Second} {
			got, within, err := tr.energy(from, from+long)
			want := integral((from + long).Seconds()) - integral(from.Seconds())
			if err != nil || math.Abs(got-want) > 0.01*want || math.Abs(got-want) > within {
				t.Errorf("%v from %v: %g J within %g, want %g, %v", long, from, got, within, want, err)
			}
		}
	}
}

// TestAccount: two subjects in turns on one meter: each gets the energy of its own batches.
func TestAccount(t *testing.T) {
	tr := &trace{of: Description{Quantity: Energy, Period: ms, Resolution: 61e-6, Wraps: 1000}}
	joules, at := 990.0, time.Duration(0) // it wraps on the way
	spans := make([][]Span, 2)
	for i := range 20 {
		s := i % 2
		power, count := []float64{10, 20}[s], []int{4, 5}[s]
		tr.add(at, math.Mod(joules, 1000), nil)
		spans[s] = append(spans[s], Span{at, at + 100*ms, count})
		at += 100 * ms
		joules += power * 0.1
		tr.add(at, math.Mod(joules, 1000), nil)
		at += 3 * ms // in which nobody works
		joules += 1 * 0.003
	}
	for s, want := range []struct{ piece, power float64 }{{0.25, 10}, {0.4, 20}} {
		a := tr.account(spans[s], 0.95)
		if !a.Known() || a.Spans != 10 || math.Abs(a.PerPiece.Value-want.piece) > 1e-9 || math.Abs(a.Power.Value-want.power) > 1e-9 ||
			!(a.PerPiece.Low < want.piece && want.piece < a.PerPiece.High) || a.PerPiece.High > 1.02*want.piece {
			t.Errorf("subject %d: %+v", s, a)
		}
	}
}

// TestAccountOfABrokenMeter: a meter that is stuck, or vanished for most of the time, has no energy, and
// says why; one that missed a little says that.
func TestAccountOfABrokenMeter(t *testing.T) {
	spans := []Span{{0, time.Second, 1}, {time.Second, 2 * time.Second, 1}, {2 * time.Second, 3 * time.Second, 1}}
	of := Description{Quantity: Power, Period: 10 * ms}
	stuck, vanished, missed := &trace{of: of}, &trace{of: of}, &trace{of: of}
	gone := errors.New("the driver does not answer")
	for at := time.Duration(0); at <= 3*time.Second; at += 10 * ms {
		power := 3 + float64(at%(30*ms))/float64(30*ms)
		stuck.add(at, 3, nil)
		if at < 900*ms {
			vanished.add(at, power, nil)
		} else {
			vanished.add(at, 0, gone)
		}
		if at < 1200*ms || at > 1300*ms {
			missed.add(at, power, nil)
		} else {
			missed.add(at, math.NaN(), nil)
		}
	}
	for _, c := range []struct {
		trace *trace
		known bool
		words string
	}{
		{stuck, false, "it is stuck"},
		{vanished, false, "the driver does not answer"},
		{missed, true, "it reads NaN"},
	} {
		a := c.trace.account(spans, 0.95)
		if a.Known() != c.known || !strings.Contains(a.Reason, c.words) {
			t.Errorf("%+v, want %q", a, c.words)
		}
		if c.known && a.Without != 1 {
			t.Errorf("%d spans without, want 1", a.Without)
		}
	}
}

// TestRecorder: a power meter is polled at its period while the work is done.
func TestRecorder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		now := func() time.Duration { return time.Since(start) }
		var reads atomic.Int32
		polled := reading{Description{Quantity: Power, Period: 10 * ms}, func() (float64, error) {
			reads.Add(1)
			return 5 + now().Seconds(), nil
		}}
		r := Record(t.Context(), now, []Meter{polled})
		time.Sleep(50 * ms)
		span, err := r.Idle(t.Context(), 2*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * ms)
		r.Stop()
		if a := r.Accounts([]Span{span}, 0.95)[0]; !a.Known() || math.Abs(a.Power.Value-6.05) > 1e-9 || reads.Load() < 200 || reads.Load() > 220 {
			t.Errorf("%d readings: %+v", reads.Load(), a)
		}
		cut, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := r.Idle(cut, time.Second); err == nil {
			t.Error("a wait that was cut short counts as idle")
		}
	})
}

// TestLines: a program that prints readings is a meter while it runs, and one that ends says why.
func TestLines(t *testing.T) {
	start := time.Now()
	now := func() time.Duration { return time.Since(start) }
	good := Lines{Description{Quantity: Power, Period: ms}, []string{"/bin/sh", "-c", "echo '# W'; echo 100,7; echo 100.05,8; echo 100.1,9; exec sleep 60"}}
	bad := Lines{Description{Quantity: Power, Period: ms}, []string{"/bin/sh", "-c", "echo no meter is plugged in >&2; exit 3"}}
	r := Record(t.Context(), now, nil, good, bad)
	for {
		r.mu.Lock()
		ready := len(r.traces[0].points) == 3 && r.traces[1].failed != nil
		r.mu.Unlock()
		if ready {
			break
		}
		time.Sleep(ms)
	}
	r.Stop()
	from := r.traces[0].points[0].at
	accounts := r.Accounts([]Span{{from, from + 100*ms, 10}}, 0.95)
	if a := accounts[0]; !a.Known() || math.Abs(a.Joules-0.8) > 1e-6 {
		t.Errorf("good: %+v", a)
	}
	if a := accounts[1]; a.Known() || !strings.Contains(a.Reason, "no meter is plugged in") {
		t.Errorf("bad: %+v", a)
	}
}

// TestReadLog: a meter's own file, by its columns.
func TestReadLog(t *testing.T) {
	origin := time.Unix(1700000000, 0)
	var got []point
	take := func(at time.Duration, v float64) { got = append(got, point{at, v}) }
	if err := readLog(strings.NewReader("volt,time,power_w\n5,1700000000.5,3.25\n5,1700000001.5,4\n"), Power, origin, take); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0] != (point{500 * ms, 3.25}) || got[1] != (point{1500 * ms, 4}) {
		t.Errorf("%v", got)
	}
	for text, words := range map[string]string{
		"":                               "no header",
		"t,power_w\n":                    "must have time",
		"time,power_w\nnoon,3\n":         `line 2: the time "noon"`,
		"time,power_w\n1700000000,\n":    `line 2: ""`,
		"time,power_w\n1700000000,3,4\n": "wrong number of fields",
	} {
		if err := readLog(strings.NewReader(text), Power, origin, take); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// FuzzReadings: no text of a meter's program, log or tool makes it panic.
func FuzzReadings(f *testing.F) {
	f.Add("3V7_WL_SW_A current(0)=0.1A\n3V7_WL_SW_V volt(8)=3.7V\n")
	f.Add("# comment\n1.5, 3\n4\n")
	f.Add("time,power_w\n1,2\n")
	f.Fuzz(func(_ *testing.T, text string) {
		drop := func(time.Duration, float64) {}
		_, _ = rails(Machine{Command: func(string, ...string) (string, error) { return text, nil }})
		_ = readLines(strings.NewReader(text), func() time.Duration { return 0 }, drop)
		_ = readLog(strings.NewReader(text), Power, time.Unix(0, 0), drop)
	})
}
