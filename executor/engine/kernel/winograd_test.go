package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// TestWinograd: a patch through input transform, multiplication with one channel's filter and output
// transform is the convolution by its definition, in every set, with outputs outside and a residual.
func TestWinograd(t *testing.T) {
	forEach(t, func(t *testing.T, s *Set) {
		rng := rand.New(rand.NewPCG(7, 7))
		for _, channels := range []int{16, 32, 80} {
			for _, residual := range []bool{false, true} {
				for _, size := range []struct{ rows, columns int }{{4, 4}, {3, 4}, {1, 2}} {
					t.Run(fmt.Sprintf("channels=%d,residual=%v,rows=%d,columns=%d", channels, residual, size.rows, size.columns), func(t *testing.T) {
						checkWinograd(t, rng, s, channels, size.rows, size.columns, residual)
					})
				}
			}
		}
	})
}

func checkWinograd(t *testing.T, rng *rand.Rand, s *Set, channels, rows, columns int, residual bool) {
	const outputs, guard = WinogradOut * WinogradOut, 8
	in := WinogradPatch{Arena: values(rng, WinogradTaps*channels), Stride: channels + 16, Channels: channels}
	for i := range WinogradTaps {
		in.Offsets = append(in.Offsets, int32((i*7)%WinogradTaps*channels)) // in no order
	}
	in.Values = make([]float32, WinogradTaps*in.Stride)
	s.WinogradInput(&in)

	filters := make([][]float64, channels) // each channel has its own
	for c := range filters {
		filters[c] = make([]float64, 9)
		for i := range filters[c] {
			filters[c][i] = rng.Float64()*2 - 1
		}
		for p, w := range WinogradFilter(filters[c]) {
			in.Values[p*in.Stride+c] *= float32(w)
		}
	}

	out := WinogradPatch{
		Arena: values(rng, outputs*channels+guard), Values: in.Values, Stride: in.Stride, Channels: channels,
		Bias: values(rng, channels), Low: -3, High: 3,
	}
	if residual {
		out.Residual = values(rng, len(out.Arena))
	}
	for i := range outputs {
		at := int32(-1)
		if i/WinogradOut < rows && i%WinogradOut < columns {
			at = int32(i * channels)
		}
		out.Offsets = append(out.Offsets, at)
	}
	before := append([]float32(nil), out.Arena...)
	s.WinogradOutput(&out)

	for i, at := range out.Offsets {
		for c := range channels {
			got := out.Arena[i*channels+c]
			if at < 0 {
				if got != before[i*channels+c] {
					t.Fatalf("output %d, which is outside, was written", i)
				}
				continue
			}
			want := float64(out.Bias[c])
			for tap, w := range filters[c] {
				pixel := (i/WinogradOut+tap/3)*WinogradIn + i%WinogradOut + tap%3
				want += w * float64(in.Arena[int(in.Offsets[pixel])+c])
			}
			if residual {
				want += float64(out.Residual[int(at)+c])
			}
			want = min(max(want, -3), 3)
			if !(math.Abs(float64(got)-want) <= 2e-5) { // the transforms multiply by up to 64
				t.Fatalf("output %d, channel %d is %v, want %v", i, c, got, want)
			}
		}
	}
	for i := outputs * channels; i < len(out.Arena); i++ {
		if out.Arena[i] != before[i] {
			t.Fatal("it wrote beyond the outputs")
		}
	}
}

// TestWinogradKeepsNaN: a wrong value is seen, and not turned into a bound.
func TestWinogradKeepsNaN(t *testing.T) {
	forEach(t, func(t *testing.T, s *Set) {
		p := WinogradPatch{
			Arena: make([]float32, 16*Columns), Values: make([]float32, WinogradTaps*Columns), Stride: Columns, Channels: Columns,
			Bias: make([]float32, Columns), Low: 0, High: 6, Offsets: make([]int32, 16),
		}
		for i := range p.Offsets {
			p.Offsets[i] = int32(i * Columns)
		}
		for i := range p.Values {
			p.Values[i] = float32(math.NaN())
		}
		s.WinogradOutput(&p)
		for i, x := range p.Arena {
			if x == x {
				t.Fatalf("element %d is %v", i, x)
			}
		}
	})
}
