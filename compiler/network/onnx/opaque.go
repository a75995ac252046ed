package onnx

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/onnx/onnxpb"
)

// UnsupportedError says that a sound file has a node that cannot be imported.
// Frameworks that read ONNX themselves may know it.
type UnsupportedError struct {
	err   error // with what to do
	Cause error // without
}

func (e *UnsupportedError) Error() string { return e.err.Error() }
func (e *UnsupportedError) Unwrap() error { return e.err }

// Opaque is what is known of a file without importing its nodes.
type Opaque struct {
	Input      graph.Shape // without the batch
	InputName  string
	Outputs    []Output
	Parameters int64 // values of its weights; scales and zero points of quantization are left out
	Quantized  bool  // it calculates, or stores, in 8 bits
	Files      []File
}

// Output is an output of a file.
type Output struct {
	Name     string
	Elements int64
}

// Inspect reads what a file declares. External data is looked up as Read does.
func Inspect(files fs.FS, name string, opt Options) (*Opaque, error) {
	o, err := inspect(files, name, opt)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, withoutName(err, name))
	}
	return o, nil
}

func inspect(files fs.FS, name string, opt Options) (*Opaque, error) {
	parsed, file, err := parse(files, name)
	if err != nil {
		return nil, err
	}
	g := parsed.GetGraph()
	initial, err := initializers(g)
	if err != nil {
		return nil, err
	}
	im := &importer{data: newStore(files, path.Dir(path.Clean(name))), value: map[string]value{}, names: map[string]int{}}
	defer im.data.close()
	if err := im.readInput(g, initial, opt.Input); err != nil {
		return nil, err
	}
	o := &Opaque{Input: im.input.shape, Quantized: quantized(g)}
	for in := range im.value {
		o.InputName = in
	}
	if o.Outputs, err = declaredOutputs(g); err != nil {
		return nil, err
	}
	if o.Parameters, err = im.data.count(g); err != nil {
		return nil, err
	}
	external, err := im.data.digests()
	o.Files = append([]File{file}, external...)
	return o, err
}

// declaredOutputs are a file's outputs, whose batch is 1 where it is open.
func declaredOutputs(g *onnxpb.GraphProto) ([]Output, error) {
	var outputs []Output
	for _, out := range g.GetOutput() {
		kind := out.GetType().GetTensorType()
		if t := onnxpb.TensorProto_DataType(kind.GetElemType()); t != onnxpb.TensorProto_FLOAT {
			return nil, fmt.Errorf("output %q: its values are of type %v, and FLOAT can be compared: export the model with a cast, or without this output", printable(out.GetName()), t)
		}
		if kind.GetShape() == nil {
			return nil, fmt.Errorf("output %q: the file does not declare its shape: export it with static shapes, or infer them (onnx.shape_inference)", printable(out.GetName()))
		}
		var dims []int64
		for i, d := range kind.GetShape().GetDim() {
			n := d.GetDimValue()
			switch {
			case n <= 0 && i == 0:
				n = 1
			case n <= 0:
				return nil, fmt.Errorf("output %q: its dimension %d (%q) is open: export the model with static shapes", printable(out.GetName()), i, printable(d.GetDimParam()))
			}
			dims = append(dims, n)
		}
		_, elements, err := dimensions(dims)
		if err != nil {
			return nil, fmt.Errorf("output %q: %w", printable(out.GetName()), err)
		}
		outputs = append(outputs, Output{Name: out.GetName(), Elements: elements})
	}
	if len(outputs) == 0 {
		return nil, fmt.Errorf("it has no outputs: export the model with what it computes")
	}
	return outputs, nil
}

// quantized reports whether nodes of 8 bits are in a graph.
func quantized(g *onnxpb.GraphProto) bool {
	for _, n := range g.GetNode() {
		if op := n.GetOpType(); strings.HasPrefix(op, "QLinear") || strings.HasSuffix(op, "Integer") ||
			op == "QuantizeLinear" || op == "DequantizeLinear" || op == "DynamicQuantizeLinear" {
			return true
		}
	}
	return false
}

// notLearned are the weights that only say how others are stored: scales, zero
// points, and whole numbers of 64 bits, which are shapes and indices.
func notLearned(g *onnxpb.GraphProto) map[string]bool {
	names := map[string]bool{}
	for _, t := range g.GetInitializer() {
		if onnxpb.TensorProto_DataType(t.GetDataType()) == onnxpb.TensorProto_INT64 {
			names[t.GetName()] = true
		}
	}
	for _, n := range g.GetNode() {
		if op := n.GetOpType(); op == "QuantizeLinear" || op == "DequantizeLinear" {
			for _, in := range n.GetInput()[min(1, len(n.GetInput())):] {
				names[in] = true
			}
		}
	}
	return names
}

// count counts the learned values, and sees that those in other files are there.
func (s *store) count(g *onnxpb.GraphProto) (parameters int64, err error) {
	other := notLearned(g)
	for _, t := range g.GetInitializer() {
		_, elements, err := dimensions(t.GetDims())
		if err == nil && t.GetDataLocation() == onnxpb.TensorProto_EXTERNAL {
			err = s.present(t, elements)
		}
		if err != nil {
			return 0, fmt.Errorf("weight %q: %w", printable(t.GetName()), err)
		}
		if !other[t.GetName()] {
			parameters += elements
		}
	}
	return parameters, nil
}

// present is an error where a tensor's external values are not all there.
func (s *store) present(t *onnxpb.TensorProto, elements int64) error {
	location, offset, length, err := place(t, elements*int64(elementBytes[onnxpb.TensorProto_DataType(t.GetDataType())]))
	if err != nil {
		return err
	}
	f, err := s.file(location)
	if err == nil && (offset > f.size || length > f.size-offset) {
		err = fmt.Errorf("its values are bytes %d to %d of %s, which has %d bytes: the file is too short", offset, offset+length, location, f.size)
	}
	return err
}
