package answer

import (
	"fmt"
	"slices"

	"edgebench/compiler/metric"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec/policy"
	"edgebench/compiler/spec/requirement"
	"edgebench/executor/measure"
	"edgebench/report/data"
)

// Values are what is known of an entry. What was not measured is nil, never zero.
type Values struct {
	LatencyMS     float64     `json:"latency_ms"`
	LatencyCI     *[2]float64 `json:"latency_ci_ms,omitempty"`
	Count         int         `json:"count"` // inferences
	P90MS         *float64    `json:"latency_p90_ms,omitempty"`
	LoadMS        *float64    `json:"load_ms,omitempty"`
	FirstMS       *float64    `json:"first_ms,omitempty"`
	PeakMemoryMiB *float64    `json:"peak_memory_mib,omitempty"`
	OutputError   *float64    `json:"output_error,omitempty"`
	EnergyMJ      *float64    `json:"energy_mj,omitempty"`
}

// State is whether a requirement is met.
type State string

// The states. What is missing is never met: it cannot be decided.
const (
	Met       State = "met"
	Undecided State = "undecided"
	NotMet    State = "not met"
)

func (s State) order() int { return slices.Index([]State{Met, Undecided, NotMet}, s) }

// Verdict is what one requirement says of an entry.
type Verdict struct {
	Requirement requirement.Requirement `json:"requirement"`
	State       State                   `json:"state"`
	Reason      string                  `json:"reason,omitempty"` // why it is not met or decided, and what to do
}

// reading is the value of a metric.
type reading struct {
	value     float64
	low, high float64 // of its interval; the value itself where it is exact, or known once
	unbounded bool    // there is no interval, where there could be
	missing   string  // why there is none, and what to do
}

func once(value float64) reading { return reading{value: value, low: value, high: value} }

const nsPerMS = 1e6

// judge fills in the values of an entry and its verdicts.
func (e *Entry) judge(a *Answer, samples [][]measure.Sample) {
	percentiles := []float64{90}
	for _, q := range a.Requirements {
		if p, ok := requirement.Percentile(q.Metric); ok {
			percentiles = append(percentiles, p)
		}
	}
	r := readings{row: e.Row, model: a.model, percentiles: percentilesOf(e.Row, samples, percentiles)}
	e.Values = r.values()
	e.Meets = Met
	for _, q := range a.Requirements {
		v := decide(q, r.of(q.Metric))
		e.Verdicts = append(e.Verdicts, v)
		if v.State.order() > e.Meets.order() {
			e.Meets = v.State
		}
	}
}

// percentilesOf are percentiles of the samples, those too that the policy does not
// report.
func percentilesOf(row *data.Row, samples [][]measure.Sample, percentiles []float64) []measure.Percentile {
	p := *row.Job.Policy
	p.Percentiles = percentiles
	if p.PercentileRule == "" {
		p.PercentileRule = policy.Exact
	}
	return measure.Summarize(slices.Concat(samples...), p).Percentiles
}

// readings are an entry's values by the metric's name.
type readings struct {
	row         *data.Row
	model       *plan.Model
	percentiles []measure.Percentile
}

func (r readings) values() Values {
	value := func(name string) *float64 {
		if found := r.of(name); found.missing == "" {
			return &found.value
		}
		return nil
	}
	latency := r.of(requirement.Latency)
	v := Values{
		LatencyMS: latency.value, Count: r.row.Measurement.Summary.Count, P90MS: value("latency_p90_ms"),
		LoadMS: value(requirement.Load), FirstMS: value(requirement.First), PeakMemoryMiB: value(requirement.PeakMemory),
		OutputError: value(requirement.OutputError), EnergyMJ: value(requirement.Energy),
	}
	if latency.missing == "" && r.row.Measurement.Summary.HeadlineCI != nil {
		v.LatencyCI = &[2]float64{latency.low, latency.high}
	}
	return v
}

// of is the value of a metric that can be required.
func (r readings) of(name string) reading {
	m := r.row.Measurement
	if p, ok := requirement.Percentile(name); ok {
		return r.percentile(p)
	}
	switch name {
	case requirement.Latency:
		return r.quantity(metric.TimePerInference)
	case requirement.Load:
		if m.LoadTime <= 0 {
			return reading{missing: "the load time is not known"}
		}
		return r.quantity(metric.LoadTime)
	case requirement.PeakMemory:
		return r.quantity(metric.PeakMemory)
	case requirement.Energy:
		return r.quantity("energy_per_inference")
	case requirement.First:
		if m.Summary.FirstNS == nil {
			return reading{missing: "no inference is known as the first"}
		}
		return once(float64(*m.Summary.FirstNS) / nsPerMS)
	case requirement.OutputError:
		if m.Check.Unchecked != "" {
			return reading{missing: "the outputs were not checked: " + m.Check.Unchecked}
		}
		return once(max(m.Check.OutputError, m.Check.WorstError))
	case requirement.Size:
		if bytes, ok := SizeOf(r.model); ok {
			return once(float64(bytes) / (1 << 20))
		}
		return reading{missing: "the model's size is not known"}
	}
	return reading{missing: "nothing measures " + name}
}

// quantity is a metric that results state themselves. One with an interval is
// known as well as that; one without, where there could be, is not known.
func (r readings) quantity(name string) reading {
	q, err := r.row.Measurement.Quantity(name)
	switch {
	case err != nil:
		return reading{value: q.Value, missing: err.Error()}
	case q.Interval != nil:
		return reading{value: q.Value, low: q.Interval[0], high: q.Interval[1]}
	case name == metric.TimePerInference:
		return reading{value: q.Value, missing: fmt.Sprintf("%d inferences are too few for an interval: measure longer, as with --policy thorough", q.Count)}
	}
	return once(q.Value)
}

func (r readings) percentile(percent float64) reading {
	i := slices.IndexFunc(r.percentiles, func(p measure.Percentile) bool { return p.Percentile == percent })
	if i < 0 {
		return reading{missing: "its samples are not there"}
	}
	p := r.percentiles[i]
	switch {
	case p.ValueNS == nil:
		return reading{missing: p.Reason + ": measure longer, as with --policy thorough"}
	case p.CI == nil:
		return reading{value: *p.ValueNS / nsPerMS, unbounded: true}
	}
	return reading{value: *p.ValueNS / nsPerMS, low: p.CI.LowNS / nsPerMS, high: p.CI.HighNS / nsPerMS}
}

// SizeOf is the bytes of a model's files, or of its weights in 32 bits.
func SizeOf(m *plan.Model) (bytes int64, ok bool) {
	switch {
	case m == nil:
		return 0, false
	case m.Source != nil:
		for _, f := range m.Source.Files {
			bytes += f.Bytes
		}
		return bytes, true
	case m.Audit != nil:
		return m.Audit.Cost.WeightBytes(), true
	}
	return 0, false
}

// decide says whether a requirement is met: the whole interval has to allow it.
func decide(q requirement.Requirement, r reading) Verdict {
	v := Verdict{Requirement: q}
	low, high := q.Allows(r.low), q.Allows(r.high)
	switch {
	case r.missing != "":
		v.State, v.Reason = Undecided, r.missing
	case r.unbounded:
		v.State, v.Reason = Undecided, fmt.Sprintf("it is %.3g in a sample too small to bound it: measure longer, as with --policy thorough", r.value)
	case low && high:
		v.State = Met
	case !low && !high:
		v.State, v.Reason = NotMet, fmt.Sprintf("it is %.3g", r.value)
	default:
		v.State = Undecided
		v.Reason = fmt.Sprintf("its interval, %.3g to %.3g, has the bound in it: measure longer, as with --policy thorough", r.low, r.high)
	}
	return v
}
