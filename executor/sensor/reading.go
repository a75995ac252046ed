package sensor

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// Status of a reading.
type Status string

const (
	OK         Status = "ok"
	Unreadable Status = "unreadable"
)

// Units of readings.
const (
	MHz     = "MHz"
	Celsius = "°C"
	Bytes   = "B"
	Cores   = "cores"
	Load    = "runnable tasks" // average number of tasks that run or wait
	Events  = "events"         // since boot
	Seconds = "s"              // since boot
	Level   = "level"          // of a cooling device: 0 is no cooling
	Bits    = "bits"           // Text says what they mean
	None    = ""               // Text is the value
)

// Reading is one value of one sensor. An unreadable one has no value, in Go or in JSON, only a
// Reason.
type Reading struct {
	Name   string
	Value  float64 // in Unit
	Text   string  // for what is a word (a governor) or needs words (bits)
	Unit   string
	Status Status
	Reason string // why it is unreadable
	Source string // the file, or the interface, that it was read from
}

// Known reports whether the reading has a value.
func (r Reading) Known() bool { return r.Status == OK }

type readingJSON struct {
	Name   string   `json:"name"`
	Value  *float64 `json:"value,omitempty"`
	Text   string   `json:"text,omitempty"`
	Unit   string   `json:"unit,omitempty"`
	Status Status   `json:"status"`
	Reason string   `json:"reason,omitempty"`
	Source string   `json:"source,omitempty"`
}

// MarshalJSON leaves the value out where there is none.
func (r Reading) MarshalJSON() ([]byte, error) {
	out := readingJSON{Name: r.Name, Text: r.Text, Unit: r.Unit, Status: r.Status, Reason: r.Reason, Source: r.Source}
	if r.Known() && r.Unit != None {
		out.Value = &r.Value
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (r *Reading) UnmarshalJSON(text []byte) error {
	var in readingJSON
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	*r = Reading{Name: in.Name, Text: in.Text, Unit: in.Unit, Status: in.Status, Reason: in.Reason, Source: in.Source}
	if in.Value != nil {
		r.Value = *in.Value
	}
	return nil
}

// String is "cpu0: 1500 MHz", or "cpu0: unreadable: why".
func (r Reading) String() string {
	switch {
	case !r.Known():
		return r.Name + ": unreadable: " + r.Reason
	case r.Text != "":
		return r.Name + ": " + r.Text
	}
	return fmt.Sprintf("%s: %s %s", r.Name, strconv.FormatFloat(r.Value, 'f', -1, 64), r.Unit)
}

func value(name string, v float64, unit, source string) Reading {
	return Reading{Name: name, Value: v, Unit: unit, Status: OK, Source: source}
}

func text(name, s, source string) Reading {
	return Reading{Name: name, Text: s, Status: OK, Source: source}
}

func unreadable(name, unit, source, reason string) Reading {
	return Reading{Name: name, Unit: unit, Status: Unreadable, Reason: reason, Source: source}
}
