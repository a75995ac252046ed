package export

import (
	"bytes"
	"math"
	"testing"

	"edgebench/compiler/network/weights"
)

// TestFloat16: values of IEEE 754's binary16, and those between them.
func TestFloat16(t *testing.T) {
	for _, c := range []struct {
		value float64
		want  uint16
	}{
		{0, 0}, {math.Copysign(0, -1), 0x8000}, {1, 0x3c00}, {-2, 0xc000}, {65504, 0x7bff}, {1.0 / 3, 0x3555},
		{math.Ldexp(1, -14), 0x0400}, {math.Ldexp(1, -24), 0x0001}, {math.Ldexp(1023, -24), 0x03ff},
		{math.Ldexp(1, -25), 0}, {math.Ldexp(3, -25), 0x0002}, // halfway: the even one
		{1 + math.Ldexp(1, -11), 0x3c00}, {1 + math.Ldexp(3, -11), 0x3c02},
		{2 - math.Ldexp(1, -12), 0x4000}, // up to the next power of two
		{math.Ldexp(2047, -25), 0x0400},  // up to the first normal one
		{65519, 0x7bff}, {65520, 0x7c00}, {1e30, 0x7c00}, {math.Inf(-1), 0xfc00}, {math.SmallestNonzeroFloat32, 0},
	} {
		if got := float16(float32(c.value)); got != c.want {
			t.Errorf("%g is %#04x, want %#04x", c.value, got, c.want)
		}
	}
	if got := float16(float32(math.NaN())); got&0x7c00 != 0x7c00 || got&0x3ff == 0 {
		t.Errorf("not a number is %#04x", got)
	}
}

// TestHalf: parameters take half the room, and the file says that it may be
// computed in 16 bits. The file without is another.
func TestHalf(t *testing.T) {
	g := tiny(t)
	w := weights.Seeded(g, 1)
	wide, half := write(t, g, TFLite)["model.tflite"], func() []byte {
		to := Destination{Dir: t.TempDir(), Name: Anonymous, Half: true}
		written, err := to.Write(g, w, TFLite)
		if err != nil {
			t.Fatal(err)
		}
		return read(t, written.Files)["model.tflite"]
	}()
	for _, text := range []string{tfReducedPrecision, tfHalfInHalf, ".weight.half", ".bias.half"} {
		if !bytes.Contains(half, []byte(text)) || bytes.Contains(wide, []byte(text)) {
			t.Errorf("%q is in the file of 16-bit weights: %t, and in the other: %t", text,
				bytes.Contains(half, []byte(text)), bytes.Contains(wide, []byte(text)))
		}
	}
}
