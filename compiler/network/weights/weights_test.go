package weights_test

import (
	"hash/crc32"
	"math"
	"testing"

	"edgebench/compiler"
	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/weights"
)

// TestSeededIsPinned: the values are part of every result's identity, so they
// must be the same in every version and on every architecture.
func TestSeededIsPinned(t *testing.T) {
	g := model(t, "CifarNet")
	got := crc32.NewIEEE()
	for _, n := range g.Nodes[1:] {
		for _, p := range g.Params(n) {
			for _, x := range weights.Seeded(g, 1).Get(n.ID, p.Role) {
				bits := math.Float32bits(x)
				got.Write([]byte{byte(bits), byte(bits >> 8), byte(bits >> 16), byte(bits >> 24)})
			}
		}
	}
	const want = 0xb38defd0
	if got.Sum32() != want {
		t.Errorf("the weights' checksum is %#x, want %#x: if the change is meant, change weights.Scheme too", got.Sum32(), uint32(want))
	}
}

func model(t *testing.T, name string) *graph.Graph {
	models, err := compiler.Audits(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m, ok := models.Get(name)
	if !ok {
		t.Fatalf("no model %s", name)
	}
	return m.Graph
}

// TestSeedsDiffer: another seed gives other values, and each tensor its own.
func TestSeedsDiffer(t *testing.T) {
	g := model(t, "CifarNet")
	a, b := weights.Seeded(g, 1), weights.Seeded(g, 2)
	first := g.Nodes[1].ID
	if a.Get(first, graph.Weight)[0] == b.Get(first, graph.Weight)[0] {
		t.Error("seeds 1 and 2 give the same first weight")
	}
	if a.Get(first, graph.Weight)[0] == a.Get(first, graph.Bias)[0] {
		t.Error("weight and bias are drawn alike")
	}
	if a.Get(0, graph.Weight) != nil {
		t.Error("the input has weights")
	}
}

// TestMomentsStayNear1 checks that the estimate neither vanishes nor explodes
// through the deepest networks of the catalogue.
func TestMomentsStayNear1(t *testing.T) {
	models, err := compiler.Audits(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, m := range models.All() {
		for i, x := range weights.Moments(m.Graph) {
			if n := m.Graph.Nodes[i]; n.Op.Kind() != "softmax" && !(x > 1e-3 && x < 1e3) {
				t.Errorf("%s, layer %s: E[x²] is estimated at %g", name, n.Name, x)
			}
		}
	}
}
