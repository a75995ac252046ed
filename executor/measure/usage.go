package measure

import "time"

// Usage is what the inferring process took of the machine during one call of Infer, as its system
// accounts for it. Set beside the wall time it reports whether the process had the processors to itself.
type Usage struct {
	CPUNS               int64 `json:"cpu_ns"` // user and system, of all its threads
	InvoluntarySwitches int64 `json:"involuntary_switches"`
	MajorFaults         int64 `json:"major_faults"`
	MinorFaults         int64 `json:"minor_faults"`
	// Continued is how often the process was continued after something had stopped it, as Ctrl-Z
	// and debuggers do.
	Continued int64 `json:"continued,omitempty"`
}

// Plus adds up the usage of two calls.
func (u Usage) Plus(v Usage) Usage {
	return Usage{
		CPUNS:               u.CPUNS + v.CPUNS,
		InvoluntarySwitches: u.InvoluntarySwitches + v.InvoluntarySwitches,
		MajorFaults:         u.MajorFaults + v.MajorFaults,
		MinorFaults:         u.MinorFaults + v.MinorFaults,
		Continued:           u.Continued + v.Continued,
	}
}

// Accounted is a Subject that knows what its last call of Infer took; nil where its system does not
// tell.
type Accounted interface {
	Subject
	Usage() *Usage
}

func usageOf(s Subject) *Usage {
	if a, ok := s.(Accounted); ok {
		return a.Usage()
	}
	return nil
}

// Grouped is a Subject whose executor knows what all processes of its group, which it may have started, took
// of the processors in its last call of Infer; nil where the system does not tell. It is the system's word, not the
// subject's.
type Grouped interface {
	Subject
	GroupCPU() *time.Duration
}

func groupCPUOf(s Subject) *int64 {
	g, ok := s.(Grouped)
	if !ok {
		return nil
	}
	took := g.GroupCPU()
	if took == nil {
		return nil
	}
	ns := int64(*took)
	return &ns
}
