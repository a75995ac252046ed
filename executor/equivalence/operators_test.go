package equivalence

import (
	"errors"
	"fmt"
	"testing"

	"edgebench/compiler/network/export"
	"edgebench/compiler/network/graph"
)

// Every operator's examples, which the engine's own tests compare with a
// reference in float64, run in the runtimes that only these tests check them in.

func TestOperatorsInLiteRT(t *testing.T) { runOperators(t, export.TFLite) }
func TestOperatorsInNCNN(t *testing.T)   { runOperators(t, export.NCNN) }

func runOperators(t *testing.T, format export.Format) {
	if testing.Short() {
		t.Skip("starting Python for each example takes long")
	}
	checker := installed(t, format)
	for _, o := range graph.Operators() {
		for i, e := range o.Examples {
			t.Run(fmt.Sprintf("%s-%d", o.Kind, i), func(t *testing.T) {
				t.Parallel()
				g, err := e.Graph()
				if err != nil {
					t.Fatal(err)
				}
				err = check(t.Context(), checker, g, func(r Result) { checkOperator(t, r) })
				if err != nil {
					t.Fatal(err)
				}
			})
		}
	}
}

func checkOperator(t *testing.T, r Result) {
	t.Helper()
	unsupported := (*export.UnsupportedError)(nil)
	switch {
	case r.Status == Unsupported && errors.As(r.Err, &unsupported):
		t.Log(r.Reason)
	case r.Status != Same:
		t.Errorf("%s: %s", r.Status, r.Reason)
	case *r.RelativeL2 > 1e-5:
		t.Errorf("the output differs by %.2g", *r.RelativeL2)
	}
}
