package framework

import (
	"testing"

	specs "edgebench/compiler/load"
	"edgebench/executor/deviation"
)

// eachInstalled calls a test with each of the catalogue's runners that is
// installed here and supports what the test needs; the others are skipped by name.
func eachInstalled(t *testing.T, needs string, test func(t *testing.T, p Process)) {
	if testing.Short() {
		t.Skip("the frameworks take long to start")
	}
	catalogue, err := specs.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range catalogue.Frameworks.All() {
		if f.Runner == nil {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			if o, ok := f.Optimizations.Get(needs); needs != "" && !(ok && o.Support == "yes") {
				t.Skipf("%s has no %s", f.Name, needs)
			}
			p := Process{Name: f.Name, Runner: f.Runner}
			if _, err := p.Probe(t.Context()); err != nil {
				t.Skipf("%s is not run: %v", f.Name, err)
			}
			test(t, p)
		})
	}
}

// TestInstalled: the catalogue's runners keep the protocol.
func TestInstalled(t *testing.T) {
	eachInstalled(t, "", func(t *testing.T, p Process) {
		findings, err := p.Conform(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range findings {
			if !f.Passed {
				t.Errorf("%s: %s", f.Check, f.Reason)
			}
		}
	})
}

// TestInstalledPruning: a framework that skips zeros computes with pruned
// weights what the engine does with the same.
func TestInstalledPruning(t *testing.T) {
	eachInstalled(t, "pruning", func(t *testing.T, p Process) {
		model, err := conformModel()
		if err != nil {
			t.Fatal(err)
		}
		r := Request{Model: model, Seed: 1, Threads: 1, Optimizations: []string{"fusion", "pruning"}, Sparsity: 0.85}
		reference, err := p.Reference(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		s, err := p.Load(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		got, err := s.Outputs(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if e := deviation.Largest(reference.Outputs, got); !(e < deviation.Bound32) {
			t.Errorf("the outputs are %g off those of the same weights", e)
		}
		if e := deviation.Largest(reference.Dense, got); !(e > 100*deviation.Bound32) {
			t.Errorf("the outputs are only %g off the dense network's: the weights were not pruned", e)
		}
	})
}
