package draft_test

import (
	"slices"
	"strings"
	"testing"

	"edgebench/compiler/draft"
	"edgebench/compiler/load"
)

// TestSets: what a framework does anyway is below every other optimization, and
// a dynamic graph stands alone; what is asked for and not offered is left out.
func TestSets(t *testing.T) {
	catalogue, err := load.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		framework     string
		optimizations []string
		want          string
	}{
		{"native", nil, `[["fusion"]]`},
		{"Darknet 2018", nil, `[[]]`},
		{"TensorFlow 2", nil, `[["fusion"], ["dynamic_graph"], ["fusion", "mixed_precision"]]`},
		{"OpenVINO", []string{"none"}, `[["fusion"]]`},
		{"OpenVINO", []string{"quantization", "fusion"}, `[["fusion", "quantization"], ["fusion"]]`},
		{"PyTorch 2", []string{"dynamic_graph+fusion"}, `[["dynamic_graph", "fusion"]]`},
	} {
		text, err := draft.Study{Models: []string{"CifarNet"}, Frameworks: []string{c.framework}, Optimizations: c.optimizations}.CUE(catalogue)
		if err != nil {
			t.Fatal(err)
		}
		if want := "optimizations: " + c.want + "}"; !strings.Contains(text, want) {
			t.Errorf("%s, %q: no %s in\n%s", c.framework, c.optimizations, want, text)
		}
	}
}

// TestNameFiles: a file's name alone names its model, unless two have it or the
// catalogue does.
func TestNameFiles(t *testing.T) {
	catalogue, err := load.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	files := draft.NameFiles([]string{"a/net.onnx", "b/net.onnx", "b/vit.onnx", "ResNet-50.onnx"}, catalogue)
	want := []draft.File{{"a/net.onnx", "a/net.onnx"}, {"b/net.onnx", "b/net.onnx"}, {"vit", "b/vit.onnx"}, {"ResNet-50.onnx", "ResNet-50.onnx"}}
	if !slices.Equal(files, want) {
		t.Errorf("%v, want %v", files, want)
	}
}
