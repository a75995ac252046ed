package sensor

// State is how a machine was at one moment. Each list has at least one reading: where a kind of
// sensor is missing, one that says why.
type State struct {
	Clocks       []Reading `json:"clocks"`    // of each core, in MHz
	Governors    []Reading `json:"governors"` // of each core's frequency, a word
	Devices      []Reading `json:"devices"`   // clocks of GPUs and memory (devfreq), in MHz
	Load         []Reading `json:"load"`      // averages over 1, 5 and 15 minutes
	Temperatures []Reading `json:"temperatures"`
	Memory       Reading   `json:"memory"`     // available, in bytes
	Throttling   []Reading `json:"throttling"` // counters, cooling levels, firmware's bits
}

// Sensor is a kind of reading, for a person who asks what this host can measure.
type Sensor struct {
	Name      string    `json:"name"`
	Available bool      `json:"available"` // at least one reading has a value
	Readings  []Reading `json:"readings"`
	// Missing says what cannot be read, and Remedy how to get it; both empty where all is well.
	Missing string `json:"missing,omitempty"`
	Remedy  string `json:"remedy,omitempty"`
}

// list sorts a state by kind.
func list(s State, remedies map[string]string) []Sensor {
	kinds := []struct {
		name     string
		readings []Reading
	}{
		{"cpu clock", s.Clocks}, {"cpu governor", s.Governors}, {"device clock", s.Devices}, {"load", s.Load},
		{"temperature", s.Temperatures}, {"memory", []Reading{s.Memory}}, {"throttling", s.Throttling},
	}
	var sensors []Sensor
	for _, k := range kinds {
		out := Sensor{Name: k.name, Readings: k.readings}
		for _, r := range k.readings {
			if r.Known() {
				out.Available = true
			} else if out.Missing == "" {
				out.Missing = r.Name + ": " + r.Reason
			}
		}
		if !out.Available {
			out.Remedy = remedies[k.name]
		}
		sensors = append(sensors, out)
	}
	return sensors
}
