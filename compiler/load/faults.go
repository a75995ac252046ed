package load

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/load"
	"cuelang.org/go/cue/token"

	"edgebench/compiler/spec"
	"edgebench/compiler/suggest"
)

// maxRounds bounds how often faults looks again.
const maxRounds = 8

// faults lists everything that is wrong with a package, of which the first
// errors are known.
//
// Note: the evaluator reports conflicting values first, unknown fields only
// where no value conflicts, and missing fields only where nothing else is
// wrong. To show all at once, what was reported is blanked out in a copy of the
// user's files, byte for byte so that positions stay, and the copy is checked
// again.
func (src source) faults(doc *document, checked cue.Value, err error) spec.Diagnostics {
	var found spec.Diagnostics
	reported := map[string]bool{}
	for range maxRounds {
		ds := doc.describe(checked, err, reported)
		found = append(found, ds...)
		var blanked bool
		if src, blanked = src.blank(doc, ds); !blanked {
			break
		}
		var buildErr error
		if doc, checked, buildErr = src.build(); buildErr != nil {
			break
		}
		if err = checked.Validate(cue.Concrete(true)); err == nil {
			break
		}
	}
	return found
}

// describe turns the evaluator's errors into diagnostics, without those that
// follow from what was reported already.
func (doc *document) describe(checked cue.Value, err error, reported map[string]bool) spec.Diagnostics {
	var ds spec.Diagnostics
	for _, d := range doc.cueErrors(err) {
		if follows(d, reported) {
			continue
		}
		if strings.HasSuffix(d.Msg, notAllowed) {
			d.Msg = unknownField(checked, d)
		}
		ds = append(ds, d)
	}
	ds = withoutBranches(ds)
	for _, d := range ds {
		reported[d.Path] = true
	}
	return ds
}

// withoutBranches drops what a disjunction's branches say of a value that the
// schema's own message is about too.
func withoutBranches(ds spec.Diagnostics) spec.Diagnostics {
	conflict := func(d spec.Diagnostic) bool { return strings.HasPrefix(d.Msg, "conflicting values ") }
	explained := map[string]bool{}
	for _, d := range ds {
		explained[d.Path] = explained[d.Path] || !conflict(d)
	}
	return slices.DeleteFunc(ds, func(d spec.Diagnostic) bool { return conflict(d) && explained[d.Path] })
}

// follows tells whether an error is at or below a value that was blanked out,
// or in a layer whose operator was.
func follows(d spec.Diagnostic, reported map[string]bool) bool {
	p := cue.ParsePath(d.Path)
	if p.Err() != nil {
		return false
	}
	selectors := p.Selectors()
	for n := range len(selectors) + 1 {
		above := cue.MakePath(selectors[:n]...).String()
		if reported[above] && above != "" || reported[above+".op"] {
			return true
		}
	}
	return false
}

// blank lays a copy of the user's files over them in which the values that
// diagnostics are about are blanked out. It tells whether it changed anything.
func (src source) blank(doc *document, ds spec.Diagnostics) (source, bool) {
	texts := maps.Clone(src.blanked)
	if texts == nil {
		texts = map[string][]byte{}
	}
	changed := false
	for _, d := range ds {
		p := cue.ParsePath(d.Path)
		if p.Err() != nil {
			continue
		}
		if w, exact := locate(doc.syntax, p.Selectors()); exact {
			changed = blankNode(texts, w, strings.HasPrefix(d.Msg, unknown)) || changed
		}
	}
	src.blanked = texts
	src.config.Overlay = maps.Clone(src.config.Overlay)
	for file, text := range texts {
		src.config.Overlay[file] = load.FromBytes(text)
	}
	return src, changed
}

// blankNode replaces a value by `_`, or, of an unknown field, the whole field
// by nothing.
func blankNode(texts map[string][]byte, w written, whole bool) bool {
	var node ast.Node = w.value
	if whole && w.field != nil {
		node = w.field
	}
	file := node.Pos().Filename()
	text, err := textOf(texts, file)
	start, end := node.Pos().Offset(), node.End().Offset()
	if err != nil || start < 0 || end > len(text) || start >= end {
		return false
	}
	for i := start; i < end; i++ {
		if text[i] != '\n' {
			text[i] = ' '
		}
	}
	if !whole {
		text[start] = '_'
	} else if rest := bytes.TrimLeft(text[end:], " \t"); bytes.HasPrefix(rest, []byte(",")) {
		rest[0] = ' '
	}
	texts[file] = text
	return true
}

// textOf is a copy of a file as it was blanked so far.
func textOf(texts map[string][]byte, file string) ([]byte, error) {
	if text, ok := texts[file]; ok {
		return bytes.Clone(text), nil
	}
	return os.ReadFile(file)
}

const (
	notAllowed = "field not allowed"
	unknown    = "unknown field "
)

// unknownField says which field was probably meant.
func unknownField(root cue.Value, d spec.Diagnostic) string {
	p := cue.ParsePath(d.Path)
	selectors := p.Selectors()
	if p.Err() != nil || len(selectors) == 0 || selectors[len(selectors)-1].LabelType() != cue.StringLabel {
		return d.Msg
	}
	parent := root.LookupPath(cue.MakePath(selectors[:len(selectors)-1]...))
	name := selectors[len(selectors)-1].Unquoted()
	return fmt.Sprintf("%s%q%s", unknown, name, suggest.DidYouMean(name, fieldsOf(parent)))
}

// fieldsOf lists the fields that a struct may have.
func fieldsOf(v cue.Value) []string {
	fields, err := v.Fields(cue.Optional(true))
	if err != nil {
		return nil
	}
	var names []string
	for fields.Next() {
		if s := fields.Selector(); s.LabelType() == cue.StringLabel && mayHave(fields) {
			names = append(names, s.Unquoted())
		}
	}
	return names
}

// mayHave leaves out a field that is itself an unknown one.
func mayHave(fields *cue.Iterator) bool {
	if fields.IsOptional() {
		return true
	}
	for _, e := range errors.Errors(fields.Value().Err()) {
		path := e.Path()
		if format, _ := e.Msg(); strings.HasSuffix(format, notAllowed) && path[len(path)-1] == fields.Selector().String() {
			return false
		}
	}
	return true
}

// cueErrors turns the evaluator's errors into diagnostics at the user's
// positions.
func (doc *document) cueErrors(err error) spec.Diagnostics {
	var ds spec.Diagnostics
	for _, e := range errors.Errors(err) {
		format, args := e.Msg()
		msg := plainWords(fmt.Sprintf(format, args...))
		if summaryOnly.MatchString(msg) {
			continue // the disjunction's branches follow, each an error of its own
		}
		selectors := selectorsOf(e.Path())
		ds = append(ds, spec.Diagnostic{
			Position: doc.position(doc.errorPos(e, selectors)),
			Path:     cue.MakePath(selectors...).String(),
			Msg:      msg,
		})
	}
	return ds
}

var summaryOnly = regexp.MustCompile(`^\d+ errors in empty disjunction`)

// plainWords replaces CUE's wording where a user of specs would not know it.
func plainWords(msg string) string {
	switch {
	case strings.HasPrefix(msg, "field is required but not present"):
		return "this field is required, and missing"
	case strings.HasPrefix(msg, "incomplete value"):
		return "this field needs a value: " + msg
	}
	return msg
}

// errorPos is where the user wrote what an error is about: the value itself,
// else the first of the error's own positions in a file of the user's, else
// the nearest enclosing node.
func (doc *document) errorPos(e errors.Error, selectors []cue.Selector) token.Pos {
	nearest, exact := locate(doc.syntax, selectors)
	if exact {
		return nearest.pos(exact)
	}
	for _, p := range append([]token.Pos{e.Position()}, e.InputPositions()...) {
		if p.IsValid() && !doc.src.internal(p.Filename()) && !doc.isSchemaEmbedding(p) {
			return p
		}
	}
	if nearest.value != nil {
		return nearest.pos(exact)
	}
	return e.Position()
}

// isSchemaEmbedding tells whether a position is that of a top-level embedding,
// such as schema.#Spec, which is part of every error.
func (doc *document) isSchemaEmbedding(p token.Pos) bool {
	for _, f := range doc.syntax {
		for _, decl := range f.Decls {
			if embed, ok := decl.(*ast.EmbedDecl); ok && embed.Pos() == p {
				return true
			}
		}
	}
	return false
}

func (doc *document) position(p token.Pos) spec.Position {
	if !p.IsValid() && len(doc.syntax) > 0 {
		return spec.Position{File: doc.src.display(doc.syntax[0].Filename), Line: 1, Col: 1}
	}
	if !p.IsValid() {
		return spec.Position{File: doc.src.display(doc.src.config.Dir)}
	}
	return spec.Position{File: doc.src.display(p.Filename()), Line: p.Line(), Col: p.Column()}
}
