package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"

	"edgebench/compiler/plan"
	"edgebench/compiler/suggest"
)

// jobEnv is what --only sees.
type jobEnv struct {
	Study         string   `expr:"study"`
	Experiments   []string `expr:"experiments"`
	Origin        string   `expr:"origin"`
	Model         string   `expr:"model"`
	Platform      string   `expr:"platform"`
	Framework     string   `expr:"framework"`
	Optimizations []string `expr:"optimizations"`
	Environment   string   `expr:"environment"`
	Threads       int      `expr:"threads"`
}

func envOf(j plan.Job) jobEnv {
	env := jobEnv{
		Origin: j.Origin, Model: j.Model, Platform: j.Platform, Framework: j.Framework,
		Optimizations: j.Optimizations, Environment: j.Environment, Threads: j.Threads,
	}
	for _, f := range j.Feeds {
		env.Study = f.Study
		env.Experiments = append(env.Experiments, f.Experiment)
	}
	return env
}

// selection is the expression of --only.
type selection struct {
	source  string
	program *vm.Program
}

// newSelection compiles the expression of --only; it is nil for none.
func newSelection(source string) (*selection, error) {
	if source == "" {
		return nil, nil
	}
	program, err := expr.Compile(source, expr.Env(jobEnv{}), expr.AsBool())
	if err != nil {
		return nil, usageError{fmt.Errorf("--only: %w", err)}
	}
	return &selection{source, program}, nil
}

// jobs are the ids of the jobs for which the expression holds; nil for all.
// It is an error if there are none.
func (s *selection) jobs(p *plan.Plan) (map[string]bool, error) {
	if s == nil {
		return nil, nil
	}
	chosen := map[string]bool{}
	for _, j := range p.Jobs {
		holds, err := expr.Run(s.program, envOf(j))
		if err != nil {
			return nil, fmt.Errorf("--only %q: job %s: %w", s.source, jobName(j), err)
		}
		if holds == true {
			chosen[j.ID] = true
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("--only %q: none of the %s matches%s", s.source, plural(len(p.Jobs), "job"), s.hints(p))
	}
	return chosen, nil
}

// filter keeps the jobs for which the expression holds; it is nil for all.
func (s *selection) filter(p *plan.Plan) (func(plan.Job) bool, error) {
	chosen, err := s.jobs(p)
	if chosen == nil {
		return nil, err
	}
	return func(j plan.Job) bool { return chosen[j.ID] }, nil
}

// hints says which names in the expression no job has, and which are near.
func (s *selection) hints(p *plan.Plan) string {
	tree, err := parser.Parse(s.source)
	if err != nil {
		return "" // it was compiled before
	}
	c := &comparisons{known: knownNames(p)}
	ast.Walk(&tree.Node, c)
	if len(c.hints) == 0 {
		return ". `edgebench plan` lists the jobs"
	}
	return ": " + strings.Join(c.hints, "; ")
}

// knownNames lists by field the names that jobs have.
func knownNames(p *plan.Plan) map[string][]string {
	names := map[string][]string{}
	for _, j := range p.Jobs {
		env := envOf(j)
		for field, values := range map[string][]string{
			"study": {env.Study}, "experiments": env.Experiments, "origin": {env.Origin}, "model": {env.Model},
			"platform": {env.Platform}, "framework": {env.Framework}, "optimizations": env.Optimizations, "environment": {env.Environment},
		} {
			for _, v := range values {
				if v != "" && !slices.Contains(names[field], v) {
					names[field] = append(names[field], v)
				}
			}
		}
	}
	return names
}

// comparisons finds fields that are compared with a name that none has.
type comparisons struct {
	known map[string][]string
	hints []string
}

// Visit implements ast.Visitor.
func (c *comparisons) Visit(node *ast.Node) {
	b, ok := (*node).(*ast.BinaryNode)
	if !ok || b.Operator != "==" && b.Operator != "in" {
		return
	}
	for _, sides := range [][2]ast.Node{{b.Left, b.Right}, {b.Right, b.Left}} {
		field, ok := sides[0].(*ast.IdentifierNode)
		if !ok || c.known[field.Value] == nil {
			continue
		}
		for _, name := range stringsIn(sides[1]) {
			c.compare(field.Value, name)
		}
	}
}

func (c *comparisons) compare(field, name string) {
	if known := c.known[field]; !slices.Contains(known, name) {
		c.hints = append(c.hints, fmt.Sprintf("no job has %q in %s%s", name, field, suggest.DidYouMean(name, known)))
	}
}

// stringsIn is a text, or those of a list.
func stringsIn(n ast.Node) []string {
	switch n := n.(type) {
	case *ast.StringNode:
		return []string{n.Value}
	case *ast.ArrayNode:
		var all []string
		for _, element := range n.Nodes {
			all = append(all, stringsIn(element)...)
		}
		return all
	}
	return nil
}
