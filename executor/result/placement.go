package result

import (
	"fmt"
	"strings"

	"edgebench/executor/measure"
)

// WarnElsewhere is the code of a warning that part of a network ran on another
// device than the one that was asked for.
const WarnElsewhere = "ran_elsewhere"

// Placement is where a session ran its network.
type Placement struct {
	Device string `json:"device,omitempty"` // that was asked for
	Parts  []Part `json:"parts,omitempty"`  // none: the framework does not tell
}

// Part is a number of nodes of the framework's own graph.
type Part struct {
	Device string `json:"device"`
	By     string `json:"by,omitempty"` // provider, delegate or set of kernels
	Nodes  int    `json:"nodes"`
}

// Share is how much of the network's nodes ran on the device that was asked for.
// It is not known where the framework does not tell.
func (p Placement) Share() (share float64, known bool) {
	on, all := 0, 0
	for _, part := range p.Parts {
		all += part.Nodes
		if part.Device == p.Device {
			on += part.Nodes
		}
	}
	if all == 0 {
		return 0, false
	}
	return float64(on) / float64(all), true
}

// Warnings says what of the network ran elsewhere.
func (p Placement) Warnings() []measure.Warning {
	share, known := p.Share()
	if !known || share == 1 {
		return nil
	}
	var parts []string
	for _, part := range p.Parts {
		parts = append(parts, fmt.Sprintf("%d on %s", part.Nodes, part.Device))
	}
	return []measure.Warning{{Code: WarnElsewhere, Message: fmt.Sprintf(
		"%.0f %% of the network's nodes ran on %s, which was asked for: %s", 100*share, p.Device, strings.Join(parts, ", "))}}
}
