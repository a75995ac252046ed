package check

import (
	"errors"
	"slices"

	"edgebench/compiler/expression"
	"edgebench/compiler/metric"
	"edgebench/compiler/network/graph"
	"edgebench/compiler/spec"
	"edgebench/compiler/suggest"
)

// Known are the names that expressions of a spec can ask for.
func Known(s *spec.Spec) expression.Known {
	known := expression.Known{
		"model": s.Models.Names(), "platform": s.Platforms.Names(), "framework": s.Frameworks.Names(),
		"optimization": s.Optimizations.Names(), "experiment": s.Experiments.Names(), "operator": graph.AllKinds(),
		"metric": metric.Names(), "precision": spec.Precisions, "environment": spec.Environments, "origin": {spec.Measured, spec.Published},
		"source_origin": append([]string{spec.Measured}, spec.PublishedOrigins...),
	}
	if s.Study != nil {
		known["study"] = []string{s.Study.Name}
	}
	return known
}

// Expressions finds expressions of figures and claims that cannot be evaluated.
// Those of rules are compiled by package compat.
func Expressions(s *spec.Spec, known expression.Known) spec.Diagnostics {
	x := &expressions{spec: s, known: known}
	for name, f := range s.Figures.All() {
		x.figure(f, "figures", name)
	}
	for name, c := range s.Claims.All() {
		x.claim(c, "claims", name)
	}
	return x.faults
}

type expressions struct {
	spec   *spec.Spec
	known  expression.Known
	faults spec.Diagnostics
}

// check compiles an expression; it is nil where that is left out, or wrong.
func (x *expressions) check(source string, scope expression.Scope, kind expression.Kind, at ...any) *expression.Program {
	if source == "" {
		return nil
	}
	p, err := expression.Compile(source, scope, kind, x.known)
	if err != nil {
		x.faults = append(x.faults, Fault(x.spec, at, err))
	}
	return p
}

// order looks up the names of an order, where the expression that it orders
// gives nothing but names of one kind; also is one more that there is.
func (x *expressions) order(names []string, also string, of *expression.Program, at ...any) {
	for i, name := range names {
		if name != also {
			x.name(name, of, append(slices.Clip(at), i)...)
		}
	}
}

// name looks up a name where an expression gives nothing but names of one kind.
func (x *expressions) name(name string, of *expression.Program, at ...any) {
	if of == nil || len(x.known[of.Names()]) == 0 || slices.Contains(x.known[of.Names()], name) {
		return
	}
	x.faults = append(x.faults, x.spec.Fault(at, "no %s named %q%s", of.Names(), name, suggest.DidYouMean(name, x.known[of.Names()])))
}

func (x *expressions) figure(f *spec.Figure, at ...any) {
	field := func(names ...any) []any { return append(append([]any{}, at...), names...) }
	scope := expression.OfFigure(f.Over)
	baseline := ""
	if f.Baseline != nil {
		baseline = f.Baseline.Series
	}
	x.check(f.Where, scope, expression.Condition, field("where")...)
	x.order(f.CategoryOrder, "", x.check(f.Category, scope, expression.Text, field("category")...), field("category_order")...)
	series := x.check(f.Series, scope, expression.Text, field("series")...)
	x.order(f.SeriesOrder, baseline, series, field("series_order")...)
	if f.Relative != nil {
		x.name(f.Relative.To, series, field("relative", "to")...)
	}
	x.check(f.Value, scope, expression.Quantity, field("value")...)
	x.check(f.Symbol, scope, expression.Text, field("symbol")...)
	if f.X != nil {
		x.check(f.X.Where, scope, expression.Condition, field("x", "where")...)
		x.check(f.X.Value, scope, expression.Quantity, field("x", "value")...)
	}
	for i, l := range f.Lines {
		x.check(l.Value, expression.Lines, expression.Quantity, field("lines", i, "value")...)
	}
}

func (x *expressions) claim(c *spec.Claim, at ...any) {
	switch {
	case c.Holds != "" && c.Value != "":
		x.faults = append(x.faults, x.spec.Fault(at, "state one of `holds`, a condition, and `value`, a number to compare with `printed`"))
	case c.Holds == "" && c.Value == "":
		x.faults = append(x.faults, x.spec.Fault(at, "state `holds`, a condition, or `value` and `printed`, a number to compare"))
	}
	x.check(c.Holds, expression.Claims, expression.Condition, append(at, "holds")...)
	x.check(c.Value, expression.Claims, expression.Quantity, append(at, "value")...)
}

// Fault places an error of an expression: at the character that it is about,
// where the spec spells the expression out, and else by line and column within
// the expression.
func Fault(s *spec.Spec, at []any, err error) spec.Diagnostic {
	var f *expression.Fault
	if !errors.As(err, &f) {
		return s.Fault(at, "%v", err)
	}
	if f.Line > 0 {
		if pos, ok := s.Text.LocateIn(f.Offset, at...); ok {
			d := s.Fault(at, "%s", f.Message)
			d.Position = pos
			return d
		}
	}
	return s.Fault(at, "%v", f)
}
