package export

import (
	"fmt"
	"io"
	"strconv"

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

	onnxWeightsName = "model.safetensors"
	onnxInputName   = "input"
)

// onnxModel builds one model. Values are named for the node that computes
// them, with a suffix that no parameter has.
type onnxModel struct {
	g      *graph.Graph
	layout *safetensors.Layout
	graph  *onnxpb.GraphProto
}

// lowerONNX writes operators one to one, but for those that opset 13 lacks,
// which are made of several. The weights stand in a safetensors file, to which
// the model refers by offsets.
func lowerONNX(g *graph.Graph) (*lowered, error) {
	layout, err := layoutOf(g)
	if err != nil {
		return nil, err
	}
	x := &onnxModel{g: g, layout: layout, graph: &onnxpb.GraphProto{Name: proto.String(g.Name)}}
	x.graph.Input = []*onnxpb.ValueInfoProto{valueInfo(onnxInputName, g.Input())}
	for _, n := range g.Nodes[1:] {
		x.parameters(n)
		if err := x.lower(n); err != nil {
			return nil, err
		}
	}
	outputs := x.outputs()
	model, err := proto.MarshalOptions{Deterministic: true}.Marshal(x.model())
	if err != nil {
		return nil, fmt.Errorf("the ONNX model cannot be encoded: %w", err)
	}
	return &lowered{outputs: outputs, files: []file{
		safetensorsFile(g, layout),
		{"model.onnx", func(out io.Writer, _ *weights.Set) error {
			_, err := out.Write(model)
			return err
		}},
	}}, nil
}

func (x *onnxModel) model() *onnxpb.ModelProto {
	return &onnxpb.ModelProto{
		IrVersion:    proto.Int64(onnxIRVersion),
		ProducerName: proto.String("edgebench"),
		OpsetImport:  []*onnxpb.OperatorSetIdProto{{Domain: proto.String(""), Version: proto.Int64(onnxOpset)}},
		Graph:        x.graph,
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

// parameters refers to a node's parameters in the weights file.
func (x *onnxModel) parameters(n *graph.Node) {
	for _, p := range x.g.Params(n) {
		name := tensorName(n, p.Role)
		at, _ := x.layout.Find(name)
		x.graph.Initializer = append(x.graph.Initializer, &onnxpb.TensorProto{
			Name: proto.String(name), Dims: int64s(dims(n, p)),
			DataType:     proto.Int32(int32(onnxpb.TensorProto_FLOAT)),
			DataLocation: onnxpb.TensorProto_EXTERNAL.Enum(),
			ExternalData: []*onnxpb.StringStringEntryProto{
				pair("location", onnxWeightsName),
				pair("offset", strconv.FormatInt(at.Offset, 10)),
				pair("length", strconv.FormatInt(at.Bytes, 10)),
			},
		})
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
