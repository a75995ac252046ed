package onnx

import (
	"fmt"
	"math"
	"slices"

	"edgebench/compiler/network/graph"
)

// index makes a dimension's number, which may count from the end, one from the
// start.
func index(i, rank int) (int, error) {
	if i < -rank || i >= rank {
		return 0, fmt.Errorf("dimension %d is not one of %d", i, rank)
	}
	return (i + rank) % rank, nil
}

// axis is one dimension's number.
func (n *node) axis(otherwise int64, rank int) (int, error) {
	i, err := n.int("axis", otherwise)
	if err != nil {
		return 0, err
	}
	return index(int(min(max(i, -maxDims-1), maxDims+1)), rank)
}

// axes is a sorted list of dimensions, an attribute in older opsets and an
// input in newer ones: nil if neither is given.
func (n *node) axes(input, rank int) ([]int, error) {
	list, err := n.ints("axes")
	if err == nil && n.has(input) {
		list, err = n.integers(input)
	}
	if err != nil {
		return nil, err
	}
	for k, i := range list {
		if list[k], err = index(i, rank); err != nil {
			return nil, err
		}
	}
	slices.Sort(list)
	return list, nil
}

// viewed is the only output of a node.
func viewed(v *view) []value { return []value{{view: v}} }

// viewAs is an operator that gives its input another shape.
func viewAs(sizes func(*node, []int) ([]int, error)) func(*node) ([]value, error) {
	return func(n *node) ([]value, error) {
		v, err := n.view(0)
		if err != nil {
			return nil, err
		}
		shape, err := sizes(n, v.sizes())
		if err != nil {
			return nil, err
		}
		out, err := v.reshape(shape)
		if err != nil {
			return nil, err
		}
		return viewed(out), nil
	}
}

// reshaped is the shape that the second input asks for.
func (n *node) reshaped(from []int) ([]int, error) {
	sizes, err := n.integers(1)
	if err != nil {
		return nil, err
	}
	zero, err := n.flag("allowzero", false)
	if err != nil {
		return nil, err
	}
	return resolve(sizes, from, zero)
}

// resolve fills in a reshape's zeros (as before) and its -1 (the rest).
func resolve(sizes, from []int, allowZero bool) ([]int, error) {
	sizes = slices.Clone(sizes)
	elements := int64(1)
	for _, n := range from {
		elements *= int64(n) // of a checked shape
	}
	open, rest := -1, elements
	for i, n := range sizes {
		if n == 0 && !allowZero && i < len(from) {
			n, sizes[i] = from[i], from[i]
		}
		switch {
		case n == -1 && open < 0:
			open = i
		case n < 1 || rest%int64(n) != 0:
			return nil, fmt.Errorf("cannot reshape %v to %v", from, sizes)
		default:
			rest /= int64(n)
		}
	}
	if open >= 0 {
		sizes[open], rest = int(rest), 1
	}
	if rest != 1 || len(sizes) > maxDims {
		return nil, fmt.Errorf("cannot reshape %v to %v", from, sizes)
	}
	return sizes, nil
}

func (n *node) flatten() ([]value, error) {
	v, err := n.view(0)
	if err != nil {
		return nil, err
	}
	i, err := n.axis(1, v.rank()+1)
	if err != nil {
		return nil, err
	}
	out := &view{node: v.node, dims: [][]axis{slices.Concat(v.dims[:i]...), slices.Concat(v.dims[i:]...)}}
	return viewed(out), nil
}

func (n *node) transpose() ([]value, error) {
	v, err := n.view(0)
	if err != nil {
		return nil, err
	}
	order, err := n.order(v.rank())
	if err != nil {
		return nil, err
	}
	return viewed(v.transpose(order)), nil
}

// order is a transpose's, by default the reverse.
func (n *node) order(rank int) ([]int, error) {
	order, err := n.ints("perm")
	if err != nil {
		return nil, err
	}
	if order == nil {
		for i := range rank {
			order = append(order, rank-1-i)
		}
	}
	for i, at := range slices.Sorted(slices.Values(order)) {
		if i != at || len(order) != rank {
			return nil, fmt.Errorf("its perm %v is no order of %d dimensions", order, rank)
		}
	}
	if len(order) != rank {
		return nil, fmt.Errorf("its perm %v is no order of %d dimensions", order, rank)
	}
	return order, nil
}

// squeezed is a shape without some dimensions of 1, by default all of them.
func (n *node) squeezed(sizes []int) ([]int, error) {
	chosen, err := n.axes(1, len(sizes))
	if err != nil {
		return nil, err
	}
	var left []int
	for i, size := range sizes {
		drop := size == 1 && chosen == nil || slices.Contains(chosen, i)
		if drop && size != 1 {
			return nil, fmt.Errorf("its dimension %d is %d, and only one of 1 can be dropped", i, size)
		}
		if !drop {
			left = append(left, size)
		}
	}
	return left, nil
}

// unsqueezed is a shape with further dimensions of 1.
func (n *node) unsqueezed(sizes []int) ([]int, error) {
	list, err := n.ints("axes")
	if err == nil && n.has(1) {
		list, err = n.integers(1)
	}
	if err != nil {
		return nil, err
	}
	rank := len(sizes) + len(list)
	if rank > maxDims {
		return nil, fmt.Errorf("its output would have %d dimensions", rank)
	}
	for k, i := range list {
		if list[k], err = index(i, rank); err != nil {
			return nil, err
		}
	}
	slices.Sort(list)
	out := slices.Clone(sizes)
	for _, i := range list {
		if i > len(out) {
			return nil, fmt.Errorf("its axes %v are not dimensions of the output", list)
		}
		out = slices.Insert(out, i, 1)
	}
	return out, nil
}

// shape is a constant, since all shapes are known.
func (n *node) shape() ([]value, error) {
	var sizes []int
	if n.has(0) && n.inputs[0].constant != nil {
		sizes = n.inputs[0].constant.dims
	} else {
		v, err := n.view(0)
		if err != nil {
			return nil, err
		}
		sizes = v.sizes()
	}
	start, err := n.int("start", 0)
	if err != nil {
		return nil, err
	}
	end, err := n.int("end", int64(len(sizes)))
	if err != nil {
		return nil, err
	}
	from, to := span(start, end, len(sizes))
	return []value{{constant: intTensor(mapped(sizes[from:max(from, to)], func(n int) int64 { return int64(n) })...)}}, nil
}

// span is a slice's range, whose ends may count from the end or lie beyond.
func span(start, end int64, size int) (from, to int) {
	at := func(i int64) int {
		if i < 0 {
			i += int64(size)
		}
		return int(min(max(i, 0), int64(size)))
	}
	return at(start), at(end)
}

// channels cuts channels out of an input.
func (n *node) channels(d *draft, begin, end int) (*draft, error) {
	if begin == 0 && end == d.shape.Channels() {
		return d, nil
	}
	return n.add(n.name(), graph.SliceChannels{Begin: begin, End: end}, nil, d)
}

// gather takes one channel, or several that follow each other.
func (n *node) gather() ([]value, error) {
	x, err := n.draft(0)
	if err != nil {
		return nil, err
	}
	i, err := n.axis(0, len(x.shape)+1)
	if err != nil {
		return nil, err
	}
	t, err := n.constant(1)
	if err != nil {
		return nil, err
	}
	chosen, err := t.integers()
	if err != nil {
		return nil, err
	}
	if i != 1 || len(t.dims) > 1 || len(chosen) == 0 {
		return nil, fmt.Errorf("it gathers from dimension %d, and channels (dimension 1) are supported", i)
	}
	for k := range chosen {
		if chosen[k], err = index(chosen[k], x.shape.Channels()); err != nil {
			return nil, err
		}
		if chosen[k] != chosen[0]+k {
			return nil, fmt.Errorf("it gathers channels that do not follow each other, which is not supported")
		}
	}
	d, err := n.channels(x, chosen[0], chosen[0]+len(chosen))
	if err != nil {
		return nil, err
	}
	v := plain(d)
	if len(t.dims) == 0 {
		v.dims = slices.Delete(v.dims, 1, 2)
	}
	return viewed(v), nil
}

// cut is the part of a dimension that a slice takes.
type cut struct{ from, step, count int }

// newCut is a slice's range of a dimension, whose ends may count from the end
// or lie beyond.
func newCut(start, end, step, size int) (cut, error) {
	switch {
	case step > 0:
		from, to := span(int64(start), int64(end), size)
		return cut{from, step, max((to-from+step-1)/step, 0)}, nil
	case step < 0 && step > math.MinInt32:
		// Backwards: from start down to, but not including, end.
		at := func(i int) int {
			if i < 0 {
				i += size
			}
			return min(max(i, -1), size-1)
		}
		from, to := at(start), at(end)
		return cut{from, step, max((from-to-step-1)/-step, 0)}, nil
	}
	return cut{}, fmt.Errorf("it takes steps of %d", step)
}

// cuts reads a slice's ranges, one a dimension.
func (n *node) cuts(sizes []int) ([]cut, error) {
	out := make([]cut, len(sizes))
	for i, size := range sizes {
		out[i] = cut{0, 1, size}
	}
	fields := make([][]int, 4)
	for k, name := range []string{"starts", "ends", "axes", "steps"} {
		var err error
		if fields[k], err = n.ints(name); err == nil && n.has(k+1) {
			fields[k], err = n.integers(k + 1)
		}
		if err != nil {
			return nil, err
		}
	}
	starts, ends, dims, steps := fields[0], fields[1], fields[2], fields[3]
	if len(starts) != len(ends) || dims != nil && len(dims) != len(starts) || steps != nil && len(steps) != len(starts) {
		return nil, fmt.Errorf("its starts, ends, axes and steps are not equally many")
	}
	for k := range starts {
		i, step := k, 1
		if dims != nil {
			i = dims[k]
		}
		if steps != nil {
			step = steps[k]
		}
		i, err := index(i, len(sizes))
		if err != nil {
			return nil, err
		}
		if out[i], err = newCut(starts[k], ends[k], step, sizes[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (n *node) slice() ([]value, error) {
	x, err := n.draft(0)
	if err != nil {
		return nil, err
	}
	sizes := append([]int{1}, x.shape...)
	cuts, err := n.cuts(sizes)
	if err != nil {
		return nil, err
	}
	for i, c := range cuts {
		if i != 1 && c != (cut{0, 1, sizes[i]}) || c.step != 1 {
			return nil, fmt.Errorf("it cuts dimension %d in steps of %d, and neighbouring channels (dimension 1) are supported", i, c.step)
		}
	}
	d, err := n.channels(x, cuts[1].from, cuts[1].from+cuts[1].count)
	if err != nil {
		return nil, err
	}
	return viewed(plain(d)), nil
}

// split divides the channels: into parts of stated sizes, or as many equal ones
// as there are outputs.
func (n *node) split() ([]value, error) {
	x, err := n.draft(0)
	if err != nil {
		return nil, err
	}
	i, err := n.axis(0, len(x.shape)+1)
	if err != nil {
		return nil, err
	}
	if i != 1 {
		return nil, fmt.Errorf("it splits dimension %d, and channels (dimension 1) are supported", i)
	}
	sizes, err := n.parts(x.shape.Channels())
	if err != nil {
		return nil, err
	}
	var outputs []value
	at := 0
	for _, size := range sizes {
		d, err := n.channels(x, at, at+size)
		if err != nil {
			return nil, err
		}
		outputs = append(outputs, value{view: plain(d)})
		at += size
	}
	if at != x.shape.Channels() {
		return nil, fmt.Errorf("its parts %v are not the %d channels of its input", sizes, x.shape.Channels())
	}
	return outputs, nil
}

// parts is the sizes of a split's outputs.
func (n *node) parts(channels int) ([]int, error) {
	sizes, err := n.ints("split")
	if err == nil && n.has(1) {
		sizes, err = n.integers(1)
	}
	n.ignore("num_outputs") // it is the number of outputs
	if err != nil || sizes != nil {
		return sizes, err
	}
	count := len(n.proto.GetOutput())
	each := (channels + count - 1) / count
	for left := channels; left > 0; left -= each {
		sizes = append(sizes, min(each, left))
	}
	if len(sizes) != count {
		return nil, fmt.Errorf("%d channels cannot be split into %d parts", channels, count)
	}
	return sizes, nil
}

func (n *node) concat() ([]value, error) {
	inputs, err := n.drafts()
	if err != nil {
		return nil, err
	}
	if len(inputs) == 0 {
		return nil, fmt.Errorf("it has no inputs")
	}
	i, err := n.axis(1, len(inputs[0].shape)+1)
	if err != nil {
		return nil, err
	}
	if i != 1 {
		return nil, fmt.Errorf("it joins dimension %d, and channels (dimension 1) are supported", i)
	}
	return n.apply(graph.Concat{}, nil, inputs...)
}
