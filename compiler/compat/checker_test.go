package compat

import (
	"strings"
	"testing"

	"edgebench/compiler/expression"
	"edgebench/compiler/spec"
	"edgebench/compiler/spec/spectest"
	"edgebench/compiler/verdict"
)

// catalogue has two frameworks, of which Lite does not run on the Board and
// only Full has fusion, and two rules, of which the harder one is about a
// model's operators.
func catalogue(t *testing.T, cells ...*spec.Cell) *Checker {
	t.Helper()
	s := &spec.Spec{Text: spectest.Paths{}}
	full := &spec.Framework{Name: "Full", Platforms: []string{"Board"}, UnsupportedOperators: []string{"conv3d"}}
	full.Optimizations.Add("fusion", spec.OptimizationSupport{Support: "yes"})
	full.Optimizations.Add("pruning", spec.OptimizationSupport{Support: "no", Note: "a fork has it"})
	s.Frameworks.Add("Full", full)
	s.Frameworks.Add("Lite", &spec.Framework{Name: "Lite"})
	s.Platforms.Add("Board", &spec.Platform{Name: "Board", MemoryBytes: 1 << 20})
	s.Rules.Add("slow", &spec.Rule{Name: "slow", When: `platform.memory_bytes < 2000000`, Verdict: "degraded", Code: "slow", Reason: "{model.name} swaps: {mib(weight_bytes)}"})
	s.Rules.Add("operators", &spec.Rule{Name: "operators", When: `any(model.operators, # in framework.unsupported_operators)`, Verdict: "skip", Code: "conversion", Reason: "no 3D convolution"})
	for _, c := range cells {
		s.Cells.Add(c.Name, c)
	}
	checker, faults := New(s, map[string]Model{
		"Net":   {Model: expression.Model{Name: "Net", Operators: expression.ListOf([]string{"conv"})}, weightValues: expression.Num(1 << 18)},
		"Video": {Model: expression.Model{Name: "Video", Operators: expression.ListOf([]string{"conv3d"})}, weightValues: expression.Num(1)},
	}, nil)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return checker
}

// TestPrecedence pins which of rules, cells, deployability and optimizations
// decides where several apply.
func TestPrecedence(t *testing.T) {
	ok := func(name, model, platform, framework, optimization string) *spec.Cell {
		return &spec.Cell{Name: name, Model: model, Platform: platform, Framework: framework, Optimization: optimization, Verdict: "ok", Code: "ok"}
	}
	skip := func(c *spec.Cell) *spec.Cell {
		c.Verdict, c.Code = "skip", "stated"
		return c
	}
	net := Combination{Model: "Net", Platform: "Board", Framework: "Full", Precision: "fp32"}
	with := func(x Combination, change func(*Combination)) Combination {
		change(&x)
		return x
	}
	lite := with(net, func(x *Combination) { x.Framework = "Lite" })
	video := with(net, func(x *Combination) { x.Model = "Video" })
	fused := with(net, func(x *Combination) { x.Optimizations = []string{"fusion"} })
	pruned := with(net, func(x *Combination) { x.Optimizations = []string{"pruning"} })
	cases := []struct {
		name  string
		cells []*spec.Cell
		of    Combination
		want  string // verdict and what decided
		code  string
	}{
		{"a rule", nil, net, "degraded by rule slow", "slow"},
		{"the worst of two rules", nil, video, "skip by rule operators", "conversion"},
		{"a cell beats the rules", []*spec.Cell{ok("a", "Video", "Board", "Full", "")}, video, "ok by cell a", "ok"},
		{"a cell of few names beats the rules too", []*spec.Cell{ok("a", "Video", "", "", "")}, video, "ok by cell a", "ok"},
		{"the cell that names most wins", []*spec.Cell{ok("a", "Net", "", "", ""), skip(ok("b", "Net", "Board", "", "")), ok("c", "", "Board", "", "")}, net, "skip by cell b", "stated"},
		{"not deployable", nil, lite, "skip by deployability", verdict.CodeNotDeployable},
		{"a cell without platform and framework cannot deploy", []*spec.Cell{ok("a", "Net", "", "", "")}, lite, "skip by deployability", verdict.CodeNotDeployable},
		{"a cell that names both can", []*spec.Cell{ok("a", "", "Board", "Lite", "")}, lite, "ok by cell a", "ok"},
		{"an optimization that the framework has", nil, fused, "degraded by rule slow", "slow"},
		{"one that it has not", nil, pruned, "skip by framework Full", verdict.CodeNoSuchOption},
		{"one that it has not, whatever another cell says", []*spec.Cell{ok("a", "Net", "Board", "Full", "")}, pruned, "skip by framework Full", verdict.CodeNoSuchOption},
		{"one that a cell names", []*spec.Cell{ok("a", "Net", "Board", "Full", "pruning")}, pruned, "ok by cell a", "ok"},
	}
	for _, c := range cases {
		v, err := catalogue(t, c.cells...).Judge(c.of)
		got := v.Name + " by " + v.By
		if err != nil || got != c.want || v.Code != c.code {
			t.Errorf("%s: %s, code %s (%v); want %s, code %s", c.name, got, v.Code, err, c.want, c.code)
		}
	}
}

// TestReason fills in what the rule knows, and JudgeByRules leaves cells out.
func TestReason(t *testing.T) {
	c := catalogue(t, &spec.Cell{Name: "a", Model: "Net", Verdict: "ok", Code: "ok"})
	v, err := c.JudgeByRules(Combination{Model: "Net", Platform: "Board", Framework: "Full", Precision: "fp32"})
	if err != nil || v.Reason != "Net swaps: 1 MiB" {
		t.Errorf("%q (%v)", v.Reason, err)
	}
}

// TestFacts: a rule whose verdict is ok decides nothing, and tells what speaks
// for a combination.
func TestFacts(t *testing.T) {
	c := catalogue(t)
	c.spec.Rules.Add("fits", &spec.Rule{Name: "fits", When: "weight_bytes < 2 * platform.memory_bytes", Verdict: "ok", Code: "fits", Reason: "needs {mib(weight_bytes)}"})
	c.rules = nil
	if faults := c.compileRules(nil); len(faults) > 0 {
		t.Fatal(faults)
	}
	x := Combination{Model: "Net", Platform: "Board", Framework: "Full", Precision: "fp32"}
	facts, err := c.Facts(x)
	if err != nil || len(facts) != 1 || facts[0] != "needs 1 MiB" {
		t.Errorf("the facts are %q (%v)", facts, err)
	}
	if v, err := c.Judge(x); err != nil || v.By != "rule slow" {
		t.Errorf("the verdict is %+v (%v)", v, err)
	}
}

// TestUndecidedRule: what a rule needs and a spec does not state is no zero.
func TestUndecidedRule(t *testing.T) {
	c := catalogue(t)
	c.platforms["Board"] = newPlatform(&spec.Platform{Name: "Board"})
	_, err := c.JudgeByRules(Combination{Model: "Net", Platform: "Board", Framework: "Full", Precision: "fp32"})
	if err == nil || !strings.Contains(err.Error(), "cannot be decided: the spec of Board states no memory_bytes") {
		t.Errorf("%v", err)
	}
}
