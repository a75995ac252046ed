package export

import (
	"fmt"
	"io"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"edgebench/compiler/network/export/safetensors"
	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/onnx/onnxpb"
	"edgebench/compiler/network/weights"
)

const (
	// onnxOpset 13 and its IR version 7 (ONNX 1.8, 2020) have every operator
	// that graphs need and are read by all runtimes in use.
	onnxOpset     = 13
	onnxIRVersion = 7

	onnxInputName = "input"
)

// onnxModel builds one model. Values are named for the node that computes
// them, with a suffix that no parameter has.
type onnxModel struct {
	g     *graph.Graph
	name  string // of the files, without their endings
	graph *onnxpb.GraphProto
	// layout is of the file with the weights; nil where the model holds them.
	layout *safetensors.Layout
}

// maxEmbedded is how many bytes of weights a model may hold itself: a protobuf
// message ends at 2 GiB, and the operators need some room.
const maxEmbedded = 1<<31 - 1<<26

// lowerONNX writes operators one to one, but for those that opset 13 lacks,
// which are made of several. The model is one file with its weights in it,
// which every converter can follow; only weights beyond limit bytes stand in a
// safetensors file beside it, to which the model refers by offsets.
func lowerONNX(g *graph.Graph, name string, limit int64) (*lowered, error) {
	x := &onnxModel{g: g, name: name, graph: &onnxpb.GraphProto{Name: proto.String(g.Name)}}
	if g.Cost().WeightBytes() > limit {
		layout, err := layoutOf(g)
		if err != nil {
			return nil, err
		}
		x.layout = layout
	}
	x.graph.Input = []*onnxpb.ValueInfoProto{valueInfo(onnxInputName, g.Input())}
	for _, n := range g.Nodes[1:] {
		if x.layout != nil {
			x.externalParameters(n)
		}
		if err := x.lower(n); err != nil {
			return nil, err
		}
	}
	outputs := x.outputs()
	var files []file
	if x.layout != nil {
		files = append(files, safetensorsFile(g, x.layout))
	}
	return &lowered{outputs: outputs, files: append(files, file{"onnx", x.write})}, nil
}

// write streams the model: the operators first, then, where the model holds
// them, the weights, each as it is asked for, so that they are not held twice.
func (x *onnxModel) write(out io.Writer, w *weights.Set) error {
	encode := func(m proto.Message) ([]byte, error) {
		data, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		if err != nil {
			return nil, fmt.Errorf("the ONNX model cannot be encoded: %w", err)
		}
		return data, nil
	}
	head, err := encode(&onnxpb.ModelProto{
		IrVersion:    proto.Int64(onnxIRVersion),
		ProducerName: proto.String("edgebench"),
		OpsetImport:  []*onnxpb.OperatorSetIdProto{{Domain: proto.String(""), Version: proto.Int64(onnxOpset)}},
	})
	if err != nil {
		return err
	}
	operators, err := encode(x.graph)
	if err != nil {
		return err
	}
	tensors, size, err := x.embedded(encode)
	if err != nil {
		return err
	}
	head = protowire.AppendTag(head, modelGraphField, protowire.BytesType)
	head = protowire.AppendVarint(head, uint64(int64(len(operators))+size))
	if _, err := out.Write(append(head, operators...)); err != nil {
		return err
	}
	for _, t := range tensors {
		if _, err := out.Write(t.head); err != nil {
			return err
		}
		if err := safetensors.WriteFloats(out, w.Get(t.node, t.role)); err != nil {
			return err
		}
	}
	return nil
}

// Numbers of fields in onnx.proto that are written by hand.
const (
	modelGraphField       = 7 // ModelProto.graph
	graphInitializerField = 5 // GraphProto.initializer
	tensorRawDataField    = 9 // TensorProto.raw_data
)

// embeddedTensor is an initializer up to its values.
type embeddedTensor struct {
	owner
	head []byte
}

// embedded lists the parameters that the model holds, and how many bytes they
// take in it.
func (x *onnxModel) embedded(encode func(proto.Message) ([]byte, error)) (tensors []embeddedTensor, size int64, err error) {
	if x.layout != nil {
		return nil, 0, nil
	}
	for _, n := range x.g.Nodes[1:] {
		for _, p := range x.g.Params(n) {
			values := 4 * p.Elements()
			tensor, err := encode(x.tensor(n, p))
			if err != nil {
				return nil, 0, err
			}
			tensor = protowire.AppendTag(tensor, tensorRawDataField, protowire.BytesType)
			tensor = protowire.AppendVarint(tensor, uint64(values))
			head := protowire.AppendTag(nil, graphInitializerField, protowire.BytesType)
			head = protowire.AppendVarint(head, uint64(int64(len(tensor))+values))
			t := embeddedTensor{owner{n.ID, p.Role}, append(head, tensor...)}
			tensors = append(tensors, t)
			size += int64(len(t.head)) + values
		}
	}
	return tensors, size, nil
}

// tensor is a parameter without its values.
func (x *onnxModel) tensor(n *graph.Node, p graph.Param) *onnxpb.TensorProto {
	return &onnxpb.TensorProto{
		Name: proto.String(tensorName(n, p.Role)), Dims: int64s(dims(n, p)),
		DataType: proto.Int32(int32(onnxpb.TensorProto_FLOAT)),
	}
}

// outputs declares the graph's outputs and returns their names.
func (x *onnxModel) outputs() []string {
	var names []string
	for _, id := range x.g.Outputs {
		name := x.value(id)
		if id == 0 { // an output must be computed by a node
			x.node("Identity", "output", []string{name}, "output.out")
			name = "output.out"
		}
		names = append(names, name)
		x.graph.Output = append(x.graph.Output, valueInfo(name, x.g.Nodes[id].Shape))
	}
	return names
}

// value names a node's output.
func (x *onnxModel) value(id int) string {
	if id == 0 {
		return onnxInputName
	}
	return x.g.Nodes[id].Name + ".out"
}

func (x *onnxModel) values(ids []int) []string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = x.value(id)
	}
	return names
}

func valueInfo(name string, s graph.Shape) *onnxpb.ValueInfoProto {
	shape := &onnxpb.TensorShapeProto{}
	for _, d := range append([]int{1}, s...) {
		shape.Dim = append(shape.Dim, &onnxpb.TensorShapeProto_Dimension{
			Value: &onnxpb.TensorShapeProto_Dimension_DimValue{DimValue: int64(d)},
		})
	}
	tensor := &onnxpb.TypeProto_Tensor{ElemType: proto.Int32(int32(onnxpb.TensorProto_FLOAT)), Shape: shape}
	return &onnxpb.ValueInfoProto{
		Name: proto.String(name),
		Type: &onnxpb.TypeProto{Value: &onnxpb.TypeProto_TensorType{TensorType: tensor}},
	}
}

// externalParameters refers to a node's parameters in the weights file.
func (x *onnxModel) externalParameters(n *graph.Node) {
	for _, p := range x.g.Params(n) {
		t := x.tensor(n, p)
		at, _ := x.layout.Find(t.GetName())
		t.DataLocation = onnxpb.TensorProto_EXTERNAL.Enum()
		t.ExternalData = []*onnxpb.StringStringEntryProto{
			pair("location", x.name+"."+safetensorsExt),
			pair("offset", strconv.FormatInt(at.Offset, 10)),
			pair("length", strconv.FormatInt(at.Bytes, 10)),
		}
		x.graph.Initializer = append(x.graph.Initializer, t)
	}
}

func pair(key, value string) *onnxpb.StringStringEntryProto {
	return &onnxpb.StringStringEntryProto{Key: proto.String(key), Value: proto.String(value)}
}

// constant adds a small tensor to the model itself and returns its name.
func (x *onnxModel) constant(name string, t *onnxpb.TensorProto) string {
	t.Name = proto.String(name)
	x.graph.Initializer = append(x.graph.Initializer, t)
	return name
}

func floatTensor(values ...float32) *onnxpb.TensorProto {
	return &onnxpb.TensorProto{
		Dims: []int64{int64(len(values))}, DataType: proto.Int32(int32(onnxpb.TensorProto_FLOAT)), FloatData: values,
	}
}

func scalar(v float32) *onnxpb.TensorProto {
	t := floatTensor(v)
	t.Dims = nil
	return t
}

func int64Tensor(values []int64) *onnxpb.TensorProto {
	return &onnxpb.TensorProto{
		Dims: []int64{int64(len(values))}, DataType: proto.Int32(int32(onnxpb.TensorProto_INT64)), Int64Data: values,
	}
}

func int64s(values []int) []int64 {
	list := make([]int64, len(values))
	for i, v := range values {
		list[i] = int64(v)
	}
	return list
}

// node adds one ONNX node.
func (x *onnxModel) node(op, name string, in []string, out string, attributes ...*onnxpb.AttributeProto) {
	x.graph.Node = append(x.graph.Node, &onnxpb.NodeProto{
		OpType: proto.String(op), Name: proto.String(name), Input: in, Output: []string{out}, Attribute: attributes,
	})
}

func intAttr(name string, v int) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{Name: proto.String(name), Type: onnxpb.AttributeProto_INT.Enum(), I: proto.Int64(int64(v))}
}

func intsAttr(name string, v []int) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{Name: proto.String(name), Type: onnxpb.AttributeProto_INTS.Enum(), Ints: int64s(v)}
}

func floatAttr(name string, v float64) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{Name: proto.String(name), Type: onnxpb.AttributeProto_FLOAT.Enum(), F: proto.Float32(float32(v))}
}

func stringAttr(name, v string) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{Name: proto.String(name), Type: onnxpb.AttributeProto_STRING.Enum(), S: []byte(v)}
}
