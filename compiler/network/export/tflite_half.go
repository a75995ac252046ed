package export

import (
	"math"

	flatbuffers "github.com/google/flatbuffers/go"
)

// What a model says that computes well in 16-bit floats, sums included
// (tensorflow/lite/tools/optimize/reduced_precision_support.h). XNNPACK then does
// so where the processor can; other kernels take no notice.
const (
	tfReducedPrecision = "reduced_precision_support"
	tfHalfInHalf       = "fp16accfp16"
)

// halve keeps the layers' parameters as 16-bit floats, each with an operator that
// gives it as 32-bit floats, as TensorFlow's own converter does: kernels that
// compute in 16 bits leave that operator out.
func (m *tfliteModel) halve() {
	var wide []tfNode
	for i, t := range m.tensors {
		if !t.parameter {
			continue
		}
		m.tensors[i].float = nil
		t.name, t.kind = t.name+".half", tfFloat16
		wide = append(wide, tfNode{op: tfDequantize, in: []int{m.tensor(t)}, out: []int{i}})
	}
	m.nodes = append(wide, m.nodes...)
	m.half = true
}

// described writes the one entry of metadata, whose text is the last buffer; 0
// where there is none.
func (m *tfliteModel) described(b *flatbuffers.Builder) flatbuffers.UOffsetT {
	if !m.half {
		return 0
	}
	name := b.CreateString(tfReducedPrecision)
	b.StartObject(2)
	b.PrependUOffsetTSlot(0, name, 0)
	b.PrependUint32Slot(1, uint32(len(m.tensors)+1), 0)
	return offsets(b, b.EndObject())
}

// float16 is the nearest 16-bit float, of two the even one, as its bits; beyond
// the largest, 65504, it is an infinity.
func float16(v float32) uint16 {
	const (
		mantissaBits = 10
		smallest     = -24 // exponent of the least value that is not 0
		infinity     = 0x7c00
		notANumber   = 0x7e00
	)
	sign := uint16(math.Float32bits(v) >> 31 << 15)
	x := math.Abs(float64(v))
	switch {
	case math.IsNaN(x):
		return sign | notANumber
	case x == 0:
		return sign
	}
	_, exponent := math.Frexp(x) // x is at least 2^(exponent-1)
	step := max(exponent-1-mantissaBits, smallest)
	steps := math.RoundToEven(math.Ldexp(x, -step)) // both exact: float64 has bits to spare
	// A normal number's mantissa lacks its leading bit, which counts its exponent up by one; one that
	// was rounded up to the next power of two does so too.
	bits := steps + float64(step-smallest)*(1<<mantissaBits)
	if bits >= infinity {
		return sign | infinity
	}
	return sign | uint16(bits)
}
