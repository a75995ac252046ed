package conditions_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"edgebench/compiler/spec/policy"
	"edgebench/executor/measure"
	"edgebench/executor/measure/conditions"
	"edgebench/executor/measure/measuretest"
	"edgebench/executor/sensor"
)

func p[T any](v T) *T { return &v }

// TestWarnings judges recorded figures. Most are of a machine with two cores and a subject with two
// threads, measured for 2 s.
func TestWarnings(t *testing.T) {
	quiet := conditions.Conditions{
		Threads: 2, Cores: 2, WallS: 2, CPUS: p(3.7), InvoluntarySwitches: p(int64(6)),
		BusyS: p(3.8), StealS: p(0.0), WaitingS: p(0.02), MostRunning: p(3.0), LoadBefore: p(0.3),
	}
	tests := []struct {
		name   string
		change func(*conditions.Conditions)
		want   []string // code: part of the message
	}{
		{"quiet", func(*conditions.Conditions) {}, nil},
		{"a load of 4.8 on two cores", func(c *conditions.Conditions) {
			c.CPUS, c.BusyS, c.InvoluntarySwitches, c.WaitingS, c.LoadBefore = p(1.4), p(3.99), p(int64(480)), p(1.9), p(4.8)
		}, []string{
			"machine_busy: the machine was busy: other processes used 1.3 of 2 cores while it was measured (load average before: 4.8)",
			"starved: ran for 35 % of the time and were switched off 240 times a second",
		}},
		{"one busy process beside one thread leaves it a core", func(c *conditions.Conditions) {
			c.Threads, c.CPUS, c.BusyS = 1, p(1.98), p(3.9)
		}, nil},
		{"two busy processes beside one thread do not", func(c *conditions.Conditions) {
			c.Threads, c.CPUS, c.BusyS = 1, p(1.2), p(3.99)
		}, []string{"machine_busy: other processes used 1.4 of 2 cores"}},
		{"30 busy cores of 64 do not matter to 4 threads", func(c *conditions.Conditions) {
			c.Threads, c.Cores, c.CPUS, c.BusyS = 4, 64, p(7.5), p(67.5)
		}, nil},
		{"a container with a share of the processors", func(c *conditions.Conditions) {
			c.CPUS, c.InvoluntarySwitches, c.WaitingS, c.BusyS = p(1.9), p(int64(300)), p(1.0), p(1.95)
		}, []string{"starved: ran for 48 % of the time"}},
		{"threads that wait for each other", func(c *conditions.Conditions) { c.CPUS, c.BusyS = p(2.4), p(2.5) }, nil},
		{"more threads than cores switch each other off", func(c *conditions.Conditions) {
			c.Threads, c.CPUS, c.InvoluntarySwitches, c.WaitingS = 8, p(3.7), p(int64(900)), p(1.9)
		}, nil},
		{"a hypervisor that gives to others", func(c *conditions.Conditions) { c.StealS = p(0.8) },
			[]string{"steal: was denied 0.4 of its 2 cores"}},
		{"a framework that keeps to one thread of two", func(c *conditions.Conditions) {
			c.Threads, c.Asked, c.CPUS, c.GroupCPUS = 1, 1, p(2.0), p(2.1)
		}, nil},
		{"a framework that does not", func(c *conditions.Conditions) {
			c.Threads, c.Asked, c.CPUS = 1, 1, p(3.7)
		}, []string{"threads_exceeded: it was told to use 1 thread and used 1.9 cores while it was measured"}},
		{"a framework whose children do not", func(c *conditions.Conditions) {
			c.Threads, c.Asked, c.Cores, c.CPUS, c.GroupCPUS, c.BusyS = 2, 2, 8, p(0.1), p(7.0), p(7.1)
		}, []string{"threads_exceeded: it was told to use 2 threads and used 3.5 cores"}},
		{"one that says nothing of itself", func(c *conditions.Conditions) {
			c.Asked, c.CPUS, c.InvoluntarySwitches, c.GroupCPUS, c.BusyS = 1, nil, nil, p(3.0), p(3.1)
		}, []string{"threads_exceeded: used 1.5 cores"}},
		{"a clock that fell", func(c *conditions.Conditions) { c.FastestMHz, c.SlowestMHz = p(1500.0), p(1000.0) },
			[]string{"clock_fell: between 1000 and 1500 MHz"}},
		{"a clock that wavers", func(c *conditions.Conditions) { c.FastestMHz, c.SlowestMHz = p(3400.0), p(3300.0) }, nil},
		{"too hot", func(c *conditions.Conditions) { c.ThrottleEvents = p(12.0) }, []string{"throttled: throttled 12 times"}},
		{"too short to judge", func(c *conditions.Conditions) { c.WallS, c.StealS = 0.01, p(0.02) }, nil},
		{"nothing is known", func(c *conditions.Conditions) { *c = conditions.Conditions{Threads: 2, WallS: 2} }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := quiet
			tt.change(&c)
			got := c.Warnings()
			ok := len(got) == len(tt.want)
			for i := 0; ok && i < len(got); i++ {
				code, text, _ := strings.Cut(tt.want[i], ": ")
				ok = got[i].Code == code && strings.Contains(got[i].Message, text)
			}
			if !ok {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// machine is a recorded machine whose counters a test moves on.
type machine struct {
	files                fstest.MapFS
	user, steal, waiting int // ticks, ticks, us
}

func newMachine(load string) *machine {
	m := &machine{files: fstest.MapFS{"proc/loadavg": {Data: []byte(load + " 1.00 0.50 3/200 4711")}}, user: 1000}
	m.write()
	return m
}

func (m *machine) write() {
	m.files["proc/stat"] = &fstest.MapFile{Data: fmt.Appendf(nil,
		"cpu  %d 0 100 5000 10 0 0 %d 0 0\ncpu0 1 0 0 0 0 0 0 0 0 0\ncpu1 1 0 0 0 0 0 0 0 0 0\nctxt 1\nprocs_running 3\n", m.user, m.steal)}
	m.files["proc/pressure/cpu"] = &fstest.MapFile{Data: fmt.Appendf(nil, "some avg10=0.00 avg60=0.00 avg300=0.00 total=%d\n", m.waiting)}
}

// TestWatch measures beside a process that takes half of two cores: the counters are read around measured
// batches only, and each subject has its own sums.
func TestWatch(t *testing.T) {
	m := newMachine("4.80")
	clock := &measuretest.Clock{}
	subject := func(took time.Duration, others int) measure.Subject {
		return &measuretest.Device{Clock: clock,
			Script: func(int) (time.Duration, error) {
				m.user += 2 * int(took/time.Millisecond) / 10 // both cores are busy, with it or with others
				m.waiting += others * 10_000
				m.write()
				return took, nil
			},
			Used: func(first, end int) *measure.Usage {
				ticks := int64(end-first) * (2*took.Milliseconds()/10 - int64(others))
				return &measure.Usage{CPUNS: ticks * 1e7, InvoluntarySwitches: int64(others) * int64(end-first)}
			},
		}
	}
	host := sensor.Recorded(m.files, sensor.Process{Cores: 2})
	w := conditions.NewWatch(host, 2, 2)
	rules := policy.Policy{MinCount: 10, Confidence: 0.95, Headline: policy.Median, Interleave: true, Warmup: policy.Warmup{MinCount: 5}}
	measure.Run(t.Context(), rules, []measure.Subject{subject(100*time.Millisecond, 10), subject(200*time.Millisecond, 0)}, clock, nil, w)

	if c := w.Of(0); !near(c.WallS, 1) || !near(*c.CPUS, 1) || !near(*c.BusyS, 2) || *c.InvoluntarySwitches != 100 || c.Cores != 2 || *c.LoadBefore != 4.8 || *c.MostRunning != 3 {
		text, _ := json.Marshal(c)
		t.Errorf("the disturbed one: %s", text)
	}
	codes := func(c conditions.Conditions) (all []string) {
		for _, warning := range c.Warnings() {
			all = append(all, warning.Code)
		}
		return all
	}
	if got, want := codes(w.Of(0)), []string{conditions.WarnBusy, conditions.WarnStarved}; !slices.Equal(got, want) {
		t.Errorf("the disturbed one warns of %v, want %v", got, want)
	}
	if got := codes(w.Of(1)); got != nil {
		t.Errorf("the other one warns of %v", got)
	}
}

// TestAPauseIsNoLoad: the batch that a stop fell into says nothing of the machine.
func TestAPauseIsNoLoad(t *testing.T) {
	clock := &measuretest.Clock{}
	device := &measuretest.Device{Clock: clock,
		Script: func(i int) (time.Duration, error) {
			if i == 20 {
				return time.Minute, nil
			}
			return 100 * time.Millisecond, nil
		},
		Used: func(first, end int) *measure.Usage {
			u := &measure.Usage{CPUNS: int64(end-first) * 1e8}
			if first <= 20 && 20 < end {
				u.Continued = 1
			}
			return u
		},
	}
	w := conditions.NewWatch(sensor.Recorded(newMachine("0.10").files, sensor.Process{Cores: 2}), 1)
	rules := policy.Policy{MinCount: 30, Confidence: 0.95, Headline: policy.Median}
	measure.Run(t.Context(), rules, []measure.Subject{device}, clock, nil, w)
	if c := w.Of(0); c.WallS > 3.05 || !near(*c.CPUS, c.WallS) {
		t.Errorf("%v s of wall time, %v s of the processors", c.WallS, *c.CPUS)
	}
}

func near(got, want float64) bool { return math.Abs(got-want) < 1e-9 }

// TestWhatIsNotToldIsNotZero: a machine without /proc gives no figures and no warnings.
func TestWhatIsNotToldIsNotZero(t *testing.T) {
	clock := &measuretest.Clock{}
	w := conditions.NewWatch(sensor.Recorded(fstest.MapFS{}, sensor.Process{}), 2)
	rules := policy.Policy{MinCount: 10, Confidence: 0.95, Headline: policy.Median}
	measure.Run(t.Context(), rules, []measure.Subject{&measuretest.Device{Clock: clock, Script: measuretest.Constant(time.Second)}}, clock, nil, w)
	text, err := json.Marshal(w.Of(0))
	if want := `{"threads":2,"wall_s":10}`; err != nil || string(text) != want {
		t.Errorf("%s (%v), want %s", text, err, want)
	}
	if got := w.Of(0).Warnings(); got != nil {
		t.Errorf("warnings %v", got)
	}
}
