package compat

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm"

	"edgebench/compiler/expression"
	"edgebench/compiler/spec"
	"edgebench/compiler/verdict"
)

// rule is a compiled rule. Its outcomes are kept by the entities that its
// condition and reason mention, so that a rule over platform and framework is
// evaluated once a pair, not once a combination.
type rule struct {
	*spec.Rule
	when    *vm.Program
	reason  []piece
	uses    uses
	outcome map[memoKey]verdict.Verdict
}

// piece is literal text, or an expression whose value is put in its place.
type piece struct {
	text  string
	value *vm.Program
}

type uses struct{ model, framework, platform, optimizations bool }

type memoKey struct{ model, framework, platform, optimizations string }

func compileRule(r *spec.Rule) (*rule, []fieldError) {
	c := &rule{Rule: r, outcome: map[memoKey]verdict.Verdict{}}
	var faults []fieldError
	var err error
	if c.when, err = expr.Compile(r.When, append(options(), expr.AsBool())...); err != nil {
		faults = append(faults, fieldError{"when", expression.Placed(r.When, err).Error()})
	} else {
		c.uses.add(c.when)
	}
	if c.reason, err = compileText(r.Reason); err != nil {
		faults = append(faults, fieldError{"reason", err.Error()})
	}
	for _, p := range c.reason {
		if p.value != nil {
			c.uses.add(p.value)
		}
	}
	return c, faults
}

type fieldError struct{ field, message string }

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

func compileText(text string) ([]piece, error) {
	var pieces []piece
	end := 0
	for _, at := range placeholder.FindAllStringIndex(text, -1) {
		source := text[at[0]+1 : at[1]-1]
		program, err := expr.Compile(source, options()...)
		if err != nil {
			return nil, expression.Placed(source, err)
		}
		pieces = append(pieces, piece{text: text[end:at[0]]}, piece{value: program})
		end = at[1]
	}
	return append(pieces, piece{text: text[end:]}), nil
}

// add marks the entities that a program reads.
func (u *uses) add(p *vm.Program) {
	node := p.Node()
	ast.Walk(&node, u)
}

// Visit implements ast.Visitor.
func (u *uses) Visit(node *ast.Node) {
	id, ok := (*node).(*ast.IdentifierNode)
	if !ok {
		return
	}
	switch id.Value {
	case "model":
		u.model = true
	case "framework":
		u.framework = true
	case "platform":
		u.platform = true
	case "optimizations", "precision":
		u.optimizations = true
	case "weight_bytes", "activation_bytes":
		u.model, u.optimizations = true, true
	}
}

func (u uses) key(e *env, optimizations string) memoKey {
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
func (r *rule) judge(e *env, optimizations string) (verdict.Verdict, error) {
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

func (r *rule) evaluate(e *env) (verdict.Verdict, error) {
	holds, err := expr.Run(r.when, e)
	if err != nil {
		return verdict.Verdict{}, expression.Placed(r.When, err)
	}
	if holds != true {
		return verdict.Verdict{Name: verdict.OK, Code: verdict.CodeOK}, nil
	}
	reason, err := r.text(e)
	return verdict.Verdict{Name: r.Verdict, Code: r.Code, Reason: reason, Source: r.Source, By: "rule " + r.Name}, err
}

func (r *rule) text(e *env) (string, error) {
	var b strings.Builder
	for _, p := range r.reason {
		b.WriteString(p.text)
		if p.value == nil {
			continue
		}
		v, err := expr.Run(p.value, e)
		if err != nil {
			return "", expression.Placed(r.Reason, err)
		}
		fmt.Fprint(&b, v)
	}
	return b.String(), nil
}
