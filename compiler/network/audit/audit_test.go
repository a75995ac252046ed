package audit

import (
	"strings"
	"testing"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/graph/graphtest"
	"edgebench/compiler/spec"
	"edgebench/compiler/spec/spectest"
)

// net has one fully connected layer of 1000 inputs and outputs: 1e6
// multiply-adds and 1e6 parameters, without a bias.
func net(t *testing.T) *graph.Graph {
	t.Helper()
	return graphtest.Single(t, "Net", graph.FC{Out: 1000}, 1000)
}

// TestClaims judges claims of both conventions, near and beside the tolerance.
func TestClaims(t *testing.T) {
	const tolerance = 0.05
	cases := []struct {
		name                string
		flop, params        float64 // giga, million
		explanation         string
		convention          Convention
		parametersMatch     bool
		flopFault, parFault bool
	}{
		{"each counted once", 0.001, 1, "", Once, true, false, false},
		{"each counted twice", 0.002, 1, "", Twice, true, false, false},
		{"within the tolerance", 0.00104, 0.96, "", Once, true, false, false},
		{"FLOP of neither", 0.0015, 1, "", Neither, true, true, false},
		{"parameters beside it", 0.001, 1.06, "", Once, false, false, true},
		{"explained", 0.0015, 2, "another input", Neither, false, false, false},
	}
	for _, c := range cases {
		m := &spec.Model{Name: "Net", Claimed: &spec.Claimed{FLOPGiga: c.flop, ParametersMillion: c.params, Tolerance: tolerance, Explanation: c.explanation}}
		a, faults := Model(&spec.Spec{Text: spectest.Paths{}}, m, net(t))
		if a.Convention != c.convention || a.ParametersMatch != c.parametersMatch {
			t.Errorf("%s: %s, parameters match: %v", c.name, a.Convention, a.ParametersMatch)
		}
		text := ""
		for _, f := range faults {
			text += f.Path + "\n"
		}
		if got := strings.Contains(text, "claimed.flop_giga"); got != c.flopFault {
			t.Errorf("%s: the FLOP are a fault: %v (%v)", c.name, got, faults)
		}
		if got := strings.Contains(text, "claimed.parameters_million"); got != c.parFault {
			t.Errorf("%s: the parameters are a fault: %v (%v)", c.name, got, faults)
		}
	}
}

// TestImplementation: a named implementation's parameters are matched exactly,
// or not at all.
func TestImplementation(t *testing.T) {
	for params, want := range map[int64]string{1_000_000: "zoo", 1_000_001: ""} {
		m := &spec.Model{Name: "Net", Implementation: &spec.Implementation{Parameters: params, Source: "zoo"}}
		a, faults := Model(&spec.Spec{Text: spectest.Paths{}}, m, net(t))
		if a.Implementation != want || (len(faults) == 0) != (want != "") {
			t.Errorf("%d parameters: implementation %q, faults %v", params, a.Implementation, faults)
		}
	}
}

// TestOff: an exact claim is equal, and one off by less than is printed is not
// "0.0 % too high".
func TestOff(t *testing.T) {
	for ratio, want := range map[float64]string{
		1:       "equal",
		1.00049: "equal within rounding",
		0.9996:  "equal within rounding",
		1.0006:  "0.1 % too high",
		0.5:     "50.0 % too low",
	} {
		if got := Off(ratio); got != want {
			t.Errorf("%v is %q, want %q", ratio, got, want)
		}
	}
}
