// Package onnxtest writes small ONNX models for tests.
package onnxtest

import (
	"encoding/binary"
	"math"
	"strings"

	"google.golang.org/protobuf/proto"

	"edgebench/compiler/network/onnx/onnxpb"
)

// Model is a model that is being written. Its input is "x", its output "y".
type Model struct{ *onnxpb.ModelProto }

// New starts a model of an opset with the input's dimensions, the batch among
// them; 0 is an open one.
func New(opset int64, input ...int64) *Model {
	return &Model{&onnxpb.ModelProto{
		IrVersion:   new(int64(8)),
		OpsetImport: []*onnxpb.OperatorSetIdProto{{Version: new(opset)}},
		Graph: &onnxpb.GraphProto{
			Name:   new("test"),
			Input:  []*onnxpb.ValueInfoProto{info("x", input)},
			Output: []*onnxpb.ValueInfoProto{info("y", nil)},
		},
	}}
}

func info(name string, dims []int64) *onnxpb.ValueInfoProto {
	kind := &onnxpb.TypeProto_Tensor{ElemType: new(int32(onnxpb.TensorProto_FLOAT))}
	if dims != nil {
		kind.Shape = &onnxpb.TensorShapeProto{}
		for _, n := range dims {
			d := &onnxpb.TensorShapeProto_Dimension{Value: &onnxpb.TensorShapeProto_Dimension_DimValue{DimValue: n}}
			if n == 0 {
				d.Value = &onnxpb.TensorShapeProto_Dimension_DimParam{DimParam: "n"}
			}
			kind.Shape.Dim = append(kind.Shape.Dim, d)
		}
	}
	return &onnxpb.ValueInfoProto{Name: new(name), Type: &onnxpb.TypeProto{Value: &onnxpb.TypeProto_TensorType{TensorType: kind}}}
}

// Declare sets the output's dimensions.
func (m *Model) Declare(dims ...int64) *Model {
	m.Graph.Output[0] = info("y", dims)
	return m
}

// Floats adds a weight with the values 1, 2, 3 ... in raw form.
func (m *Model) Floats(name string, dims ...int64) *Model {
	count := int64(1)
	for _, n := range dims {
		count *= n
	}
	values := make([]float32, count)
	for i := range values {
		values[i] = float32(i + 1)
	}
	return m.Values(name, dims, values...)
}

// Values adds a weight.
func (m *Model) Values(name string, dims []int64, values ...float32) *Model {
	return m.Weight(&onnxpb.TensorProto{
		Name: new(name), Dims: dims, DataType: new(int32(onnxpb.TensorProto_FLOAT)), RawData: Raw(values...),
	})
}

// Raw is values as a file holds them.
func Raw(values ...float32) []byte {
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return raw
}

// Ints adds a list of whole numbers.
func (m *Model) Ints(name string, values ...int64) *Model {
	return m.Weight(&onnxpb.TensorProto{
		Name: new(name), Dims: []int64{int64(len(values))}, DataType: new(int32(onnxpb.TensorProto_INT64)), Int64Data: values,
	})
}

// Weight adds any tensor.
func (m *Model) Weight(t *onnxpb.TensorProto) *Model {
	m.Graph.Initializer = append(m.Graph.Initializer, t)
	return m
}

// Node adds an operator, whose inputs and outputs are names between spaces; "_"
// is an input that is left out.
func (m *Model) Node(op, inputs, outputs string, attributes ...*onnxpb.AttributeProto) *Model {
	in := strings.Fields(inputs)
	for i, name := range in {
		if name == "_" {
			in[i] = ""
		}
	}
	m.Graph.Node = append(m.Graph.Node, &onnxpb.NodeProto{
		OpType: new(op), Input: in, Output: strings.Fields(outputs), Attribute: attributes,
	})
	return m
}

// Bytes is the model's file.
func (m *Model) Bytes() []byte {
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(m.ModelProto)
	if err != nil {
		panic(err) // every field is set here
	}
	return data
}

// Int is an attribute.
func Int(name string, v int64) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{Name: new(name), Type: onnxpb.AttributeProto_INT.Enum(), I: new(v)}
}

// Ints is an attribute.
func Ints(name string, v ...int64) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{Name: new(name), Type: onnxpb.AttributeProto_INTS.Enum(), Ints: v}
}

// Float is an attribute.
func Float(name string, v float32) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{Name: new(name), Type: onnxpb.AttributeProto_FLOAT.Enum(), F: new(v)}
}

// String is an attribute.
func String(name, v string) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{Name: new(name), Type: onnxpb.AttributeProto_STRING.Enum(), S: []byte(v)}
}
