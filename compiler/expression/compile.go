package expression

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"

	"edgebench/compiler/suggest"
)

// Kind is the kind of value that an expression must have.
type Kind int

// The kinds.
const (
	Any Kind = iota
	Condition
	Quantity
	Text
)

func (k Kind) options() []expr.Option {
	switch k {
	case Condition:
		return []expr.Option{expr.AsBool()}
	case Quantity:
		return []expr.Option{expr.AsFloat64()}
	case Text:
		return []expr.Option{expr.AsKind(reflect.String)}
	}
	return nil
}

// Program is a compiled expression.
type Program struct {
	source  string
	program *vm.Program
	names   []string
	series  []string
	texts   []string
	kind    string
	field   string
}

// Fault is what is wrong with an expression, and where.
type Fault struct {
	Source       string
	Offset       int // runes before the place
	Line, Column int // of the place, counted from 1; 0: unknown
	Message      string
	cause        error
}

func (f *Fault) Error() string {
	if f.Line == 0 {
		return fmt.Sprintf("in the expression %q: %s", f.Source, f.Message)
	}
	return fmt.Sprintf("in the expression %q, line %d, column %d: %s", f.Source, f.Line, f.Column, f.Message)
}

func (f *Fault) Unwrap() error { return f.cause }

// Compile compiles an expression over a scope. Literal names in it are looked
// up in known, where that has names of their kind. The error is a *Fault.
func Compile(source string, scope Scope, kind Kind, known Known) (*Program, error) {
	environment := reflect.TypeOf(scope.env)
	seen := &names{environment: environment, known: known}
	rewriting := &optional{environment: environment, names: seen, lets: map[string]string{}, lists: map[argument]string{}}
	options := []expr.Option{
		expr.Env(scope.env),
		expr.DisableBuiltin("get"), // it would reach a number that is missing
		expr.Patch(seen), expr.Patch(texts{rewriting}), expr.Patch(rewriting),
	}
	for _, f := range Functions {
		options = append(options, f.option())
	}
	options = append(append(options, readers()...), kind.options()...)
	program, err := expr.Compile(source, options...)
	if err != nil && seen.fault == nil {
		return nil, reworded(placed(source, err), environment)
	}
	seen.refuseStrangers()
	if seen.fault != nil {
		seen.fault.place(source)
		return nil, seen.fault
	}
	return &Program{source, program, seen.names, seen.series, seen.texts, seen.kind, seen.field}, nil
}

// Run evaluates the expression over a value of its scope, or a pointer to one.
// Where something that it touches is missing, IsUndecided tells so of the
// error.
func (p *Program) Run(env any) (any, error) {
	v, err := expr.Run(p.program, env)
	if err != nil {
		return nil, overBudget(placed(p.source, err))
	}
	return v, nil
}

// overBudget says in words that an expression's lists were too long in all.
func overBudget(f *Fault) *Fault {
	if strings.Contains(f.Message, "memory budget exceeded") {
		f.Message = fmt.Sprintf("its lists have more than %d entries in all, the memory budget of an expression: filter the results before it compares each with each", conf.DefaultMemoryBudget)
	}
	return f
}

// Mentions reports whether a name of the scope is in the expression.
func (p *Program) Mentions(name string) bool { return slices.Contains(p.names, name) }

// Series lists the series that a line's expression asks for.
func (p *Program) Series() []string { return p.series }

// Texts lists the literal texts in the expression.
func (p *Program) Texts() []string { return p.texts }

// Names says what the expression's value is the name of, where it is nothing but
// a field with such names: "model", "platform" and so on, as in Known. It is
// empty where that cannot be told.
func (p *Program) Names() string { return p.kind }

// Field is the name of the field that the expression is, and nothing else;
// empty where it is more.
func (p *Program) Field() string { return p.field }

// placed says where in an expression an error lies.
func placed(source string, err error) *Fault {
	f := &Fault{Source: source, Message: err.Error(), cause: err}
	var at *file.Error
	if errors.As(err, &at) {
		f.Message, f.Offset = at.Message, at.From
		f.place(source)
	}
	return f
}

// place counts the line and the column of the offset.
func (f *Fault) place(source string) {
	f.Source = source
	runes := []rune(source)
	before := string(runes[:min(f.Offset, len(runes))])
	f.Line = 1 + strings.Count(before, "\n")
	f.Column = 1 + len([]rune(before[strings.LastIndex(before, "\n")+1:]))
}

var (
	noField = regexp.MustCompile(`^type \*?expression\.(\w+) has no field (\w+)$`)
	noName  = regexp.MustCompile(`^unknown name (\w+)$`)
)

// reworded says what was probably meant by a name that is not known.
func reworded(f *Fault, environment reflect.Type) *Fault {
	if m := noField.FindStringSubmatch(f.Message); m != nil {
		f.Message = fmt.Sprintf("a %s has no %s%s", strings.ToLower(m[1]), m[2], suggest.DidYouMean(m[2], fieldNames(vocabulary[m[1]])))
	} else if m := noName.FindStringSubmatch(f.Message); m != nil {
		f.Message = fmt.Sprintf("unknown name %s%s", m[1], suggest.DidYouMean(m[1], append(fieldNames(environment), callable...)))
	}
	return f
}

// vocabulary are the types that expressions see, by name.
var vocabulary = map[string]reflect.Type{
	"Result": reflect.TypeFor[Result](), "Job": reflect.TypeFor[Job](), "Model": reflect.TypeFor[Model](),
	"Framework": reflect.TypeFor[Framework](), "Platform": reflect.TypeFor[Platform](), "Gain": reflect.TypeFor[Gain](),
}

// allFields are the fields of all that expressions see.
var allFields = func() []string {
	var names []string
	for _, t := range vocabulary {
		names = append(names, fieldNames(t)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}()

// callable are the names of functions.
var callable = func() []string {
	names := slices.Clone(builtin.Names)
	for _, f := range Functions {
		names = append(names, f.Name)
	}
	return names
}()

// fieldNames are the names by which expressions read a type's fields.
func fieldNames(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		names = append(names, t.Field(i).Tag.Get("expr"))
	}
	return names
}

// names is a visitor that notes the names in an expression, and finds those
// that stand for nothing.
type names struct {
	environment   reflect.Type
	known         Known
	names, series []string
	texts         []string
	kind, field   string // of the last node visited, which is the whole expression: what its names name, and the field that it is
	fault         *Fault
	strangers     []*ast.StringNode // fields of things of unknown type that nothing has
	makesMaps     bool              // whose fields are the expression's own
}

// Visit implements ast.Visitor.
func (n *names) Visit(node *ast.Node) {
	n.kind, n.field = n.kindOf(*node), ""
	switch e := (*node).(type) {
	case *ast.StringNode:
		n.texts = append(n.texts, e.Value)
	case *ast.IdentifierNode:
		n.names = append(n.names, e.Value)
	case *ast.MemberNode:
		n.member(e)
	case *ast.BinaryNode:
		n.compared(e)
	case *ast.MapNode:
		n.makesMaps = true
	}
}

func (n *names) member(m *ast.MemberNode) {
	name, isText := m.Property.(*ast.StringNode)
	id, isName := m.Node.(*ast.IdentifierNode)
	if isText && isName {
		n.field = name.Value
	}
	if isText && isUnknown(m.Node.Type()) && !slices.Contains(allFields, name.Value) {
		n.strangers = append(n.strangers, name)
	}
	if isText && isName && id.Value == "v" && !slices.Contains(n.series, name.Value) {
		n.series = append(n.series, name.Value)
	}
}

// refuseStrangers refuses fields of things whose type is known only later, such
// as the groups of groupBy, where nothing that expressions see has such a field.
func (n *names) refuseStrangers() {
	if n.makesMaps {
		return
	}
	for _, name := range n.strangers {
		n.refuse(name, "nothing has a field %s%s", name.Value, suggest.DidYouMean(name.Value, allFields))
	}
}

func (n *names) refuse(at ast.Node, format string, args ...any) {
	if n.fault == nil {
		n.fault = &Fault{Offset: at.Location().From, Message: fmt.Sprintf(format, args...)}
	}
}
