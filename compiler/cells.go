package compiler

import (
	"edgebench/compiler/compat"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/compiler/verdict"
)

// cells judges each cell of the compatibility tables that the study shows by
// the computed rules alone, and sets it beside what is stated.
func (e *expander) cells() {
	for _, t := range e.spec.Tables.All() {
		if t.Of != "compatibility" {
			continue
		}
		for _, c := range e.spec.Cells.All() {
			if c.Table == t.Name {
				e.cell(c, t)
			}
		}
	}
}

func (e *expander) cell(c *spec.Cell, t *spec.Table) {
	computed, err := e.computed(c)
	if err != nil {
		e.faults = append(e.faults, spec.DiagnosticsOf(err)...)
		return
	}
	stated := verdict.Verdict{
		Name: c.Verdict, Code: c.Code, Reason: c.Reason, Source: c.Source,
		By: "cell " + c.Name, ContradictedBy: c.ContradictedBy,
	}
	e.plan.Cells = append(e.plan.Cells, plan.Cell{
		Table: t.Name, Number: t.Number, Model: c.Model, Platform: c.Platform, Framework: c.Framework,
		Stated: stated, Computed: computed,
		Agree: stated.Name == computed.Name,
	})
}

// computed is the rules' verdict for a cell's framework, or, where the cell
// names none, the best of those that run on the platform.
func (e *expander) computed(c *spec.Cell) (verdict.Verdict, error) {
	frameworks := []string{c.Framework}
	if c.Framework == "" {
		frameworks = e.checker.FrameworksOn(c.Platform)
	}
	options := e.optionsOf(c)
	var best verdict.Verdict
	for i, f := range frameworks {
		v, err := e.checker.JudgeByRules(compat.Combination{
			Model: c.Model, Platform: c.Platform, Framework: f, Optimizations: options.names, Precision: options.precision,
		})
		if err != nil {
			return v, err
		}
		if i == 0 || best.Worse(v) {
			best = v
		}
	}
	return best, nil
}

// optionsOf is the optimization that a cell names, with its number format.
func (e *expander) optionsOf(c *spec.Cell) optionSet {
	o, named := e.spec.Optimizations.Get(c.Optimization)
	if !named {
		return optionSet{precision: "fp32"}
	}
	return optionSet{names: []string{o.Name}, precision: o.Precision}
}
