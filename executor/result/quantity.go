package result

import (
	"errors"
	"fmt"

	"edgebench/compiler/metric"
)

// Quantity is the value that a measurement has of a metric.
type Quantity struct {
	Value    float64
	Unit     string      // the metric's
	Interval *[2]float64 // confidence interval; nil: none
	Count    int         // samples
}

const (
	nsPerMS     = 1e6
	bytesPerMiB = 1 << 20
)

// Quantity returns what was measured of a metric. It is an error if the
// measurement has nothing of it: no other value stands in.
func (m *Measurement) Quantity(name string) (Quantity, error) {
	known, ok := metric.Named(name)
	if !ok {
		return Quantity{}, fmt.Errorf("no metric is named %q", name)
	}
	once := func(value float64) (Quantity, error) { return Quantity{Value: value, Unit: known.Unit, Count: 1}, nil }
	switch name {
	case metric.TimePerInference:
		q := Quantity{Value: m.Summary.HeadlineNS / nsPerMS, Unit: known.Unit, Count: m.Summary.Count}
		if ci := m.Summary.HeadlineCI; ci != nil {
			q.Interval = &[2]float64{ci.LowNS / nsPerMS, ci.HighNS / nsPerMS}
		}
		return q, nil
	case metric.LoadTime:
		return once(float64(m.LoadTime) / nsPerMS)
	case metric.SessionMemory:
		if m.MemoryBytes == 0 {
			return Quantity{}, errors.New("the framework does not say how much memory it allocates")
		}
		return once(float64(m.MemoryBytes) / bytesPerMiB)
	case metric.PeakMemory:
		if !m.PeakMemory.Known() {
			return Quantity{}, fmt.Errorf("the peak memory could not be read: %s", m.PeakMemory.Reason)
		}
		return once(m.PeakMemory.Value / bytesPerMiB)
	}
	return Quantity{}, fmt.Errorf("%s was not measured: it needs %s", name, known.Needs)
}
