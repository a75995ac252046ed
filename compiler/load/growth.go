package load

import (
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"

	"edgebench/compiler/spec"
)

// largest is where the spec at a path most likely grows too large. The
// evaluator cannot be asked what it is at, so the size of every field is
// estimated from the text: products of lists, of alternatives, of repetitions,
// and what references to such fields stand for. The remedy is another way to
// say it, if there is one.
func largest(path string) (at spec.Position, remedy string) {
	g := growth{named: map[string][]ast.Expr{}, sizes: map[ast.Node]float64{}}
	files, names := parseFiles(path)
	for _, f := range files {
		g.collect(f)
	}
	at = spec.Position{File: firstFile(path), Line: 1, Col: 1}
	most := 0.0
	for i, f := range files {
		for _, d := range f.Decls {
			if size := g.size(d); size > most {
				g.field = ""
				p := g.narrow(d).Pos()
				most, at = size, spec.Position{File: names[i], Line: p.Line(), Col: p.Column()}
				remedy = remedies[g.field]
			}
		}
	}
	return at, remedy
}

// remedies are other ways to say what fields list.
var remedies = map[string]string{
	"threads": ". Many numbers of threads are written as a range, such as [{from: 1, to: 64}], which takes no list",
}

// parseFiles parses the files at a path, as far as they can be.
func parseFiles(path string) (files []*ast.File, names []string) {
	names = []string{path}
	if found, _ := filepath.Glob(filepath.Join(escapeGlob(path), "*.cue")); len(found) > 0 {
		names = found
	}
	for i := range names {
		f, _ := parser.ParseFile(names[i], nil) // of a wrong file, what was parsed
		if f == nil {
			f = &ast.File{}
		}
		files = append(files, f)
	}
	return files, names
}

// growth estimates how many values expressions stand for.
type growth struct {
	named map[string][]ast.Expr // values of fields and lets, by name
	sizes map[ast.Node]float64
	field string // that narrow descended to last
}

// enormous is where estimates stop.
const enormous = 1e30

// collect finds the values that references may stand for. It goes by the name
// alone: of several, the largest counts.
func (g *growth) collect(f *ast.File) {
	ast.Walk(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			if name, _, err := ast.LabelName(n.Label); err == nil {
				g.named[name] = append(g.named[name], n.Value)
			}
		case *ast.LetClause:
			g.named[n.Ident.Name] = append(g.named[n.Ident.Name], n.Expr)
		}
		return true
	}, nil)
}

// size estimates a node once.
func (g *growth) size(n ast.Node) float64 {
	if size, known := g.sizes[n]; known {
		return size
	}
	g.sizes[n] = 1 // if it is met again below itself
	size := math.Min(math.Max(g.estimate(n), 1), enormous)
	g.sizes[n] = size
	return size
}

func (g *growth) estimate(n ast.Node) float64 {
	switch n := n.(type) {
	case *ast.Ident:
		return g.sizeOfName(n.Name)
	case *ast.SelectorExpr:
		if name, _, err := ast.LabelName(n.Sel); err == nil {
			return g.sizeOfName(name)
		}
	case *ast.BinaryExpr:
		return g.binary(n)
	case *ast.CallExpr:
		return g.call(n)
	case *ast.Comprehension:
		size := g.size(n.Value)
		for _, c := range n.Clauses {
			if c, ok := c.(*ast.ForClause); ok {
				size *= g.size(c.Source)
			}
		}
		return size
	}
	return g.sum(children(n))
}

func (g *growth) sum(nodes []ast.Node) float64 {
	size := 0.0
	for _, n := range nodes {
		size += g.size(n)
	}
	return size
}

// children are the parts whose sizes add up.
func children(n ast.Node) (list []ast.Node) {
	add := func(parts ...ast.Node) { list = append(list, parts...) }
	switch n := n.(type) {
	case *ast.Field:
		add(n.Value)
	case *ast.EmbedDecl:
		add(n.Expr)
	case *ast.LetClause:
		add(n.Expr)
	case *ast.ParenExpr:
		add(n.X)
	case *ast.UnaryExpr:
		add(n.X)
	case *ast.StructLit:
		for _, d := range n.Elts {
			add(d)
		}
	case *ast.ListLit:
		for _, e := range n.Elts {
			add(e)
		}
	case *ast.Interpolation:
		for _, e := range n.Elts {
			add(e)
		}
	case *ast.Comprehension:
		add(n.Value)
	}
	return list
}

func (g *growth) sizeOfName(name string) float64 {
	size := 1.0
	for _, e := range g.named[name] {
		size = math.Max(size, g.size(e))
	}
	return size
}

func (g *growth) binary(n *ast.BinaryExpr) float64 {
	x, y := g.size(n.X), g.size(n.Y)
	switch n.Op {
	case token.AND:
		return math.Max(x+y, g.alternatives(n))
	case token.MUL: // of a text or a list, repeats it
		return math.Max(x, g.number(n.X)) * math.Max(y, g.number(n.Y))
	}
	return x + y
}

// alternatives is how many values a disjunction tries.
func (g *growth) alternatives(e ast.Expr) float64 {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return g.alternatives(e.X)
	case *ast.BinaryExpr:
		x, y := g.alternatives(e.X), g.alternatives(e.Y)
		switch e.Op {
		case token.AND:
			return math.Min(x*y, enormous)
		case token.OR:
			return x + y
		}
	case *ast.Ident:
		return g.sizeOfName(e.Name)
	}
	return 1
}

// call takes the numbers that a function is given for what it repeats.
func (g *growth) call(n *ast.CallExpr) float64 {
	size := 1.0
	for _, a := range n.Args {
		size *= math.Max(g.size(a), g.number(a))
	}
	if f, ok := n.Fun.(*ast.SelectorExpr); ok && len(n.Args) == 3 {
		if name, _, err := ast.LabelName(f.Sel); err == nil && name == "Range" {
			return (g.number(n.Args[1]) - g.number(n.Args[0])) / g.number(n.Args[2])
		}
	}
	return size
}

// number is the value of a literal, or of a product or sum of such, and else 0.
func (g *growth) number(e ast.Expr) float64 {
	switch e := e.(type) {
	case *ast.BasicLit:
		v, err := strconv.ParseFloat(strings.ReplaceAll(e.Value, "_", ""), 64)
		if err == nil && (e.Kind == token.INT || e.Kind == token.FLOAT) {
			return v
		}
	case *ast.ParenExpr:
		return g.number(e.X)
	case *ast.BinaryExpr:
		switch e.Op {
		case token.MUL:
			return g.number(e.X) * g.number(e.Y)
		case token.ADD:
			return g.number(e.X) + g.number(e.Y)
		}
	case *ast.Ident:
		if values := g.named[e.Name]; len(values) == 1 {
			if literal, ok := values[0].(*ast.BasicLit); ok {
				return g.number(literal)
			}
		}
	}
	return 0
}

// narrow descends to the one part that makes up most of a node.
func (g *growth) narrow(n ast.Node) ast.Node {
	if f, ok := n.(*ast.Field); ok {
		g.field, _, _ = ast.LabelName(f.Label)
	}
	for _, part := range children(n) {
		if part != n && g.size(part) > 0.9*g.size(n) {
			if below := g.narrow(part); below.Pos().IsValid() {
				return below
			}
		}
	}
	return n
}
