package modelfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/onnx"
	"edgebench/compiler/network/onnx/onnxpb"
	"edgebench/compiler/network/onnx/onnxtest"
	"edgebench/compiler/plan"
	"edgebench/executor/modelfile"
)

// compiled is a model of two files in a new folder, as the compiler plans it:
// its graph, and its weights in a folder below.
func compiled(t *testing.T) *plan.Model {
	t.Helper()
	dir := t.TempDir()
	text := func(key, value string) *onnxpb.StringStringEntryProto {
		return &onnxpb.StringStringEntryProto{Key: &key, Value: &value}
	}
	model := onnxtest.New(13, 1, 4).Weight(&onnxpb.TensorProto{
		Name: new("w"), Dims: []int64{4, 1}, DataType: new(int32(onnxpb.TensorProto_FLOAT)),
		DataLocation: new(onnxpb.TensorProto_EXTERNAL), ExternalData: []*onnxpb.StringStringEntryProto{text("location", "below/w.bin")},
	}).Node("MatMul", "x w", "y").Bytes()
	write(t, filepath.Join(dir, "m.onnx"), model)
	write(t, filepath.Join(dir, "below", "w.bin"), onnxtest.Raw(1, 2, 3, 4))
	read, err := onnx.Read(os.DirFS(dir), "m.onnx", onnx.Options{Name: "m"})
	if err != nil {
		t.Fatal(err)
	}
	m := &plan.Model{Name: "m", Graph: read.Graph, Input: read.Graph.Input(), Source: &plan.Source{Path: "m.onnx", Dir: dir}}
	for _, f := range read.Files {
		m.Source.Files = append(m.Source.Files, plan.File(f))
	}
	return m
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func checkWeights(t *testing.T, f modelfile.Folder, m *plan.Model) {
	t.Helper()
	w, err := f.Weights(m, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got := w.Get(1, graph.Weight); len(got) != 4 || got[3] != 4 {
		t.Errorf("the weights are %v", got)
	}
}

// TestAModelOutlastsItsSpec: beside a plan, then in a run directory, with what
// was before deleted each time.
func TestAModelOutlastsItsSpec(t *testing.T) {
	m := compiled(t)
	beside, inRun := modelfile.Beside(filepath.Join(t.TempDir(), "plan.json")), modelfile.InRun(t.TempDir())
	if err := beside.Keep(m.Source, ""); err != nil {
		t.Fatal(err)
	}
	remove(t, m.Source.Dir)
	m.Source.Dir = "" // as of a plan that was read from a file
	if err := inRun.Keep(m.Source, beside); err != nil {
		t.Fatal(err)
	}
	remove(t, string(beside))
	if err := inRun.Keep(m.Source, beside); err != nil {
		t.Error("what is kept is asked for again:", err)
	}
	checkWeights(t, inRun, m)
}

func remove(t *testing.T, dir string) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
}

// TestKeepMendsADamagedFile where it can be had.
func TestKeepMendsADamagedFile(t *testing.T) {
	m, inRun := compiled(t), modelfile.InRun(t.TempDir())
	write(t, filepath.Join(string(inRun), m.Source.Files[1].SHA256), onnxtest.Raw(1, 2, 3, 5))
	if err := inRun.Keep(m.Source, ""); err != nil {
		t.Fatal(err)
	}
	checkWeights(t, inRun, m)
}

// TestFaults: what is missing or another file is named, and what to do.
func TestFaults(t *testing.T) {
	m := compiled(t)
	data := m.Source.Files[1]
	inRun := modelfile.InRun(t.TempDir())
	if err := inRun.Keep(m.Source, ""); err != nil {
		t.Fatal(err)
	}
	kept := filepath.Join(string(inRun), data.SHA256)
	says := func(name string, err error, want ...string) {
		t.Helper()
		for _, w := range want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%s: the error is %v, want one with %q", name, err, w)
			}
		}
	}
	write(t, kept, onnxtest.Raw(1, 2, 3, 5))
	_, err := inRun.Weights(m, 1)
	says("a damaged file", err, "below/w.bin", "changed since the plan was compiled")
	remove(t, kept)
	_, err = inRun.Weights(m, 1)
	says("a lost file", err, "below/w.bin", "Bring the file of SHA-256 "+data.SHA256+" back as "+kept)

	write(t, filepath.Join(m.Source.Dir, "below", "w.bin"), onnxtest.Raw(9))
	says("a spec's file that changed", inRun.Keep(m.Source, ""), "below/w.bin (16 bytes, SHA-256 ", "changed since the plan was compiled")
	_, err = modelfile.OfSpec(m, 1)
	says("the same, read", err, "below/w.bin")
	m.Source.Dir = ""
	says("a plan without its files", inRun.Keep(m.Source, "plan.json.files"), "Bring it back as "+filepath.Join("plan.json.files", data.SHA256))
}
