package kernel

// The minimal filtering algorithm F(4x4, 3x3) computes 4 by 4 outputs of a 3 by 3 filter with 36
// multiplications a channel where the definition takes 144 (Lavin and Gray 2016, arXiv:1509.09308, with
// its points 0, 1, -1, 2, -2 and infinity). A patch of 6 by 6 inputs is transformed to 36 values; at each
// of these positions the channels are multiplied with the transformed filters, as in a convolution of one
// tap; and the 36 sums are transformed to 16 outputs.
const (
	WinogradOut  = 4 // outputs a side
	WinogradIn   = 6 // inputs a side
	WinogradTaps = WinogradIn * WinogradIn
)

// WinogradPatch is one call of a transform: of a patch's inputs, or of its sums.
//
// Position p of the transformed patch starts at p*Stride of Values, its channels beside each other.
type WinogradPatch struct {
	Arena    []float32 // starts at the first channel that is read, or written
	Offsets  []int32   // into Arena: 36 inputs, or 16 outputs of which those below 0 are outside
	Values   []float32
	Stride   int
	Channels int // a multiple of Columns
	// Of outputs only.
	Bias     []float32 // added to the sums, one a channel
	Residual []float32 // starts where Arena does; added to the sums before clamping; nil for none
	Low      float32   // results are clamped to [Low, High]
	High     float32
}

// line is one row or column of a patch.
type line [WinogradIn]float32

// input is a line of the input's transform, B^T d.
func (d line) input() line {
	a, b := d[4]-4*d[2], d[3]-4*d[1]
	c, e := d[4]-d[2], 2*(d[3]-d[1])
	return line{4*d[0] - 5*d[2] + d[4], a + b, a - b, c + e, c - e, 4*d[1] - 5*d[3] + d[5]}
}

// output is a line of the output's transform, A^T m.
func (m line) output() [WinogradOut]float32 {
	s, d := m[1]+m[2], m[1]-m[2]
	t, e := m[3]+m[4], m[3]-m[4]
	return [WinogradOut]float32{m[0] + s + t, d + 2*e, s + 4*t, d + 8*e + m[5]}
}

func winogradInputPortable(p *WinogradPatch) {
	for c := range p.Channels {
		var half [WinogradIn]line // [column][row], the columns transformed
		for j := range half {
			var d line
			for i := range d {
				d[i] = p.Arena[int(p.Offsets[i*WinogradIn+j])+c]
			}
			half[j] = d.input()
		}
		for i := range WinogradIn {
			var d line
			for j := range d {
				d[j] = half[j][i]
			}
			for j, v := range d.input() {
				p.Values[(i*WinogradIn+j)*p.Stride+c] = v
			}
		}
	}
}

func winogradOutputPortable(p *WinogradPatch) {
	for c := range p.Channels {
		var half [WinogradIn][WinogradOut]float32
		for j := range half {
			var m line
			for i := range m {
				m[i] = p.Values[(i*WinogradIn+j)*p.Stride+c]
			}
			half[j] = m.output()
		}
		for i := range WinogradOut {
			var m line
			for j := range m {
				m[j] = half[j][i]
			}
			for j, v := range m.output() {
				p.store(i*WinogradOut+j, c, v)
			}
		}
	}
}

// store ends the output's transform for one element.
func (p *WinogradPatch) store(output, channel int, v float32) {
	at := int(p.Offsets[output])
	if at < 0 {
		return
	}
	v += p.Bias[channel]
	if p.Residual != nil {
		v += p.Residual[at+channel]
	}
	p.Arena[at+channel] = clamp(v, p.Low, p.High)
}

// WinogradFilter transforms a filter of 3 by 3 taps, G g G^T, in float64.
func WinogradFilter(taps []float64) (values [WinogradTaps]float64) {
	g := func(a, b, c float64) [WinogradIn]float64 {
		return [WinogradIn]float64{
			a / 4, -(a + b + c) / 6, -(a - b + c) / 6,
			a/24 + b/12 + c/6, a/24 - b/12 + c/6, c,
		}
	}
	var half [3][WinogradIn]float64 // [column][row]
	for j := range half {
		half[j] = g(taps[j], taps[3+j], taps[6+j])
	}
	for i := range WinogradIn {
		for j, v := range g(half[0][i], half[1][i], half[2][i]) {
			values[i*WinogradIn+j] = v
		}
	}
	return values
}
