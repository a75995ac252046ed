package onnx

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/onnx/onnxpb"
	"edgebench/compiler/network/onnx/onnxtest"
)

// readModel reads a model from memory.
func readModel(m *onnxtest.Model) (*Model, error) { return readBytes(m.Bytes()) }

func readBytes(data []byte) (*Model, error) {
	return Read(fstest.MapFS{"m.onnx": {Data: data}}, "m.onnx", Options{Name: "test"})
}

// describe writes a graph as one operator a part: its attributes, inputs and
// shape, and the first weights.
func describe(m *Model) string {
	var parts []string
	for _, n := range m.Graph.Nodes[1:] {
		attributes, err := json.Marshal(n.Op)
		if err != nil {
			return err.Error()
		}
		part := fmt.Sprintf("%s%s %v %v", n.Op.Kind(), attributes, n.Inputs, n.Shape)
		for _, p := range m.Graph.Params(n) {
			values := m.Weights.Get(n.ID, p.Role)
			part += fmt.Sprintf(" %s=%v", p.Role, values[:min(len(values), 3)])
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "\n")
}

// operatorCase is a model and the graph that it is read as.
type operatorCase struct {
	name  string
	model *onnxtest.Model
	want  string
}

func (c operatorCase) check(t *testing.T) {
	m, err := readModel(c.model)
	if err != nil {
		t.Fatal(err)
	}
	if got := describe(m); got != c.want {
		t.Errorf("got\n%s\nwant\n%s", got, c.want)
	}
}

func image(opset int64) *onnxtest.Model { return onnxtest.New(opset, 1, 4, 6, 6) }

const window2x2 = `"kernel":[2,2],"stride":[2,2],"dilation":[1,1],"pad":[{"begin":0,"end":0},{"begin":0,"end":0}]`

func TestOperators(t *testing.T) {
	kernel, strides := onnxtest.Ints("kernel_shape", 2, 2), onnxtest.Ints("strides", 2, 2)
	cases := []operatorCase{
		{"convolution", image(13).Floats("w", 3, 4, 2, 2).Floats("b", 3).Node("Conv", "x w b", "y", kernel, strides),
			`conv{"out":3,` + window2x2 + `,"groups":1,"bias":true} [0] 3x3x3 weight=[1 2 3] bias=[1 2 3]`},
		{"convolution of groups with padding by rule", image(13).Floats("w", 4, 1, 3, 3).
			Node("Conv", "x w", "y", onnxtest.Int("group", 4), onnxtest.String("auto_pad", "SAME_LOWER"), onnxtest.Ints("strides", 2, 1)),
			`conv{"out":4,"kernel":[3,3],"stride":[2,1],"dilation":[1,1],"pad":[{"begin":1,"end":0},{"begin":1,"end":1}],"groups":4,"bias":false} [0] 4x3x6 weight=[1 2 3]`},
		{"padding moves into the convolution", image(9).Floats("w", 1, 4, 2, 2).
			Node("Pad", "x", "p", onnxtest.Ints("pads", 0, 0, 1, 0, 0, 0, 0, 1)).Node("Conv", "p w", "y", onnxtest.Ints("pads", 0, 1, 0, 0)),
			`conv{"out":1,"kernel":[2,2],"stride":[1,1],"dilation":[1,1],"pad":[{"begin":1,"end":0},{"begin":1,"end":1}],"groups":1,"bias":false} [0] 1x6x7 weight=[1 2 3]`},
		{"padding before a maximum is an operator", image(13).Ints("p", 0, 0, 1, 0, 0, 0, 0, 1).
			Node("Pad", "x p", "q").Node("MaxPool", "q", "y", kernel),
			`zeropad{"pad":[{"begin":1,"end":0},{"begin":0,"end":1}]} [0] 4x7x7` + "\n" +
				`maxpool{"fn":"maxpool","kernel":[2,2],"stride":[1,1],"dilation":[1,1],"pad":[{"begin":0,"end":0},{"begin":0,"end":0}],"ceil":false,"exclude_pad":false} [1] 4x6x6`},
		{"average without padding", image(13).Node("AveragePool", "x", "y", kernel, strides, onnxtest.Int("ceil_mode", 1)),
			`avgpool{"fn":"avgpool",` + window2x2 + `,"ceil":true,"exclude_pad":false} [0] 4x3x3`},
		{"average that leaves out its padding", image(13).Node("AveragePool", "x", "y", kernel, strides, onnxtest.Ints("pads", 1, 0, 0, 0)),
			`avgpool{"fn":"avgpool","kernel":[2,2],"stride":[2,2],"dilation":[1,1],"pad":[{"begin":1,"end":0},{"begin":0,"end":0}],"ceil":false,"exclude_pad":true} [0] 4x3x3`},
		{"mean of the pixels", image(18).Ints("a", -1, 2).Node("ReduceMean", "x a", "y", onnxtest.Int("keepdims", 0)),
			"globalavgpool{} [0] 4x1x1\nflatten{} [1] 4"},
		{"global maximum", onnxtest.New(13, 1, 2, 3, 4).Node("GlobalMaxPool", "x", "y"),
			`maxpool{"fn":"maxpool","kernel":[3,4],"stride":[1,1],"dilation":[1,1],"pad":[{"begin":0,"end":0},{"begin":0,"end":0}],"ceil":false,"exclude_pad":false} [0] 2x1x1`},
		{"batch norm", image(15).Floats("v", 4).Node("BatchNormalization", "x v v v v", "y", onnxtest.Float("epsilon", 1e-3), onnxtest.Float("momentum", 0.9)),
			`batchnorm{"epsilon":0.001} [0] 4x6x6 scale=[1 2 3] shift=[1 2 3] mean=[1 2 3] variance=[1 2 3]`},
		{"bounds of ReLU6 as inputs", image(13).Values("low", nil, 0).Values("high", nil, 6).Node("Clip", "x low high", "y"),
			`activation{"fn":"relu6"} [0] 4x6x6`},
		{"lower bound as an attribute", image(9).Node("Clip", "x", "y", onnxtest.Float("min", 0)),
			`activation{"fn":"relu"} [0] 4x6x6`},
		{"upper bound only", image(13).Values("high", nil, 0.1).Node("Clip", "x _ high", "y"),
			`activation{"fn":"clip","low":-3.4028234663852886e+38,"high":0.1} [0] 4x6x6`},
		{"leaky ReLU", image(13).Node("LeakyRelu", "x", "y", onnxtest.Float("alpha", 0.1)), `activation{"fn":"leaky","slope":0.1} [0] 4x6x6`},
		{"hard sigmoid of PyTorch", image(13).Node("HardSigmoid", "x", "y", onnxtest.Float("alpha", 1.0/6)), `activation{"fn":"hardsigmoid"} [0] 4x6x6`},
		{"hard sigmoid of ONNX", image(13).Node("HardSigmoid", "x", "y"),
			`affine{"factor":0.2,"offset":0.5} [0] 4x6x6` + "\n" + `activation{"fn":"clip","high":1} [1] 4x6x6`},
		{"hard swish, spelled out", image(11).Values("3", nil, 3).Values("6", nil, 6).Values("0", nil, 0).
			Node("Add", "x 3", "a").Node("Clip", "a 0 6", "b").Node("Mul", "x b", "c").Node("Div", "c 6", "y"),
			`activation{"fn":"hardswish"} [0] 4x6x6`},
		{"hard swish of a hard sigmoid", image(11).Values("3", nil, 3).Values("6", nil, 6).Values("0", nil, 0).
			Node("Add", "x 3", "a").Node("Clip", "a 0 6", "b").Node("Div", "b 6", "c").Node("Mul", "c x", "y"),
			`activation{"fn":"hardswish"} [0] 4x6x6`},
		{"SiLU", image(13).Node("Sigmoid", "x", "s").Node("Mul", "x s", "y"), `activation{"fn":"silu"} [0] 4x6x6`},
		{"gate of another activation", image(13).Node("Sigmoid", "x", "s").Node("Tanh", "x", "t").Node("Mul", "t s", "y"),
			`activation{"fn":"sigmoid"} [0] 4x6x6` + "\n" + `activation{"fn":"tanh"} [0] 4x6x6` + "\n" + `mul{} [2 1] 4x6x6`},
		{"gate of channels, which comes first", image(13).Node("GlobalAveragePool", "x", "g").Node("Mul", "g x", "y"),
			"globalavgpool{} [0] 4x1x1\nmul{} [0 1] 4x6x6"},
		{"number", image(13).Values("c", nil, 0.1).Node("Mul", "c x", "y"), `affine{"factor":0.1,"offset":0} [0] 4x6x6`},
		{"number that is subtracted", image(13).Values("c", []int64{1, 1}, 0.1).Node("Sub", "x c", "y"), `affine{"factor":1,"offset":-0.1} [0] 4x6x6`},
		{"number to subtract from", image(13).Values("c", nil, 2).Node("Sub", "c x", "y"), `affine{"factor":-1,"offset":2} [0] 4x6x6`},
		{"negative", image(13).Node("Neg", "x", "y"), `affine{"factor":-1,"offset":0} [0] 4x6x6`},
		{"number a channel", image(13).Floats("c", 4, 1, 1).Node("Add", "x c", "y"), `channelaffine{"scale":false,"shift":true} [0] 4x6x6 shift=[1 2 3]`},
		{"factor a channel", image(13).Floats("c", 1, 4, 1, 1).Node("Mul", "x c", "y"), `channelaffine{"scale":true,"shift":false} [0] 4x6x6 scale=[1 2 3]`},
		{"bias that stands alone", image(13).Floats("w", 2, 4, 2, 2).Floats("c", 2, 1, 1).Node("Conv", "x w", "h", strides).Node("Add", "h c", "y"),
			`conv{"out":2,` + window2x2 + `,"groups":1,"bias":true} [0] 2x3x3 weight=[1 2 3] bias=[1 2]`},
		{"sum of three", image(13).Node("Relu", "x", "r").Node("Sum", "x r r", "y"), `activation{"fn":"relu"} [0] 4x6x6` + "\nadd{} [0 1 1] 4x6x6"},
		{"normalisation of neighbours", image(13).Node("LRN", "x", "y", onnxtest.Int("size", 3), onnxtest.Float("bias", 2)),
			`lrn{"size":3,"alpha":0.0001,"beta":0.75,"k":2} [0] 4x6x6`},
		{"concatenation", image(13).Node("Relu", "x", "r").Node("Concat", "x r", "y", onnxtest.Int("axis", -3)),
			`activation{"fn":"relu"} [0] 4x6x6` + "\nconcat{} [0 1] 8x6x6"},
		{"split in equal parts", image(18).Node("Split", "x", "a b", onnxtest.Int("axis", 1), onnxtest.Int("num_outputs", 2)).Node("Add", "b a", "y"),
			`slicechannels{"begin":0,"end":2} [0] 2x6x6` + "\n" + `slicechannels{"begin":2,"end":4} [0] 2x6x6` + "\nadd{} [2 1] 2x6x6"},
		{"split of which one part is used", image(9).Node("Split", "x", "a y", onnxtest.Int("axis", 1), onnxtest.Ints("split", 1, 3)),
			`slicechannels{"begin":1,"end":4} [0] 3x6x6`},
		{"slice of channels", image(9).Node("Slice", "x", "y", onnxtest.Ints("starts", 1), onnxtest.Ints("ends", 1<<40), onnxtest.Ints("axes", 1)),
			`slicechannels{"begin":1,"end":4} [0] 3x6x6`},
		{"one channel that is gathered", image(13).Weight(&onnxpb.TensorProto{Name: new("i"), DataType: new(int32(onnxpb.TensorProto_INT64)), Int64Data: []int64{-1}}).
			Ints("one", 1).Node("Gather", "x i", "g", onnxtest.Int("axis", 1)).Node("Unsqueeze", "g one", "y"),
			`slicechannels{"begin":3,"end":4} [0] 1x6x6`},
		{"channel shuffle", image(13).Ints("five", 1, 2, 2, 6, 6).Ints("four", 1, -1, 6, 6).
			Node("Reshape", "x five", "a").Node("Transpose", "a", "b", onnxtest.Ints("perm", 0, 2, 1, 3, 4)).Node("Reshape", "b four", "y"),
			`channelshuffle{"groups":2} [0] 4x6x6`},
		{"upsampling by factors", image(13).Values("s", []int64{4}, 1, 1, 2, 2).Node("Resize", "x _ s", "y", onnxtest.String("coordinate_transformation_mode", "asymmetric"), onnxtest.String("nearest_mode", "floor")),
			`upsample{"scale":2} [0] 4x12x12`},
		{"upsampling to a size", image(13).Ints("s", 1, 4, 18, 18).Node("Resize", "x _ _ s", "y"), `upsample{"scale":3} [0] 4x18x18`},
		{"upsampling of opset 9", image(9).Values("s", []int64{4}, 1, 1, 2, 2).Node("Upsample", "x s", "y", onnxtest.String("mode", "nearest")),
			`upsample{"scale":2} [0] 4x12x12`},
		{"flattening by computed sizes", image(13).Ints("zero", 0).Ints("rest", -1).Node("Shape", "x", "s").
			Node("Gather", "s zero", "n").Node("Concat", "n rest", "to", onnxtest.Int("axis", 0)).Node("Reshape", "x to", "y"),
			"flatten{} [0] 144"},
		{"reshape", image(13).Ints("to", 0, 2, 72).Node("Reshape", "x to", "y"), `reshape{"shape":[2,72]} [0] 2x72`},
		{"reshape there and back", image(13).Ints("to", 0, 2, 72).Ints("back", 1, 4, 6, 6).Node("Reshape", "x to", "a").Node("Reshape", "a back", "b").Node("Relu", "b", "y"),
			`activation{"fn":"relu"} [0] 4x6x6`},
		{"fully connected, transposed", onnxtest.New(13, 1, 3).Floats("w", 2, 3).Floats("b", 2).Node("Gemm", "x w b", "y", onnxtest.Int("transB", 1)),
			`fc{"out":2,"bias":true} [0] 2 weight=[1 2 3] bias=[1 2]`},
		{"fully connected with factors", onnxtest.New(13, 1, 3).Floats("w", 3, 2).Values("b", nil, 1).Node("Gemm", "x w b", "y", onnxtest.Float("alpha", 2), onnxtest.Float("beta", 3)),
			`fc{"out":2,"bias":true} [0] 2 weight=[2 6 10] bias=[3 3]`},
		{"matrix product and bias", onnxtest.New(13, 1, 3).Floats("w", 3, 2).Floats("b", 2).Node("MatMul", "x w", "m").Node("Add", "m b", "y"),
			`fc{"out":2,"bias":true} [0] 2 weight=[1 3 5] bias=[1 2]`},
		{"softmax", onnxtest.New(13, 1, 3).Node("Softmax", "x", "y"), "softmax{} [0] 3"},
		{"softmax of opset 11 over pixels", onnxtest.New(11, 1, 3, 1, 1).Node("Softmax", "x", "y"), "flatten{} [0] 3\nsoftmax{} [1] 3\n" + `reshape{"shape":[3,1,1]} [2] 3x1x1`},
		{"dropout and what leads nowhere", image(13).Node("Exp", "x", "unused").Node("Dropout", "x", "d mask").Node("Identity", "d", "i").Node("Relu", "i", "y"),
			`activation{"fn":"relu"} [0] 4x6x6`},
	}
	for _, c := range cases {
		t.Run(c.name, c.check)
	}
}

// TestOpenDimensions reads an input whose size the file leaves open.
func TestOpenDimensions(t *testing.T) {
	data := onnxtest.New(13, 0, 3, 0, 0).Node("Relu", "x", "y").Bytes()
	for _, c := range []struct {
		input graph.Shape
		want  string // of the error
	}{
		{graph.Shape{3, 5, 7}, ""},
		{nil, `its dimension 2 ("n") is open: state the input's shape`},
		{graph.Shape{4, 5, 7}, "its dimension 1 is 3, and the declared shape is 4x5x7"},
		{graph.Shape{3}, "it has 3 dimensions besides the batch, and 3 is declared"},
	} {
		m, err := Read(fstest.MapFS{"m.onnx": {Data: data}}, "m.onnx", Options{Input: c.input})
		switch {
		case c.want == "" && (err != nil || !m.Graph.Input().Equal(c.input)):
			t.Errorf("%v: %v", c.input, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%v: the error is %v, want %q", c.input, err, c.want)
		}
	}
}

// TestTypes reads a weight in every form of numbers.
func TestTypes(t *testing.T) {
	type proto = onnxpb.TensorProto
	kind := func(k onnxpb.TensorProto_DataType) *int32 { return new(int32(k)) }
	cases := []struct {
		name string
		t    *proto
	}{
		{"raw floats", &proto{DataType: kind(onnxpb.TensorProto_FLOAT), RawData: onnxtest.Raw(1.5, -2)}},
		{"floats", &proto{DataType: kind(onnxpb.TensorProto_FLOAT), FloatData: []float32{1.5, -2}}},
		{"doubles", &proto{DataType: kind(onnxpb.TensorProto_DOUBLE), DoubleData: []float64{1.5, -2}}},
		{"half precision", &proto{DataType: kind(onnxpb.TensorProto_FLOAT16), Int32Data: []int32{0x3e00, 0xc000}}},
		{"raw half precision", &proto{DataType: kind(onnxpb.TensorProto_FLOAT16), RawData: []byte{0, 0x3e, 0, 0xc0}}},
		{"raw bfloat16", &proto{DataType: kind(onnxpb.TensorProto_BFLOAT16), RawData: []byte{0xc0, 0x3f, 0, 0xc0}}},
	}
	for _, c := range cases {
		c.t.Name, c.t.Dims = new("c"), []int64{2}
		m, err := readModel(onnxtest.New(13, 1, 2).Weight(c.t).Node("Add", "x c", "y"))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := m.Weights.Get(1, graph.Shift); !slices.Equal(got, []float32{1.5, -2}) {
			t.Errorf("%s are read as %v", c.name, got)
		}
	}
}

// TestHalf compares with numbers of the standard: subnormal, largest, infinite.
func TestHalf(t *testing.T) {
	for bits, want := range map[uint16]string{
		0x0001: "5.9604645e-08", 0x03ff: "6.097555e-05", 0x0400: "6.1035156e-05", 0x7bff: "65504", 0xfc00: "-Inf", 0x7e00: "NaN", 0x8000: "-0",
	} {
		if got := fmt.Sprint(half(bits)); got != want {
			t.Errorf("%#04x is %s, want %s", bits, got, want)
		}
	}
}

// FuzzInspect: whatever a file holds, what it declares is read or refused.
func FuzzInspect(f *testing.F) {
	f.Add(onnxtest.New(17, 0, 4).Floats("w", 4).Node("Mish", "x", "y").Declare(1, 4).Bytes())
	f.Add(onnxtest.New(17, 1, 4).Node("QuantizeLinear", "x", "y").Declare(0, 0).Bytes())
	f.Add([]byte("no model"))
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := Inspect(fstest.MapFS{"m.onnx": {Data: data}}, "m.onnx", Options{})
		if err == nil && (len(o.Outputs) == 0 || o.Parameters < 0 || o.InputName == "" && o.Input == nil) {
			t.Errorf("accepted as %+v", o)
		}
	})
}
