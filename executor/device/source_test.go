package device_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"edgebench/compiler/network/onnx"
	"edgebench/compiler/network/onnx/onnxtest"
	"edgebench/compiler/plan"
	"edgebench/executor/modelfile"
)

// TestModelFileThatChanged: a model is measured with the weights of its file,
// and every job of it fails, with a reason, once the file is another.
func TestModelFileThatChanged(t *testing.T) {
	dir, kept := t.TempDir(), modelfile.Folder(t.TempDir())
	write := func(path string, weight float32) {
		t.Helper()
		data := onnxtest.New(13, 1, 4).Values("w", []int64{4, 1}, 1, 2, 3, weight).Node("MatMul", "x w", "y").Bytes()
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(dir, "m.onnx"), 4)
	m, err := onnx.Read(os.DirFS(dir), "m.onnx", onnx.Options{Name: "m"})
	if err != nil {
		t.Fatal(err)
	}
	source := &plan.Source{Path: "m.onnx", Files: []plan.File{plan.File(m.Files[0])}, Dir: dir}
	if err := kept.Keep(source, ""); err != nil {
		t.Fatal(err)
	}
	p := testPlan(t, "works", "works too")
	stated, _ := p.Catalog.Models.Get("m")
	stated.Graph, stated.Input, stated.Source = m.Graph, m.Graph.Input(), source
	got, err := run(t.Context(), p, kept)
	if err != nil || got["works"] != "5 samples" || got["works too"] != "5 samples" {
		t.Errorf("the file as it was gives %v (%v)", got, err)
	}
	write(filepath.Join(string(kept), source.Files[0].SHA256), 5)
	got, err = run(t.Context(), p, kept)
	if err != nil || len(got) != 2 {
		t.Fatalf("a changed file ends the run: %v, %v", got, err)
	}
	for job, outcome := range got {
		if !strings.HasPrefix(outcome, "0 samples, ") || !strings.Contains(outcome, "m.onnx (") || !strings.Contains(outcome, "changed since the plan was compiled") {
			t.Errorf("job %q of a changed file: %s", job, outcome)
		}
	}
}
