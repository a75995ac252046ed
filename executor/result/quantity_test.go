package result

import (
	"testing"
	"time"

	"edgebench/compiler/metric"
	"edgebench/executor/measure"
	"edgebench/executor/sensor"
)

// TestQuantity: each metric has its own value and unit, and what was not
// measured has none.
func TestQuantity(t *testing.T) {
	m := &Measurement{
		Process: Process{LoadTime: 250 * time.Millisecond, MemoryBytes: 3 << 20, PeakMemory: sensor.Reading{Status: sensor.OK, Value: 7 << 20, Unit: "B"}},
		Summary: measure.Summary{HeadlineNS: 5e6, Count: 20, HeadlineCI: &measure.Interval{LowNS: 4e6, HighNS: 6e6}},
	}
	want := map[string]Quantity{
		metric.TimePerInference: {Value: 5, Unit: "ms", Count: 20},
		metric.LoadTime:         {Value: 250, Unit: "ms", Count: 1},
		metric.SessionMemory:    {Value: 3, Unit: "MiB", Count: 1},
		metric.PeakMemory:       {Value: 7, Unit: "MiB", Count: 1},
	}
	for _, known := range metric.All {
		q, err := m.Quantity(known.Name)
		expected, measured := want[known.Name]
		if measured != (err == nil) {
			t.Errorf("%s: %v", known.Name, err)
		}
		interval := q.Interval
		q.Interval = nil
		if q != expected {
			t.Errorf("%s is %+v, want %+v", known.Name, q, expected)
		}
		if hasInterval := interval != nil; hasInterval != (known.Name == metric.TimePerInference) {
			t.Errorf("%s: interval %v", known.Name, interval)
		}
	}
	if _, err := (&Measurement{}).Quantity(metric.SessionMemory); err == nil {
		t.Error("0 bytes of a framework that does not say are a value")
	}
	if _, err := (&Measurement{}).Quantity(metric.PeakMemory); err == nil {
		t.Error("a peak that was not read is a value")
	}
}
