package lower

import (
	"cmp"
	"fmt"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/spec"
)

// Defaults of the layer schema, which states them in comments only.
const (
	defaultEpsilon  = 1e-5
	defaultSlope    = 0.1
	defaultLRNSize  = 5
	defaultLRNAlpha = 1e-4
	defaultLRNBeta  = 0.75
	defaultLRNK     = 1
)

// lower adds what one layer of the spec stands for and returns the node of its
// output.
func (l *lowering) lower(layer *spec.Layer, at place, in []int) (int, error) {
	switch layer.Op {
	case "conv":
		return l.conv(layer, at, in)
	case "fc":
		return l.fc(layer, at, in)
	case "batchnorm":
		return l.batchNorm(layer, at, l.name(layer), in...)
	case "lrn":
		return l.add(at, l.name(layer), graph.LRN{
			Size:  cmp.Or(layer.Size, defaultLRNSize),
			Alpha: cmp.Or(layer.Alpha, defaultLRNAlpha),
			Beta:  cmp.Or(layer.Beta, defaultLRNBeta),
			K:     cmp.Or(layer.K, defaultLRNK),
		}, in...)
	case "maxpool", "avgpool":
		return l.pool(layer, at, in)
	case "globalavgpool":
		return l.add(at, l.name(layer), graph.GlobalAvgPool{}, in...)
	case "activation":
		return l.activation(layer, at, cmp.Or(layer.Name, l.numbered(layer.Activation)), in...)
	case "softmax":
		return l.add(at, l.name(layer), graph.Softmax{}, in...)
	case "add":
		return l.add(at, l.name(layer), graph.Add{}, in...)
	case "concat":
		return l.add(at, l.name(layer), graph.Concat{}, in...)
	case "flatten":
		return l.add(at, l.name(layer), graph.Flatten{}, in...)
	case "upsample":
		return l.add(at, l.name(layer), graph.Upsample{Scale: layer.Scale}, in...)
	case "dropout":
		return l.single(at, in) // dropout is the identity at inference
	case "route":
		return l.route(layer, at, in)
	case "sequence":
		return l.structure(at, in, func(x int) (int, error) {
			return l.sequence(layer.Layers, at.at("layers"), x)
		})
	case "repeat":
		return l.structure(at, in, func(x int) (int, error) { return l.repeat(layer, at, x) })
	case "residual":
		return l.structure(at, in, func(x int) (int, error) { return l.residual(layer, at, x) })
	case "branches":
		return l.structure(at, in, func(x int) (int, error) { return l.branches(layer, at, x) })
	}
	return 0, l.fault(at.at("op"), "no layer is named %q", layer.Op)
}

// name is the layer's own, or its operator with a number, as in conv3.
func (l *lowering) name(layer *spec.Layer) string {
	return cmp.Or(layer.Name, l.numbered(layer.Op))
}

func (l *lowering) numbered(kind string) string {
	key := "#" + kind // no layer's own name is counted with these
	l.counts[key]++
	return fmt.Sprintf("%s%d", kind, l.counts[key])
}

// single is the only input of a layer.
func (l *lowering) single(at place, in []int) (int, error) {
	if len(in) != 1 {
		return 0, l.fault(at.at("from"), "this layer reads one tap, not %d: join them with `concat` or `add` first", len(in))
	}
	return in[0], nil
}

// structure builds a structure of layers over its one input.
func (l *lowering) structure(at place, in []int, build func(x int) (int, error)) (int, error) {
	x, err := l.single(at, in)
	if err != nil {
		return 0, err
	}
	return build(x)
}

func (l *lowering) conv(layer *spec.Layer, at place, in []int) (int, error) {
	x, err := l.single(at, in)
	if err != nil {
		return 0, err
	}
	window, err := l.window(layer, at, x)
	if err != nil {
		return 0, err
	}
	op := graph.Conv{Out: layer.Out.Count, Window: window, Groups: cmp.Or(layer.Groups, 1), Bias: biased(layer)}
	if layer.Out.Depthwise {
		channels := l.graph.Nodes[x].Shape.Channels()
		op.Out, op.Groups = channels, channels
	}
	name := l.name(layer)
	out, err := l.add(at, name, op, x)
	if err != nil {
		return 0, err
	}
	return l.normAndActivation(layer, at, name, out)
}

func (l *lowering) fc(layer *spec.Layer, at place, in []int) (int, error) {
	name := l.name(layer)
	out, err := l.add(at, name, graph.FC{Out: layer.Out.Count, Bias: biased(layer)}, in...)
	if err != nil {
		return 0, err
	}
	return l.normAndActivation(layer, at, name, out)
}

// biased reports whether a layer has a bias: as stated, or else where no batch
// norm follows, which would cancel it.
func biased(layer *spec.Layer) bool {
	if layer.Bias != nil {
		return *layer.Bias
	}
	return !layer.BatchNorm
}

func (l *lowering) normAndActivation(layer *spec.Layer, at place, name string, x int) (int, error) {
	if layer.BatchNorm {
		return l.batchNorm(layer, at, name+".bn", x)
	}
	return l.activated(layer, at, name, x)
}

func (l *lowering) batchNorm(layer *spec.Layer, at place, name string, in ...int) (int, error) {
	out, err := l.add(at, name, graph.BatchNorm{Epsilon: cmp.Or(layer.Epsilon, defaultEpsilon)}, in...)
	if err != nil {
		return 0, err
	}
	return l.activated(layer, at, name, out)
}

// activated adds the activation that a layer states beside its operator.
func (l *lowering) activated(layer *spec.Layer, at place, name string, x int) (int, error) {
	if layer.Activation == "" {
		return x, nil
	}
	return l.activation(layer, at, name+"."+layer.Activation, x)
}

func (l *lowering) activation(layer *spec.Layer, at place, name string, in ...int) (int, error) {
	op := graph.Activation{Fn: graph.ActivationFn(layer.Activation)}
	if op.Fn == graph.LeakyReLU {
		op.Slope = cmp.Or(layer.Slope, defaultSlope)
	}
	return l.add(at, name, op, in...)
}

func (l *lowering) pool(layer *spec.Layer, at place, in []int) (int, error) {
	x, err := l.single(at, in)
	if err != nil {
		return 0, err
	}
	window, err := l.window(layer, at, x)
	if err != nil {
		return 0, err
	}
	return l.add(at, l.name(layer), graph.Pool{
		Fn: graph.PoolFn(layer.Op), Window: window, Ceil: layer.Ceil, ExcludePad: layer.ExcludePad,
	}, x)
}

// window fills in one number for every spatial dimension of node x.
func (l *lowering) window(layer *spec.Layer, at place, x int) (graph.Window, error) {
	spatial := l.graph.Nodes[x].Shape.Spatial()
	var w graph.Window
	var err error
	expand := func(field string, dims spec.Dims, otherwise int) (full []int) {
		if err == nil {
			full, err = l.expand(at.at(field), dims, otherwise, len(spatial))
		}
		return full
	}
	w.Kernel = expand("kernel", layer.Kernel, 1)
	w.Stride = expand("stride", layer.Stride, 1)
	w.Dilation = expand("dilation", layer.Dilation, 1)
	if err != nil {
		return w, err
	}
	if layer.Op != "conv" && len(layer.Stride) == 0 {
		w.Stride = w.Kernel // pooling windows do not overlap unless they are told to
	}
	w.Pad, err = l.pad(layer.Pad, at.at("pad"), spatial, w)
	return w, err
}

func (l *lowering) expand(at place, dims spec.Dims, otherwise, rank int) ([]int, error) {
	full := make([]int, rank)
	switch len(dims) {
	case 0:
		dims = spec.Dims{otherwise}
	case 1, rank:
	default:
		return nil, l.fault(at, "%d numbers do not fit an input of %d spatial dimensions: give one number, or one each", len(dims), rank)
	}
	for i := range full {
		full[i] = dims[min(i, len(dims)-1)]
	}
	return full, nil
}

func (l *lowering) pad(p spec.Padding, at place, spatial []int, w graph.Window) ([]graph.Pad, error) {
	pads := make([]graph.Pad, len(spatial))
	if n := len(p.Sides); n > 1 && n != len(spatial) {
		return nil, l.fault(at, "padding of %d dimensions does not fit an input of %d spatial dimensions", n, len(spatial))
	}
	for i := range pads {
		switch {
		case p.Same:
			pads[i] = graph.SamePad(spatial[i], w.Kernel[i], w.Stride[i], w.Dilation[i])
		case len(p.Sides) > 0:
			side := p.Sides[min(i, len(p.Sides)-1)]
			pads[i] = graph.Pad{Begin: side[0], End: side[1]}
		}
	}
	return pads, nil
}

// route continues from one tap, from the concatenation of several, or, to give
// a tap to what came before it, from there.
func (l *lowering) route(layer *spec.Layer, at place, in []int) (int, error) {
	if len(in) == 1 {
		return in[0], nil
	}
	return l.add(at, l.name(layer), graph.Concat{}, in...)
}

func (l *lowering) repeat(layer *spec.Layer, at place, x int) (int, error) {
	for range layer.Times {
		if err := l.step(at.at("times")); err != nil {
			return 0, err
		}
		out, err := l.sequence(layer.Layers, at.at("layers"), x)
		if err != nil {
			return 0, err
		}
		x = out
	}
	return x, nil
}

func (l *lowering) residual(layer *spec.Layer, at place, x int) (int, error) {
	body, err := l.sequence(layer.Layers, at.at("layers"), x)
	if err != nil {
		return 0, err
	}
	shortcut, err := l.sequence(layer.Shortcut, at.at("shortcut"), x)
	if err != nil {
		return 0, err
	}
	name := cmp.Or(layer.Name, l.numbered("add"))
	sum, err := l.add(at, name, graph.Add{}, body, shortcut)
	if err != nil {
		return 0, err
	}
	return l.activated(layer, at, name, sum)
}

func (l *lowering) branches(layer *spec.Layer, at place, x int) (int, error) {
	var outs []int
	for i, branch := range layer.Branches {
		out, err := l.sequence(branch, at.at("branches", i), x)
		if err != nil {
			return 0, err
		}
		outs = append(outs, out)
	}
	return l.add(at, cmp.Or(layer.Name, l.numbered("concat")), graph.Concat{}, outs...)
}
