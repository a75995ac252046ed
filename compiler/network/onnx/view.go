package onnx

import (
	"fmt"
	"slices"

	"edgebench/compiler/network/graph"
)

// value is what a name in the file stands for: a constant, or a view of an
// activation.
type value struct {
	constant *tensor
	view     *view
}

// axis is a step through an activation's elements in channel-first order.
type axis struct{ size, stride int }

// view is an activation in the file's shape, with the batch, and in the file's
// order of elements. Each dimension walks through axes of the activation, the
// last fastest; a dimension of 1 has none. Reshapes and transposes make views,
// and only an operator that reads one in its own shape makes a copy of it, if
// it needs one.
type view struct {
	node *draft
	dims [][]axis
	pad  []graph.Pad // zeros to be added around the spatial dimensions
}

// plain is an activation in its own shape, behind a batch of 1.
func plain(d *draft) *view {
	v := &view{node: d, dims: make([][]axis, 1, len(d.shape)+1)}
	stride := int(d.shape.Elements())
	for _, n := range d.shape {
		stride /= n
		v.dims = append(v.dims, axes(n, stride))
	}
	return v
}

func axes(size, stride int) []axis {
	if size == 1 {
		return nil
	}
	return []axis{{size, stride}}
}

// sizes is the shape in the file.
func (v *view) sizes() []int {
	sizes := make([]int, len(v.dims))
	for i, dim := range v.dims {
		sizes[i] = 1
		for _, a := range dim {
			sizes[i] *= a.size
		}
	}
	return sizes
}

// paddedSizes is the shape with the zeros that are to be added around it.
func (v *view) paddedSizes() []int {
	sizes := v.sizes()
	for i, p := range v.pad {
		sizes[len(sizes)-len(v.pad)+i] += p.Begin + p.End
	}
	return sizes
}

// of is the same view of another activation of the same shape.
func (v *view) of(d *draft) *view { return &view{node: d, dims: v.dims} }

// steps joins all axes, and neighbouring ones that are one step.
func (v *view) steps() []axis {
	var list []axis
	for _, a := range slices.Concat(v.dims...) {
		if n := len(list); n > 0 && list[n-1].stride == a.size*a.stride {
			list[n-1] = axis{list[n-1].size * a.size, a.stride}
		} else {
			list = append(list, a)
		}
	}
	return list
}

// reshape divides the same elements into other dimensions.
func (v *view) reshape(sizes []int) (*view, error) {
	out := &view{node: v.node}
	left := v.steps()
	for _, n := range sizes {
		var dim []axis
		for n > 1 && len(left) > 0 {
			a := left[0]
			switch {
			case n%a.size == 0:
				left = left[1:]
			case a.size%n == 0:
				left[0] = axis{a.size / n, a.stride}
				a = axis{n, a.stride * (a.size / n)}
			default:
				return nil, fmt.Errorf("cannot reshape %v to %v: it divides dimensions that were transposed", v.sizes(), sizes)
			}
			dim = append(dim, a)
			n /= a.size
		}
		if n != 1 {
			return nil, fmt.Errorf("cannot reshape %v to %v", v.sizes(), sizes)
		}
		out.dims = append(out.dims, dim)
	}
	if len(left) > 0 {
		return nil, fmt.Errorf("cannot reshape %v to %v", v.sizes(), sizes)
	}
	return out, nil
}

func (v *view) transpose(order []int) *view {
	out := &view{node: v.node}
	for _, i := range order {
		out.dims = append(out.dims, v.dims[i])
	}
	return out
}

// operator returns what turns the view's activation into the shape that the
// file sees, without its batch: nil if it is that shape already.
func (v *view) operator() (graph.Op, error) {
	sizes := v.sizes()
	if len(sizes) < 2 || sizes[0] != 1 {
		return nil, fmt.Errorf("its input has the shape %v: the first dimension must be a batch of 1, followed by the channels", sizes)
	}
	shape := graph.Shape(sizes[1:])
	switch steps := v.steps(); {
	case shape.Equal(v.node.shape) && inOrder(steps):
		return nil, nil
	case inOrder(steps) && len(shape) == 1:
		return graph.Flatten{}, nil
	case inOrder(steps):
		return graph.Reshape{Shape: shape}, nil
	case shape.Equal(v.node.shape):
		if groups := shuffled(steps, shape); groups > 0 {
			return graph.ChannelShuffle{Groups: groups}, nil
		}
	}
	return nil, fmt.Errorf("its input of shape %v was transposed, which is supported as a channel shuffle (Reshape, Transpose, Reshape) only", sizes)
}

// inOrder reports whether steps walk through all elements in their own order.
func inOrder(steps []axis) bool {
	return len(steps) == 0 || len(steps) == 1 && steps[0].stride == 1
}

// shuffled returns the number of groups if steps walk through a shape's channels
// as [member][group], and then through each one's pixels, and else 0.
func shuffled(steps []axis, shape graph.Shape) int {
	pixels := int(shape.Elements()) / shape.Channels()
	if pixels > 1 {
		if len(steps) != 3 || steps[2] != (axis{pixels, 1}) {
			return 0
		}
		steps = steps[:2]
	}
	if len(steps) != 2 {
		return 0
	}
	members, groups := steps[0], steps[1]
	if members.stride != pixels || groups.stride != members.size*pixels || members.size*groups.size != shape.Channels() {
		return 0
	}
	return groups.size
}
