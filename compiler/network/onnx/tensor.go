package onnx

import (
	"encoding/binary"
	"fmt"
	"math"

	"edgebench/compiler/network/onnx/onnxpb"
)

// tensor is a constant: numbers of either kind, in row-major order.
type tensor struct {
	dims   []int
	floats []float32 // of a floating-point tensor
	ints   []int64   // of another, not nil
}

func (t *tensor) isFloat() bool { return t.floats != nil || t.ints == nil }

// elements is the number of values.
func (t *tensor) elements() int { return len(t.floats) + len(t.ints) }

// float is a value as a floating-point number.
func (t *tensor) float(i int) float64 {
	if t.isFloat() {
		return float64(t.floats[i])
	}
	return float64(t.ints[i])
}

// scalar is a tensor's only value.
func (t *tensor) scalar() (float64, error) {
	if t.elements() != 1 {
		return 0, fmt.Errorf("needs one number, and the constant has %d", t.elements())
	}
	return t.float(0), nil
}

func intTensor(values ...int64) *tensor {
	return &tensor{dims: []int{len(values)}, ints: append([]int64{}, values...)}
}

// integers returns all values as whole numbers that fit an int of 32 bits,
// large ones clamped, for that is how exporters write "to the end".
func (t *tensor) integers() ([]int, error) {
	if t.isFloat() && t.elements() > 0 {
		return nil, fmt.Errorf("needs whole numbers, and the constant holds fractions")
	}
	list := make([]int, len(t.ints))
	for i, v := range t.ints {
		list[i] = int(min(max(v, math.MinInt32), math.MaxInt32))
	}
	return list, nil
}

// withDims is the same values in another shape.
func (t *tensor) withDims(dims []int) *tensor {
	return &tensor{dims: dims, floats: t.floats, ints: t.ints}
}

// maxDims is more than any operator's rank.
const maxDims = 16

// dimensions checks a declared shape and returns it with its product.
func dimensions(declared []int64) (dims []int, elements int64, err error) {
	if len(declared) > maxDims {
		return nil, 0, fmt.Errorf("it has %d dimensions", len(declared))
	}
	elements = 1
	for _, d := range declared {
		if d < 0 || d > math.MaxInt32 {
			return nil, 0, fmt.Errorf("its shape %v has an impossible dimension", declared)
		}
		if d > 0 && elements > math.MaxInt32*int64(8)/d {
			return nil, 0, fmt.Errorf("its shape %v is too large", declared)
		}
		elements *= d
		dims = append(dims, int(d))
	}
	return dims, elements, nil
}

// elementBytes is the size of an element in raw data.
var elementBytes = map[onnxpb.TensorProto_DataType]int{
	onnxpb.TensorProto_FLOAT: 4, onnxpb.TensorProto_FLOAT16: 2, onnxpb.TensorProto_BFLOAT16: 2,
	onnxpb.TensorProto_DOUBLE: 8, onnxpb.TensorProto_INT64: 8, onnxpb.TensorProto_INT32: 4,
	onnxpb.TensorProto_UINT8: 1, onnxpb.TensorProto_INT8: 1, onnxpb.TensorProto_BOOL: 1,
}

// decode reads a tensor of the file. It releases the file's own copy of the
// values, so that weights are not held twice.
func (s *store) decode(p *onnxpb.TensorProto) (*tensor, error) {
	dims, elements, err := dimensions(p.GetDims())
	if err != nil {
		return nil, err
	}
	kind := onnxpb.TensorProto_DataType(p.GetDataType())
	size, known := elementBytes[kind]
	if !known {
		return nil, fmt.Errorf("its values are of type %v, which is not supported", kind)
	}
	t := &tensor{dims: dims}
	switch {
	case p.GetDataLocation() == onnxpb.TensorProto_EXTERNAL:
		err = s.external(p, t, kind, elements*int64(size))
	case len(p.GetRawData()) > 0:
		if want := elements * int64(size); int64(len(p.RawData)) != want {
			return nil, fmt.Errorf("its shape %v needs %d bytes of %v, and the file holds %d", dims, want, kind, len(p.RawData))
		}
		t.convert(kind, p.RawData)
		p.RawData = nil
	default:
		err = t.fromFields(kind, p, elements)
	}
	return t, err
}

// fromFields reads values that are stored as numbers of the file format. Floats
// of 16 bits and small integers are stored in fields of 32 bits.
func (t *tensor) fromFields(kind onnxpb.TensorProto_DataType, p *onnxpb.TensorProto, elements int64) error {
	var held int
	switch kind {
	case onnxpb.TensorProto_FLOAT:
		held, t.floats = len(p.FloatData), p.FloatData
	case onnxpb.TensorProto_DOUBLE:
		held, t.floats = len(p.DoubleData), mapped(p.DoubleData, func(v float64) float32 { return float32(v) })
	case onnxpb.TensorProto_FLOAT16:
		held, t.floats = len(p.Int32Data), mapped(p.Int32Data, func(v int32) float32 { return half(uint16(v)) })
	case onnxpb.TensorProto_BFLOAT16:
		held, t.floats = len(p.Int32Data), mapped(p.Int32Data, func(v int32) float32 { return brain(uint16(v)) })
	case onnxpb.TensorProto_INT64:
		held, t.ints = len(p.Int64Data), append([]int64{}, p.Int64Data...)
	default:
		held, t.ints = len(p.Int32Data), mapped(p.Int32Data, func(v int32) int64 { return int64(v) })
	}
	if int64(held) != elements {
		return fmt.Errorf("its shape %v needs %d values of %v, and the file holds %d", t.dims, elements, kind, held)
	}
	return nil
}

func mapped[From, To any](from []From, convert func(From) To) []To {
	to := make([]To, len(from))
	for i, v := range from {
		to[i] = convert(v)
	}
	return to
}

// convert appends values in the raw form: fixed width, little-endian.
func (t *tensor) convert(kind onnxpb.TensorProto_DataType, raw []byte) {
	little := binary.LittleEndian
	switch kind {
	case onnxpb.TensorProto_FLOAT:
		t.floats = appendRaw(t.floats, raw, 4, func(b []byte) float32 { return math.Float32frombits(little.Uint32(b)) })
	case onnxpb.TensorProto_FLOAT16:
		t.floats = appendRaw(t.floats, raw, 2, func(b []byte) float32 { return half(little.Uint16(b)) })
	case onnxpb.TensorProto_BFLOAT16:
		t.floats = appendRaw(t.floats, raw, 2, func(b []byte) float32 { return brain(little.Uint16(b)) })
	case onnxpb.TensorProto_DOUBLE:
		t.floats = appendRaw(t.floats, raw, 8, func(b []byte) float32 { return float32(math.Float64frombits(little.Uint64(b))) })
	case onnxpb.TensorProto_INT64:
		t.ints = appendRaw(t.ints, raw, 8, func(b []byte) int64 { return int64(little.Uint64(b)) })
	case onnxpb.TensorProto_INT32:
		t.ints = appendRaw(t.ints, raw, 4, func(b []byte) int64 { return int64(int32(little.Uint32(b))) })
	case onnxpb.TensorProto_INT8:
		t.ints = appendRaw(t.ints, raw, 1, func(b []byte) int64 { return int64(int8(b[0])) })
	default: // UINT8, BOOL
		t.ints = appendRaw(t.ints, raw, 1, func(b []byte) int64 { return int64(b[0]) })
	}
}

func appendRaw[T any](values []T, raw []byte, size int, read func([]byte) T) []T {
	if values == nil {
		values = make([]T, 0, len(raw)/size)
	}
	for ; len(raw) >= size; raw = raw[size:] {
		values = append(values, read(raw))
	}
	return values
}

// half is an IEEE 754 number of 16 bits: 5 of exponent, 10 of mantissa.
func half(bits uint16) float32 {
	sign, exponent, mantissa := uint32(bits>>15)<<31, uint32(bits>>10)&31, uint32(bits)&1023
	switch exponent {
	case 0:
		x := float32(mantissa) / (1 << 24)
		return math.Float32frombits(math.Float32bits(x) | sign)
	case 31:
		return math.Float32frombits(sign | 0xff<<23 | mantissa<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | mantissa<<13)
}

// brain is the upper half of a float32.
func brain(bits uint16) float32 { return math.Float32frombits(uint32(bits) << 16) }
