package expression

import (
	"reflect"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"

	"edgebench/compiler/suggest"
)

// Known are the names that there are, by what they name: "model", "platform"
// and so on. What it does not have is not looked up.
type Known map[string][]string

// namedBy says what the texts in a field of results and jobs name.
var namedBy = map[string]string{
	"study": "study", "experiment": "experiment", "experiments": "experiment", "model": "model", "platform": "platform",
	"framework": "framework", "optimizations": "optimization", "metric": "metric", "precision": "precision",
	"environment": "environment", "origin": "origin", "source_origin": "source_origin",
	"optimization": "optimization", "beside": "optimization",
	"precisions": "precision", "operators": "operator", "unsupported_operators": "operator",
}

// kindOf says what the texts that an expression has name; "" if nothing.
func (n *names) kindOf(e ast.Node) string {
	switch e := e.(type) {
	case *ast.IdentifierNode:
		if isField(n.environment, e.Value) {
			return namedBy[e.Value]
		}
	case *ast.MemberNode:
		name, ok := e.Property.(*ast.StringNode)
		if !ok {
			return ""
		}
		of := e.Node.Type()
		if of != nil && of.Kind() == reflect.Pointer {
			of = of.Elem()
		}
		switch {
		case name.Value != "name":
			if isUnknown(of) || isField(of, name.Value) {
				return namedBy[name.Value]
			}
		case of == reflect.TypeFor[Model](), of == reflect.TypeFor[Framework](), of == reflect.TypeFor[Platform]():
			return strings.ToLower(of.Name())
		}
	}
	return ""
}

func isField(t reflect.Type, name string) bool {
	if t == nil || t.Kind() != reflect.Struct {
		return false
	}
	for i := range t.NumField() {
		if t.Field(i).Tag.Get("expr") == name {
			return true
		}
	}
	return false
}

// compared looks up the literal names that are compared with a field.
func (n *names) compared(b *ast.BinaryNode) {
	switch b.Operator {
	case "==", "!=":
		n.listAsName(b.Left, b.Right)
		n.listAsName(b.Right, b.Left)
		fallthrough
	case "in", "not in":
		n.lookUp(n.kindOf(b.Left), b.Right)
		n.lookUp(n.kindOf(b.Right), b.Left)
	}
}

// lists are the fields that are lists of names.
var lists = []string{"optimizations", "beside", "experiments", "operators", "unsupported_operators", "precisions"}

// listAsName refuses to compare a list of names with one name, which never
// holds.
func (n *names) listAsName(list, name ast.Node) {
	text, isText := name.(*ast.StringNode)
	if !isText || n.kindOf(list) == "" {
		return
	}
	field := ""
	switch e := list.(type) {
	case *ast.IdentifierNode:
		field = e.Value
	case *ast.MemberNode:
		field = e.Property.(*ast.StringNode).Value
	}
	switch {
	case !slices.Contains(lists, field):
	case text.Value == "":
		n.refuse(text, "%s is a list: write `len(%s) == 0` for none", field, list)
	default:
		n.refuse(text, "%s is a list: write `%q in %s`, or `join(%[3]s, \"+\") == %[2]q`", field, text.Value, list)
	}
}

func (n *names) lookUp(kind string, literal ast.Node) {
	known := n.known[kind]
	if kind == "" || len(known) == 0 {
		return
	}
	switch l := literal.(type) {
	case *ast.StringNode:
		if slices.Contains(known, l.Value) {
			return
		}
		n.refuse(l, "no %s named %q%s", strings.ReplaceAll(kind, "_", " "), l.Value, suggest.DidYouMean(l.Value, known))
	case *ast.ArrayNode:
		for _, e := range l.Nodes {
			n.lookUp(kind, e)
		}
	}
}
