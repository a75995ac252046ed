package export

import (
	"fmt"
	"io"
	"slices"

	"google.golang.org/protobuf/proto"

	"edgebench/compiler/network/export/caffepb"
	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/weights"
)

// caffeModel builds a network of layers that Caffe 1.0 (April 2017) has. What
// later revisions added, such as Clip and pooling's round_mode, is left out,
// since releases, and OpenCV, do not read it.
type caffeModel struct {
	g      *graph.Graph
	layers []caffeLayer
	taken  map[string]bool // names of layers and of their outputs
	notes  []string
}

// caffeLayer is a layer whose values follow later.
type caffeLayer struct {
	param *caffepb.LayerParameter
	blobs []caffeBlob
}

// caffeBlob is one tensor of a layer's values.
type caffeBlob struct {
	shape  []int
	values func(w *weights.Set) []float32
}

// lowerCaffe gives each node a layer of its own name. An operator that Caffe
// lacks becomes several layers, the last of which has the node's name.
func lowerCaffe(g *graph.Graph) (*lowered, error) {
	c := &caffeModel{g: g, taken: map[string]bool{}}
	for _, n := range g.Nodes {
		c.taken[n.Name] = true
	}
	c.layer(g.Nodes[0].Name, "Input").InputParam = &caffepb.InputParameter{Shape: []*caffepb.BlobShape{blobShape(g.Input())}}
	for _, n := range g.Nodes[1:] {
		if err := c.lower(n); err != nil {
			return nil, err
		}
	}
	l := &lowered{notes: c.notes, files: []file{
		{"caffemodel", c.writeModel},
		{"prototxt", func(out io.Writer, _ *weights.Set) error { return c.writeText(out) }},
	}}
	for _, id := range g.Outputs {
		l.outputs = append(l.outputs, g.Nodes[id].Name)
	}
	return l, nil
}

// blobShape is a shape with the batch before it.
func blobShape(s graph.Shape) *caffepb.BlobShape {
	return &caffepb.BlobShape{Dim: int64s(append([]int{1}, s...))}
}

// layer adds a layer with one output of its own name.
func (c *caffeModel) layer(name, kind string, bottoms ...string) *caffepb.LayerParameter {
	p := &caffepb.LayerParameter{Name: proto.String(name), Type: proto.String(kind), Bottom: bottoms, Top: []string{name}}
	c.layers = append(c.layers, caffeLayer{param: p})
	return p
}

// blobs gives the layer added last its values.
func (c *caffeModel) blobs(list ...caffeBlob) {
	last := &c.layers[len(c.layers)-1]
	last.blobs = append(last.blobs, list...)
}

// part names a layer within a node's, which no other layer has.
func (c *caffeModel) part(n *graph.Node, suffix string) string {
	name := n.Name + "/" + suffix
	for c.taken[name] {
		name += "_"
	}
	c.taken[name] = true
	return name
}

// names are those of a node's inputs.
func (c *caffeModel) names(n *graph.Node) []string {
	var list []string
	for _, id := range n.Inputs {
		list = append(list, c.g.Nodes[id].Name)
	}
	return list
}

// parameter is one of a node's tensors as it is.
func (c *caffeModel) parameter(n *graph.Node, role graph.Role) caffeBlob {
	for _, p := range c.g.Params(n) {
		if p.Role == role {
			return caffeBlob{p.Shape, func(w *weights.Set) []float32 { return w.Get(n.ID, role) }}
		}
	}
	panic(fmt.Sprintf("%s has no %s", n.Name, role))
}

// constant is a tensor that does not depend on the weights.
func constant(shape []int, values []float32) caffeBlob {
	return caffeBlob{shape, func(*weights.Set) []float32 { return values }}
}

func repeated(n int, v float32) []float32 { return slices.Repeat([]float32{v}, n) }

// lower adds the layers of one operator.
func (c *caffeModel) lower(n *graph.Node) error {
	in := c.names(n)
	switch op := n.Op.(type) {
	case graph.Conv:
		return c.conv(n, op, in[0])
	case graph.FC:
		c.innerProduct(n, op, in[0])
	case graph.BatchNorm:
		c.batchNorm(n, op, in[0])
	case graph.LRN:
		c.lrn(n, op, in[0])
	case graph.Pool:
		return c.pool(n, op, in[0])
	case graph.GlobalAvgPool:
		c.globalAverage(n, in[0])
	case graph.Activation:
		return c.activation(n, op, in[0])
	case graph.Softmax:
		c.layer(n.Name, "Softmax", in[0])
	case graph.Add:
		c.layer(n.Name, "Eltwise", in...).EltwiseParam = &caffepb.EltwiseParameter{Operation: caffepb.EltwiseParameter_SUM.Enum()}
	case graph.Concat:
		c.layer(n.Name, "Concat", in...).ConcatParam = &caffepb.ConcatParameter{Axis: proto.Int32(1)}
	case graph.Flatten:
		c.layer(n.Name, "Flatten", in[0])
	case graph.Upsample:
		return c.upsample(n, op, in[0])
	default:
		return c.lowerOther(n, in)
	}
	return nil
}

// lowerOther adds the layers of the operators that come from imported models.
func (c *caffeModel) lowerOther(n *graph.Node, in []string) error {
	switch op := n.Op.(type) {
	case graph.Mul:
		c.mul(n, in)
	case graph.Affine:
		c.line(n.Name, in[0], op.Factor, op.Offset)
	case graph.ChannelAffine:
		c.channelAffine(n, op, in[0])
	case graph.SliceChannels:
		c.sliceChannels(n, op, in[0])
	case graph.Reshape:
		c.reshape(n.Name, in[0], n.Shape...)
	case graph.ZeroPad:
		return unsupported(Caffe, n, "Caffe pads only within convolution and pooling: give the padding to the layer behind it")
	case graph.ChannelShuffle:
		return unsupported(Caffe, n, "Caffe cannot reorder channels")
	default:
		return unsupported(Caffe, n, "this version has no translation of the operator")
	}
	return nil
}

func (c *caffeModel) conv(n *graph.Node, op graph.Conv, in string) error {
	size := c.g.In(n)[0].Spatial()
	sides := make([]symmetric, len(size))
	for i := range size {
		var ok bool
		if sides[i], ok = evenly(op.Window, i, size[i], n.Shape.Spatial()[i]); !ok {
			return unsupported(Caffe, n, fmt.Sprintf("Caffe pads both ends alike, and this layer's padding is %v with dilation %v", op.Pad, op.Dilation))
		}
	}
	if note, grown := grownNote(n, op.Kernel, sides); grown {
		c.notes = append(c.notes, note)
	}
	p := &caffepb.ConvolutionParameter{NumOutput: proto.Uint32(uint32(op.Out)), BiasTerm: proto.Bool(op.Bias)}
	shape := []int{op.Out, c.g.In(n)[0].Channels() / op.Groups}
	for i, s := range sides {
		p.Pad, p.KernelSize = append(p.Pad, uint32(s.pad)), append(p.KernelSize, uint32(s.kernel))
		p.Stride, p.Dilation = append(p.Stride, uint32(op.Stride[i])), append(p.Dilation, uint32(op.Dilation[i]))
		shape = append(shape, s.kernel)
	}
	if op.Groups > 1 {
		p.Group = proto.Uint32(uint32(op.Groups))
	}
	c.layer(n.Name, "Convolution", in).ConvolutionParam = brief(p)
	c.blobs(caffeBlob{shape, func(w *weights.Set) []float32 { return grow(w.Get(n.ID, graph.Weight), op.Kernel, sides) }})
	if op.Bias {
		c.blobs(c.parameter(n, graph.Bias))
	}
	return nil
}

// brief writes one number where two dimensions have the same, and kernel_h and
// kernel_w for two that differ, which older readers need. Three dimensions have
// three numbers each: OpenCV reads behind the end of shorter lists.
func brief(p *caffepb.ConvolutionParameter) *caffepb.ConvolutionParameter {
	if len(p.KernelSize) != 2 {
		return p
	}
	if d := same(p.Dilation); d != nil {
		p.Dilation = d
	}
	if same(p.KernelSize) == nil || same(p.Pad) == nil || same(p.Stride) == nil {
		p.PadH, p.PadW = &p.Pad[0], &p.Pad[1]
		p.KernelH, p.KernelW = &p.KernelSize[0], &p.KernelSize[1]
		p.StrideH, p.StrideW = &p.Stride[0], &p.Stride[1]
		p.Pad, p.KernelSize, p.Stride = nil, nil, nil
		return p
	}
	for _, list := range []*[]uint32{&p.Pad, &p.KernelSize, &p.Stride} {
		if s := same(*list); s != nil {
			*list = s
		}
	}
	return p
}

// same returns one number for a list of equal ones, nil for others.
func same(list []uint32) []uint32 {
	for _, v := range list {
		if v != list[0] {
			return nil
		}
	}
	return list[:1]
}

func (c *caffeModel) innerProduct(n *graph.Node, op graph.FC, in string) {
	c.layer(n.Name, "InnerProduct", in).InnerProductParam = &caffepb.InnerProductParameter{
		NumOutput: proto.Uint32(uint32(op.Out)), BiasTerm: proto.Bool(op.Bias),
	}
	c.blobs(c.parameter(n, graph.Weight))
	if op.Bias {
		c.blobs(c.parameter(n, graph.Bias))
	}
}

// batchNorm is two layers in Caffe: one normalises, one scales and shifts. The
// third blob of the first divides the other two.
func (c *caffeModel) batchNorm(n *graph.Node, op graph.BatchNorm, in string) {
	normal := c.part(n, "normal")
	c.layer(normal, "BatchNorm", in).BatchNormParam = &caffepb.BatchNormParameter{
		UseGlobalStats: proto.Bool(true), Eps: proto.Float32(float32(op.Epsilon)),
	}
	c.blobs(c.parameter(n, graph.Mean), c.parameter(n, graph.Variance), constant([]int{1}, []float32{1}))
	c.layer(n.Name, "Scale", normal).ScaleParam = &caffepb.ScaleParameter{BiasTerm: proto.Bool(true)}
	c.blobs(c.parameter(n, graph.Scale), c.parameter(n, graph.Shift))
}

// upsample is a transposed convolution of each channel with ones.
func (c *caffeModel) upsample(n *graph.Node, op graph.Upsample, in string) error {
	if len(n.Shape) != 3 {
		return unsupported(Caffe, n, fmt.Sprintf("Caffe's transposed convolutions have two spatial dimensions, and this layer has %d", len(n.Shape)-1))
	}
	channels, scale := n.Shape.Channels(), uint32(op.Scale)
	c.layer(n.Name, "Deconvolution", in).ConvolutionParam = &caffepb.ConvolutionParameter{
		NumOutput: proto.Uint32(uint32(channels)), Group: proto.Uint32(uint32(channels)), BiasTerm: proto.Bool(false),
		KernelSize: []uint32{scale}, Stride: []uint32{scale},
	}
	c.blobs(constant([]int{channels, 1, op.Scale, op.Scale}, repeated(channels*op.Scale*op.Scale, 1)))
	c.notes = append(c.notes, fmt.Sprintf("layer %q: Caffe has no upsampling, so that it is a transposed convolution with ones", n.Name))
	return nil
}
