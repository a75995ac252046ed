package load

import (
	"testing"

	"edgebench/specs"
)

// TestBuiltinIsVetted checks the embedded packages as a user's are checked:
// Load trusts them.
func TestBuiltinIsVetted(t *testing.T) {
	for _, pkg := range append([]string{"catalog"}, specs.Studies...) {
		src := builtinSource(pkg)
		src.vetted = false
		if _, _, err := src.check(); err != nil {
			t.Errorf("%s: %v", pkg, err)
		}
	}
}

// BenchmarkBuiltin measures what every command pays at its start.
func BenchmarkBuiltin(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := builtinSource("catalog").load(nil); err != nil {
			b.Fatal(err)
		}
	}
}
