package check

import (
	"errors"
	"slices"

	"edgebench/compiler/metric"
	"edgebench/compiler/network/graph"
	"edgebench/compiler/spec"
	"edgebench/compiler/spec/policy"
	"edgebench/compiler/suggest"
)

// References finds names that stand for nothing, and policies that no
// measurement can follow.
func References(s *spec.Spec) spec.Diagnostics {
	r := references{spec: s}
	r.frameworks()
	r.platforms()
	r.cells()
	r.policies()
	r.study()
	for name, e := range s.Experiments.All() {
		r.experiment(name, e)
	}
	for name, t := range s.Tables.All() {
		r.table(name, t)
	}
	return r.faults
}

type references struct {
	spec   *spec.Spec
	faults spec.Diagnostics
}

func (r *references) fault(at []any, format string, args ...any) {
	r.faults = append(r.faults, r.spec.Fault(at, format, args...))
}

// known refuses a name that is not in a list; kind says what it should name.
func (r *references) known(kind, name string, names []string, at ...any) {
	if !slices.Contains(names, name) {
		r.fault(at, "no %s named %q%s", kind, name, suggest.DidYouMean(name, names))
	}
}

// list checks each name of a list at a path.
func (r *references) list(kind string, list, names []string, at ...any) {
	for i, name := range list {
		r.known(kind, name, names, append(slices.Clip(at), i)...)
	}
}

func (r *references) frameworks() {
	for name, f := range r.spec.Frameworks.All() {
		r.list("platform", f.Platforms, r.spec.Platforms.Names(), "frameworks", name, "platforms")
		for o := range f.Optimizations.All() {
			r.known("optimization", o, r.spec.Optimizations.Names(), "frameworks", name, "optimizations", o)
		}
		r.list("kind of operator", f.UnsupportedOperators, graph.AllKinds(), "frameworks", name, "unsupported_operators")
	}
}

func (r *references) platforms() {
	for name, p := range r.spec.Platforms.All() {
		r.list("framework", p.Frameworks, r.spec.Frameworks.Names(), "platforms", name, "frameworks")
		r.list("kind of operator", p.UnsupportedOps, graph.AllKinds(), "platforms", name, "unsupported_operators")
	}
}

func (r *references) cells() {
	s := r.spec
	for name, c := range s.Cells.All() {
		for _, ref := range []struct {
			field, value string
			names        []string
		}{
			{"model", c.Model, s.Models.Names()},
			{"platform", c.Platform, s.Platforms.Names()},
			{"framework", c.Framework, s.Frameworks.Names()},
			{"optimization", c.Optimization, s.Optimizations.Names()},
		} {
			if ref.value != "" {
				r.known(ref.field, ref.value, ref.names, "cells", name, ref.field)
			}
		}
	}
}

func (r *references) policies() {
	for name, p := range r.spec.Policies.All() {
		for _, err := range p.Check() {
			at := []any{"policies", name}
			var field *policy.FieldError
			if errors.As(err, &field) {
				r.faults = append(r.faults, r.spec.FaultIn(at, field.Field, "%s", field.Message))
				continue
			}
			r.fault(at, "%v", err)
		}
	}
}

func (r *references) study() {
	if r.spec.Study == nil && r.spec.Experiments.Len() > 0 {
		r.fault([]any{"experiments"}, "experiments belong to a study: add `study: {name: \"my-study\", title: \"...\"}`")
	}
}

func (r *references) experiment(name string, e *spec.Experiment) {
	at := []any{"experiments", name}
	r.list("model", e.Models.Names, r.spec.Models.Names(), "experiments", name, "models")
	if e.Origin == spec.Measured {
		r.measurable(e, "experiments", name, "metric")
		r.known("policy", e.Policy, r.spec.Policies.Names(), "experiments", name, "policy")
	} else {
		r.known("source", e.Source, r.spec.Sources.Names(), "experiments", name, "source")
	}
	for _, q := range e.Require {
		if err := q.Check(); err != nil {
			r.fault([]any{"experiments", name, "require", q.Metric}, "%v", err)
		}
	}
	if len(e.Targets) == 0 {
		r.fault(append(at, "targets"), "an experiment needs at least one target")
	}
	for i, t := range e.Targets {
		r.target(t, "experiments", name, "targets", i)
	}
}

// measurable refuses a metric that nothing, or the backend of one of the
// platforms, can measure.
func (r *references) measurable(e *spec.Experiment, at ...any) {
	m, ok := metric.Named(e.Metric)
	if !ok {
		return // the schema has refused it
	}
	why := m.Refused("")
	for _, name := range platforms(e, r.spec.Platforms.Names()) {
		if p, ok := r.spec.Platforms.Get(name); ok && p.Backend != "" && why == "" {
			why = m.Refused(p.Backend)
		}
	}
	if why != "" {
		r.fault(at, "%s", why)
	}
}

func platforms(e *spec.Experiment, all []string) []string {
	var names []string
	for _, t := range e.Targets {
		if t.Platforms.All {
			return all
		}
		names = append(names, t.Platforms.Names...)
	}
	return names
}

func (r *references) target(t spec.Target, at ...any) {
	under := func(more ...any) []any { return append(slices.Clip(at), more...) }
	r.list("model", t.Models, r.spec.Models.Names(), under("models")...)
	r.list("platform", t.Platforms.Names, r.spec.Platforms.Names(), under("platforms")...)
	r.list("framework", t.Frameworks.Names, r.spec.Frameworks.Names(), under("frameworks")...)
	for i, set := range t.Optimizations {
		r.list("optimization", set, r.spec.Optimizations.Names(), under("optimizations", i)...)
	}
}

func (r *references) table(name string, t *spec.Table) {
	kinds := map[string][]string{
		"models": r.spec.Models.Names(), "frameworks": r.spec.Frameworks.Names(), "platforms": r.spec.Platforms.Names(),
		"compatibility": r.spec.Models.Names(), "fit": r.spec.Models.Names(), "experiments": r.spec.Experiments.Names(),
		"gains": r.spec.Frameworks.Names(),
	}
	if names, named := kinds[t.Of]; named {
		r.list("row", t.Rows, names, "tables", name, "rows")
	} else if len(t.Rows) > 0 {
		whose := map[string]string{"cells": "of cells has the rows that `cells` states", "figure": "of a figure has the figure's categories"}[t.Of]
		r.fault([]any{"tables", name, "rows"}, "a table %s: leave `rows` out", whose)
	}
	switch t.Of {
	case "compatibility":
		r.list("platform", t.Columns, r.spec.Platforms.Names(), "tables", name, "columns")
	case "gains":
		r.list("optimization", t.Columns, r.spec.Optimizations.Names(), "tables", name, "columns")
	case "figure":
		r.known("figure", t.Figure, r.spec.Figures.Names(), "tables", name, "figure")
	}
}
