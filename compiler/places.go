package compiler

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"edgebench/compiler/check"
	"edgebench/compiler/compat"
	"edgebench/compiler/load"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/compiler/suggest"
	"edgebench/compiler/verdict"
)

// Placed is a model with the places where it can run, or not.
type Placed struct {
	Model    *plan.Model
	Places   []plan.Place
	expander *expander
}

// Judge is the verdict on the model in one way to run it.
func (p *Placed) Judge(platform, framework string, optimizations []string, precision string) (verdict.Verdict, error) {
	return p.expander.checker.Judge(compat.Combination{
		Model: p.Model.Name, Platform: platform, Framework: framework, Optimizations: optimizations, Precision: precision,
	})
}

// Platforms lists the platforms that are known, in the order of the specs.
func (p *Placed) Platforms() []string { return p.expander.spec.Platforms.Names() }

// Place judges a model of the catalogue, or of the specs at some paths, on every
// platform that they know, in every framework that runs there.
func Place(ctx context.Context, model string, paths ...string) (_ *Placed, err error) {
	defer spec.Recover(model, &err)
	loaded, err := modelSpecs(ctx, paths)
	if err != nil {
		return nil, err
	}
	var known []string
	for _, s := range loaded {
		if _, ok := s.Models.Get(model); ok {
			return place(ctx, s, model)
		}
		known = append(known, s.Models.Names()...)
	}
	return nil, fmt.Errorf("no model named %q%s", model, suggest.DidYouMean(model, known))
}

// PlaceFile is Place of an ONNX file, by the catalogue. The input's shape is only
// needed where the file leaves it open.
func PlaceFile(ctx context.Context, file string, input []int) (_ *Placed, err error) {
	defer spec.Recover(file, &err)
	catalogue, err := load.Builtin()
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return nil, err
	}
	name := filepath.Base(file)
	s := *catalogue
	s.Dir = dir
	s.Models = spec.Named[*spec.Model]{}
	s.Models.Add(name, &spec.Model{Name: name, Source: name, Input: input})
	placed, err := place(ctx, &s, name)
	return placed, unplaced(ctx, err)
}

// places judges the models that the study's tables of fit show.
func (e *expander) places() {
	for _, t := range e.spec.Tables.All() {
		if t.Of != "fit" {
			continue
		}
		models := t.Rows
		if len(models) == 0 {
			models = e.selected()
		}
		for _, m := range models {
			if slices.ContainsFunc(e.plan.Places, func(p plan.Place) bool { return p.Model == m }) {
				continue
			}
			places, err := e.everywhere(m)
			if err != nil {
				e.faults = append(e.faults, spec.DiagnosticsOf(err)...)
				return
			}
			e.plan.Places = append(e.plan.Places, places...)
		}
	}
}

// selected are the models of the study's experiments, in the order of the
// specs.
func (e *expander) selected() []string {
	var models []string
	for _, name := range e.spec.Models.Names() {
		for _, x := range e.spec.Experiments.All() {
			own := func(t spec.Target) bool { return slices.Contains(t.Models, name) }
			if slices.Contains(names(x.Models, e.spec.Models.Names()), name) || slices.ContainsFunc(x.Targets, own) {
				models = append(models, name)
				break
			}
		}
	}
	return models
}

// everywhere judges a model in every framework on every platform.
func (e *expander) everywhere(model string) ([]plan.Place, error) {
	var places []plan.Place
	for _, platform := range e.spec.Platforms.Names() {
		for _, framework := range e.checker.FrameworksOn(platform) {
			p, err := e.place(model, platform, framework)
			if err != nil {
				return nil, err
			}
			places = append(places, p)
		}
	}
	return places, nil
}

func place(ctx context.Context, s *spec.Spec, model string) (*Placed, error) {
	b := newBuilder(ctx)
	m, _ := s.Models.Get(model)
	faults := b.lowerModels(s)
	e, more := newExpander(b, s, check.Known(s))
	if err := append(faults, more...).Err(); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	placed := &Placed{Model: b.planModel(m), expander: e}
	placed.Model.Graph = b.lowered[m].graph
	var err error
	if placed.Places, err = e.everywhere(model); err != nil {
		return nil, err
	}
	estimators, err := Estimators(ctx)
	if err != nil {
		return nil, err
	}
	estimatePlaces(placed.Places, estimators, b.graphs())
	return placed, nil
}

// place judges a model in a framework on a platform, in the number format and
// with fusion or without, whichever runs best there. Of those that run alike the
// first counts: fp32 before the others, and without fusion. Where none runs, the
// last one does, which asks for least.
func (e *expander) place(model, platform, framework string) (plan.Place, error) {
	var best plan.Place
	for i, set := range e.setsOn(platform, framework) {
		p := plan.Place{Model: model, Platform: platform, Framework: framework, Optimizations: set.names, Precision: set.precision}
		combination := compat.Combination{Model: model, Platform: platform, Framework: framework, Optimizations: set.names, Precision: set.precision}
		var err error
		if p.Verdict, err = e.checker.Judge(combination); err != nil {
			return p, err
		}
		if p.Facts, err = e.checker.Facts(combination); err != nil {
			return p, err
		}
		if i == 0 || best.Verdict.Worse(p.Verdict) || best.Verdict.Name == verdict.Skip && !p.Verdict.Worse(best.Verdict) {
			best = p
		}
	}
	target := plan.Target{Model: model, Platform: platform, Framework: framework, Environment: spec.Environments[0]}
	against, found := e.unreachable(target)
	if found && against.By == verdict.ByReach {
		best.Unreached = against.Reason
		return best, nil
	}
	if found && best.Runs() {
		best.Verdict, best.Facts = against, nil
	}
	best.Reached = true
	return best, nil
}

// setsOn are the sets of optimizations that a framework may run with on a
// platform: for each number format that both have, without fusion and with it.
// There is at least one.
func (e *expander) setsOn(platform, framework string) []optionSet {
	p, _ := e.spec.Platforms.Get(platform)
	f, _ := e.spec.Frameworks.Get(framework)
	var sets []optionSet
	for _, precision := range spec.Precisions {
		names, has := e.giving(f, precision)
		if !has || !slices.Contains(p.Precisions, precision) {
			continue
		}
		sets = append(sets, optionSet{names: names, precision: precision})
		if offers(f, "fusion") {
			sets = append(sets, optionSet{names: slices.Sorted(slices.Values(append([]string{"fusion"}, names...))), precision: precision})
		}
	}
	if len(sets) == 0 {
		sets = append(sets, optionSet{names: []string{}, precision: "fp32"})
	}
	return sets
}

// giving is what a framework needs to be told to compute in a number format.
func (e *expander) giving(f *spec.Framework, precision string) (names []string, has bool) {
	if precision == "fp32" {
		return []string{}, true
	}
	for name, o := range e.spec.Optimizations.All() {
		if o.Precision == precision && offers(f, name) {
			return []string{name}, true
		}
	}
	return nil, false
}

func offers(f *spec.Framework, optimization string) bool {
	s, named := f.Optimizations.Get(optimization)
	return named && s.Support != "no"
}
