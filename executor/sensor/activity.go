package sensor

// Activity is what a machine's processors have done since it was started, and how they are now: what
// is cheap enough to read around every batch of a measurement.
type Activity struct {
	Cores    int     // that Busy and Steal are of; 0 where it is not known
	Busy     Reading // of all cores together, whoever used them, in seconds
	Steal    Reading // that a hypervisor gave to other guests, in seconds
	Waiting  Reading // in which some task waited for a processor, in seconds
	Running  Reading // tasks that run or wait now, the caller's included
	Clock    Reading // of the fastest core, in MHz
	Throttle Reading // times that a core was throttled
}

// Activity reads the counters.
func (h *Host) Activity() Activity { return h.source.activity() }
