package engine

import (
	"math"
	"strings"
	"testing"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/weights"
)

func TestVerifyAcceptsTheEngine(t *testing.T) {
	for _, g := range append(smallNetworks(t), resnet18(t), mobilenetV2(t)) {
		for _, opt := range []Options{{Fusion: true}, {Fusion: false, Threads: 2}} {
			report, err := Verify(g, weights.Seeded(g, 3), weights.Input(g, 4), opt)
			if err != nil {
				t.Errorf("%s, %+v: %v", g.Name, opt, err)
			}
			if worst := report.Worst(); worst.WorstError == 0 || worst.WorstError > ErrorBound/5 {
				t.Errorf("%s, %+v: the worst layer is %+v; rounding alone should stay a fifth below the bound", g.Name, opt, worst)
			}
			t.Logf("%s: worst layer %+v", g.Name, report.Worst())
		}
	}
}

// changed copies all weights of a graph and changes one tensor's values.
func changed(g *graph.Graph, w *weights.Set, node int, role graph.Role, change func(values []float32)) *weights.Set {
	s := weights.NewSet()
	for _, n := range g.Nodes[1:] {
		for _, p := range g.Params(n) {
			values := append([]float32(nil), w.Get(n.ID, p.Role)...)
			if n.ID == node && p.Role == role {
				change(values)
			}
			s.Put(n.ID, p.Role, values)
		}
	}
	return s
}

// TestVerifyCatchesWrongParameters compiles with a set in which the parameters
// of a single channel differ, and compares with the right one: for every
// parameter tensor of a network.
func TestVerifyCatchesWrongParameters(t *testing.T) {
	for _, g := range smallNetworks(t) {
		w, input := weights.Seeded(g, 3), weights.Input(g, 4)
		for _, n := range g.Nodes[1:] {
			for _, param := range g.Params(n) {
				filter := int(param.Elements()) / param.Shape[0]
				at := param.Shape[0] / 2 * filter
				wrong := changed(g, w, n.ID, param.Role, func(values []float32) {
					for i := range filter {
						values[at+i] += 0.1
					}
				})
				p := start(t, g, wrong, input, Options{Fusion: true, keep: true})
				if _, err := p.compare(w); err == nil || !strings.Contains(err.Error(), n.Name) {
					t.Errorf("%s: a wrong %s in layer %s is reported as %v", g.Name, param.Role, n.Name, err)
				}
			}
		}
	}
}

// TestVerifyCatchesOneWrongWeight changes one of the 9,408 weights of
// ResNet-18's first layer.
func TestVerifyCatchesOneWrongWeight(t *testing.T) {
	g := resnet18(t)
	w := weights.Seeded(g, 3)
	wrong := changed(g, w, 1, graph.Weight, func(values []float32) { values[4711] += 0.1 })
	p := start(t, g, wrong, weights.Input(g, 4), Options{Threads: 2, Fusion: true, keep: true})
	if _, err := p.compare(w); err == nil || !strings.Contains(err.Error(), g.Nodes[1].Name) {
		t.Errorf("one wrong weight is reported as %v", err)
	}
}

func TestVerifyCatchesNaN(t *testing.T) {
	g := smallNetworks(t)[0]
	w := weights.Seeded(g, 3)
	input := weights.Input(g, 4)
	input[5] = float32(math.NaN())
	if _, err := Verify(g, w, input, Options{Fusion: true}); err == nil || !strings.Contains(err.Error(), "NaN") {
		t.Errorf("NaN in the input is reported as %v", err)
	}
}
