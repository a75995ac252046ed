package export

import (
	"io"

	flatbuffers "github.com/google/flatbuffers/go"

	"edgebench/compiler/network/weights"
)

// Numbers of TensorFlow Lite's schema, version 3
// (tensorflow/lite/schema/schema.fbs): operators, the tables of their options,
// and element types.
const (
	tfliteVersion    = 3
	tfliteIdentifier = "TFL3"

	tfAdd            tfOperator = 0
	tfAveragePool2D  tfOperator = 1
	tfConcatenation  tfOperator = 2
	tfConv2D         tfOperator = 3
	tfDepthwise2D    tfOperator = 4
	tfDequantize     tfOperator = 6
	tfFullyConnected tfOperator = 9
	tfLRN            tfOperator = 13
	tfLogistic       tfOperator = 14
	tfMaxPool2D      tfOperator = 17
	tfMul            tfOperator = 18
	tfReLU           tfOperator = 19
	tfReLU6          tfOperator = 21
	tfReshape        tfOperator = 22
	tfSoftmax        tfOperator = 25
	tfTanh           tfOperator = 28
	tfPad            tfOperator = 34
	tfTranspose      tfOperator = 39
	tfMean           tfOperator = 40
	tfMaximum        tfOperator = 55
	tfMinimum        tfOperator = 57
	tfPadV2          tfOperator = 60
	tfSlice          tfOperator = 65
	tfNearest        tfOperator = 97
	tfLeakyReLU      tfOperator = 98
	tfHardSwish      tfOperator = 117
	tfConv3D         tfOperator = 132

	tfFloat32 = 0
	tfFloat16 = 1
	tfInt32   = 2

	tfSame  = 0
	tfValid = 1

	tfNoActivation = 0
	tfFusedReLU    = 1
	tfFusedReLU6   = 3
)

// tfOperator is one of TensorFlow Lite's builtin operators.
type tfOperator int32

// tfTensor is a tensor: an activation, or a constant with its values.
type tfTensor struct {
	name      string
	shape     []int
	kind      byte
	ints      []int                                   // of a constant of integers
	float     func(w *weights.Set) ([]float32, error) // of a constant of floats
	parameter bool                                    // a layer's weights or bias
}

// tfOption is one field of an operator's options. A field that has its default
// may be left out.
type tfOption struct {
	slot  int
	value any // bool, int8, int32 or float32
}

// tfNode is one operator with its tensors.
type tfNode struct {
	op      tfOperator
	in, out []int
	table   byte // of the options' union; 0: none
	options []tfOption
}

// write builds the file in memory, the only way that flat buffers have, sized
// beforehand so that it is not copied while it grows.
func (m *tfliteModel) write(out io.Writer, w *weights.Set) error {
	size := 1 << 16
	for _, t := range m.tensors {
		if t.float != nil {
			size += 4*elements(t.shape) + 64
		}
		size += 256 + len(t.name)
	}
	b := flatbuffers.NewBuilder(size + 256*len(m.nodes))
	buffers, err := m.buffers(b, w)
	if err != nil {
		return err
	}
	codes, index := m.codes(b)
	graphs := offsets(b, m.subgraph(b, index))
	description, metadata := b.CreateString("edgebench"), m.described(b)
	b.StartObject(8)
	b.PrependInt32Slot(0, tfliteVersion, 0)
	b.PrependUOffsetTSlot(1, codes, 0)
	b.PrependUOffsetTSlot(2, graphs, 0)
	b.PrependUOffsetTSlot(3, description, 0)
	b.PrependUOffsetTSlot(4, buffers, 0)
	b.PrependUOffsetTSlot(6, metadata, 0)
	b.FinishWithFileIdentifier(b.EndObject(), []byte(tfliteIdentifier))
	_, err = out.Write(b.FinishedBytes())
	return err
}

func elements(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// buffers writes the values of constants. Buffer 0 is empty by convention, that of
// tensor i is i+1, and behind them is that of the metadata, if there is some.
func (m *tfliteModel) buffers(b *flatbuffers.Builder, w *weights.Set) (flatbuffers.UOffsetT, error) {
	empty := func() flatbuffers.UOffsetT {
		b.StartObject(3)
		return b.EndObject()
	}
	list := []flatbuffers.UOffsetT{empty()}
	for _, t := range m.tensors {
		switch {
		case t.float != nil:
			values, err := t.float(w)
			if err != nil {
				return 0, err
			}
			list = append(list, floats(b, t.kind, values))
		case t.ints != nil:
			list = append(list, buffer(b, 4, len(t.ints), func(i int) { b.PrependInt32(int32(t.ints[i])) }))
		default:
			list = append(list, empty())
		}
	}
	if m.half {
		list = append(list, buffer(b, 1, len(tfHalfInHalf), func(i int) { b.PrependByte(tfHalfInHalf[i]) }))
	}
	return offsets(b, list...), nil
}

// floats writes values in their tensor's kind.
func floats(b *flatbuffers.Builder, kind byte, values []float32) flatbuffers.UOffsetT {
	if kind == tfFloat16 {
		return buffer(b, 2, len(values), func(i int) { b.PrependUint16(float16(values[i])) })
	}
	return buffer(b, 4, len(values), func(i int) { b.PrependFloat32(values[i]) })
}

// buffer writes n values of some bytes, aligned as kernels want them.
func buffer(b *flatbuffers.Builder, bytes, n int, prepend func(i int)) flatbuffers.UOffsetT {
	const alignment = 16
	b.StartVector(1, bytes*n, alignment)
	for i := n - 1; i >= 0; i-- {
		prepend(i)
	}
	data := b.EndVector(bytes * n)
	b.StartObject(3)
	b.PrependUOffsetTSlot(0, data, 0)
	return b.EndObject()
}

// offsets writes a vector of tables.
func offsets(b *flatbuffers.Builder, list ...flatbuffers.UOffsetT) flatbuffers.UOffsetT {
	b.StartVector(4, len(list), 4)
	for i := len(list) - 1; i >= 0; i-- {
		b.PrependUOffsetT(list[i])
	}
	return b.EndVector(len(list))
}

func ints(b *flatbuffers.Builder, list []int) flatbuffers.UOffsetT {
	b.StartVector(4, len(list), 4)
	for i := len(list) - 1; i >= 0; i-- {
		b.PrependInt32(int32(list[i]))
	}
	return b.EndVector(len(list))
}

// codes lists the operators in use, each once.
func (m *tfliteModel) codes(b *flatbuffers.Builder) (flatbuffers.UOffsetT, map[tfOperator]int) {
	const largestOldCode = 127 // of the schema's first field for it, a byte
	index := map[tfOperator]int{}
	var list []flatbuffers.UOffsetT
	for _, n := range m.nodes {
		if _, known := index[n.op]; known {
			continue
		}
		index[n.op] = len(list)
		b.StartObject(4)
		b.PrependInt8Slot(0, int8(min(n.op, largestOldCode)), 0)
		b.PrependInt32Slot(2, 1, 1)
		b.PrependInt32Slot(3, int32(n.op), 0)
		list = append(list, b.EndObject())
	}
	return offsets(b, list...), index
}

func (m *tfliteModel) subgraph(b *flatbuffers.Builder, index map[tfOperator]int) flatbuffers.UOffsetT {
	var tensors, nodes []flatbuffers.UOffsetT
	for i, t := range m.tensors {
		shape, name := ints(b, t.shape), b.CreateString(t.name)
		b.StartObject(10)
		b.PrependUOffsetTSlot(0, shape, 0)
		b.PrependByteSlot(1, t.kind, 0)
		b.PrependUint32Slot(2, uint32(i+1), 0)
		b.PrependUOffsetTSlot(3, name, 0)
		b.PrependBoolSlot(8, true, false) // has_rank: a scalar is one, not a tensor of unknown rank
		tensors = append(tensors, b.EndObject())
	}
	for _, n := range m.nodes {
		nodes = append(nodes, n.build(b, index[n.op]))
	}
	all, operators := offsets(b, tensors...), offsets(b, nodes...)
	in, out, name := ints(b, m.inputs), ints(b, m.outputs), b.CreateString(m.g.Name)
	b.StartObject(5)
	b.PrependUOffsetTSlot(0, all, 0)
	b.PrependUOffsetTSlot(1, in, 0)
	b.PrependUOffsetTSlot(2, out, 0)
	b.PrependUOffsetTSlot(3, operators, 0)
	b.PrependUOffsetTSlot(4, name, 0)
	return b.EndObject()
}

func (n tfNode) build(b *flatbuffers.Builder, code int) flatbuffers.UOffsetT {
	in, out := ints(b, n.in), ints(b, n.out)
	var options flatbuffers.UOffsetT
	if n.table != 0 {
		b.StartObject(8)
		for _, o := range n.options {
			switch v := o.value.(type) {
			case bool:
				b.PrependBoolSlot(o.slot, v, false)
			case int8:
				b.PrependInt8Slot(o.slot, v, 0)
			case int32:
				b.PrependInt32Slot(o.slot, v, 0)
			case float32:
				b.PrependFloat32Slot(o.slot, v, 0)
			}
		}
		options = b.EndObject()
	}
	b.StartObject(9)
	b.PrependUint32Slot(0, uint32(code), 0)
	b.PrependUOffsetTSlot(1, in, 0)
	b.PrependUOffsetTSlot(2, out, 0)
	b.PrependByteSlot(3, n.table, 0)
	b.PrependUOffsetTSlot(4, options, 0)
	return b.EndObject()
}
