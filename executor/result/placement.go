package result

import (
	"fmt"
	"strings"

	"edgebench/executor/measure"
)

// Codes of warnings about where a network ran.
const (
	WarnElsewhere = "ran_elsewhere"      // part of it on another device than the one that was asked for
	WarnPlacement = "degraded_placement" // more of it than the spec allows
	WarnUntold    = "placement_untold"   // the framework does not tell, and the spec asks
)

// Placement is where a session ran its network.
type Placement struct {
	Device    string `json:"device,omitempty"`    // kind of it that was asked for
	Name      string `json:"name,omitempty"`      // what the device is called; empty: the runner does not say
	Parts     []Part `json:"parts,omitempty"`     // none: the framework does not tell
	Transfers string `json:"transfers,omitempty"` // that each inference's time includes; empty: the runner does not say
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

// Warnings says what of the network ran elsewhere, and whether at least a share
// of it, 0 for any, ran on the device that was asked for.
func (p Placement) Warnings(minShare float64) []measure.Warning {
	share, known := p.Share()
	switch {
	case !known && minShare > 0:
		return []measure.Warning{{Code: WarnUntold, Message: fmt.Sprintf(
			"%.0f %% of the network's nodes were to run on %s, and the framework does not tell where they ran", 100*minShare, p.Device)}}
	case !known || share == 1:
		return nil
	}
	var parts []string
	for _, part := range p.Parts {
		parts = append(parts, fmt.Sprintf("%d on %s", part.Nodes, part.Device))
	}
	where := fmt.Sprintf("%.0f %% of the network's nodes ran on %s, which was asked for: %s", 100*share, p.Device, strings.Join(parts, ", "))
	warnings := []measure.Warning{{Code: WarnElsewhere, Message: where}}
	if share < minShare {
		warnings = append(warnings, measure.Warning{Code: WarnPlacement, Message: fmt.Sprintf("degraded: %s, and the spec asks for %g %%", where, 100*minShare)})
	}
	return warnings
}

// Degraded is why a measurement counts as degraded: less of the network ran on
// its device than the spec asks for. It is empty where that is not so.
func (m *Measurement) Degraded() string {
	for _, w := range m.Summary.Warnings {
		if w.Code == WarnPlacement {
			return w.Message
		}
	}
	return ""
}
