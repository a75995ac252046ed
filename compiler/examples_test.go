package compiler

import (
	"os"
	"path/filepath"
	"testing"
)

// TestExamples compiles every study below examples.
func TestExamples(t *testing.T) {
	root := filepath.Join("..", "examples")
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) < 3 {
		t.Errorf("%s holds %d examples", root, len(entries))
	}
	for _, e := range entries {
		p, err := Compile(t.Context(), filepath.Join(root, e.Name()))
		if err != nil {
			t.Errorf("%s: %v", e.Name(), err)
		} else if len(p.Jobs)+len(p.Skips)+len(p.Places) == 0 {
			t.Errorf("%s selects nothing", e.Name())
		}
	}
}
