package load

import (
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/ast/astutil"

	"edgebench/compiler/spec"
	"edgebench/compiler/spec/requirement"
)

// A requirement is a CUE constraint, `require: latency_ms: <=30`: what a value of
// it must be, and no value. CUE takes a spec for incomplete that has such a field,
// and has no JSON of it. So the field is hidden from CUE before it evaluates the
// spec, under a name that counts as no data, and its bounds are read afterwards.
// Hidden as such, it can refer to others and be composed as every value can.

const (
	require       = "require"
	hiddenRequire = "_" + require
)

// hideRequirements renames the fields `require` of a file, but not models,
// experiments and others that have the name themselves.
func hideRequirements(f *ast.File) {
	var above []string // names of the fields around
	astutil.Apply(f, func(c astutil.Cursor) bool {
		if selector, ok := c.Node().(*ast.SelectorExpr); ok {
			hideSelected(selector)
		}
		field, ok := c.Node().(*ast.Field)
		if !ok {
			return true
		}
		name, _, _ := ast.LabelName(field.Label)
		entry := len(above) == 1 && !strings.HasPrefix(above[0], "_") && !strings.HasPrefix(above[0], "#")
		if name == require && !entry {
			field.Label = &ast.Ident{Name: hiddenRequire, NamePos: field.Label.Pos()}
		}
		above = append(above, name)
		return true
	}, func(c astutil.Cursor) bool {
		if _, ok := c.Node().(*ast.Field); ok {
			above = above[:len(above)-1]
		}
		return true
	})
}

// hideSelected renames the field in a reference such as experiments.e.require.
func hideSelected(s *ast.SelectorExpr) {
	name, _, _ := ast.LabelName(s.Sel)
	if _, entry := s.X.(*ast.Ident); name == require && !entry {
		s.Sel = &ast.Ident{Name: hiddenRequire, NamePos: s.Sel.Pos()}
	}
}

// shown gives the field its name back in what is said of it.
func shown(ds spec.Diagnostics) spec.Diagnostics {
	for i := range ds {
		ds[i].Path = strings.ReplaceAll(strings.ReplaceAll(ds[i].Path, strconv.Quote(hiddenRequire), require), hiddenRequire, require)
		ds[i].Msg = strings.ReplaceAll(ds[i].Msg, hiddenRequire, require)
	}
	return ds
}

// requirements are those of each experiment of a spec.
func (doc *document) requirements(checked cue.Value) (map[string][]requirement.Requirement, spec.Diagnostics) {
	found := map[string][]requirement.Requirement{}
	var faults spec.Diagnostics
	for name, x := range fields(checked.LookupPath(cue.ParsePath("experiments"))) {
		for label, asked := range fields(x) {
			if label != hiddenRequire {
				continue
			}
			if _, err := asked.Fields(); err != nil {
				faults = append(faults, doc.requireFault("requirements are a struct, such as {latency_ms: <=30}; a reference to others names their experiment, as in experiments.e.require", "experiments", name, require))
				continue
			}
			for metric, value := range fields(asked) {
				bounds, ok := boundsOf(value)
				if !ok {
					faults = append(faults, doc.requireFault("a requirement is a bound on the metric, or two, such as <=30 or >1 & <=30", "experiments", name, require, metric))
				}
				for _, b := range bounds {
					b.Metric = metric
					if !slices.Contains(found[name], b) {
						found[name] = append(found[name], b)
					}
				}
			}
		}
	}
	return found, faults
}

func (doc *document) requireFault(msg string, at ...any) spec.Diagnostic {
	hidden := slices.Clone(at)
	hidden[2] = hiddenRequire
	d := spec.Diagnostic{Path: path(at...).String(), Msg: msg}
	if found, _ := locate(doc.syntax, path(hidden...).Selectors()); found.value != nil {
		d.Position = doc.position(found.pos(true))
	}
	return d
}

// fields yields the fields of a struct, hidden ones too; none of what is no struct.
func fields(v cue.Value) func(yield func(string, cue.Value) bool) {
	return func(yield func(string, cue.Value) bool) {
		iter, err := v.Fields(cue.Hidden(true))
		if err != nil {
			return
		}
		for iter.Next() {
			name := iter.Selector().String()
			if unquoted, err := strconv.Unquote(name); err == nil {
				name = unquoted
			}
			if !yield(name, iter.Value()) {
				return
			}
		}
	}
}

// operators of bounds.
var operators = map[cue.Op]string{
	cue.LessThanOp: "<", cue.LessThanEqualOp: "<=", cue.GreaterThanOp: ">", cue.GreaterThanEqualOp: ">=",
}

// boundsOf are the bounds that a constraint is made of, if it is made of nothing
// else.
func boundsOf(v cue.Value) ([]requirement.Requirement, bool) {
	op, operands := v.Expr()
	if op == cue.AndOp {
		var all []requirement.Requirement
		for _, o := range operands {
			bounds, ok := boundsOf(o)
			if !ok {
				return nil, false
			}
			all = append(all, bounds...)
		}
		return all, true
	}
	name, ok := operators[op]
	if !ok || len(operands) != 1 {
		return nil, false
	}
	bound, err := operands[0].Float64()
	return []requirement.Requirement{{Op: name, Bound: bound}}, err == nil
}

// state puts requirements into a spec in a spec.
func state(s *spec.Spec, found map[string][]requirement.Requirement) {
	for name, x := range s.Experiments.All() {
		x.Require = slices.Clone(found[name])
	}
}
