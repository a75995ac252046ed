package result

import "testing"

// TestPlacement: a share is of what is known, and only what ran elsewhere is
// warned of.
func TestPlacement(t *testing.T) {
	for _, c := range []struct {
		parts []Part
		share float64
		known bool
		want  string
	}{
		{nil, 0, false, ""},
		{[]Part{{Device: "cpu", By: "a", Nodes: 2}, {Device: "cpu", By: "b", Nodes: 1}}, 1, true, ""},
		{[]Part{{Device: "cpu", Nodes: 1}, {Device: "cuda", Nodes: 3}}, 0.25, true, "25 % of the network's nodes ran on cpu, which was asked for: 1 on cpu, 3 on cuda"},
	} {
		p := Placement{Device: "cpu", Parts: c.parts}
		share, known := p.Share()
		if share != c.share || known != c.known {
			t.Errorf("%v: share %g, %t", c.parts, share, known)
		}
		got := ""
		for _, w := range p.Warnings() {
			got += w.Message
		}
		if got != c.want {
			t.Errorf("%v: %q, want %q", c.parts, got, c.want)
		}
	}
}
