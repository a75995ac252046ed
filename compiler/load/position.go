package load

import (
	"strconv"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"edgebench/compiler/spec"
)

// document is the syntax of one package, for positions.
type document struct {
	src    source
	syntax []*ast.File
}

// text finds the values of a spec in the files of its package.
type text struct {
	src   source
	parse func() []*ast.File
	base  spec.Locator // where values that it does not state are looked for; may be nil
}

// Locate implements spec.Locator.
func (t *text) Locate(elements ...any) (spec.Position, string) {
	p := path(elements...)
	doc := document{t.src, t.parse()}
	if found, exact := locate(doc.syntax, p.Selectors()); found.value != nil {
		return doc.position(found.pos(exact)), p.String()
	}
	if t.base != nil {
		return t.base.Locate(elements...)
	}
	return spec.Position{}, p.String()
}

// LocateIn implements spec.Locator.
func (t *text) LocateIn(runes int, elements ...any) (spec.Position, bool) {
	p := path(elements...)
	doc := document{t.src, t.parse()}
	found, exact := locate(doc.syntax, p.Selectors())
	if found.value == nil {
		return spec.Position{}, false
	}
	literal, isText := found.value.(*ast.BasicLit)
	if !exact || !isText {
		return spec.Position{}, false
	}
	line, col, ok := within(literal.Value, runes)
	pos := doc.position(literal.Pos())
	if line == 0 {
		col += pos.Col - 1
	}
	return spec.Position{File: pos.File, Line: pos.Line + line, Col: col + 1}, ok
}

// path makes a CUE path of names and list indices.
func path(elements ...any) cue.Path {
	selectors := make([]cue.Selector, len(elements))
	for i, e := range elements {
		switch e := e.(type) {
		case string:
			selectors[i] = cue.Str(e)
		case int:
			selectors[i] = cue.Index(e)
		}
	}
	return cue.MakePath(selectors...)
}

// written is what a file spells out of the value at a path: the value itself,
// or the nearest enclosing one.
type written struct {
	field *ast.Field // that has the value; nil for a list element
	value ast.Expr
	depth int // selectors that it answers
}

// locate finds where the user wrote the value at a path, by walking the syntax
// trees, and reports whether a file spells out that value itself.
//
// Note: cue.Value.Pos gives the schema's position for a value that the file
// unifies with a definition, hence the walk.
func locate(files []*ast.File, selectors []cue.Selector) (found written, exact bool) {
	if len(selectors) == 0 {
		return written{}, false // an error about a file or the package
	}
	for _, f := range files {
		if w := locateIn(f.Decls, selectors, 0); w.depth > found.depth {
			found = w
		}
	}
	return found, found.depth == len(selectors) && found.depth > 0
}

// writings are all places in which the user wrote the value at a path.
func writings(files []*ast.File, selectors []cue.Selector) []written {
	var list []written
	if len(selectors) > 0 {
		for _, f := range files {
			list = append(list, writingsIn(f.Decls, selectors)...)
		}
	}
	return list
}

func writingsIn(decls []ast.Decl, selectors []cue.Selector) (list []written) {
	for _, decl := range decls {
		switch decl := decl.(type) {
		case *ast.Field:
			switch {
			case !labelIs(decl.Label, selectors[0]):
			case len(selectors) == 1:
				list = append(list, written{field: decl, value: decl.Value})
			default:
				list = append(list, writingsOf(decl.Value, selectors[1:])...)
			}
		case *ast.EmbedDecl:
			list = append(list, writingsOf(decl.Expr, selectors)...)
		}
	}
	return list
}

func writingsOf(e ast.Expr, selectors []cue.Selector) []written {
	switch e := e.(type) {
	case *ast.StructLit:
		return writingsIn(e.Elts, selectors)
	case *ast.ListLit:
		s := selectors[0]
		if s.LabelType() != cue.IndexLabel || s.Index() >= len(e.Elts) || !plain(e.Elts[:s.Index()+1]) {
			return nil
		}
		if len(selectors) == 1 {
			return []written{{value: e.Elts[s.Index()]}}
		}
		return writingsOf(e.Elts[s.Index()], selectors[1:])
	}
	return nil
}

// pos is the value's position if the value was asked for, so that an error
// points at what is wrong with it, and else the label's.
func (w written) pos(exact bool) token.Pos {
	switch {
	case w.value == nil:
		return token.NoPos
	case w.field == nil:
		return w.value.Pos()
	}
	if _, isStruct := w.value.(*ast.StructLit); exact && !isStruct {
		return w.value.Pos()
	}
	return w.field.Label.Pos()
}

// locateIn returns the deepest node found below some declarations.
func locateIn(decls []ast.Decl, selectors []cue.Selector, depth int) written {
	best := written{depth: depth}
	for _, decl := range decls {
		var w written
		switch decl := decl.(type) {
		case *ast.Field:
			if !labelIs(decl.Label, selectors[0]) {
				continue
			}
			w = deeper(written{decl, decl.Value, depth + 1}, selectors[1:])
		case *ast.EmbedDecl:
			w = locateExpr(decl.Expr, selectors, depth)
		}
		if w.depth > best.depth {
			best = w
		}
	}
	return best
}

// deeper goes on below a node.
func deeper(w written, selectors []cue.Selector) written {
	if len(selectors) == 0 {
		return w
	}
	if below := locateExpr(w.value, selectors, w.depth); below.depth > w.depth {
		return below
	}
	return w
}

func locateExpr(e ast.Expr, selectors []cue.Selector, depth int) written {
	none := written{depth: depth}
	switch e := e.(type) {
	case *ast.StructLit:
		return locateIn(e.Elts, selectors, depth)
	case *ast.ListLit:
		s := selectors[0]
		if s.LabelType() == cue.IndexLabel && s.Index() < len(e.Elts) && plain(e.Elts[:s.Index()+1]) {
			return deeper(written{nil, e.Elts[s.Index()], depth + 1}, selectors[1:])
		}
	case *ast.BinaryExpr:
		x, y := locateExpr(e.X, selectors, depth), locateExpr(e.Y, selectors, depth)
		if y.depth > x.depth {
			return y
		}
		return x
	case *ast.ParenExpr:
		return locateExpr(e.X, selectors, depth)
	}
	return none
}

// plain reports whether list elements stand for one value each, so that they can
// be counted.
func plain(elts []ast.Expr) bool {
	for _, e := range elts {
		switch e.(type) {
		case *ast.Comprehension, *ast.Ellipsis:
			return false
		}
	}
	return true
}

func labelIs(label ast.Label, s cue.Selector) bool {
	if s.LabelType() != cue.StringLabel {
		return false
	}
	name, _, err := ast.LabelName(label)
	return err == nil && name == s.Unquoted()
}

// selectorsOf turns the path of a CUE error into selectors. The first element
// is the definition that the error was found in.
func selectorsOf(path []string) []cue.Selector {
	var selectors []cue.Selector
	for _, e := range path {
		if e == "#Spec" {
			continue
		}
		selectors = append(selectors, selectorOf(e))
	}
	return selectors
}

func selectorOf(e string) cue.Selector {
	if i, err := strconv.Atoi(e); err == nil && i >= 0 {
		return cue.Index(i)
	}
	if p := cue.ParsePath(e); p.Err() == nil && len(p.Selectors()) == 1 {
		return p.Selectors()[0]
	}
	return cue.Str(e)
}
