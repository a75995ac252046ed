package meter

import (
	"time"
)

// Quantity is what a meter's readings are of.
type Quantity string

// The quantities.
const (
	Energy Quantity = "energy" // since some moment, in joules
	Power  Quantity = "power"  // now, in watts
)

// Scope is the part of the machine that a meter measures.
type Scope string

// The scopes, from the whole machine to its parts.
const (
	Supply   Scope = "supply"   // what the whole machine draws
	Platform Scope = "platform" // the system on chip with what is around it, as RAPL's psys
	Package  Scope = "package"  // one processor
	Cores    Scope = "cores"    // a processor's cores, which its package includes
	Memory   Scope = "memory"   // the memory's modules
	GPU      Scope = "gpu"
	Rail     Scope = "rail" // one supply rail of a board
)

// Words names the part in a sentence.
func (s Scope) Words() string {
	switch s {
	case Supply:
		return "the whole machine"
	case Platform:
		return "the system on chip and what is around it"
	case Package:
		return "the processor"
	case Cores:
		return "the processor's cores"
	case Memory:
		return "the memory"
	case GPU:
		return "the GPU"
	}
	return "one rail of the board"
}

// Description is what is known of a meter before it is read.
type Description struct {
	Name     string   `json:"name"`   // such as "RAPL package-0"
	Source   string   `json:"source"` // the file or command that is read
	Scope    Scope    `json:"scope"`
	Quantity Quantity `json:"quantity"`
	// Resolution is the least step of a reading, in J or W; 0 where it is not known.
	Resolution float64 `json:"resolution,omitempty"`
	// Period is how often the meter has a new reading.
	Period time.Duration `json:"period_ns"`
	// Wraps is where a counter starts again at 0, in J; 0 where it never does.
	Wraps float64 `json:"wraps_j,omitempty"`
	// Note is what a reader of its figures must know, such as what it leaves out.
	Note string `json:"note,omitempty"`
}

// Meter is read while work is done.
type Meter interface {
	Describe() Description
	// Read gives the energy in J or the power in W. Several goroutines may call it at once.
	Read() (float64, error)
}

// Absent is a kind of meter that cannot be read here.
type Absent struct {
	Kind   string `json:"kind"`
	Reason string `json:"reason"`
	Remedy string `json:"remedy"`
}

// reading is a meter of a description and a function.
type reading struct {
	description Description
	read        func() (float64, error)
}

func (r reading) Describe() Description  { return r.description }
func (r reading) Read() (float64, error) { return r.read() }
