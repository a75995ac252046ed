// Package lower turns a model's layers, as a spec states them, into a graph.
//
// The steps for one model:
//
//  1. collect the taps (`as`), so that a layer that reads one declared after
//     it can be told from one that reads a tap that does not exist;
//  2. walk the layers in order, unrolling sequences, repetitions, residuals and
//     branches, and add each as one or several operators; shapes are inferred
//     at once;
//  3. declare the outputs and refuse layers that lead to none.
package lower

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/spec"
	"edgebench/compiler/suggest"
)

// Model builds the graph of a model. The error is a spec.Diagnostic with
// the position of the layer at fault, or the context's.
func Model(ctx context.Context, s *spec.Spec, m *spec.Model) (*graph.Graph, error) {
	l := &lowering{
		ctx: ctx, spec: s, model: m,
		declared: map[string]place{}, taps: map[string]int{},
		counts: map[string]int{}, places: map[string]place{},
	}
	g, err := l.run()
	if err != nil {
		return nil, err
	}
	return g, nil
}

// place is a path into the spec: names and list indices.
type place []any

func (p place) at(elements ...any) place { return append(slices.Clip(p), elements...) }

type lowering struct {
	ctx      context.Context
	spec     *spec.Spec
	model    *spec.Model
	graph    *graph.Graph
	declared map[string]place // taps in the model, wherever they stand
	taps     map[string]int   // taps passed so far
	counts   map[string]int   // layers a name, for unique names
	places   map[string]place // of the layers, by name
	steps    int              // layers walked, repetitions included
}

// maxSteps bounds the work of unrolling repetitions. The deepest published
// networks have some thousand layers.
const maxSteps = 100_000

func (l *lowering) run() (*graph.Graph, error) {
	root := place{"models", l.model.Name}
	g, err := graph.New(l.model.Name, l.model.Input)
	if err != nil {
		return nil, l.fault(root.at("input"), "%v", err)
	}
	l.graph = g
	if err := l.declare(l.model.Layers, root.at("layers")); err != nil {
		return nil, err
	}
	last, err := l.sequence(l.model.Layers, root.at("layers"), 0)
	if err != nil {
		return nil, err
	}
	outputs, err := l.outputs(root, last)
	if err != nil {
		return nil, err
	}
	err = g.Finish(outputs...)
	if dead := (*graph.DeadLayerError)(nil); errors.As(err, &dead) {
		return nil, l.fault(l.places[dead.Node.Name], "%v", err)
	}
	return g, err
}

func (l *lowering) outputs(root place, last int) ([]int, error) {
	if len(l.model.Outputs) == 0 {
		return []int{last}, nil
	}
	var ids []int
	for i, tap := range l.model.Outputs {
		id, known := l.taps[tap]
		if !known {
			return nil, l.fault(root.at("outputs", i), "no layer is tapped `as: %q`%s", tap, suggest.DidYouMean(tap, l.tapNames()))
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// declare collects the taps below some layers.
func (l *lowering) declare(layers []spec.Layer, at place) error {
	for i, layer := range layers {
		here := at.at(i)
		if layer.As != "" {
			if _, taken := l.declared[layer.As]; taken {
				return l.fault(here.at("as"), "another layer is already tapped `as: %q`: choose another name", layer.As)
			}
			l.declared[layer.As] = here
		}
		if err := l.declare(layer.Layers, here.at("layers")); err != nil {
			return err
		}
		if err := l.declare(layer.Shortcut, here.at("shortcut")); err != nil {
			return err
		}
		for b, branch := range layer.Branches {
			if err := l.declare(branch, here.at("branches", b)); err != nil {
				return err
			}
		}
	}
	return nil
}

// sequence adds layers one after another, the first of which reads node in,
// and returns the last one's node.
func (l *lowering) sequence(layers []spec.Layer, at place, in int) (int, error) {
	for i := range layers {
		out, err := l.layer(&layers[i], at.at(i), in)
		if err != nil {
			return 0, err
		}
		in = out
	}
	return in, nil
}

func (l *lowering) layer(layer *spec.Layer, at place, in int) (int, error) {
	if err := l.step(at); err != nil {
		return 0, err
	}
	inputs, err := l.inputs(layer, at, in)
	if err != nil {
		return 0, err
	}
	out, err := l.lower(layer, at, inputs)
	if err != nil {
		return 0, err
	}
	if layer.As != "" {
		if _, again := l.taps[layer.As]; again {
			return 0, l.fault(at.at("as"), "the tap %q stands in a repetition, so that it would name several layers: tap the repetition itself", layer.As)
		}
		l.taps[layer.As] = out
	}
	return out, nil
}

// step counts a layer, or a turn of a repetition, which may be one of no layers.
func (l *lowering) step(at place) error {
	if l.steps++; l.steps > maxSteps {
		return l.fault(at, "the model has more than %d layers once repetitions are unrolled", maxSteps)
	}
	return l.ctx.Err()
}

// inputs are the nodes that a layer reads: its taps, or the layer before it.
func (l *lowering) inputs(layer *spec.Layer, at place, in int) ([]int, error) {
	if len(layer.From) == 0 {
		return []int{in}, nil
	}
	var ids []int
	for _, tap := range layer.From {
		id, passed := l.taps[tap]
		if !passed {
			return nil, l.unknownTap(at.at("from"), tap)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func (l *lowering) unknownTap(at place, tap string) error {
	later, declared := l.declared[tap]
	if !declared {
		return l.fault(at, "no layer is tapped `as: %q`%s", tap, suggest.DidYouMean(tap, l.tapNames()))
	}
	pos, path := l.spec.At(later...)
	return l.fault(at, "the tap %q is not computed yet here: it stands at %s (%s), so that the layers would form a cycle. A layer can read only taps of layers before it", tap, path, pos)
}

func (l *lowering) tapNames() []string { return slices.Sorted(maps.Keys(l.declared)) }

// add appends one operator and returns its node.
func (l *lowering) add(at place, name string, op graph.Op, inputs ...int) (int, error) {
	name = l.unique(name)
	n, err := l.graph.Add(name, op, inputs...)
	if err != nil {
		return 0, l.fault(at, "%v", err)
	}
	l.places[name] = at
	return n.ID, nil
}

// unique numbers the second and later layers of a name.
func (l *lowering) unique(name string) string {
	l.counts[name]++
	if n := l.counts[name]; n > 1 {
		return l.unique(fmt.Sprintf("%s_%d", name, n))
	}
	return name
}

func (l *lowering) fault(at place, format string, args ...any) error {
	return l.spec.Fault(at, format, args...)
}
