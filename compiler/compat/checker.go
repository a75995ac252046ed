package compat

import (
	"fmt"
	"strings"

	"edgebench/compiler/check"
	"edgebench/compiler/expression"
	"edgebench/compiler/spec"
	"edgebench/compiler/verdict"
)

// Checker judges the combinations of one spec.
type Checker struct {
	spec       *spec.Spec
	models     map[string]Model
	frameworks map[string]*expression.Framework
	platforms  map[string]*expression.Platform
	deploys    map[[2]string]bool // platform, framework
	cells      map[cellKey]*spec.Cell
	rules      []*rule
}

// cellKey is what a cell names; an empty field is one that it leaves out.
type cellKey struct{ model, platform, framework, optimization string }

func (k cellKey) names() int {
	n := 0
	for _, s := range []string{k.model, k.platform, k.framework, k.optimization} {
		if s != "" {
			n++
		}
	}
	return n
}

// New compiles the spec's rules, whose names are looked up in known, and indexes
// its cells. Rules that do not compile are returned as diagnostics.
func New(s *spec.Spec, models map[string]Model, known expression.Known) (*Checker, spec.Diagnostics) {
	c := &Checker{
		spec: s, models: models,
		frameworks: map[string]*expression.Framework{}, platforms: map[string]*expression.Platform{},
		deploys: map[[2]string]bool{}, cells: map[cellKey]*spec.Cell{},
	}
	for name, f := range s.Frameworks.All() {
		c.frameworks[name] = newFramework(f)
		for _, p := range f.Platforms {
			c.deploys[[2]string{p, name}] = true
		}
	}
	for name, p := range s.Platforms.All() {
		c.platforms[name] = newPlatform(p)
		for _, f := range p.Frameworks {
			c.deploys[[2]string{name, f}] = true
		}
	}
	for _, cell := range s.Cells.All() { // a later cell, the user's, replaces an earlier one
		c.cells[cellKey{cell.Model, cell.Platform, cell.Framework, cell.Optimization}] = cell
	}
	return c, c.compileRules(known)
}

func (c *Checker) compileRules(known expression.Known) spec.Diagnostics {
	var ds spec.Diagnostics
	for name, r := range c.spec.Rules.All() {
		compiled, faults := compileRule(r, known)
		for _, f := range faults {
			ds = append(ds, check.Fault(c.spec, []any{"rules", name, f.field}, f.err))
		}
		c.rules = append(c.rules, compiled)
	}
	return ds
}

// Combination is one way to run a model.
type Combination struct {
	Model, Platform, Framework string
	Optimizations              []string
	Precision                  string
}

// Deploys reports whether a framework runs on a platform.
func (c *Checker) Deploys(platform, framework string) bool {
	return c.deploys[[2]string{platform, framework}]
}

// FrameworksOn lists the frameworks that run on a platform.
func (c *Checker) FrameworksOn(platform string) []string {
	var names []string
	for _, f := range c.spec.Frameworks.Names() {
		if c.Deploys(platform, f) {
			names = append(names, f)
		}
	}
	return names
}

// NotDeployable is the verdict for a framework that does not run on a platform.
func (c *Checker) NotDeployable(platform, framework string) verdict.Verdict {
	reason := fmt.Sprintf("%s does not run on %s", framework, platform)
	if on := c.FrameworksOn(platform); len(on) > 0 {
		reason += fmt.Sprintf(", which runs %s", strings.Join(on, ", "))
	}
	return verdict.Verdict{Name: verdict.Skip, Code: verdict.CodeNotDeployable, Reason: reason, By: "deployability"}
}

// Judge returns the verdict for a combination. The error is a rule that cannot
// be evaluated for it.
func (c *Checker) Judge(x Combination) (verdict.Verdict, error) {
	cell, key := c.cell(x)
	if key.optimization == "" {
		if v, refused := c.unsupportedOption(x); refused {
			return v, nil
		}
	}
	if cell != nil && key.platform != "" && key.framework != "" {
		return cellVerdict(cell), nil
	}
	if !c.Deploys(x.Platform, x.Framework) {
		return c.NotDeployable(x.Platform, x.Framework), nil
	}
	if cell != nil {
		return cellVerdict(cell), nil
	}
	return c.JudgeByRules(x)
}

// JudgeByRules returns the worst verdict of the computed rules alone.
func (c *Checker) JudgeByRules(x Combination) (verdict.Verdict, error) {
	e := c.combination(x)
	options := strings.Join(x.Optimizations, "+")
	worst := verdict.Verdict{Name: verdict.OK, Code: verdict.CodeOK}
	for _, r := range c.rules {
		if r.Verdict == verdict.OK {
			continue // it decides nothing
		}
		v, err := r.judge(e, options)
		if err != nil {
			return worst, c.undecided(r, x, err)
		}
		if v.Worse(worst) {
			worst = v
		}
	}
	return worst, nil
}

// Facts are the reasons of the rules that speak for a combination, such as how
// much of a platform's memory it needs.
func (c *Checker) Facts(x Combination) ([]string, error) {
	var facts []string
	for _, r := range c.rules {
		if r.Verdict != verdict.OK {
			continue
		}
		v, err := r.judge(c.combination(x), strings.Join(x.Optimizations, "+"))
		if err != nil {
			return nil, c.undecided(r, x, err)
		}
		if v.Reason != "" {
			facts = append(facts, v.Reason)
		}
	}
	return facts, nil
}

// undecided says that a rule has no verdict on a combination, and what to do.
func (c *Checker) undecided(r *rule, x Combination, fault *fieldError) error {
	d := check.Fault(c.spec, []any{"rules", r.Name, fault.field}, fault.err)
	if why, missing := expression.IsUndecided(fault.err); missing {
		d.Msg = fmt.Sprintf("%s on %s with %s cannot be decided: %s. Ask first, as in `known(platform.memory_bytes) && ...`", x.Model, x.Platform, x.Framework, why)
	}
	return d
}

// combination is what rules see of a combination.
func (c *Checker) combination(x Combination) *expression.Combination {
	m := c.models[x.Model]
	return &expression.Combination{
		Model: &m.Model, Framework: c.frameworks[x.Framework], Platform: c.platforms[x.Platform],
		Optimizations: x.Optimizations, Precision: x.Precision,
		WeightBytes: inBytes(m.weightValues, x.Precision), ActivationBytes: inBytes(m.activationElems, x.Precision),
	}
}

// unsupportedOption is a skip for the first optimization that the framework
// does not have.
func (c *Checker) unsupportedOption(x Combination) (verdict.Verdict, bool) {
	f, _ := c.spec.Frameworks.Get(x.Framework)
	for _, o := range x.Optimizations {
		if supports(f, o) {
			continue
		}
		reason := fmt.Sprintf("%s has no %s", x.Framework, o)
		if s, named := f.Optimizations.Get(o); named && s.Note != "" {
			reason += " (" + s.Note + ")"
		}
		return verdict.Verdict{Name: verdict.Skip, Code: verdict.CodeNoSuchOption, Reason: reason, Source: f.Source, By: "framework " + f.Name}, true
	}
	return verdict.Verdict{}, false
}

// cell finds the explicit cell that fits a combination and names most.
func (c *Checker) cell(x Combination) (*spec.Cell, cellKey) {
	var best *spec.Cell
	var bestKey cellKey
	try := func(k cellKey) {
		if cell, ok := c.cells[k]; ok && (best == nil || k.names() > bestKey.names()) {
			best, bestKey = cell, k
		}
	}
	for _, option := range append([]string{""}, x.Optimizations...) {
		for mask := 7; mask >= 0; mask-- {
			k := cellKey{optimization: option}
			if mask&1 != 0 {
				k.model = x.Model
			}
			if mask&2 != 0 {
				k.platform = x.Platform
			}
			if mask&4 != 0 {
				k.framework = x.Framework
			}
			try(k)
		}
	}
	return best, bestKey
}

func cellVerdict(cell *spec.Cell) verdict.Verdict {
	return verdict.Verdict{
		Name: cell.Verdict, Code: cell.Code, Reason: cell.Reason, Source: cell.Source,
		By: "cell " + cell.Name, ContradictedBy: cell.ContradictedBy,
	}
}
