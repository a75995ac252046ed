package export

import (
	"fmt"
	"math"
	"slices"

	"google.golang.org/protobuf/proto"

	"edgebench/compiler/network/export/caffepb"
	"edgebench/compiler/network/graph"
)

func (c *caffeModel) activation(n *graph.Node, op graph.Activation, in string) error {
	before := len(c.layers)
	switch op.Fn {
	case graph.ReLU:
		c.layer(n.Name, "ReLU", in)
	case graph.LeakyReLU:
		c.layer(n.Name, "ReLU", in).ReluParam = &caffepb.ReLUParameter{NegativeSlope: proto.Float32(float32(op.Slope))}
	case graph.Sigmoid:
		c.layer(n.Name, "Sigmoid", in)
	case graph.Tanh:
		c.layer(n.Name, "TanH", in)
	case graph.ReLU6:
		c.clamp(n, n.Name, in, 0, 6)
	case graph.Clip:
		c.clamp(n, n.Name, in, op.Low, op.High)
	case graph.HardSigmoid:
		c.hardSigmoid(n, n.Name, in)
	case graph.SiLU:
		gate := c.part(n, "gate")
		c.layer(gate, "Sigmoid", in)
		c.product(n.Name, in, gate)
	case graph.HardSwish:
		gate := c.part(n, "gate")
		c.hardSigmoid(n, gate, in)
		c.product(n.Name, in, gate)
	default:
		return unsupported(Caffe, n, "this version has no translation of the function "+string(op.Fn))
	}
	if layers := len(c.layers) - before; layers > 1 {
		c.notes = append(c.notes, fmt.Sprintf("layer %q: Caffe 1.0 has no %s, so that it is made of %d layers", n.Name, op.Fn, layers))
	}
	return nil
}

func (c *caffeModel) product(name, a, b string) {
	c.layer(name, "Eltwise", a, b).EltwiseParam = &caffepb.EltwiseParameter{Operation: caffepb.EltwiseParameter_PROD.Enum()}
}

// line is scale*x+shift.
func (c *caffeModel) line(name, in string, scale, shift float64) {
	c.layer(name, "Power", in).PowerParam = &caffepb.PowerParameter{
		Scale: proto.Float32(float32(scale)), Shift: proto.Float32(float32(shift)),
	}
}

// step is a part of a clamp: max(x, 0), or scale*x+shift.
type step struct {
	relu         bool
	scale, shift float64
}

// clampSteps makes min(max(x, low), high) of ReLU, which bounds by 0 from
// below: max(x, low) = relu(x-low)+low, and min(x, high) = high-relu(high-x).
func clampSteps(low, high float64) []step {
	relu := step{relu: true}
	switch below, above := low > -math.MaxFloat32, high < math.MaxFloat32; {
	case below && above:
		return []step{{scale: 1, shift: -low}, relu, {scale: -1, shift: high - low}, relu, {scale: -1, shift: high}}
	case below:
		return []step{{scale: 1, shift: -low}, relu, {scale: 1, shift: low}}
	case above:
		return []step{{scale: -1, shift: high}, relu, {scale: -1, shift: high}}
	}
	return []step{{scale: 1}}
}

// clamp adds the steps that change something, the last of them with the given
// name.
func (c *caffeModel) clamp(n *graph.Node, name, in string, low, high float64) {
	steps := slices.DeleteFunc(clampSteps(low, high), func(s step) bool { return s == step{scale: 1} })
	if len(steps) == 0 {
		steps = []step{{scale: 1}}
	}
	for i, s := range steps {
		out := name
		if i < len(steps)-1 {
			out = c.part(n, "clamp")
		}
		if s.relu {
			c.layer(out, "ReLU", in)
		} else {
			c.line(out, in, s.scale, s.shift)
		}
		in = out
	}
}

func (c *caffeModel) hardSigmoid(n *graph.Node, name, in string) {
	line := c.part(n, "line")
	c.line(line, in, 1.0/6, 0.5)
	c.clamp(n, name, line, 0, 1)
}

// lrn leaves k at 1, since OpenCV reads no other:
// x/(k+alpha*s)^beta = k^-beta * x/(1+alpha/k*s)^beta.
func (c *caffeModel) lrn(n *graph.Node, op graph.LRN, in string) {
	p := &caffepb.LRNParameter{
		LocalSize: proto.Uint32(uint32(op.Size)), Alpha: proto.Float32(float32(op.Alpha / op.K)), Beta: proto.Float32(float32(op.Beta)),
	}
	if op.K == 1 {
		c.layer(n.Name, "LRN", in).LrnParam = p
		return
	}
	unit := c.part(n, "unit")
	c.layer(unit, "LRN", in).LrnParam = p
	c.line(n.Name, unit, math.Pow(op.K, -op.Beta), 0)
	c.notes = append(c.notes, fmt.Sprintf("layer %q: OpenCV reads k=1 only, so that k=%v is a factor behind it", n.Name, op.K))
}

// mul lets Scale repeat one factor a channel over the spatial dimensions.
func (c *caffeModel) mul(n *graph.Node, in []string) {
	shapes := c.g.In(n)
	if shapes[1].Equal(shapes[0]) {
		c.product(n.Name, in[0], in[1])
		return
	}
	factor := in[1]
	if len(shapes[1]) > 1 {
		factor = c.part(n, "factor")
		c.layer(factor, "Flatten", in[1])
	}
	c.layer(n.Name, "Scale", in[0], factor).ScaleParam = &caffepb.ScaleParameter{Axis: proto.Int32(0)}
}

// channelAffine always multiplies: Scale has no form that only adds.
func (c *caffeModel) channelAffine(n *graph.Node, op graph.ChannelAffine, in string) {
	c.layer(n.Name, "Scale", in).ScaleParam = &caffepb.ScaleParameter{BiasTerm: proto.Bool(op.Shift)}
	if op.Scale {
		c.blobs(c.parameter(n, graph.Scale))
	} else {
		channels := n.Shape.Channels()
		c.blobs(constant([]int{channels}, repeated(channels, 1)))
	}
	if op.Shift {
		c.blobs(c.parameter(n, graph.Shift))
	}
}

// sliceChannels cuts its input in up to three parts.
func (c *caffeModel) sliceChannels(n *graph.Node, op graph.SliceChannels, in string) {
	switch all := c.g.In(n)[0].Channels(); {
	case op.Begin == 0 && op.End == all:
		c.line(n.Name, in, 1, 0)
	case op.Begin == 0:
		c.split(n, n.Name, in, 1, op.End, false)
	case op.End == all:
		c.split(n, n.Name, in, 1, op.Begin, true)
	default:
		tail := c.part(n, "tail")
		c.split(n, tail, in, 1, op.Begin, true)
		c.split(n, n.Name, tail, 1, op.End-op.Begin, false)
	}
}
