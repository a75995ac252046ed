package onnx

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"google.golang.org/protobuf/encoding/protowire"

	"edgebench/compiler/network/onnx/onnxpb"
	"edgebench/compiler/network/onnx/onnxtest"
)

// weight is a tensor of floats without values.
func weight(name string, dims ...int64) *onnxpb.TensorProto {
	return &onnxpb.TensorProto{Name: new(name), Dims: dims, DataType: new(int32(onnxpb.TensorProto_FLOAT))}
}

// external is a tensor whose values are in a file.
func external(name string, entries map[string]string, dims ...int64) *onnxpb.TensorProto {
	t := weight(name, dims...)
	t.DataLocation = onnxpb.TensorProto_EXTERNAL.Enum()
	for _, key := range []string{"location", "offset", "length"} {
		if v, ok := entries[key]; ok {
			t.ExternalData = append(t.ExternalData, &onnxpb.StringStringEntryProto{Key: new(key), Value: new(v)})
		}
	}
	return t
}

// factor multiplies the input by a weight, one per channel.
func factor(t *onnxpb.TensorProto) *onnxtest.Model {
	return onnxtest.New(13, 1, 4, 6, 6).Weight(t).Node("Mul", "x "+t.GetName(), "y")
}

// TestRefused reads models that are wrong, or that nothing here can run. Every
// error says which node, operator and opset it is about, where it is about one.
func TestRefused(t *testing.T) {
	short := weight("c", 4, 1, 1)
	short.RawData = onnxtest.Raw(1, 2, 3)
	long := weight("c", 4, 1, 1)
	long.RawData = onnxtest.Raw(1, 2, 3, 4, 5)
	few := weight("c", 4, 1, 1)
	few.FloatData = []float32{1, 2, 3}
	text := weight("c", 4, 1, 1)
	text.DataType = new(int32(onnxpb.TensorProto_STRING))
	elsewhere := image(13).Node("Relu", "x", "y")
	elsewhere.Graph.Node[0].Domain = new("com.microsoft")
	named := image(13).Node("Erf", "x", "y")
	named.Graph.Node[0].Name = new("/encoder\nErf")
	cases := []struct {
		name  string
		model *onnxtest.Model
		want  string
	}{
		{"unknown operator", named, `node "/encoder_Erf" (Erf), opset 13: this operator is not supported. Export the model`},
		{"operator of another domain", elsewhere, `node "y" (Relu), opset 13: operators of the domain "com.microsoft" are not supported`},
		{"old opset", image(8).Node("Relu", "x", "y"), "its operators are of opset 8, and 9 to 24 are understood"},
		{"opset of the future", image(99).Node("Relu", "x", "y"), "its operators are of opset 99"},
		{"unknown attribute", image(13).Node("Relu", "x", "y", onnxtest.Int("fast", 1)), `node "y" (Relu), opset 13: its attribute "fast" is not supported`},
		{"attribute of another type", image(13).Node("LeakyRelu", "x", "y", onnxtest.Int("alpha", 1)), `its attribute "alpha" is of type INT, not FLOAT`},
		{"cycle", image(13).Node("Add", "x b", "a").Node("Relu", "a", "b").Node("Relu", "b", "y"), `node "a" (Add), opset 13: it reads "b", which nothing before it computes: nodes must stand in order, without a cycle`},
		{"node that reads itself", image(13).Node("Add", "x y", "y"), `it reads "y", which nothing before it computes`},
		{"nodes out of order", image(13).Node("Relu", "a", "y").Node("Relu", "x", "a"), `node "y" (Relu), opset 13: it reads "a", which nothing before it computes`},
		{"name that is computed twice", image(13).Node("Relu", "x", "y").Node("Tanh", "x", "y"), `node "y" (Tanh): another node computes "y" too`},
		{"missing input", image(13).Node("Relu", "_", "y"), `node "y" (Relu), opset 13: its input 0 is missing`},
		{"output that nothing computes", image(13).Node("Relu", "x", "z"), `output "y": no operator computes it from the input`},
		{"output that does not depend on the input", image(13).Floats("c", 1).Node("Identity", "c", "y"), `output "y": no operator computes it from the input`},
		{"network that computes nothing", image(13).Node("Identity", "x", "y"), "the network computes nothing"},
		{"another output than declared", image(13).Node("Relu", "x", "y").Declare(1, 4, 6, 7), `output "y": the operators give the shape [1 4 6 6], and the file declares another`},
		{"batch of 8", onnxtest.New(13, 8, 4).Node("Relu", "x", "y"), `input "x": its batch is 8: export the model with a batch of 1`},
		{"gigantic input", onnxtest.New(13, 1, math.MaxInt64, 3, 3).Node("Relu", "x", "y"), `input "x": its dimension 1 is 9223372036854775807, which no device could hold`},
		{"input of gigantic dimensions", onnxtest.New(13, 1, 1<<20, 1<<20).Node("Relu", "x", "y"), "2^33 elements"},
		{"weight that is too short", factor(short), `weight "c": its shape [4 1 1] needs 16 bytes of FLOAT, and the file holds 12`},
		{"weight that is too long", factor(long), `weight "c": its shape [4 1 1] needs 16 bytes of FLOAT, and the file holds 20`},
		{"too few numbers", factor(few), `its shape [4 1 1] needs 4 values of FLOAT, and the file holds 3`},
		{"gigantic weight", factor(weight("c", 1<<20, 1<<13)), "needs 8589934592 values of FLOAT, and the file holds 0"},
		{"shape that overflows", factor(weight("c", 1<<31-1, 1<<31-1, 1<<31-1)), "is too large"},
		{"negative shape", factor(weight("c", -1)), "its shape [-1] has an impossible dimension"},
		{"weight of text", factor(text), "its values are of type STRING, which is not supported"},
		{"two weights of one name", image(13).Floats("c", 1).Floats("c", 1).Node("Mul", "x c", "y"), `it has two weights named "c"`},
		{"weights of another shape", image(13).Floats("w", 2, 3, 2, 2).Node("Conv", "x w", "y"), "its weights [2 3 2 2] with 1 groups do not fit its input 4x6x6"},
		{"gigantic stride and padding", image(13).Floats("w", 1, 4, 1, 1).Node("Conv", "x w", "y", onnxtest.Ints("pads", 0, 0, 1<<40, 0)), "must be at most 16384"},
		{"window larger than its input", image(13).Node("MaxPool", "x", "y", onnxtest.Ints("kernel_shape", 9, 9)), "its window of 9 is larger than the padded input of 6"},
		{"stride of 0 with padding by rule", image(13).Node("MaxPool", "x", "y", onnxtest.Ints("kernel_shape", 2, 2), onnxtest.Ints("strides", 0, 0), onnxtest.String("auto_pad", "SAME_UPPER")), "its strides must be at least 1"},
		{"training", image(15).Floats("v", 4).Node("BatchNormalization", "x v v v v", "y", onnxtest.Int("training_mode", 1)), "export the model for inference"},
		{"padding that mirrors", image(13).Ints("p", 0, 0, 1, 1, 0, 0, 1, 1).Node("Pad", "x p", "y", onnxtest.String("mode", "reflect")), `it pads by "reflect" with 0, and padding with zeros is supported`},
		{"padding of channels", image(13).Ints("p", 0, 1, 0, 0, 0, 0, 0, 0).Node("Pad", "x p", "y"), "it pads the batch or the channels"},
		{"linear resize", image(13).Values("s", []int64{4}, 1, 1, 2, 2).Node("Resize", "x _ s", "y", onnxtest.String("mode", "linear")), `it resizes by "linear"`},
		{"resize that rounds up", image(13).Values("s", []int64{4}, 1, 1, 2, 2).Node("Resize", "x _ s", "y", onnxtest.String("coordinate_transformation_mode", "asymmetric"), onnxtest.String("nearest_mode", "ceil")), "its element 1 is element 1 of the input, and repeating each 2 times is supported"},
		{"softmax over channels of an image", image(13).Node("Softmax", "x", "y", onnxtest.Int("axis", 1)), "it runs over dimension 1 of [1 4 6 6]"},
		{"transposed image", image(13).Node("Transpose", "x", "t", onnxtest.Ints("perm", 0, 2, 3, 1)).Node("Relu", "t", "y"), `output "y": its input of shape [1 6 6 4] was transposed`},
		{"reshape to another size", image(13).Ints("to", 1, 5, -1).Node("Reshape", "x to", "y"), "cannot reshape [1 4 6 6] to [1 5 -1]"},
		{"reshape by the input's values", image(13).Node("Reshape", "x x", "y"), "its input 1 must be a constant, and depends on the network's input"},
		{"constant of a spatial shape", image(13).Floats("c", 6, 6).Node("Add", "x c", "y"), "its constant of shape [6 6] with an input of shape [1 4 6 6] is not supported"},
		{"variance offset that is no number", image(13).Floats("v", 4).Node("BatchNormalization", "x v v v v", "y", onnxtest.Float("epsilon", float32(math.NaN()))), `node "y" (BatchNormalization), opset 13: its attribute "epsilon" is NaN, which is no finite number`},
		{"infinite slope", image(13).Node("LeakyRelu", "x", "y", onnxtest.Float("alpha", float32(math.Inf(1)))), `its attribute "alpha" is +Inf, which is no finite number`},
		{"division by zero", image(13).Values("c", nil, 0).Node("Div", "x c", "y"), "must be finite"},
		{"division of shapes by zero", image(13).Ints("a", 1).Ints("z", 0).Node("Div", "a z", "q").Node("Reshape", "x q", "y"), "it divides 1 by 0"},
		{"operator on no values", image(13).Ints("a", 1).Ints("z").Node("Add", "a z", "q").Node("Reshape", "x q", "y"), "constants of shapes [1] and [0] are not supported"},
		{"computed constant that is gigantic", image(13).Ints("n", 1<<30, 1<<30).Node("ConstantOfShape", "n", "c").Node("Add", "x c", "y"), "would have more than 65536 values"},
		{"doubling constants", doubling(), "would have more than 65536 values"},
		{"external data outside", factor(external("c", map[string]string{"location": "../../etc/passwd"}, 4, 1, 1)), "leads out of the model's folder"},
		{"external data at an absolute path", factor(external("c", map[string]string{"location": "/etc/passwd"}, 4, 1, 1)), "leads out of the model's folder"},
		{"external data nowhere", factor(external("c", nil, 4, 1, 1)), "leads out of the model's folder"},
		{"external data that is missing", factor(external("c", map[string]string{"location": "gone.bin"}, 4, 1, 1)), "gone.bin cannot be opened: file does not exist"},
		{"external data at no number", factor(external("c", map[string]string{"location": "w.bin", "offset": "-8"}, 4, 1, 1)), `its offset in external data is "-8", which is no number of bytes`},
		{"external data that is too short", factor(external("c", map[string]string{"location": "w.bin", "offset": "8"}, 4, 1, 1)), "its values are bytes 8 to 24 of w.bin, which has 16 bytes: the file is too short"},
		{"external data beyond the end", factor(external("c", map[string]string{"location": "w.bin", "offset": "4000000000000000000"}, 4, 1, 1)), "the file is too short"},
		{"external data of another length", factor(external("c", map[string]string{"location": "w.bin", "length": "12"}, 4, 1, 1)), "needs 16 bytes of FLOAT, and 12 are declared in w.bin"},
		{"gigantic external data", factor(external("c", map[string]string{"location": "w.bin"}, 1<<20, 1<<13)), "the file is too short"},
		{"external data that is a folder", factor(external("c", map[string]string{"location": "dir"}, 4, 1, 1)), "dir is no regular file"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			files := fstest.MapFS{"m.onnx": {Data: c.model.Bytes()}, "w.bin": {Data: make([]byte, 16)}, "dir/file": {}}
			_, err := Read(files, "m.onnx", Options{Name: "test"})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "m.onnx: ") {
				t.Errorf("the error is %v, want m.onnx: ... %s", err, c.want)
			}
		})
	}
}

// doubling joins a list with itself over and over.
func doubling() *onnxtest.Model {
	m := onnxtest.New(13, 1, 4).Ints("c0", 1, 1)
	last := "c0"
	for i := range 60 {
		next := "c" + strings.Repeat("i", i+1)
		m.Node("Concat", last+" "+last, next, onnxtest.Int("axis", 0))
		last = next
	}
	return m.Node("Reshape", "x "+last, "y")
}

// TestNoModel reads files that are something else.
func TestNoModel(t *testing.T) {
	nested := []byte("text")
	for range 500 { // subgraphs of subgraphs
		node := protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), nested)
		graph := protowire.AppendBytes(protowire.AppendTag(nil, 6, protowire.BytesType), node)
		nested = protowire.AppendBytes(protowire.AppendTag(nil, 5, protowire.BytesType), graph)
	}
	inGraph := func(b []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(nil, 7, protowire.BytesType), b)
	}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"empty":                {nil, "it holds no graph"},
		"text":                 {[]byte("# a model"), "is no ONNX model, or damaged"},
		"too many empty nodes": {inGraph([]byte(strings.Repeat("\x0a\x00", maxMessages+1))), "it has more than 1048576 parts"},
		"too deep":             {inGraph(protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), nested)), "lie too deep"},
	} {
		if _, err := readBytes(c.data); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v, want %q", name, err, c.want)
		}
	}
}

// seeds are small models with what parsing and shapes depend on.
func seeds() []*onnxtest.Model {
	return []*onnxtest.Model{
		image(13).Floats("w", 2, 4, 2, 2).Floats("b", 2).Node("Conv", "x w b", "h", onnxtest.Ints("pads", 1, 1, 1, 1)).Node("Relu", "h", "y").Declare(1, 2, 7, 7),
		image(9).Ints("five", 1, 2, 2, 6, 6).Ints("four", 1, 4, -1, 6).Node("Reshape", "x five", "a").
			Node("Transpose", "a", "b", onnxtest.Ints("perm", 0, 2, 1, 3, 4)).Node("Reshape", "b four", "y"),
		image(18).Ints("a", 2, 3).Floats("w", 4, 3).Node("ReduceMean", "x a", "m", onnxtest.Int("keepdims", 0)).Node("MatMul", "m w", "n").Node("Softmax", "n", "y"),
		image(11).Ints("one", 1).Ints("p", 0, 0, 1, 0, 0, 0, 0, 1).Node("Pad", "x p", "q").Node("Gather", "q one", "g", onnxtest.Int("axis", 1)).
			Values("s", []int64{4}, 1, 1, 2, 2).Node("Resize", "g _ s", "r").Node("Concat", "r r", "y", onnxtest.Int("axis", 1)),
		image(13).Floats("v", 4).Node("BatchNormalization", "x v v v v", "n", onnxtest.Float("epsilon", 1e-3)).
			Node("LRN", "n", "l", onnxtest.Int("size", 3), onnxtest.Float("alpha", 1e-3)).Node("LeakyRelu", "l", "y", onnxtest.Float("alpha", 0.2)),
		onnxtest.New(13, 0, 4).Weight(external("c", map[string]string{"location": "w.bin"}, 4)).Node("Mul", "x c", "y"),
	}
}

// TestDamaged cuts small models at every byte, and flips every bit. Whatever is
// read must be an error or a model, at little cost.
func TestDamaged(t *testing.T) {
	for _, m := range seeds() {
		data := m.Bytes()
		for n := range data {
			check(t, data[:n])
			for bit := range 8 {
				damaged := append([]byte(nil), data...)
				damaged[n] ^= 1 << bit
				check(t, damaged)
			}
		}
	}
}

// check reads a file, and refuses a model that is not whole.
func check(t *testing.T, data []byte) {
	t.Helper()
	m, err := Read(fstest.MapFS{"m.onnx": {Data: data}, "w.bin": {Data: make([]byte, 64)}}, "m.onnx", Options{})
	if err != nil {
		return
	}
	m.Graph.Digest()
	for _, n := range m.Graph.Nodes[1:] {
		for _, p := range m.Graph.Params(n) {
			if int64(len(m.Weights.Get(n.ID, p.Role))) != p.Elements() {
				t.Errorf("%q: node %s lacks values of %s", data, n.Name, p.Role)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, m := range seeds() {
		f.Add(m.Bytes())
	}
	f.Fuzz(check)
}

// TestExternalData reads weights from a file beside the model, and names both
// files with their digests.
func TestExternalData(t *testing.T) {
	data := append(make([]byte, 8), onnxtest.Raw(1, 2, 3, 4)...)
	model := factor(external("c", map[string]string{"location": "data/w.bin", "offset": "8", "length": "16"}, 4, 1, 1)).Bytes()
	m, err := Read(fstest.MapFS{"models/m.onnx": {Data: model}, "models/data/w.bin": {Data: data}}, "models/m.onnx", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := describe(m); !strings.HasSuffix(got, "scale=[1 2 3]") {
		t.Errorf("the model is read as %s", got)
	}
	want := []File{
		{Name: "models/m.onnx", Bytes: int64(len(model)), SHA256: digest(model)},
		{Name: "models/data/w.bin", Bytes: 24, SHA256: digest(data)},
	}
	if !slices.Equal(m.Files, want) {
		t.Errorf("its files are %+v, want %+v", m.Files, want)
	}
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// folder writes files to a new folder.
func folder(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestLinks refuses links that lead out of the folder, for the model and its
// external data.
func TestLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege on Windows")
	}
	outside := folder(t, map[string][]byte{"m.onnx": seeds()[0].Bytes(), "w.bin": onnxtest.Raw(1, 2, 3, 4)})
	dir := folder(t, map[string][]byte{"external.onnx": seeds()[len(seeds())-1].Bytes()})
	for link, to := range map[string]string{"m.onnx": "m.onnx", "w.bin": "w.bin"} {
		if err := os.Symlink(filepath.Join(outside, to), filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for _, name := range []string{"m.onnx", "external.onnx", "../" + filepath.Base(outside) + "/m.onnx"} {
		if _, err := Read(root.FS(), name, Options{}); err == nil {
			t.Errorf("%s leads out of the folder and is read", name)
		}
	}
}
