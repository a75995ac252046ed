package equivalence

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"edgebench/compiler/network/export"
	"edgebench/compiler/network/export/safetensors"
	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/weights"
	"edgebench/executor/engine/reference"
)

// liteRT runs each folder's model.tflite on its input.bin, channel-first, and
// writes output.bin in that order too.
const liteRT = `
import sys, os, numpy
try:
    from ai_edge_litert.interpreter import Interpreter
except ModuleNotFoundError:
    from tflite_runtime.interpreter import Interpreter
for d in sys.argv[1:]:
    i = Interpreter(os.path.join(d, "model.tflite"), num_threads=1)
    i.allocate_tensors()
    t = i.get_input_details()[0]
    n = t["shape"]
    x = numpy.fromfile(os.path.join(d, "input.bin"), "<f4").reshape([n[0], n[-1], *n[1:-1]])
    i.set_tensor(t["index"], numpy.ascontiguousarray(numpy.moveaxis(x, 1, -1)))
    i.invoke()
    y = i.get_tensor(i.get_output_details()[0]["index"])
    numpy.ascontiguousarray(numpy.moveaxis(y, -1, 1)).astype("<f4").tofile(os.path.join(d, "output.bin"))
`

// TestTFLite runs every operator's examples in LiteRT, or in the TensorFlow
// Lite runtime before it, and compares with the float64 reference.
func TestTFLite(t *testing.T) {
	python := os.Getenv("EDGEBENCH_PYTHON")
	if python == "" {
		python = "python3"
	}
	probe := exec.Command(python, "-c", "import importlib.util as u, sys; sys.exit(not (u.find_spec('ai_edge_litert') or u.find_spec('tflite_runtime')))")
	if err := probe.Run(); err != nil {
		t.Skip("LiteRT is not installed: pip install ai-edge-litert")
	}
	root := t.TempDir()
	wants := map[string][]float64{}
	var dirs []string
	for _, o := range graph.Operators() {
		for i, e := range o.Examples {
			g, err := e.Graph()
			if err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join(root, fmt.Sprintf("%s-%d", o.Kind, i))
			w, input := weights.Seeded(g, 7), weights.Input(g, 8)
			if _, err := export.Write(dir, g, w, export.TFLite); err != nil {
				t.Logf("%s: %v", filepath.Base(dir), err)
				continue
			}
			var raw bytes.Buffer
			if err := safetensors.WriteFloats(&raw, input); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "input.bin"), raw.Bytes(), 0o666); err != nil {
				t.Fatal(err)
			}
			want, err := reference.Run(g, w, input)
			if err != nil {
				t.Fatal(err)
			}
			wants[dir] = want[g.Outputs[0]]
			dirs = append(dirs, dir)
		}
	}
	var words strings.Builder
	run := exec.Command(python, append([]string{"-c", liteRT}, dirs...)...)
	run.Stderr = &words
	if err := run.Run(); err != nil {
		t.Fatalf("%v\n%s", err, words.String())
	}
	for _, dir := range dirs {
		data, err := os.ReadFile(filepath.Join(dir, "output.bin"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := safetensors.ReadFloats(bytes.NewReader(data), int64(len(data)/4))
		if err != nil {
			t.Fatal(err)
		}
		want := make([]float32, len(wants[dir]))
		for i, v := range wants[dir] {
			want[i] = float32(v)
		}
		if len(got) != len(want) {
			t.Errorf("%s: %d values, want %d", filepath.Base(dir), len(got), len(want))
		} else if e := relativeL2(want, got); !(e <= 1e-5) {
			t.Errorf("%s: the output differs by %.2g", filepath.Base(dir), e)
		}
	}
}
