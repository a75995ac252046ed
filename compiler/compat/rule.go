package compat

import (
	"edgebench/compiler/expression"
	"edgebench/compiler/spec"
	"edgebench/compiler/verdict"
)

// rule is a compiled rule. Its outcomes are kept by the entities that its
// condition and reason mention, so that a rule over platform and framework is
// evaluated once a pair, not once a combination.
type rule struct {
	*spec.Rule
	when    *expression.Program
	reason  *expression.Template
	uses    uses
	outcome map[memoKey]verdict.Verdict
}

type uses struct{ model, framework, platform, optimizations bool }

type memoKey struct{ model, framework, platform, optimizations string }

func compileRule(r *spec.Rule, known expression.Known) (*rule, []fieldError) {
	c := &rule{Rule: r, outcome: map[memoKey]verdict.Verdict{}}
	var faults []fieldError
	var err error
	if c.when, err = expression.Compile(r.When, expression.Rules, expression.Condition, known); err != nil {
		faults = append(faults, fieldError{"when", err})
	} else {
		c.uses.add(c.when)
	}
	if c.reason, err = expression.CompileTemplate(r.Reason, expression.Rules, known); err != nil {
		faults = append(faults, fieldError{"reason", err})
	} else {
		c.uses.add(c.reason)
	}
	return c, faults
}

type fieldError struct {
	field string
	err   error
}

// add marks the entities that an expression reads.
func (u *uses) add(p interface{ Mentions(string) bool }) {
	size := p.Mentions("weight_bytes") || p.Mentions("activation_bytes")
	u.model = u.model || size || p.Mentions("model")
	u.framework = u.framework || p.Mentions("framework")
	u.platform = u.platform || p.Mentions("platform")
	u.optimizations = u.optimizations || size || p.Mentions("optimizations") || p.Mentions("precision")
}

func (u uses) key(e *expression.Combination, optimizations string) memoKey {
	var k memoKey
	if u.model {
		k.model = e.Model.Name
	}
	if u.framework {
		k.framework = e.Framework.Name
	}
	if u.platform {
		k.platform = e.Platform.Name
	}
	if u.optimizations {
		k.optimizations = optimizations
	}
	return k
}

// judge is the rule's verdict: ok where its condition does not hold.
func (r *rule) judge(e *expression.Combination, optimizations string) (verdict.Verdict, *fieldError) {
	key := r.uses.key(e, optimizations)
	if v, known := r.outcome[key]; known {
		return v, nil
	}
	v, err := r.evaluate(e)
	if err == nil {
		r.outcome[key] = v
	}
	return v, err
}

func (r *rule) evaluate(e *expression.Combination) (verdict.Verdict, *fieldError) {
	holds, err := r.when.Run(e)
	if err != nil {
		return verdict.Verdict{}, &fieldError{"when", err}
	}
	if holds != true {
		return verdict.Verdict{Name: verdict.OK, Code: verdict.CodeOK}, nil
	}
	reason, err := r.reason.Run(e)
	if err != nil {
		return verdict.Verdict{}, &fieldError{"reason", err}
	}
	return verdict.Verdict{Name: r.Verdict, Code: r.Code, Reason: reason, Source: r.Source, By: "rule " + r.Name}, nil
}
