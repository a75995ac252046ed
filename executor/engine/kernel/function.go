package kernel

import "math"

// Function is an elementwise function that is more than a clamp.
type Function int

// The functions. Slope is LeakyReLU's factor for negative numbers.
const (
	Identity Function = iota
	LeakyReLU
	Sigmoid
	Tanh
	SiLU
	HardSigmoid
	HardSwish
)

func activatePortable(dst, x []float32, fn Function, slope float32) {
	x = x[:len(dst)]
	switch fn {
	case Identity:
		copy(dst, x)
	case LeakyReLU:
		for i, v := range x {
			dst[i] = leaky(v, slope)
		}
	case Sigmoid:
		for i, v := range x {
			dst[i] = 1 / (1 + exp(-v))
		}
	case Tanh:
		for i, v := range x {
			dst[i] = float32(math.Tanh(float64(v)))
		}
	case SiLU:
		for i, v := range x {
			dst[i] = v / (1 + exp(-v))
		}
	case HardSigmoid:
		for i, v := range x {
			dst[i] = hardSigmoid(v)
		}
	case HardSwish:
		for i, v := range x {
			dst[i] = v * hardSigmoid(v)
		}
	}
}

func leaky(x, slope float32) float32 {
	if x > 0 {
		return x
	}
	return x * slope
}

func hardSigmoid(x float32) float32 { return clamp(x*(1.0/6)+0.5, 0, 1) }

// Constants of exp, from expf in the Cephes library (Moshier 1992): ln 2 in two
// parts, the first of few bits so that its multiples are exact, and the
// polynomial of (exp(r)-1-r)/r² for |r| <= ln(2)/2.
const (
	expHigh = 88  // the result stays finite, rounding included
	expLow  = -87 // the result stays a normal number
	ln2High = 0.693359375
	ln2Low  = -2.12194440e-4
	expP0   = 1.9875691500e-4
	expP1   = 1.3981999507e-3
	expP2   = 8.3334519073e-3
	expP3   = 4.1665795894e-2
	expP4   = 1.6666665459e-1
	expP5   = 5.0000001201e-1
)

// exp is e to the power of x with a relative error near 1e-7. Arguments are
// clamped to where the result is a normal number, about 2e-38 to 2e38; NaN
// stays NaN.
func exp(x float32) float32 {
	if x != x {
		return x
	}
	x = clamp(x, expLow, expHigh)
	n := math.Floor(float64(x)*math.Log2E + 0.5)
	k := float32(n)
	r := x - k*ln2High
	r -= k * ln2Low
	p := float32(expP0)
	p = p*r + expP1
	p = p*r + expP2
	p = p*r + expP3
	p = p*r + expP4
	p = p*r + expP5
	return (p*r*r + r + 1) * math.Float32frombits(uint32(int32(n)+127)<<23)
}
