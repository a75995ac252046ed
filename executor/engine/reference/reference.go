// Package reference computes networks in float64, one output element at a
// time, straight from each operator's definition. It is slow, shares no code
// with the engine, and is what the engine is checked against.
package reference

import (
	"fmt"
	"math"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/weights"
)

// Tensor is an activation that a reference reads. Pixels count the spatial
// positions in row-major order; a vector has one pixel.
type Tensor interface {
	At(channel, pixel int) float64
}

// dense is a tensor in channel-first order.
type dense struct {
	values []float64
	pixels int
}

func (d dense) At(channel, pixel int) float64 { return d.values[channel*d.pixels+pixel] }

// Pixels is the number of spatial positions of a shape.
func Pixels(s graph.Shape) int { return int(s.Elements()) / s.Channels() }

// Run computes the output of every node, in channel-first order. The input is
// in that order too.
func Run(g *graph.Graph, w *weights.Set, input []float32) ([][]float64, error) {
	if int64(len(input)) != g.Input().Elements() {
		return nil, fmt.Errorf("the input has %d elements, and the graph takes %v", len(input), g.Input())
	}
	out := make([][]float64, len(g.Nodes))
	out[0] = make([]float64, len(input))
	for i, x := range input {
		out[0][i] = float64(x)
	}
	for _, n := range g.Nodes[1:] {
		in := make([]Tensor, len(n.Inputs))
		for i, id := range n.Inputs {
			in[i] = dense{out[id], Pixels(g.Nodes[id].Shape)}
		}
		e, err := New(g, w, n, in)
		if err != nil {
			return nil, err
		}
		out[n.ID] = e.all()
	}
	return out, nil
}

// Element computes single elements of one node's output.
type Element struct {
	node *graph.Node
	in   []Tensor
	// shapes are the inputs'.
	shapes []graph.Shape
	params map[graph.Role][]float32
	at     func(channel, pixel int) float64
}

// New prepares a node's evaluation on given inputs. It is an error if the node
// lacks parameters or its operator is unknown.
func New(g *graph.Graph, w *weights.Set, n *graph.Node, in []Tensor) (*Element, error) {
	e := &Element{node: n, in: in, shapes: g.In(n), params: map[graph.Role][]float32{}}
	for _, p := range g.Params(n) {
		v := w.Get(n.ID, p.Role)
		if int64(len(v)) != p.Elements() {
			return nil, fmt.Errorf("layer %q needs %d values of %s, and the weights hold %d", n.Name, p.Elements(), p.Role, len(v))
		}
		e.params[p.Role] = v
	}
	if e.at = e.definition(); e.at == nil {
		return nil, fmt.Errorf("layer %q: no reference is defined for operator %q", n.Name, n.Op.Kind())
	}
	return e, nil
}

// At is the output's element at a channel and pixel.
func (e *Element) At(channel, pixel int) float64 { return e.at(channel, pixel) }

func (e *Element) all() []float64 {
	pixels := Pixels(e.node.Shape)
	out := make([]float64, e.node.Shape.Elements())
	for i := range out {
		out[i] = e.at(i/pixels, i%pixels)
	}
	return out
}

func (e *Element) definition() func(channel, pixel int) float64 {
	x := e.in[0]
	switch op := e.node.Op.(type) {
	case graph.Conv:
		return func(c, p int) float64 { return e.conv(op, c, p) }
	case graph.FC:
		return func(c, _ int) float64 { return e.fc(c) }
	case graph.BatchNorm:
		return func(c, p int) float64 { return e.batchNorm(op, c, x.At(c, p)) }
	case graph.LRN:
		return func(c, p int) float64 { return e.lrn(op, c, p) }
	case graph.Pool:
		return func(c, p int) float64 { return e.pool(op, c, p) }
	case graph.GlobalAvgPool:
		return func(c, _ int) float64 { return e.mean(c) }
	case graph.Activation:
		return func(c, p int) float64 { return activation(op, x.At(c, p)) }
	case graph.Softmax:
		return e.softmax()
	case graph.Add:
		return e.add
	case graph.Concat:
		return e.concat
	case graph.Flatten:
		pixels := Pixels(e.shapes[0])
		return func(c, _ int) float64 { return x.At(c/pixels, c%pixels) }
	case graph.Affine:
		return func(c, p int) float64 { return op.Factor*x.At(c, p) + op.Offset }
	case graph.ChannelAffine:
		return func(c, p int) float64 { return e.channelAffine(op, c, x.At(c, p)) }
	case graph.Mul:
		return e.mul
	case graph.Reshape:
		return e.reshape
	case graph.ZeroPad:
		return func(c, p int) float64 { return e.zeroPad(op, c, p) }
	case graph.SliceChannels:
		return func(c, p int) float64 { return x.At(op.Begin+c, p) }
	case graph.ChannelShuffle:
		return func(c, p int) float64 { return x.At(op.Source(c, e.shapes[0].Channels()), p) }
	case graph.Upsample:
		return func(c, p int) float64 { return e.upsample(op, c, p) }
	}
	return nil
}

// position splits a pixel's number into coordinates.
func position(pixel int, spatial []int) []int {
	at := make([]int, len(spatial))
	for i := len(spatial) - 1; i >= 0; i-- {
		at[i] = pixel % spatial[i]
		pixel /= spatial[i]
	}
	return at
}

// tap is one position of a window: its number within the window, and the pixel
// that it reads, -1 in the padding. inPadded is false beyond the padded end,
// where only a window rounded up by ceil reaches.
type tap struct {
	number   int
	pixel    int
	inPadded bool
}

// taps lists the positions of the window of one output pixel.
func taps(w graph.Window, in, out graph.Shape, pixel int) []tap {
	at := position(pixel, out.Spatial())
	list := make([]tap, w.Taps())
	for number := range list {
		t := tap{number: number, inPadded: true}
		for i, k := range position(number, w.Kernel) {
			size := in.Spatial()[i]
			x := at[i]*w.Stride[i] - w.Pad[i].Begin + k*w.Dilation[i]
			t.inPadded = t.inPadded && x < size+w.Pad[i].End
			if x < 0 || x >= size {
				t.pixel = -1
			}
			if t.pixel >= 0 {
				t.pixel = t.pixel*size + x
			}
		}
		list[number] = t
	}
	return list
}

func (e *Element) conv(op graph.Conv, channel, pixel int) float64 {
	perGroup := e.shapes[0].Channels() / op.Groups
	first := channel / (op.Out / op.Groups) * perGroup
	count := int(op.Taps())
	filter := e.params[graph.Weight][channel*perGroup*count:]
	sum := 0.0
	if op.Bias {
		sum = float64(e.params[graph.Bias][channel])
	}
	for _, t := range taps(op.Window, e.shapes[0], e.node.Shape, pixel) {
		if t.pixel < 0 {
			continue
		}
		for c := range perGroup {
			sum += e.in[0].At(first+c, t.pixel) * float64(filter[c*count+t.number])
		}
	}
	return sum
}

func (e *Element) fc(out int) float64 {
	pixels := Pixels(e.shapes[0])
	k := int(e.shapes[0].Elements())
	row := e.params[graph.Weight][out*k:][:k]
	sum := 0.0
	if bias := e.params[graph.Bias]; bias != nil {
		sum = float64(bias[out])
	}
	for c := range e.shapes[0].Channels() {
		for p, w := range row[c*pixels:][:pixels] {
			sum += e.in[0].At(c, p) * float64(w)
		}
	}
	return sum
}

func (e *Element) batchNorm(op graph.BatchNorm, c int, x float64) float64 {
	get := func(r graph.Role) float64 { return float64(e.params[r][c]) }
	return get(graph.Scale)*(x-get(graph.Mean))/math.Sqrt(get(graph.Variance)+op.Epsilon) + get(graph.Shift)
}

func (e *Element) lrn(op graph.LRN, channel, pixel int) float64 {
	sum := 0.0
	for c := max(channel-op.Size/2, 0); c <= min(channel+op.Size/2, e.shapes[0].Channels()-1); c++ {
		sum += e.in[0].At(c, pixel) * e.in[0].At(c, pixel)
	}
	return e.in[0].At(channel, pixel) / math.Pow(op.K+op.Alpha/float64(op.Size)*sum, op.Beta)
}

func (e *Element) pool(op graph.Pool, channel, pixel int) float64 {
	largest, sum, inside, padded := math.Inf(-1), 0.0, 0, 0
	for _, t := range taps(op.Window, e.shapes[0], e.node.Shape, pixel) {
		if t.inPadded {
			padded++
		}
		if t.pixel < 0 {
			continue
		}
		x := e.in[0].At(channel, t.pixel)
		largest, sum, inside = max(largest, x), sum+x, inside+1
	}
	switch {
	case op.Fn == graph.MaxPool:
		return largest
	case op.ExcludePad:
		return sum / float64(inside)
	default:
		return sum / float64(padded)
	}
}

func (e *Element) mean(channel int) float64 {
	pixels := Pixels(e.shapes[0])
	sum := 0.0
	for p := range pixels {
		sum += e.in[0].At(channel, p)
	}
	return sum / float64(pixels)
}

func activation(op graph.Activation, x float64) float64 {
	hard := min(max(x/6+0.5, 0), 1)
	switch op.Fn {
	case graph.ReLU:
		return max(x, 0)
	case graph.ReLU6:
		return min(max(x, 0), 6)
	case graph.LeakyReLU:
		if x > 0 {
			return x
		}
		return op.Slope * x
	case graph.Sigmoid:
		return 1 / (1 + math.Exp(-x))
	case graph.Tanh:
		return math.Tanh(x)
	case graph.SiLU:
		return x / (1 + math.Exp(-x))
	case graph.HardSigmoid:
		return hard
	case graph.HardSwish:
		return x * hard
	case graph.Clip:
		return min(max(x, op.Low), op.High)
	}
	return math.NaN()
}

func (e *Element) softmax() func(channel, pixel int) float64 {
	x, pixels, channels := e.in[0], Pixels(e.shapes[0]), e.shapes[0].Channels()
	largest, sum := math.Inf(-1), 0.0
	for i := range channels * pixels {
		largest = max(largest, x.At(i/pixels, i%pixels))
	}
	for i := range channels * pixels {
		sum += math.Exp(x.At(i/pixels, i%pixels) - largest)
	}
	return func(c, p int) float64 { return math.Exp(x.At(c, p)-largest) / sum }
}

func (e *Element) add(channel, pixel int) float64 {
	sum := 0.0
	for _, x := range e.in {
		sum += x.At(channel, pixel)
	}
	return sum
}

func (e *Element) concat(channel, pixel int) float64 {
	for i, x := range e.in {
		c := e.shapes[i].Channels()
		if channel < c {
			return x.At(channel, pixel)
		}
		channel -= c
	}
	return math.NaN()
}

func (e *Element) upsample(op graph.Upsample, channel, pixel int) float64 {
	from := 0
	for i, x := range position(pixel, e.node.Shape.Spatial()) {
		from = from*e.shapes[0].Spatial()[i] + x/op.Scale
	}
	return e.in[0].At(channel, from)
}

func (e *Element) channelAffine(op graph.ChannelAffine, c int, x float64) float64 {
	if op.Scale {
		x *= float64(e.params[graph.Scale][c])
	}
	if op.Shift {
		x += float64(e.params[graph.Shift][c])
	}
	return x
}

func (e *Element) mul(channel, pixel int) float64 {
	at := pixel
	if e.shapes[1].Elements() < e.shapes[0].Elements() {
		at = 0
	}
	return e.in[0].At(channel, pixel) * e.in[1].At(channel, at)
}

func (e *Element) reshape(channel, pixel int) float64 {
	i, pixels := channel*Pixels(e.node.Shape)+pixel, Pixels(e.shapes[0])
	return e.in[0].At(i/pixels, i%pixels)
}

func (e *Element) zeroPad(op graph.ZeroPad, channel, pixel int) float64 {
	from := 0
	for i, at := range position(pixel, e.node.Shape.Spatial()) {
		size := e.shapes[0].Spatial()[i]
		x := at - op.Pad[i].Begin
		if x < 0 || x >= size {
			return 0
		}
		from = from*size + x
	}
	return e.in[0].At(channel, from)
}
