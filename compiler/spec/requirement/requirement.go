// Package requirement is what a user asks of a result: a bound on one of its
// metrics. Specs and the command line state requirements, the compiler checks
// them, a plan holds them, and the report decides them.
package requirement

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Requirement is a bound on a metric.
type Requirement struct {
	Metric string  `json:"metric"`
	Op     string  `json:"op"` // one of Ops
	Bound  float64 `json:"bound"`
}

func (r Requirement) String() string {
	return r.Metric + " " + r.Op + " " + strconv.FormatFloat(r.Bound, 'g', -1, 64)
}

// Ops are the comparisons.
var Ops = []string{"<=", "<", ">=", ">"}

// Allows reports whether a value is within the bound.
func (r Requirement) Allows(value float64) bool {
	switch r.Op {
	case "<=":
		return value <= r.Bound
	case "<":
		return value < r.Bound
	case ">=":
		return value >= r.Bound
	case ">":
		return value > r.Bound
	}
	return false
}

// Metric is what can be required. Its unit is in its name.
type Metric struct {
	Name    string
	Meaning string
	Needs   string // what measuring it takes that is not there yet; empty: nothing
}

// Names of the metrics.
const (
	Latency     = "latency_ms"
	Load        = "load_ms"
	First       = "first_ms"
	PeakMemory  = "peak_memory_mib"
	Size        = "size_mib"
	OutputError = "output_error"
	Energy      = "energy_mj"
)

// percentileName is how a percentile of the latency is named; p90 stands for all.
const percentileName = "latency_p90_ms"

// Metrics lists what can be required.
var Metrics = []Metric{
	{Name: Latency, Meaning: "the time of one inference, as the policy quotes it: its median, mostly"},
	{Name: percentileName, Meaning: "a percentile of the time of one inference; likewise of any other, such as latency_p50_ms or latency_p99.9_ms"},
	{Name: Load, Meaning: "the time from the model's file to a session that can infer"},
	{Name: First, Meaning: "the time of the very first inference, which pays for everything that is done once"},
	{Name: PeakMemory, Meaning: "the most memory that the session's process had resident"},
	{Name: Size, Meaning: "the size of the model's files; of a model of layers, of its weights in 32 bits. It is the model's own, whatever a framework makes of it"},
	{Name: OutputError, Meaning: "the relative L2 error of the timed session's outputs, against a reference in 32 bits"},
	{Name: Energy, Meaning: "the energy of one inference", Needs: "a power meter, which is not read yet"},
}

// Names lists the metrics' names.
func Names() []string {
	var names []string
	for _, m := range Metrics {
		names = append(names, m.Name)
	}
	return names
}

// Named finds a metric.
func Named(name string) (Metric, bool) {
	if _, ok := Percentile(name); ok {
		name = percentileName
	}
	i := slices.IndexFunc(Metrics, func(m Metric) bool { return m.Name == name })
	if i < 0 {
		return Metric{}, false
	}
	return Metrics[i], true
}

var percentile = regexp.MustCompile(`^latency_p([0-9]{1,2}(?:\.[0-9]+)?)_ms$`)

// Percentile is which percentile of the latency a metric is, in percent.
func Percentile(name string) (float64, bool) {
	found := percentile.FindStringSubmatch(name)
	if found == nil {
		return 0, false
	}
	p, err := strconv.ParseFloat(found[1], 64)
	return p, err == nil && p > 0
}

// Check is an error of a requirement that nothing can decide.
func (r Requirement) Check() error {
	if _, ok := Named(r.Metric); !ok {
		return fmt.Errorf("no metric named %q: these can be required: %s, and other percentiles than p90", r.Metric, strings.Join(Names(), ", "))
	}
	if !slices.Contains(Ops, r.Op) {
		return fmt.Errorf("%q is no comparison: write one of %s", r.Op, strings.Join(Ops, ", "))
	}
	if math.IsNaN(r.Bound) || math.IsInf(r.Bound, 0) {
		return fmt.Errorf("%v is no bound: write a number", r.Bound)
	}
	return nil
}

var form = regexp.MustCompile(`^\s*([A-Za-z0-9_.]+)\s*(<=|>=|<|>)\s*([^<>=\s]+)\s*$`)

// Parse reads a requirement such as "latency_ms <= 30".
func Parse(text string) (Requirement, error) {
	found := form.FindStringSubmatch(text)
	if found == nil {
		return Requirement{}, fmt.Errorf("%q is no requirement: write a metric, a comparison and a number, such as 'latency_ms <= 30'", text)
	}
	bound, err := strconv.ParseFloat(found[3], 64)
	if err != nil {
		return Requirement{}, fmt.Errorf("%q is no requirement: %q is no number. Its unit is in the metric's name, as in 'latency_ms <= 30'", text, found[3])
	}
	r := Requirement{Metric: found[1], Op: found[2], Bound: bound}
	return r, r.Check()
}
