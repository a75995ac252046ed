package export

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"edgebench/compiler/network/weights"
)

// python runs a line of Python over the exported files of a format, or skips
// the test if a module is not installed.
func python(t *testing.T, module string, f Format, file, code string) string {
	t.Helper()
	interpreter := os.Getenv("EDGEBENCH_PYTHON")
	if interpreter == "" {
		interpreter = "python3"
	}
	if out, err := exec.Command(interpreter, "-c", "import "+module).CombinedOutput(); err != nil {
		t.Skipf("%s has no module %s: %v %s", interpreter, module, err, out)
	}
	dir := t.TempDir()
	g := tiny(t)
	if _, err := Write(dir, g, weights.Seeded(g, 1), f); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(interpreter, "-c", code, filepath.Join(dir, file)).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

// TestONNXChecker asks ONNX's own checker, with its shape inference.
func TestONNXChecker(t *testing.T) {
	out := python(t, "onnx", ONNX, "model.onnx", "import sys, onnx; onnx.checker.check_model(sys.argv[1], full_check=True); print('valid')")
	if out != "valid" {
		t.Error(out)
	}
}

// TestSafetensorsReader asks the format's own reader.
func TestSafetensorsReader(t *testing.T) {
	out := python(t, "safetensors.numpy", Safetensors, "model.safetensors",
		"import sys, safetensors.numpy as s; print({k: v.shape for k, v in sorted(s.load_file(sys.argv[1]).items())})")
	want := "{'bn1.mean': (4,), 'bn1.scale': (4,), 'bn1.shift': (4,), 'bn1.variance': (4,), 'conv1.weight': (4, 3, 3, 3), " +
		"'conv2.bias': (4,), 'conv2.weight': (4, 2, 1, 1), 'fc.bias': (3,), 'fc.weight': (3, 4)}"
	if out != want {
		t.Errorf("got %s\nwant %s", out, want)
	}
}
