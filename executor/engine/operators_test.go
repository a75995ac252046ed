package engine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"edgebench/compiler/network/export"
	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/onnx"
	"edgebench/compiler/network/weights"
	"edgebench/executor/deviation"
	"edgebench/executor/engine/reference"
)

// TestOperatorsEverywhere walks every operator through every stage that tells
// operators apart: cost, weights, the reference, the engine under all its
// options, each export, and the import of what was exported. An operator that
// one of them does not know fails here.
func TestOperatorsEverywhere(t *testing.T) {
	for _, o := range graph.Operators() {
		for i, e := range o.Examples {
			t.Run(fmt.Sprintf("%s/%d", o.Kind, i), func(t *testing.T) {
				g, err := e.Graph()
				if err != nil {
					t.Fatal(err)
				}
				if c := g.Cost(); c.MACs < 0 || c.Ops < 0 || c.PeakElems < g.Input().Elements() {
					t.Errorf("its cost is %+v", c)
				}
				checkGraph(t, g)
				checkExports(t, g)
			})
		}
	}
}

// checkExports writes a graph in every format, or has the format say which
// layer it cannot express, and reads ONNX back: it computes the same.
func checkExports(t *testing.T, g *graph.Graph) {
	t.Helper()
	w := weights.Seeded(g, 7)
	for _, format := range export.Formats() {
		dir := t.TempDir()
		result, err := export.Write(dir, g, w, format)
		var unsupported *export.UnsupportedError
		switch {
		case errors.As(err, &unsupported):
			if unsupported.Reason == "" || unsupported.Layer == "" {
				t.Errorf("%s: %#v says neither layer nor reason", format, unsupported)
			}
			if format == export.ONNX {
				t.Errorf("ONNX has no translation: %v", err)
			}
		case err != nil:
			t.Errorf("%s: %v", format, err)
		case format == export.ONNX:
			checkImport(t, g, w, dir, result)
		}
	}
}

func checkImport(t *testing.T, g *graph.Graph, w *weights.Set, dir string, r *export.Result) {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	name := ""
	for _, f := range r.Files {
		if strings.HasSuffix(f.Path, ".onnx") {
			name = f.Path
		}
	}
	m, err := onnx.Read(root.FS(), filepath.Base(name), onnx.Options{Name: "back"})
	if err != nil {
		t.Errorf("import: %v", err)
		return
	}
	input := weights.Input(g, 8)
	want, err := reference.Run(g, w, input)
	if err != nil {
		t.Fatal(err)
	}
	got, err := reference.Run(m.Graph, m.Weights, input)
	if err != nil {
		t.Fatal(err)
	}
	a, b := got[m.Graph.Outputs[0]], want[g.Outputs[0]]
	if e := deviation.RelativeL2(b, a); !(e <= errorBound) {
		t.Errorf("import: the output differs by %.2g", e)
	}
}
