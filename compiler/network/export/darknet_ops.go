package export

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/weights"
)

// lower writes the layers of one operator.
func (d *darknetModel) lower(n *graph.Node) error {
	switch op := n.Op.(type) {
	case graph.Conv:
		return d.conv(n, op)
	case graph.FC:
		d.connected(n, op)
	case graph.BatchNorm:
		return d.batchNorm(n)
	case graph.LRN:
		return d.lrn(n, op)
	case graph.Pool:
		return d.pool(n, op)
	case graph.GlobalAvgPool:
		return d.average(n)
	case graph.Activation:
		return d.activation(n, op)
	case graph.Softmax:
		d.read(n.Inputs[0])
		d.layer(n.ID, n.Shape, "softmax", "groups", 1)
	case graph.Add:
		return d.shortcut(n)
	case graph.Concat:
		d.route(n)
	case graph.Flatten:
		d.at[n.ID] = d.at[n.Inputs[0]]
	case graph.Upsample:
		return d.upsample(n, op)
	case graph.Reshape:
		return d.reshape(n)
	default:
		return d.refuse(n, "Darknet has no such layer")
	}
	return nil
}

func (d *darknetModel) refuse(n *graph.Node, format string, args ...any) error {
	return unsupported(Darknet, n, fmt.Sprintf(format, args...))
}

func (d *darknetModel) conv(n *graph.Node, op graph.Conv) error {
	side, err := d.squareConv(n, op)
	if err != nil {
		return err
	}
	d.read(n.Inputs[0])
	stride := op.Stride[0]
	if side.kernel == 1 && stride > 1 {
		d.skip(n, stride)
		stride = 1
	}
	norm, activation, last := d.absorb(n)
	options := []any{}
	if norm != nil {
		options = append(options, "batch_normalize", 1)
	}
	options = append(options, "filters", op.Out, "size", side.kernel, "stride", stride, "padding", side.pad)
	if op.Groups > 1 {
		options = append(options, "groups", op.Groups)
	}
	d.layer(last.ID, last.Shape, "convolutional", append(options, "activation", activation)...)
	sides := []symmetric{side, side}
	if note, grown := grownNote(n, op.Kernel, sides); grown {
		d.notes = append(d.notes, note)
	}
	d.weights = append(d.weights, func(w *weights.Set) ([][]float32, error) {
		tensors, err := d.affine(w, n, norm, op.Out)
		return append(tensors, grow(w.Get(n.ID, graph.Weight), op.Kernel, sides)), err
	})
	return nil
}

// skip takes every stride-th element. Darknet's convolution of size 1 reads its
// input as it is, whatever its stride (forward_convolutional_layer).
func (d *darknetModel) skip(n *graph.Node, stride int) {
	d.section("maxpool", "size", 1, "stride", stride, "padding", 0)
	channels := d.g.In(n)[0].Channels()
	d.shapes = append(d.shapes, append(graph.Shape{channels}, n.Shape.Spatial()...))
	d.notes = append(d.notes, fmt.Sprintf("layer %q: Darknet's convolutions of size 1 ignore the stride, so that a maxpool of size 1 and stride %d is before it", n.Name, stride))
}

// squareConv checks that a convolution has one kernel size, stride and padding
// for all sides, and returns them.
func (d *darknetModel) squareConv(n *graph.Node, op graph.Conv) (symmetric, error) {
	in := d.g.In(n)[0].Spatial()
	if len(in) != 2 {
		return symmetric{}, d.refuse(n, "Darknet's convolutions have two spatial dimensions, and this one has %d", len(in))
	}
	if op.Kernel[0] != op.Kernel[1] || op.Stride[0] != op.Stride[1] {
		return symmetric{}, d.refuse(n, "Darknet has one kernel size and one stride for both dimensions, and this layer has %v and %v", op.Kernel, op.Stride)
	}
	if op.Dilation[0] != 1 || op.Dilation[1] != 1 {
		return symmetric{}, d.refuse(n, "Darknet's convolutions have no dilation, and this one has %v", op.Dilation)
	}
	side, ok := evenly(op.Window, 0, in[0], n.Shape.Spatial()[0])
	other, also := evenly(op.Window, 1, in[1], n.Shape.Spatial()[1])
	if !ok || !also || side != other || side.kernel == 1 && side.pad > 0 {
		return symmetric{}, d.refuse(n, "Darknet pads all four sides alike, and convolutions of size 1 not at all: this layer's padding is %v", op.Pad)
	}
	return side, nil
}

func (d *darknetModel) connected(n *graph.Node, op graph.FC) {
	d.read(n.Inputs[0])
	norm, activation, last := d.absorb(n)
	options := []any{}
	if norm != nil {
		options = append(options, "batch_normalize", 1)
	}
	d.layer(last.ID, last.Shape, "connected", append(options, "output", op.Out, "activation", activation)...)
	d.weights = append(d.weights, func(w *weights.Set) ([][]float32, error) {
		tensors, err := d.affine(w, n, norm, op.Out)
		if err != nil {
			return nil, err
		}
		// Biases, weights, then batch norm's: not the order of a convolution.
		list := [][]float32{tensors[0], w.Get(n.ID, graph.Weight)}
		return append(list, tensors[1:]...), nil
	})
}

// batchNorm is the batch norm of a convolution that changes nothing. Note:
// Darknet's own batchnorm section reads no shifts, and on a CPU writes to
// memory that make_batchnorm_layer does not allocate.
func (d *darknetModel) batchNorm(n *graph.Node) error {
	if from := d.shape(n.Inputs[0]); !sameImage(from, n.Shape) {
		return d.refuse(n, "Darknet cannot reshape %v to %v before it: put the batch norm before the flattening", from, n.Shape)
	}
	d.read(n.Inputs[0])
	channels := n.Shape.Channels()
	activation, last := d.absorbActivation(n)
	d.layer(last.ID, n.Shape, "convolutional", "batch_normalize", 1, "filters", channels, "size", 1,
		"stride", 1, "padding", 0, "groups", channels, "activation", activation)
	d.notes = append(d.notes, fmt.Sprintf("layer %q: Darknet's batch norm works only within other layers, so that it is that of a convolution of each channel with 1", n.Name))
	d.weights = append(d.weights, func(w *weights.Set) ([][]float32, error) {
		tensors, err := d.affine(w, n, n, channels)
		return append(tensors, repeated(channels, 1)), err
	})
	return nil
}

func (d *darknetModel) lrn(n *graph.Node, op graph.LRN) error {
	if len(n.Shape) != 3 {
		return d.refuse(n, "Darknet normalises images, and this input is %v", n.Shape)
	}
	d.read(n.Inputs[0])
	// Darknet does not divide alpha by the size.
	alpha := strconv.FormatFloat(op.Alpha/float64(op.Size), 'g', -1, 64)
	d.layer(n.ID, n.Shape, "normalization", "alpha", alpha, "beta", op.Beta, "kappa", op.K, "size", op.Size)
	d.notes = append(d.notes, fmt.Sprintf("layer %q: Darknet's sums over neighbouring channels leave out channel %d everywhere (forward_normalization_layer starts one short), so that the result is approximate", n.Name, op.Size/2))
	return nil
}

// pool writes maximum pooling, whose trailing padding may be one more than the
// leading one, and an average over the whole input.
func (d *darknetModel) pool(n *graph.Node, op graph.Pool) error {
	in, out := d.g.In(n)[0].Spatial(), n.Shape.Spatial()
	if len(in) != 2 {
		return d.refuse(n, "Darknet's pooling has two spatial dimensions, and this one has %d", len(in))
	}
	if op.Fn == graph.AvgPool {
		if unpadded(op.Pad) && slices.Equal(op.Kernel, in) && op.Taps() == d.g.In(n)[0].Elements()/int64(n.Shape.Channels()) {
			return d.average(n)
		}
		return d.refuse(n, "Darknet averages only over the whole input (avgpool has no window)")
	}
	if op.Kernel[0] != op.Kernel[1] || op.Stride[0] != op.Stride[1] || op.Dilation[0] != 1 || op.Dilation[1] != 1 || op.Pad[0].Begin != op.Pad[1].Begin {
		return d.refuse(n, "Darknet has one size, stride and leading padding for both dimensions and no dilation: this layer has %v, %v, %v and %v",
			op.Kernel, op.Stride, op.Pad, op.Dilation)
	}
	for total := 2 * op.Pad[0].Begin; total <= 2*op.Pad[0].Begin+1; total++ {
		if darknetWindows(op, total, in[0]) == out[0] && darknetWindows(op, total, in[1]) == out[1] {
			d.read(n.Inputs[0])
			d.layer(n.ID, n.Shape, "maxpool", "size", op.Kernel[0], "stride", op.Stride[0], "padding", total)
			return nil
		}
	}
	return d.refuse(n, "Darknet pads at most one more element at the end than at the begin, and from %v that gives no output of %v", in, out)
}

// darknetWindows is make_maxpool_layer's number of windows.
func darknetWindows(op graph.Pool, padding, in int) int {
	return (in+padding-op.Kernel[0])/op.Stride[0] + 1
}

func (d *darknetModel) average(n *graph.Node) error {
	if in := d.shape(n.Inputs[0]); len(in) != 3 {
		return d.refuse(n, "Darknet averages images, and this input is %v", in)
	}
	d.read(n.Inputs[0])
	d.layer(n.ID, n.Shape, "avgpool")
	return nil
}

func (d *darknetModel) activation(n *graph.Node, op graph.Activation) error {
	name := darknetActivation(op)
	switch {
	case name != "":
		d.read(n.Inputs[0])
		d.layer(n.ID, d.shape(n.Inputs[0]), "activation", "activation", name)
		return nil
	case op.Fn == graph.LeakyReLU:
		return d.refuse(n, "Darknet's leaky activation has the slope %v, and this one has %v", darknetSlope, op.Slope)
	}
	return d.refuse(n, "Darknet has no activation function %s: relu, leaky, sigmoid and tanh are possible", op.Fn)
}

// shortcut adds to the layer before it one earlier layer at a time.
func (d *darknetModel) shortcut(n *graph.Node) error {
	shape := d.shape(n.Inputs[0])
	for _, id := range n.Inputs {
		if !sameImage(d.shape(id), shape) {
			return d.refuse(n, "Darknet adds images of one shape, and cannot reshape %v to %v", d.shape(id), shape)
		}
	}
	order := slices.Clone(n.Inputs)
	if i := slices.IndexFunc(order, func(id int) bool { return d.at[id] == d.last() }); i > 0 {
		order[0], order[i] = order[i], order[0] // saves a route to go back
	}
	d.read(order[0])
	end := len(order) - 1
	for _, from := range order[1:end] {
		d.section("shortcut", "from", d.at[from], "activation", "linear")
		d.shapes = append(d.shapes, shape)
	}
	from := d.at[order[end]]
	activation, last := d.absorbActivation(n)
	d.layer(last.ID, shape, "shortcut", "from", from, "activation", activation)
	return nil
}

func (d *darknetModel) route(n *graph.Node) {
	if len(n.Inputs) == 1 {
		d.at[n.ID] = d.at[n.Inputs[0]]
		return
	}
	var from []string
	for _, id := range n.Inputs {
		from = append(from, strconv.Itoa(d.at[id]))
	}
	d.layer(n.ID, d.joined(n), "route", "layers", strings.Join(from, ","))
}

// joined is the shape that Darknet gives a route: nothing, where the images
// are of different sizes.
func (d *darknetModel) joined(n *graph.Node) graph.Shape {
	sum := image(d.shape(n.Inputs[0]))
	for _, id := range n.Inputs[1:] {
		next := image(d.shape(id))
		if !slices.Equal(next.Spatial(), sum.Spatial()) {
			return graph.Shape{0, 0, 0}
		}
		sum[0] += next[0]
	}
	return sum
}

// image is a shape as Darknet has it, with height and width.
func image(s graph.Shape) graph.Shape {
	return append(slices.Clone(s), 1, 1)[:3]
}

func sameImage(a, b graph.Shape) bool { return image(a).Equal(image(b)) }

func (d *darknetModel) upsample(n *graph.Node, op graph.Upsample) error {
	if len(n.Shape) != 3 {
		return d.refuse(n, "Darknet's upsampling has two spatial dimensions, and this one has %d", len(n.Shape)-1)
	}
	d.read(n.Inputs[0])
	d.layer(n.ID, n.Shape, "upsample", "stride", op.Scale)
	return nil
}

// reshape leaves out what does not change how Darknet sees the values.
func (d *darknetModel) reshape(n *graph.Node) error {
	if from := d.shape(n.Inputs[0]); len(n.Shape) > 1 && !sameImage(from, n.Shape) {
		return d.refuse(n, "Darknet cannot reshape %v to %v", from, n.Shape)
	}
	d.at[n.ID] = d.at[n.Inputs[0]]
	return nil
}
