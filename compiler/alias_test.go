package compiler

import (
	"os"
	"path/filepath"
	"testing"
)

// TestModelsOfEqualLayers: two models that differ by their name alone are two
// jobs, since results are shown by model.
func TestModelsOfEqualLayers(t *testing.T) {
	dir := t.TempDir()
	text := `package twins
study: {name: "twins", title: "Twins"}
_layers: [{op: "flatten"}, {op: "fc", out: 2}]
models: {
	One: {task: "image recognition", reference: "none", input: [1, 2, 2], layers: _layers}
	Two: {task: "image recognition", reference: "none", input: [1, 2, 2], layers: _layers}
}
experiments: x: {
	title: "Both", metric: "time_per_inference", models: ["One", "Two"]
	targets: [{platforms: ["host"], frameworks: ["native"]}]
}
`
	if err := os.WriteFile(filepath.Join(dir, "twins.cue"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	p, err := Compile(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Jobs) != 2 || p.Jobs[0].Identity == p.Jobs[1].Identity {
		t.Errorf("the plan has %d jobs of 2 models", len(p.Jobs))
	}
}
