package graph

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOperatorExamples: every operator has examples, they are of its kind, and
// each is read back from its file form as it was.
func TestOperatorExamples(t *testing.T) {
	functions := map[ActivationFn]bool{}
	for _, o := range Operators() {
		if len(o.Examples) == 0 {
			t.Errorf("%s has no example", o.Kind)
		}
		for _, e := range o.Examples {
			if e.Op.Kind() != o.Kind {
				t.Errorf("an example of %s is a %s", o.Kind, e.Op.Kind())
			}
			if a, ok := e.Op.(Activation); ok {
				functions[a.Fn] = true
			}
			g, err := e.Graph()
			if err != nil {
				t.Errorf("%s: %v", o.Kind, err)
				continue
			}
			data, err := json.Marshal(g)
			if err != nil {
				t.Fatal(err)
			}
			var back Graph
			if err := json.Unmarshal(data, &back); err != nil {
				t.Errorf("%s: %v", o.Kind, err)
			} else if diff := cmp.Diff(g, &back); diff != "" {
				t.Errorf("%s: -want +got:\n%s", o.Kind, diff)
			}
		}
	}
	for fn := range opsOf {
		if !functions[fn] {
			t.Errorf("no example has the activation %s", fn)
		}
	}
}

// TestAllKinds: whatever kind an example's graph uses is listed.
func TestAllKinds(t *testing.T) {
	all := AllKinds()
	for _, o := range Operators() {
		for _, e := range o.Examples {
			g, err := e.Graph()
			if err != nil {
				t.Fatal(err)
			}
			for _, kind := range g.Kinds() {
				if !slices.Contains(all, kind) {
					t.Errorf("%s is not among all kinds", kind)
				}
			}
		}
	}
}
