package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// tolerance bounds the difference of two kernels' results, relative to the sum
// of the absolute values of what they add up.
const tolerance = 2e-6

// forEach runs a test on every set of kernels of this processor.
func forEach(t *testing.T, test func(t *testing.T, s *Set)) {
	for _, s := range Sets() {
		t.Run(s.Name, func(t *testing.T) { test(t, s) })
	}
}

// values returns n numbers in [-1, 1).
func values(rng *rand.Rand, n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = rng.Float32()*2 - 1
	}
	return v
}

// tileCase describes a random tile.
type tileCase struct {
	rows, taps, k             int
	bias, residual, depthwise bool
	low, high                 float32
}

func (c tileCase) String() string {
	return fmt.Sprintf("rows=%d,taps=%d,k=%d,bias=%v,residual=%v", c.rows, c.taps, c.k, c.bias, c.residual)
}

// tile makes a tile whose outputs are two panels wide, so that a kernel that
// writes beyond its panel is found out.
func (c tileCase) tile(rng *rand.Rand) *Tile {
	const pixels, outStride = 11, 2 * Columns
	width := max(c.k, Columns)
	t := &Tile{
		Arena: values(rng, pixels*width), Table: make([]int32, c.taps*Rows),
		Panel: values(rng, c.taps*c.k*Columns), Out: values(rng, (Rows+1)*outStride),
		Offsets: make([]int32, Rows), Taps: c.taps, K: c.k, Rows: c.rows, Low: c.low, High: c.high,
	}
	if c.depthwise {
		t.Panel = values(rng, c.taps*Columns)
	}
	if c.bias {
		t.Bias = values(rng, Columns)
	}
	if c.residual {
		t.Residual = values(rng, len(t.Out))
	}
	for r := range Rows {
		last := min(r, c.rows-1)
		t.Offsets[r] = int32(last * outStride)
		for tap := range c.taps {
			t.Table[tap*Rows+r] = int32((last*7 + tap*3) % pixels * width)
		}
	}
	return t
}

// want computes a tile's output in float64 from the definition. The second
// result is the sum of absolute values behind each element.
func (c tileCase) want(t *Tile) (out, size []float64) {
	out, size = make([]float64, len(t.Out)), make([]float64, len(t.Out))
	for i, x := range t.Out {
		out[i] = float64(x)
	}
	for r := range t.Rows {
		for col := range Columns {
			at := int(t.Offsets[r]) + col
			sum := float64(t.Out[at])
			if t.Bias != nil {
				sum = float64(t.Bias[col])
			}
			abs := math.Abs(sum)
			add := func(x, w float32) { sum += float64(x) * float64(w); abs += math.Abs(float64(x) * float64(w)) }
			for tap := range t.Taps {
				x := t.Arena[t.Table[tap*Rows+r]:]
				if c.depthwise {
					add(x[col], t.Panel[tap*Columns+col])
					continue
				}
				for k := range t.K {
					add(x[k], t.Panel[(tap*t.K+k)*Columns+col])
				}
			}
			if t.Residual != nil {
				add(t.Residual[at], 1)
			}
			out[at], size[at] = min(max(sum, float64(t.Low)), float64(t.High)), abs
		}
	}
	return out, size
}

func (c tileCase) check(t *testing.T, rng *rand.Rand, run func(*Tile)) {
	t.Helper()
	tile := c.tile(rng)
	want, size := c.want(tile)
	run(tile)
	for i, x := range tile.Out {
		if e := math.Abs(float64(x) - want[i]); !(e <= tolerance*size[i]) {
			t.Fatalf("%v: element %d is %v, want %v", c, i, x, want[i])
		}
	}
}

var inf = float32(math.Inf(1))

func TestConvTiles(t *testing.T) {
	forEach(t, func(t *testing.T, s *Set) {
		rng := rand.New(rand.NewPCG(1, 2))
		for rows := 1; rows <= Rows; rows++ {
			for _, taps := range []int{0, 1, 2, 9} {
				for _, k := range []int{0, 1, 2, 3, 4, 5, 7, 8, 16, 33} {
					for mode := range 4 {
						tileCase{rows, taps, k, mode&1 == 0, mode&2 == 0, false, -inf, inf}.check(t, rng, s.Conv)
						tileCase{rows, taps, k, mode&1 == 0, mode&2 == 0, false, 0, 0.5}.check(t, rng, s.Conv)
					}
				}
			}
		}
	})
}

func TestDepthwiseTiles(t *testing.T) {
	forEach(t, func(t *testing.T, s *Set) {
		rng := rand.New(rand.NewPCG(3, 4))
		for rows := 1; rows <= Rows; rows++ {
			for _, taps := range []int{0, 1, 9, 25} {
				for mode := range 4 {
					tileCase{rows, taps, 0, mode&1 == 0, mode&2 == 0, true, -inf, inf}.check(t, rng, s.Depthwise)
					tileCase{rows, taps, 0, mode&1 == 0, mode&2 == 0, true, -0.2, 0.2}.check(t, rng, s.Depthwise)
				}
			}
		}
	})
}

func TestNaNPassesThroughClamp(t *testing.T) {
	nan := float32(math.NaN())
	forEach(t, func(t *testing.T, s *Set) {
		c := tileCase{rows: 6, taps: 1, k: 1, bias: true, low: 0, high: 6}
		tile := c.tile(rand.New(rand.NewPCG(5, 6)))
		tile.Bias[3] = nan
		s.Conv(tile)
		if x := tile.Out[tile.Offsets[2]+3]; x == x {
			t.Errorf("convolution turned NaN into %v", x)
		}
		x := make([]float32, 17)
		x[0], x[16] = nan, nan
		dst := make([]float32, 17)
		s.AddClamp(dst, x, x, 0, 6)
		if dst[0] == dst[0] || dst[16] == dst[16] {
			t.Errorf("addition turned NaN into %v and %v", dst[0], dst[16])
		}
	})
}

func TestDot4(t *testing.T) {
	forEach(t, func(t *testing.T, s *Set) {
		rng := rand.New(rand.NewPCG(7, 8))
		for _, n := range []int{0, 1, 7, 15, 16, 17, 31, 100, 1025} {
			d := &Dot{Matrix: values(rng, 5*n+3), X: values(rng, n), Rows: [4]int{0, n, 3 * n, 3*n + 3}}
			s.Dot4(d)
			for r, got := range d.Out {
				want, size := 0.0, 0.0
				for i, x := range d.X {
					p := float64(x) * float64(d.Matrix[d.Rows[r]+i])
					want += p
					size += math.Abs(p)
				}
				if !(math.Abs(float64(got)-want) <= tolerance*size) {
					t.Errorf("n=%d row %d: got %v, want %v", n, r, got, want)
				}
			}
		}
	})
}

var lengths = []int{0, 1, 7, 8, 9, 15, 16, 17, 40, 64}

func TestAddClamp(t *testing.T) {
	forEach(t, func(t *testing.T, s *Set) {
		rng := rand.New(rand.NewPCG(9, 10))
		for _, n := range lengths {
			a, b, dst := values(rng, n), values(rng, n), make([]float32, n)
			s.AddClamp(dst, a, b, -0.5, 0.75)
			for i, x := range dst {
				if want := min(max(a[i]+b[i], -0.5), 0.75); x != want {
					t.Fatalf("n=%d: element %d is %v, want %v", n, i, x, want)
				}
			}
		}
	})
}

func TestAffineClamp(t *testing.T) {
	forEach(t, func(t *testing.T, s *Set) {
		rng := rand.New(rand.NewPCG(11, 12))
		for _, n := range lengths {
			x, scale, shift, dst := values(rng, n), values(rng, n), values(rng, n), make([]float32, n)
			s.AffineClamp(dst, x, scale, shift, -0.5, 0.75)
			for i, got := range dst {
				want := min(max(float64(x[i])*float64(scale[i])+float64(shift[i]), -0.5), 0.75)
				if math.Abs(float64(got)-want) > tolerance {
					t.Fatalf("n=%d: element %d is %v, want %v", n, i, got, want)
				}
			}
		}
	})
}

func TestPools(t *testing.T) {
	forEach(t, func(t *testing.T, s *Set) {
		rng := rand.New(rand.NewPCG(13, 14))
		for _, n := range lengths {
			for _, pixels := range []int{1, 2, 9} {
				arena, table := values(rng, pixels*n+5), make([]int32, pixels)
				for i := range table {
					table[i] = int32((pixels-1-i)*n + 5)
				}
				maximum, sum := make([]float32, n), make([]float32, n)
				s.MaxPool(maximum, arena, table)
				s.SumPool(sum, arena, table, 0.5)
				for c := range n {
					most, total := math.Inf(-1), 0.0
					for _, at := range table {
						most = max(most, float64(arena[int(at)+c]))
						total += float64(arena[int(at)+c])
					}
					if float64(maximum[c]) != most || math.Abs(float64(sum[c])-total/2) > tolerance*float64(pixels) {
						t.Fatalf("n=%d pixels=%d channel %d: maximum %v and sum %v, want %v and %v",
							n, pixels, c, maximum[c], sum[c], most, total/2)
					}
				}
			}
		}
	})
}

func TestSumPoolOfNothing(t *testing.T) {
	forEach(t, func(t *testing.T, s *Set) {
		dst := []float32{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17}
		s.SumPool(dst, nil, nil, 1)
		for i, x := range dst {
			if x != 0 {
				t.Errorf("element %d is %v, want 0", i, x)
			}
		}
	})
}

// definitions are the functions in float64.
var definitions = map[Function]func(x float64) float64{
	Identity:    func(x float64) float64 { return x },
	LeakyReLU:   func(x float64) float64 { return max(x, 0) + 0.1*min(x, 0) },
	Sigmoid:     func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
	Tanh:        math.Tanh,
	SiLU:        func(x float64) float64 { return x / (1 + math.Exp(-x)) },
	HardSigmoid: func(x float64) float64 { return min(max(x/6+0.5, 0), 1) },
	HardSwish:   func(x float64) float64 { return x * min(max(x/6+0.5, 0), 1) },
}

func TestActivate(t *testing.T) {
	forEach(t, func(t *testing.T, s *Set) {
		var x []float32
		for v := float32(-100); v <= 100; v += 0.37 {
			x = append(x, v, v/50)
		}
		for fn, want := range definitions {
			for _, n := range append(lengths, len(x)) {
				dst := make([]float32, n)
				s.Activate(dst, x[:n], fn, 0.1)
				for i, got := range dst {
					w := want(float64(x[i]))
					// Below 1e-37 a sigmoid's tail may be flushed to its bound.
					if math.Abs(float64(got)-w) > 3e-7*math.Abs(w)+1e-7*math.Abs(float64(x[i]))*boundary(fn)+1e-36 {
						t.Fatalf("function %d of %v is %v, want %v", fn, x[i], got, w)
					}
				}
			}
		}
	})
}

// boundary is 1 for functions that subtract nearly equal numbers near -3,
// where the error is relative to the argument, not to the result.
func boundary(fn Function) float64 {
	if fn == HardSigmoid || fn == HardSwish {
		return 1
	}
	return 0
}

func TestActivateInPlace(t *testing.T) {
	forEach(t, func(t *testing.T, s *Set) {
		x := values(rand.New(rand.NewPCG(15, 16)), 21)
		want := make([]float32, len(x))
		s.Activate(want, x, SiLU, 0)
		s.Activate(x, x, SiLU, 0)
		for i := range x {
			if x[i] != want[i] {
				t.Errorf("element %d is %v in place and %v elsewhere", i, x[i], want[i])
			}
		}
	})
}

func TestByName(t *testing.T) {
	if s, err := ByName("auto"); err != nil || s.Name != Best().Name {
		t.Errorf("auto is %v, %v", s, err)
	}
	if s, err := ByName("portable"); err != nil || s.Name != "portable" {
		t.Errorf("portable is %v, %v", s, err)
	}
	if _, err := ByName("abacus"); err == nil {
		t.Error("an unknown name is accepted")
	}
}

func FuzzTiles(f *testing.F) {
	f.Add(uint64(1), uint8(6), uint8(9), uint8(64), uint8(0))
	f.Add(uint64(2), uint8(1), uint8(0), uint8(3), uint8(7))
	f.Fuzz(func(t *testing.T, seed uint64, rows, taps, k, mode uint8) {
		c := tileCase{
			rows: int(rows)%Rows + 1, taps: int(taps) % 28, k: int(k),
			bias: mode&1 == 0, residual: mode&2 == 0, depthwise: mode&4 == 0, low: -1, high: 1,
		}
		for _, s := range Sets() {
			run := s.Conv
			if c.depthwise {
				run = s.Depthwise
			}
			c.check(t, rand.New(rand.NewPCG(seed, 0)), run)
		}
	})
}

// BenchmarkKernel reports GFLOP/s (two FLOP a multiply-add) of one convolution
// tile with everything in the first-level cache.
func BenchmarkKernel(b *testing.B) {
	for _, s := range Sets() {
		for rows := 1; rows <= Rows; rows++ {
			b.Run(fmt.Sprintf("%s/rows=%d", s.Name, rows), func(b *testing.B) {
				c := tileCase{rows: rows, taps: 1, k: 256, bias: true, low: -inf, high: inf}
				tile := c.tile(rand.New(rand.NewPCG(1, 1)))
				for b.Loop() {
					s.Conv(tile)
				}
				flop := 2 * float64(rows*c.k*Columns) * float64(b.N)
				b.ReportMetric(flop/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}
