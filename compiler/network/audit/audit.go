// Package audit compares what a source claims of a model with what its layers
// amount to.
package audit

import (
	"fmt"
	"math"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/spec"
)

// Convention is how a printed FLOP figure counts a multiply-add.
type Convention string

// The conventions.
const (
	Once    Convention = "multiply-add counted once"
	Twice   Convention = "multiply-add counted twice"
	Neither Convention = "neither convention"
)

// Audit is the outcome for one model with layers. Ratios are claimed over
// computed; they are 0 where nothing is claimed.
type Audit struct {
	Model           string     `json:"model"`
	Operators       []string   `json:"operators"` // kinds of them
	Cost            graph.Cost `json:"cost"`
	FLOPRatioOnce   float64    `json:"flop_ratio_once,omitempty"`
	FLOPRatioTwice  float64    `json:"flop_ratio_twice,omitempty"`
	Convention      Convention `json:"convention,omitempty"` // that reproduces the claimed FLOP within the tolerance
	ParametersRatio float64    `json:"parameters_ratio,omitempty"`
	ParametersMatch bool       `json:"parameters_match,omitempty"` // within the tolerance
	Explanation     string     `json:"explanation,omitempty"`
	// Implementation is the named implementation whose parameter count the
	// layers reproduce exactly.
	Implementation string `json:"implementation,omitempty"`
}

// Model audits a model's claim against its graph. Faults are claims that the
// layers do not reproduce and that no explanation covers.
func Model(s *spec.Spec, m *spec.Model, g *graph.Graph) (Audit, spec.Diagnostics) {
	a := Audit{Model: m.Name, Operators: g.Kinds(), Cost: g.Cost()}
	var faults spec.Diagnostics
	if m.Claimed != nil {
		a.compare(m.Claimed)
		faults = append(faults, a.claimFaults(s, m)...)
	}
	if m.Implementation != nil {
		if m.Implementation.Parameters == a.Cost.Params {
			a.Implementation = m.Implementation.Source
		} else {
			faults = append(faults, s.Fault([]any{"models", m.Name, "implementation", "parameters"},
				"%s has %d parameters, and the layers have %d: correct the layers, or the count",
				m.Implementation.Source, m.Implementation.Parameters, a.Cost.Params))
		}
	}
	return a, faults
}

func (a *Audit) compare(c *spec.Claimed) {
	a.FLOPRatioOnce = ratio(c.FLOPGiga*1e9, float64(a.Cost.MACs))
	a.FLOPRatioTwice = a.FLOPRatioOnce / 2
	a.ParametersRatio = ratio(c.ParametersMillion*1e6, float64(a.Cost.Params))
	a.ParametersMatch = within(a.ParametersRatio, c.Tolerance)
	a.Explanation = c.Explanation
	switch {
	case within(a.FLOPRatioOnce, c.Tolerance):
		a.Convention = Once
	case within(a.FLOPRatioTwice, c.Tolerance):
		a.Convention = Twice
	default:
		a.Convention = Neither
	}
}

func ratio(claimed, computed float64) float64 {
	if computed == 0 {
		return 0
	}
	return claimed / computed
}

func within(ratio, tolerance float64) bool { return math.Abs(ratio-1) <= tolerance }

func (a *Audit) claimFaults(s *spec.Spec, m *spec.Model) spec.Diagnostics {
	if m.Claimed.Explanation != "" {
		return nil
	}
	const remedy = "correct the claim or the layers, or say in `explanation` why the claim stays"
	var faults spec.Diagnostics
	if !a.ParametersMatch {
		faults = append(faults, s.Fault([]any{"models", m.Name, "claimed", "parameters_million"},
			"%v million parameters are claimed, and the layers have %.4g million (the claim is %s): %s",
			m.Claimed.ParametersMillion, float64(a.Cost.Params)/1e6, Off(a.ParametersRatio), remedy))
	}
	if a.Convention == Neither {
		faults = append(faults, s.Fault([]any{"models", m.Name, "claimed", "flop_giga"},
			"%v GFLOP are claimed, and the layers take %.4g G multiply-adds: the claim is %s counting each once, and %s counting each twice: %s",
			m.Claimed.FLOPGiga, float64(a.Cost.MACs)/1e9, Off(a.FLOPRatioOnce), Off(a.FLOPRatioTwice), remedy))
	}
	return faults
}

// Off says by how much a claim is above or below what was computed.
func Off(ratio float64) string {
	percent := 100 * (ratio - 1)
	switch {
	case percent == 0:
		return "equal"
	case math.Abs(percent) < 0.05:
		return "equal within rounding"
	case percent < 0:
		return fmt.Sprintf("%.1f %% too low", -percent)
	}
	return fmt.Sprintf("%.1f %% too high", percent)
}
