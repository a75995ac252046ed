package engine_test

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"edgebench/compiler/network/onnx"
	"edgebench/executor/deviation"
	"edgebench/executor/engine"
)

// TestONNXModels runs every model of the folder EDGEBENCH_ONNX_DIR with its own
// weights, and compares with what another framework computed: beside
// NAME.onnx stand NAME.input.f32 and NAME.output.f32, little-endian float32 in
// channel-first order, of inputs of 3 channels and a square image.
func TestONNXModels(t *testing.T) {
	dir := os.Getenv("EDGEBENCH_ONNX_DIR")
	if dir == "" {
		t.Skip("set EDGEBENCH_ONNX_DIR to a folder with NAME.onnx, NAME.input.f32 and NAME.output.f32")
	}
	models, err := filepath.Glob(filepath.Join(dir, "*.onnx"))
	if err != nil || len(models) == 0 {
		t.Fatalf("no *.onnx in %s (%v)", dir, err)
	}
	for _, path := range models {
		name := strings.TrimSuffix(filepath.Base(path), ".onnx")
		t.Run(name, func(t *testing.T) { compareWithFile(t, dir, name) })
	}
}

func compareWithFile(t *testing.T, dir, name string) {
	input := readFloats(t, filepath.Join(dir, name+".input.f32"))
	want := readFloats(t, filepath.Join(dir, name+".output.f32"))
	size := int(math.Round(math.Sqrt(float64(len(input)) / 3)))
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	m, err := onnx.Read(root.FS(), name+".onnx", onnx.Options{Name: name, Input: []int{3, size, size}})
	if err != nil {
		t.Fatal(err)
	}
	for _, opt := range []engine.Options{{Fusion: true, Threads: 2}, {Threads: 1}} {
		p, err := engine.Compile(m.Graph, m.Weights, opt)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if err := p.SetInput(input); err != nil {
			t.Fatal(err)
		}
		fastest := time.Duration(math.MaxInt64)
		for range 5 {
			start := time.Now()
			if err := p.Run(); err != nil {
				t.Fatal(err)
			}
			fastest = min(fastest, time.Since(start))
		}
		e := deviation.RelativeL2(want, p.Output(0))
		if top := argmax(p.Output(0)); e > 1e-4 || math.IsNaN(e) || top != argmax(want) {
			t.Errorf("%+v: relative L2 error %.2g, class %d, want at most 1e-4 and class %d", opt, e, top, argmax(want))
		}
		cost := m.Graph.Cost()
		t.Logf("%+v: opset %d, %d nodes, %d operations, %.2f M parameters, %.3f G multiply-adds, error %.2g, fastest of 5 %v",
			opt, m.Opset, len(m.Graph.Nodes), p.Operations(), float64(cost.Params)/1e6, float64(cost.MACs)/1e9, e, fastest)
	}
	t.Logf("operators: %v", m.Graph.Kinds())
}

func readFloats(t *testing.T, path string) []float32 {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	values := make([]float32, len(data)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return values
}

func argmax(x []float32) int { return slices.Index(x, slices.Max(x)) }
