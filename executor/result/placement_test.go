package result

import (
	"testing"

	"edgebench/executor/measure"
)

// TestPlacement: a share is of what is known, only what ran elsewhere is warned
// of, and less than what was asked for is degraded.
func TestPlacement(t *testing.T) {
	for _, c := range []struct {
		parts []Part
		share float64
		known bool
		least float64
		want  string
	}{
		{nil, 0, false, 0, ""},
		{nil, 0, false, 0.5, "50 % of the network's nodes were to run on cpu, and the framework does not tell where they ran"},
		{[]Part{{Device: "cpu", By: "a", Nodes: 2}, {Device: "cpu", By: "b", Nodes: 1}}, 1, true, 1, ""},
		{[]Part{{Device: "cpu", Nodes: 1}, {Device: "cuda", Nodes: 3}}, 0.25, true, 0.25, "25 % of the network's nodes ran on cpu, which was asked for: 1 on cpu, 3 on cuda"},
		{
			[]Part{{Device: "cpu", Nodes: 1}, {Device: "cuda", Nodes: 3}}, 0.25, true, 0.9,
			"25 % of the network's nodes ran on cpu, which was asked for: 1 on cpu, 3 on cuda" +
				"degraded: 25 % of the network's nodes ran on cpu, which was asked for: 1 on cpu, 3 on cuda, and the spec asks for 90 %",
		},
	} {
		p := Placement{Device: "cpu", Parts: c.parts}
		share, known := p.Share()
		if share != c.share || known != c.known {
			t.Errorf("%v: share %g, %t", c.parts, share, known)
		}
		got := ""
		for _, w := range p.Warnings(c.least) {
			got += w.Message
		}
		m := Measurement{Summary: measure.Summary{Warnings: p.Warnings(c.least)}}
		if degraded := m.Degraded() != ""; degraded != (c.known && c.share < c.least) {
			t.Errorf("%v, of which %g is asked for: degraded is %t", c.parts, c.least, degraded)
		}
		if got != c.want {
			t.Errorf("%v: %q, want %q", c.parts, got, c.want)
		}
	}
}
