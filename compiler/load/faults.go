package load

import (
	"bytes"
	"cmp"
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
		if len(found) > spec.MaxListed {
			break // more than anyone reads at once
		}
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
	all := doc.cueErrors(err)
	names := newNames(checked, all)
	var ds spec.Diagnostics
	for _, d := range all {
		if follows(d, reported) {
			continue
		}
		if strings.HasSuffix(d.Msg, notAllowed) {
			d.Msg = names.unknownField(d)
		}
		ds = append(ds, doc.repeated(d))
	}
	ds = withoutBranches(ds)
	for _, d := range ds {
		reported[d.Path] = true
	}
	for i := range ds {
		ds[i].Msg = plainWords(ds[i].Msg)
	}
	return ds
}

// repeated says of a conflict between two statements of the user's that there
// are two.
func (doc *document) repeated(d spec.Diagnostic) spec.Diagnostic {
	p := cue.ParsePath(d.Path)
	if p.Err() != nil || strings.HasPrefix(d.Msg, unknown) || strings.HasPrefix(d.Msg, missing) {
		return d
	}
	selectors := p.Selectors()
	values := writings(doc.syntax, selectors)
	if len(values) < 2 {
		return d
	}
	if entries := writings(doc.syntax, selectors[:min(len(selectors), entryDepth)]); len(selectors) > entryDepth && len(entries) > 1 {
		return spec.Diagnostic{
			Position: doc.position(entries[1].pos(true)),
			Path:     cue.MakePath(selectors[:entryDepth]...).String(),
			Msg: fmt.Sprintf("%s stands twice, here and at %v, and the two do not agree: give one of them another name",
				selectors[1], doc.position(entries[0].pos(true))),
		}
	}
	d.Position = doc.position(values[1].pos(true))
	d.Msg = fmt.Sprintf("this is stated twice, here and at %v, and not alike: leave one out", doc.position(values[0].pos(true)))
	return d
}

// entryDepth is how deep the entries of a spec lie, as in experiments.latency.
const entryDepth = 2

// withoutBranches drops what a disjunction's branches say of a value, or of a
// part of it, that the schema's own message is about too, and what follows
// from a part of a value that is wrong itself.
func withoutBranches(ds spec.Diagnostics) spec.Diagnostics {
	explained, parts := map[string]bool{}, map[string]bool{}
	for _, d := range ds {
		conflict := strings.HasPrefix(d.Msg, conflicting)
		explained[d.Path] = explained[d.Path] || !conflict && !strings.HasPrefix(d.Msg, unusable)
		for above := range abovePaths(d.Path) {
			parts[above] = true
		}
	}
	return slices.DeleteFunc(ds, func(d spec.Diagnostic) bool {
		if strings.HasPrefix(d.Msg, unusable) {
			return parts[d.Path]
		}
		if !strings.HasPrefix(d.Msg, conflicting) {
			return false
		}
		for above := range abovePaths(d.Path) {
			if explained[above] {
				return true
			}
		}
		return explained[d.Path]
	})
}

// abovePaths yields the paths of what a value lies in.
func abovePaths(path string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		p := cue.ParsePath(path)
		if p.Err() != nil {
			return
		}
		selectors := p.Selectors()
		for n := 1; n < len(selectors); n++ {
			if !yield(cue.MakePath(selectors[:n]...).String()) {
				return
			}
		}
	}
}

// follows reports whether an error is at or below a value that was blanked out,
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
// diagnostics are about are blanked out. It reports whether it changed anything.
func (src source) blank(doc *document, ds spec.Diagnostics) (source, bool) {
	texts := maps.Clone(src.blanked)
	if texts == nil {
		texts = map[string][]byte{}
	}
	changed := false
	done := map[string]bool{}
	for _, d := range shortestFirst(ds) {
		if inSet(d.Path, done) {
			continue // a part of what is blanked out
		}
		done[d.Path] = true
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

// shortestFirst sorts by the length of the paths, so that a value comes before
// its parts.
func shortestFirst(ds spec.Diagnostics) spec.Diagnostics {
	return slices.SortedStableFunc(slices.Values(ds), func(a, b spec.Diagnostic) int {
		return cmp.Compare(len(a.Path), len(b.Path))
	})
}

// inSet reports whether a path, or one above it, is in a set.
func inSet(path string, set map[string]bool) bool {
	for above := range abovePaths(path) {
		if set[above] {
			return true
		}
	}
	return set[path]
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

// names suggests names for unknown fields.
type names struct {
	root    cue.Value
	unknown map[string]bool     // paths
	known   map[string][]string // fields that a struct may have, by its path
}

func newNames(root cue.Value, all spec.Diagnostics) names {
	n := names{root: root, unknown: map[string]bool{}, known: map[string][]string{}}
	for _, d := range all {
		if strings.HasSuffix(d.Msg, notAllowed) {
			n.unknown[d.Path] = true
		}
	}
	return n
}

// unknownField says which field was probably meant.
func (n names) unknownField(d spec.Diagnostic) string {
	p := cue.ParsePath(d.Path)
	selectors := p.Selectors()
	if p.Err() != nil || len(selectors) == 0 || selectors[len(selectors)-1].LabelType() != cue.StringLabel {
		return d.Msg
	}
	name := selectors[len(selectors)-1].Unquoted()
	return fmt.Sprintf("%s%q%s", unknown, name, suggest.DidYouMean(name, n.fieldsOf(selectors[:len(selectors)-1])))
}

// fieldsOf lists the fields that a struct may have.
func (n names) fieldsOf(selectors []cue.Selector) []string {
	path := cue.MakePath(selectors...)
	if list, done := n.known[path.String()]; done {
		return list
	}
	var list []string
	fields, err := n.root.LookupPath(path).Fields(cue.Optional(true))
	for err == nil && fields.Next() {
		s := fields.Selector()
		if s.LabelType() == cue.StringLabel && !n.unknown[cue.MakePath(append(slices.Clip(selectors), cue.Str(s.Unquoted()))...).String()] {
			list = append(list, s.Unquoted())
		}
	}
	n.known[path.String()] = list
	return list
}

// cueErrors turns the evaluator's errors into diagnostics at the user's
// positions.
func (doc *document) cueErrors(err error) spec.Diagnostics {
	var ds spec.Diagnostics
	for _, e := range errors.Errors(err) {
		format, args := e.Msg()
		msg := fmt.Sprintf(format, args...)
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

// isSchemaEmbedding reports whether a position is that of a top-level embedding,
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
