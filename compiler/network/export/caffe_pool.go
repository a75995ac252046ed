package export

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	"edgebench/compiler/network/export/caffepb"
	"edgebench/compiler/network/graph"
)

// side is one spatial dimension of a pooling layer.
type side struct {
	in, out, kernel, stride int
	pad                     int // at both ends, Caffe's only choice
	before                  int // windows to cut off at the begin
	// divisors are what the average of each window divides by.
	divisors []int
}

// onePixel is a dimension that pooling leaves as it is.
func onePixel(n int) side {
	return side{in: n, out: n, kernel: 1, stride: 1, divisors: make([]int, n)}
}

// sidesOf lists a pooling operator's dimensions, padded at both ends as at the
// begin.
func sidesOf(op graph.Pool, in, out []int) []side {
	list := make([]side, len(in))
	for i := range in {
		s := side{in: in[i], out: out[i], kernel: op.Kernel[i], stride: op.Stride[i], pad: op.Pad[i].Begin}
		begin, end := -op.Pad[i].Begin, in[i]+op.Pad[i].End
		if op.ExcludePad {
			begin, end = 0, in[i]
		}
		s.divisors = s.covered(begin, end)
		if s.out == 1 {
			// OpenCV takes no window larger than the input.
			s.kernel = min(s.kernel, s.in+s.pad)
		}
		list[i] = s
	}
	return list
}

// widen pads by whole strides more until Caffe has all windows, the first of
// which are then to be cut off. Caffe's padding is less than the kernel.
func (s side) widen() (side, bool) {
	for ; s.pad < s.kernel; s.pad += s.stride {
		if s.caffeWindows() >= s.before+s.out {
			return s, true
		}
		s.before++
	}
	return s, false
}

// covered counts for each window that is kept the positions from begin to
// before end.
func (s side) covered(begin, end int) []int {
	list := make([]int, s.out)
	for o := range list {
		start := (s.before+o)*s.stride - s.pad
		list[o] = min(start+s.kernel, end) - max(start, begin)
	}
	return list
}

// caffeDivisors is what AVE divides by in PoolingLayer::Forward_cpu.
func (s side) caffeDivisors() []int { return s.covered(-s.pad, s.in+s.pad) }

// caffeWindows is PoolingLayer::Reshape's number of windows, clipped as where a
// dimension is padded. Without padding Caffe may have one window more, which
// is cut off as well.
func (s side) caffeWindows() int {
	count := (s.in+2*s.pad-s.kernel+s.stride-1)/s.stride + 1
	if (count-1)*s.stride >= s.in+s.pad {
		count--
	}
	return count
}

// allWindows is caffeWindows, clipped only if some dimension is padded.
func (s side) allWindows(clip bool) int {
	if clip {
		return s.caffeWindows()
	}
	return (s.in-s.kernel+s.stride-1)/s.stride + 1
}

// pool writes pooling, which in Caffe has two spatial dimensions. Of three,
// height and width are pooled first and depth then, which is the same for
// maxima and for means.
func (c *caffeModel) pool(n *graph.Node, op graph.Pool, in string) error {
	for _, d := range op.Dilation {
		if d != 1 {
			return unsupported(Caffe, n, fmt.Sprintf("Caffe's pooling has no dilation, and this one has %v", op.Dilation))
		}
	}
	shape := c.g.In(n)[0]
	sides := sidesOf(op, shape.Spatial(), n.Shape.Spatial())
	if len(sides) == 2 {
		return c.pool2(n, op.Fn, n.Name, in, sides)
	}
	channels, depth, height, width := shape[0], sides[0], sides[1], sides[2]
	image, pooled, volume, deep := c.part(n, "image"), c.part(n, "pooled"), c.part(n, "volume"), c.part(n, "deep")
	c.reshape(image, in, channels*depth.in, height.in, width.in)
	if err := c.pool2(n, op.Fn, pooled, image, []side{height, width}); err != nil {
		return err
	}
	c.reshape(volume, pooled, channels, depth.in, height.out*width.out)
	if err := c.pool2(n, op.Fn, deep, volume, []side{depth, onePixel(height.out * width.out)}); err != nil {
		return err
	}
	c.reshape(n.Name, deep, n.Shape...)
	c.notes = append(c.notes, fmt.Sprintf("layer %q: Caffe pools two spatial dimensions, so that depth is pooled after height and width", n.Name))
	return nil
}

func (c *caffeModel) reshape(name, in string, shape ...int) {
	c.layer(name, "Reshape", in).ReshapeParam = &caffepb.ReshapeParameter{Shape: blobShape(shape)}
}

// pool2 writes one pooling layer, and behind it what makes up for Caffe's other
// number of windows and other divisors.
func (c *caffeModel) pool2(n *graph.Node, fn graph.PoolFn, name, in string, sides []side) error {
	for i, s := range sides {
		var ok bool
		if sides[i], ok = s.widen(); !ok {
			return unsupported(Caffe, n, fmt.Sprintf("Caffe makes at most %d windows of dimension %d, and this layer has %d: pad less at the end", s.caffeWindows(), i, s.out))
		}
	}
	cuts, ratio := cutsOf(sides), c.ratio(n, fn, sides)
	left := len(cuts)
	if ratio != nil {
		left++
	}
	// next names a layer: the last one has the node's name.
	next := func() string {
		if left--; left < 0 {
			return name
		}
		return c.part(n, "pooled")
	}
	at := next()
	c.layer(at, "Pooling", in).PoolingParam = poolingParam(fn, sides)
	for _, cut := range cuts {
		to := next()
		c.split(n, to, at, cut.axis, cut.at, cut.second)
		at = to
	}
	if len(cuts) > 0 {
		c.notes = append(c.notes, fmt.Sprintf("layer %q: Caffe pads both ends alike and rounds the number of windows up, so that %d x %d windows are cut out of more", n.Name, sides[0].out, sides[1].out))
	}
	if ratio != nil {
		c.layer(name, "Scale", at).ScaleParam = &caffepb.ScaleParameter{Axis: proto.Int32(2), NumAxes: proto.Int32(2)}
		c.blobs(constant([]int{sides[0].out, sides[1].out}, ratio))
	}
	return nil
}

// cut keeps the part of an axis before an index, or the one from there.
type cut struct {
	axis, at int
	second   bool
}

// cutsOf lists what leaves each side's own windows: those at the end first.
func cutsOf(sides []side) []cut {
	clip := sides[0].pad > 0 || sides[1].pad > 0
	var list []cut
	for i, s := range sides {
		if s.allWindows(clip) > s.before+s.out {
			list = append(list, cut{axis: i + 2, at: s.before + s.out})
		}
		if s.before > 0 {
			list = append(list, cut{axis: i + 2, at: s.before, second: true})
		}
	}
	return list
}

// split cuts an axis in two and keeps the second part, or the first. OpenCV
// takes a layer's first part for its output, so that a second one that is an
// output of the graph gets a layer of its own.
func (c *caffeModel) split(n *graph.Node, name, in string, axis, at int, second bool) {
	if second && name == n.Name && isOutput(c.g, n.ID) {
		part := c.part(n, "part")
		c.split(n, part, in, axis, at, second)
		c.line(name, part, 1, 0)
		return
	}
	rest := c.part(n, "rest")
	p := c.layer(name, "Slice", in)
	p.Top = []string{name, rest}
	if second {
		p.Top = []string{rest, name}
	}
	p.SliceParam = &caffepb.SliceParameter{Axis: proto.Int32(int32(axis)), SlicePoint: []uint32{uint32(at)}}
	c.layer(c.part(n, "silence"), "Silence", rest).Top = nil
}

// ratio is what to multiply Caffe's averages with, nil if nothing.
func (c *caffeModel) ratio(n *graph.Node, fn graph.PoolFn, sides []side) []float32 {
	if fn == graph.MaxPool {
		return nil
	}
	var ratios [2][]float64
	for i, s := range sides {
		caffe := s.caffeDivisors()
		for o := range caffe {
			r := 1.0
			if d := s.divisors[o]; d > 0 {
				r = float64(caffe[o]) / float64(d)
			}
			ratios[i] = append(ratios[i], r)
		}
	}
	var table []float32
	differs := false
	for _, h := range ratios[0] {
		for _, w := range ratios[1] {
			table = append(table, float32(h*w))
			differs = differs || h*w != 1
		}
	}
	if !differs {
		return nil
	}
	c.notes = append(c.notes, fmt.Sprintf("layer %q: Caffe averages over the padding too, so that a Scale layer corrects the border", n.Name))
	return table
}

func poolingParam(fn graph.PoolFn, sides []side) *caffepb.PoolingParameter {
	p := &caffepb.PoolingParameter{Pool: caffepb.PoolingParameter_AVE.Enum()}
	if fn == graph.MaxPool {
		p.Pool = caffepb.PoolingParameter_MAX.Enum()
	}
	set := func(one, h, w **uint32, values [2]int) {
		first, second := uint32(values[0]), uint32(values[1])
		if first == second {
			*one = &first
			return
		}
		*h, *w = &first, &second
	}
	a, b := sides[0], sides[1]
	set(&p.Pad, &p.PadH, &p.PadW, [2]int{a.pad, b.pad})
	set(&p.KernelSize, &p.KernelH, &p.KernelW, [2]int{a.kernel, b.kernel})
	set(&p.Stride, &p.StrideH, &p.StrideW, [2]int{a.stride, b.stride})
	return p
}

// globalAverage averages a third spatial dimension as part of the height.
func (c *caffeModel) globalAverage(n *graph.Node, in string) {
	shape := c.g.In(n)[0]
	average := &caffepb.PoolingParameter{Pool: caffepb.PoolingParameter_AVE.Enum(), GlobalPooling: proto.Bool(true)}
	if len(shape) == 3 {
		c.layer(n.Name, "Pooling", in).PoolingParam = average
		return
	}
	flat, mean := c.part(n, "flat"), c.part(n, "mean")
	c.reshape(flat, in, shape[0], int(shape.Elements())/shape[0], 1)
	c.layer(mean, "Pooling", flat).PoolingParam = average
	c.reshape(n.Name, mean, n.Shape...)
}
