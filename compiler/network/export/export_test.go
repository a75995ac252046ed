package export

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"edgebench/compiler/network/export/caffepb"
	"edgebench/compiler/network/export/safetensors"
	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/graph/graphtest"
	"edgebench/compiler/network/onnx/onnxpb"
	"edgebench/compiler/network/weights"
)

// update reports whether golden files are to be rewritten.
func update() bool { return os.Getenv("EDGEBENCH_UPDATE") != "" }

func window(kernel, stride int, pads ...graph.Pad) graph.Window {
	if len(pads) == 0 {
		pads = make([]graph.Pad, 2)
	}
	return graph.Window{Kernel: []int{kernel, kernel}, Stride: []int{stride, stride}, Dilation: []int{1, 1}, Pad: pads}
}

func even(p int) []graph.Pad { return []graph.Pad{{Begin: p, End: p}, {Begin: p, End: p}} }

// tiny is the network of the golden files.
func tiny(t *testing.T) *graph.Graph {
	b := graphtest.New(t, "Tiny", 3, 8, 8)
	x := b.Add("conv1", graph.Conv{Out: 4, Window: window(3, 1, even(1)...), Groups: 1}, 0)
	x = b.Add("bn1", graph.BatchNorm{Epsilon: 1e-5}, x)
	x = b.Add("relu1", graph.Activation{Fn: graph.ReLU}, x)
	pool := b.Add("pool1", graph.Pool{Fn: graph.MaxPool, Window: window(2, 2)}, x)
	x = b.Add("conv2", graph.Conv{Out: 4, Window: window(1, 1), Groups: 2, Bias: true}, pool)
	x = b.Add("add1", graph.Add{}, pool, x)
	x = b.Add("leaky1", graph.Activation{Fn: graph.LeakyReLU, Slope: 0.1}, x)
	x = b.Add("gap", graph.GlobalAvgPool{}, x)
	x = b.Add("fc", graph.FC{Out: 3, Bias: true}, x)
	return b.Finish(b.Add("softmax", graph.Softmax{}, x))
}

// write exports a graph and returns its files by name.
func write(t *testing.T, g *graph.Graph, f Format) map[string][]byte {
	t.Helper()
	dir := t.TempDir()
	result, err := Write(dir, g, weights.Seeded(g, 1), f)
	if err != nil {
		t.Fatal(err)
	}
	return read(t, result.Files)
}

func read(t *testing.T, written []File) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, file := range written {
		data, err := os.ReadFile(file.Path)
		if err != nil {
			t.Fatal(err)
		}
		if int64(len(data)) != file.Bytes {
			t.Errorf("%s has %d bytes and is reported with %d", file.Path, len(data), file.Bytes)
		}
		files[filepath.Base(file.Path)] = data
	}
	return files
}

// TestGolden compares small exports with files that were looked through: text
// as a whole, binary files by digest.
func TestGolden(t *testing.T) {
	for _, f := range Formats() {
		for name, data := range write(t, tiny(t), f) {
			golden := filepath.Join("testdata", string(f), name)
			if !isText(name) {
				golden += ".sha256"
				sum := sha256.Sum256(data)
				data = []byte(hex.EncodeToString(sum[:]) + "\n")
			}
			if update() {
				if err := errors.Join(os.MkdirAll(filepath.Dir(golden), 0o755), os.WriteFile(golden, data, 0o644)); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(data)); diff != "" {
				t.Errorf("%s: set EDGEBENCH_UPDATE=1 if this is meant:\n%s", golden, diff)
			}
		}
	}
}

func isText(name string) bool {
	return strings.HasSuffix(name, ".json") || strings.HasSuffix(name, ".cfg") || strings.HasSuffix(name, ".prototxt") || strings.HasSuffix(name, ".param")
}

func TestSameBytesTwice(t *testing.T) {
	for _, f := range Formats() {
		first, second := write(t, tiny(t), f), write(t, tiny(t), f)
		for name := range first {
			if !bytes.Equal(first[name], second[name]) {
				t.Errorf("%s %s differs from one export to the next", f, name)
			}
		}
	}
}

// TestONNXHoldsTheWeights parses the streamed file with the official schema:
// one file, with every parameter's values in it.
func TestONNXHoldsTheWeights(t *testing.T) {
	g := tiny(t)
	w := weights.Seeded(g, 1)
	files := write(t, g, ONNX)
	var model onnxpb.ModelProto
	if err := proto.Unmarshal(files["model.onnx"], &model); err != nil || len(files) != 1 {
		t.Fatalf("%d files (%v)", len(files), err)
	}
	held := map[string][]byte{}
	for _, init := range model.Graph.Initializer {
		held[init.GetName()] = init.RawData
	}
	for _, n := range g.Nodes[1:] {
		for _, p := range g.Params(n) {
			var raw bytes.Buffer
			if err := safetensors.WriteFloats(&raw, w.Get(n.ID, p.Role)); err != nil {
				t.Fatal(err)
			}
			if got := held[tensorName(n, p.Role)]; !bytes.Equal(got, raw.Bytes()) {
				t.Errorf("%s has %d bytes of other values", tensorName(n, p.Role), len(got))
			}
		}
	}
}

// TestLargeONNXRefersToTheWeights follows every initializer's offset into the
// safetensors file.
func TestLargeONNXRefersToTheWeights(t *testing.T) {
	g := tiny(t)
	w := weights.Seeded(g, 1)
	large, err := lowerONNX(g, Anonymous, 0)
	if err != nil {
		t.Fatal(err)
	}
	written, err := save(Destination{Dir: t.TempDir(), Name: Anonymous}, large.files, w)
	if err != nil {
		t.Fatal(err)
	}
	files := read(t, written)
	var model onnxpb.ModelProto
	if err := proto.Unmarshal(files["model.onnx"], &model); err != nil {
		t.Fatal(err)
	}
	data := files["model.safetensors"]
	tensors, err := safetensors.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, n := range g.Nodes[1:] {
		for _, p := range g.Params(n) {
			count++
			at := external(t, &model, tensorName(n, p.Role))
			var raw bytes.Buffer
			if err := safetensors.WriteFloats(&raw, w.Get(n.ID, p.Role)); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(data[at.Offset:][:at.Bytes], raw.Bytes()) {
				t.Errorf("the offset of %s leads to other values", at.Name)
			}
			values, err := tensors.Values(at.Name)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(w.Get(n.ID, p.Role), values); diff != "" {
				t.Errorf("%s in the safetensors file: %s", at.Name, diff)
			}
		}
	}
	if count != 9 {
		t.Errorf("%d tensors were compared, and the network has 9", count)
	}
}

func external(t *testing.T, model *onnxpb.ModelProto, name string) safetensors.Tensor {
	t.Helper()
	for _, init := range model.Graph.Initializer {
		if init.GetName() != name {
			continue
		}
		at := safetensors.Tensor{Name: name}
		for _, e := range init.ExternalData {
			number(t, &at, e)
		}
		return at
	}
	t.Fatalf("the model has no initializer %q", name)
	return safetensors.Tensor{}
}

// TestCaffeModelHasTheWeights parses the streamed file with the official
// schema.
func TestCaffeModelHasTheWeights(t *testing.T) {
	g := tiny(t)
	w := weights.Seeded(g, 1)
	var model caffepb.NetParameter
	if err := proto.Unmarshal(write(t, g, Caffe)["model.caffemodel"], &model); err != nil {
		t.Fatal(err)
	}
	want := map[string][][]float32{
		"conv1":      {w.Get(1, graph.Weight)},
		"bn1/normal": {w.Get(2, graph.Mean), w.Get(2, graph.Variance), {1}},
		"bn1":        {w.Get(2, graph.Scale), w.Get(2, graph.Shift)},
		"conv2":      {w.Get(5, graph.Weight), w.Get(5, graph.Bias)},
		"fc":         {w.Get(9, graph.Weight), w.Get(9, graph.Bias)},
	}
	got := map[string][][]float32{}
	for _, l := range model.Layer {
		for _, b := range l.Blobs {
			got[l.GetName()] = append(got[l.GetName()], b.Data)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if model.GetName() != "Tiny" || len(model.Layer) != 12 {
		t.Errorf("the model is %q with %d layers", model.GetName(), len(model.Layer))
	}
}

// TestWriteReplaces shows that a failed export leaves the earlier one as it
// was, and that no temporary file stays.
func TestWriteReplaces(t *testing.T) {
	dir := t.TempDir()
	g := tiny(t)
	if _, err := Write(dir, g, weights.Seeded(g, 1), Darknet); err != nil {
		t.Fatal(err)
	}
	before := contents(t, dir)
	if _, err := Write(dir, g, negativeVariance(g), Darknet); err == nil {
		t.Fatal("the second export was expected to fail")
	}
	if diff := cmp.Diff(before, contents(t, dir)); diff != "" {
		t.Errorf("a failed export changed the folder: %s", diff)
	}
	if _, err := Write(dir, g, weights.Seeded(g, 2), Darknet); err != nil {
		t.Fatal(err)
	}
	after := contents(t, dir)
	if len(after) != len(before) || bytes.Equal(before["model.weights"], after["model.weights"]) {
		t.Error("a new export did not replace the earlier one")
	}
}

func contents(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func TestWriteSaysWhereItCannot(t *testing.T) {
	g := tiny(t)
	taken := filepath.Join(t.TempDir(), "taken")
	if err := os.WriteFile(taken, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(taken, g, weights.Seeded(g, 1), ONNX); err == nil || !strings.Contains(err.Error(), "choose another with -o") {
		t.Errorf("a file in the folder's place is reported as %v", err)
	}
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		t.Skip("a read-only folder cannot be made here")
	}
	locked := t.TempDir()
	if err := os.Chmod(locked, 0o555); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(locked, g, weights.Seeded(g, 1), ONNX); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a read-only folder is reported as %v", err)
	}
}

func TestWriteNeedsAllWeights(t *testing.T) {
	g := tiny(t)
	if _, err := Write(t.TempDir(), g, weights.NewSet(), ONNX); err == nil || err.Error() != `layer "conv1" needs 108 values of weight, and the weights hold 0` {
		t.Errorf("missing weights are reported as %v", err)
	}
}

// negativeVariance is a set that Darknet's batch norm cannot take, which is
// found only while the files are written.
func negativeVariance(g *graph.Graph) *weights.Set {
	w := weights.Seeded(g, 1)
	w.Put(2, graph.Variance, []float32{1, 1, -1, 1})
	return w
}

func number(t *testing.T, at *safetensors.Tensor, e *onnxpb.StringStringEntryProto) {
	t.Helper()
	var err error
	switch e.GetKey() {
	case "offset":
		at.Offset, err = strconv.ParseInt(e.GetValue(), 10, 64)
	case "length":
		at.Bytes, err = strconv.ParseInt(e.GetValue(), 10, 64)
	}
	if err != nil {
		t.Fatal(err)
	}
}
