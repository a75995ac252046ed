package expression

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm/runtime"
)

// explains is a thing whose fields may be missing.
type explains interface {
	why(field string) string // it is missing
}

// Fields that may be missing are read by functions whose names no expression
// can spell.
const (
	readNumber = "the number of"
	readList   = "the list of"
	readField  = "the field of" // of a thing whose type is known only later
	readSeries = "the series of"
	isThere    = "the presence of"
	someOf     = "some of" // refuses an empty list
)

// optional rewrites what may be missing: fields become calls that fail where
// there is nothing, and lists that a function needs something of are looked at
// first.
//
// Note: a null, or NaN, in place of a missing number would be simpler, but
// comparisons with either are false without a word.
type optional struct {
	environment reflect.Type
	names       *names              // that takes faults
	lets        map[string]string   // what a variable stands for
	lists       map[argument]string // as they are written
	count       int
}

type argument struct {
	of    *ast.BuiltinNode
	index int
}

// texts is the visitor that runs before, and notes what was written where.
type texts struct{ *optional }

// Visit implements ast.Visitor.
func (t texts) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.VariableDeclaratorNode:
		t.lets[n.Name] = n.Value.String()
	case *ast.BuiltinNode:
		for i, arg := range n.Arguments {
			t.lists[argument{n, i}] = arg.String()
		}
	}
}

// Visit implements ast.Visitor. Children are visited before their parents.
func (o *optional) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		if f, ok := fieldOf(o.environment, n.Value); ok {
			o.read(node, f, &ast.IdentifierNode{Value: "$env"}, n.Value)
		}
	case *ast.MemberNode:
		o.member(node, n)
	case *ast.CallNode:
		o.known(node, n)
	case *ast.BuiltinNode:
		o.selection(node, n)
	}
}

func (o *optional) member(node *ast.Node, n *ast.MemberNode) {
	name, ok := n.Property.(*ast.StringNode)
	if !ok {
		return
	}
	if id, isName := n.Node.(*ast.IdentifierNode); isName && id.Value == "v" && o.environment == reflect.TypeFor[OfCategory]() {
		call(node, readSeries, n.Node, name.Value)
		return
	}
	base := n.Node.Type()
	if f, ok := fieldOf(base, name.Value); ok {
		o.read(node, f, n.Node, name.Value)
	} else if isUnknown(base) && mayBeMissing[name.Value] {
		call(node, readField, n.Node, name.Value)
	}
}

// read replaces a field by a call.
func (o *optional) read(node *ast.Node, f reflect.Type, base ast.Node, name string) {
	switch f {
	case reflect.TypeFor[Number]():
		call(node, readNumber, base, name)
	case reflect.TypeFor[List]():
		call(node, readList, base, name)
	}
}

func call(node *ast.Node, function string, base ast.Node, name string) {
	ast.Patch(node, &ast.CallNode{
		Callee:    &ast.IdentifierNode{Value: function},
		Arguments: []ast.Node{base, &ast.StringNode{Value: name}},
	})
}

// known turns known(field) into a look whether the field is there.
func (o *optional) known(node *ast.Node, n *ast.CallNode) {
	id, ok := n.Callee.(*ast.IdentifierNode)
	if !ok || id.Value != "known" || len(n.Arguments) != 1 {
		return
	}
	if field, isCall := n.Arguments[0].(*ast.CallNode); isCall && reads(field) {
		ast.Patch(node, &ast.CallNode{Callee: &ast.IdentifierNode{Value: isThere}, Arguments: field.Arguments})
		return
	}
	o.names.refuse(n, "known asks for a field that may be missing, such as .low: this is always there")
}

// reads reports whether a call stands for a field that may be missing.
func reads(n *ast.CallNode) bool {
	f, ok := n.Callee.(*ast.IdentifierNode)
	return ok && slices.Contains([]string{readNumber, readList, readField, readSeries}, f.Value)
}

// needSome are the functions of expr that have no honest answer about nothing;
// the number tells how many of the arguments are lists.
var needSome = map[string]int{
	"all": 1, "any": 1, "none": 1, "one": 1, "reduce": 1,
	"min": 1 << 10, "max": 1 << 10, "mean": 1 << 10, "median": 1 << 10, "sum": 1 << 10,
}

// selection has a list looked at before a function is called with it.
//
// Note: it is put into a variable, and not through a function, so that the
// checker still knows the type of its elements.
func (o *optional) selection(node *ast.Node, n *ast.BuiltinNode) {
	for i := range min(needSome[n.Name], len(n.Arguments)) {
		list := n.Arguments[i]
		if list.Type() != nil && list.Type() == reflect.TypeFor[[]string]() {
			continue // a fact, such as optimizations: none is an answer
		}
		if _, isPredicate := list.(*ast.PredicateNode); isPredicate {
			continue
		}
		o.count++
		name := fmt.Sprintf("list %d", o.count)
		variable := func() ast.Node { return located(&ast.IdentifierNode{Value: name}, list) }
		n.Arguments[i] = variable()
		look := &ast.CallNode{
			Callee:    &ast.IdentifierNode{Value: someOf},
			Arguments: []ast.Node{variable(), &ast.StringNode{Value: n.Name}, &ast.StringNode{Value: o.written(argument{n, i})}},
		}
		ast.Patch(node, &ast.VariableDeclaratorNode{
			Name: name, Value: list,
			Expr: located(&ast.SequenceNode{Nodes: []ast.Node{located(look, list), *node}}, n),
		})
	}
}

func located(n, at ast.Node) ast.Node {
	n.SetLocation(at.Location())
	return n
}

// written is a list as the expression has it, and what a variable stands for.
func (o *optional) written(list argument) string {
	text := o.lists[list]
	if value, isVariable := o.lets[text]; isVariable {
		return fmt.Sprintf("%s, which is %s,", text, brief(value))
	}
	return brief(text)
}

// functions behind what is rewritten.
func readers() []expr.Option {
	read := func(params ...any) (any, error) { return readOptional(params[0], params[1].(string)) }
	return []expr.Option{
		expr.Function(readNumber, read, new(func(any, string) float64)),
		expr.Function(readList, read, new(func(any, string) []string)),
		expr.Function(readField, read, new(func(any, string) any)),
		expr.Function(readSeries, seriesOf, new(func(any, string) float64)),
		expr.Function(isThere, func(params ...any) (any, error) {
			if v, isSeries := params[0].(map[string]float64); isSeries {
				_, there := v[params[1].(string)]
				return there, nil
			}
			_, err := readOptional(params[0], params[1].(string))
			if _, missing := IsUndecided(err); missing {
				return false, nil
			}
			return err == nil, err
		}, new(func(any, string) bool)),
		expr.Function(someOf, func(params ...any) (any, error) {
			v := reflect.ValueOf(params[0])
			if (v.Kind() == reflect.Slice || v.Kind() == reflect.Array || v.Kind() == reflect.Map) && v.Len() == 0 {
				return nil, undecided("%s of nothing: %s is empty", params[1], params[2])
			}
			return true, nil
		}, new(func(any, string, string) bool)),
	}
}

// readOptional reads a field that may be missing.
func readOptional(of any, name string) (any, error) {
	v := reflect.Indirect(reflect.ValueOf(of))
	if !v.IsValid() {
		return nil, undecided("nothing was found that could have a %s", name)
	}
	index, ok := optionalFields[v.Type()][name]
	if !ok {
		return runtime.Fetch(of, name), nil
	}
	switch f := v.Field(index).Interface().(type) {
	case Number:
		if f.known {
			return f.value, nil
		}
	case List:
		if f.known {
			return f.names, nil
		}
	}
	return nil, &Undecided{addressable(v).why(name)}
}

func addressable(v reflect.Value) explains {
	p := reflect.New(v.Type())
	p.Elem().Set(v)
	return p.Interface().(explains)
}

func seriesOf(params ...any) (any, error) {
	name := params[1].(string)
	if value, ok := params[0].(map[string]float64)[name]; ok {
		return value, nil
	}
	return nil, undecided("the series %q has no value here", name)
}

// optionalFields are the fields that may be missing, by type and name.
var optionalFields = func() map[reflect.Type]map[string]int {
	all := map[reflect.Type]map[string]int{}
	for _, t := range []reflect.Type{
		reflect.TypeFor[Result](), reflect.TypeFor[Model](), reflect.TypeFor[Platform](), reflect.TypeFor[Combination](),
		reflect.TypeFor[Gain](),
	} {
		all[t] = map[string]int{}
		for i := range t.NumField() {
			if f := t.Field(i); f.Type == reflect.TypeFor[Number]() || f.Type == reflect.TypeFor[List]() {
				all[t][f.Tag.Get("expr")] = i
			}
		}
	}
	return all
}()

// mayBeMissing are the names of such fields.
var mayBeMissing = func() map[string]bool {
	names := map[string]bool{}
	for _, fields := range optionalFields {
		for name := range fields {
			names[name] = true
		}
	}
	return names
}()

// fieldOf is the type of a field that may be missing.
func fieldOf(t reflect.Type, name string) (reflect.Type, bool) {
	if t == nil {
		return nil, false
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	i, ok := optionalFields[t][name]
	if !ok {
		return nil, false
	}
	return t.Field(i).Type, true
}

func isUnknown(t reflect.Type) bool { return t == nil || t.Kind() == reflect.Interface }
