package device_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"edgebench/compiler/network/onnx"
	"edgebench/compiler/network/onnx/onnxtest"
)

// TestModelFileThatChanged: a model is measured with the weights of its file,
// and every job of it fails, with a reason, once the file is another.
func TestModelFileThatChanged(t *testing.T) {
	dir := t.TempDir()
	write := func(weight float32) {
		t.Helper()
		data := onnxtest.New(13, 1, 4).Values("w", []int64{4, 1}, 1, 2, 3, weight).Node("MatMul", "x w", "y").Bytes()
		if err := os.WriteFile(filepath.Join(dir, "m.onnx"), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(4)
	m, source, err := onnx.Open(dir, "m.onnx", onnx.Options{Name: "m"})
	if err != nil {
		t.Fatal(err)
	}
	p := testPlan(t, "works", "works too")
	stated, _ := p.Catalog.Models.Get("m")
	stated.Graph, stated.Input, stated.Source = m.Graph, m.Graph.Input(), &source
	got, err := run(t.Context(), p)
	if err != nil || got["works"] != "5 samples" || got["works too"] != "5 samples" {
		t.Errorf("the file as it was gives %v (%v)", got, err)
	}
	write(5)
	got, err = run(t.Context(), p)
	if err != nil || len(got) != 2 {
		t.Fatalf("a changed file ends the run: %v, %v", got, err)
	}
	for job, outcome := range got {
		if !strings.HasPrefix(outcome, "0 samples, the weights of m: ") || !strings.Contains(outcome, "m.onnx changed since the plan was compiled") {
			t.Errorf("job %q of a changed file: %s", job, outcome)
		}
	}
}
