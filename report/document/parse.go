package document

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"edgebench/report/table"
)

// markdown is CommonMark with tables, bare addresses as links, and heading
// anchors ({#id}, or made from the text).
var markdown = goldmark.New(
	goldmark.WithExtensions(extension.Table, extension.Linkify),
	goldmark.WithParserOptions(parser.WithAutoHeadingID(), parser.WithHeadingAttribute()),
)

// Parse reads a document from Markdown; name is the file's, for errors,
// which carry name:line and are all reported. Beyond CommonMark and tables:
//
//	---                  on the first line: a head of "key: value" lines (title,
//	title: ...           subtitle, authors, subject, keywords; lists are parted
//	---                  by semicolons)
//	![](figure:ID)       alone in a paragraph: that figure
//	![](table:ID)        alone in a paragraph: that table
//	![](contents:)       alone in a paragraph: the table of contents
//	[](#figure:ID)       "Figure 2", linked; so for table:ID
//	<!-- pagebreak -->   alone: a new page; other comments are dropped
//	---                  alone: a rule
func Parse(src []byte, name string, lookup Lookup) (*Document, error) {
	p := &reader{name: name, lookup: lookup, doc: &Document{}, placed: map[string]int{}, anchors: map[string]bool{}, notices: map[string]string{}}
	p.src = p.head(bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n")))
	root := markdown.Parser().Parse(text.NewReader(p.src))
	p.doc.Blocks = p.blocks(root)
	p.doc.Number()
	p.resolve()
	if len(p.errs) > 0 {
		return nil, errors.Join(p.errs...)
	}
	return p.doc, nil
}

// reader turns goldmark's tree into blocks.
type reader struct {
	name   string
	src    []byte // without the head
	skip   int    // lines of the head
	lookup Lookup
	doc    *Document

	placed  map[string]int // line of each figure and table, by anchor
	anchors map[string]bool
	notices map[string]string // labels of what notices stand for, by anchor
	refs    []reference
	errs    []error
}

// reference is a link inside the document.
type reference struct {
	anchor string
	line   int
}

func (p *reader) fail(line int, format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf("%s:%d: %s", p.name, line, fmt.Sprintf(format, args...)))
}

// head reads the "key: value" lines between two lines of dashes.
func (p *reader) head(src []byte) []byte {
	body, ok := bytes.CutPrefix(src, []byte("---\n"))
	if !ok {
		return src
	}
	head, rest, ok := bytes.Cut(body, []byte("\n---\n"))
	if !ok {
		return src
	}
	lines := strings.Split(string(head), "\n")
	for i, line := range lines {
		p.headLine(i+2, line)
	}
	p.skip = len(lines) + 2
	return rest
}

func (p *reader) headLine(number int, line string) {
	if strings.TrimSpace(line) == "" {
		return
	}
	key, value, _ := strings.Cut(line, ":")
	value = strings.TrimSpace(value)
	switch strings.TrimSpace(key) {
	case "title":
		p.doc.Title = value
	case "subtitle":
		p.doc.Subtitle = value
	case "authors":
		p.doc.Authors = list(value)
	case "subject":
		p.doc.Subject = value
	case "keywords":
		p.doc.Keywords = list(value)
	default:
		p.fail(number, "%q is no line of a document's head; use title, subtitle, authors, subject or keywords, "+
			"or begin the text without dashes", line)
	}
}

func list(s string) []string {
	var out []string
	for part := range strings.SplitSeq(s, ";") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

func (p *reader) blocks(parent ast.Node) []Block {
	var out []Block
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		if b := p.block(n); b != nil {
			out = append(out, b)
		}
	}
	return out
}

// block converts one node; nil for what leaves no trace.
func (p *reader) block(n ast.Node) Block {
	switch n := n.(type) {
	case *ast.Heading:
		return p.heading(n)
	case *ast.Paragraph, *ast.TextBlock:
		return p.paragraph(n)
	case *ast.List:
		l := &List{Ordered: n.IsOrdered(), Start: n.Start}
		for item := n.FirstChild(); item != nil; item = item.NextSibling() {
			l.Items = append(l.Items, p.blocks(item))
		}
		return l
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		return &Code{Text: strings.TrimRight(string(n.Lines().Value(p.src)), "\n")}
	case *ast.Blockquote:
		return &Quote{Blocks: p.blocks(n)}
	case *ast.ThematicBreak:
		return &Rule{}
	case *ast.HTMLBlock:
		return p.comment(n)
	case *east.Table:
		return p.table(n)
	case *ast.LinkReferenceDefinition:
		return nil
	}
	p.fail(p.lineOf(n), "%s is not supported in a report; rewrite it", n.Kind())
	return nil
}

func (p *reader) heading(n *ast.Heading) Block {
	h := &Heading{Level: n.Level, Text: p.plain(n)}
	if id, ok := n.AttributeString("id"); ok {
		if b, ok := id.([]byte); ok {
			h.ID = string(b)
		}
	}
	p.anchors[h.ID] = true
	return h
}

// paragraph is text, or the exhibit that stands alone in it.
func (p *reader) paragraph(n ast.Node) Block {
	if img, ok := n.FirstChild().(*ast.Image); ok && img.NextSibling() == nil {
		return p.exhibit(img)
	}
	spans := p.spans(n, Span{})
	if len(spans) == 0 {
		return nil
	}
	return &Paragraph{Spans: spans}
}

// exhibit is the figure, table or contents that an image stands for.
func (p *reader) exhibit(img *ast.Image) Block {
	target, line := string(img.Destination), p.lineOf(img)
	if n, ok := p.lookup.Notice(target); ok {
		p.place(target, line)
		p.notices[target] = n.Label
		return n.block()
	}
	kind, id, _ := strings.Cut(target, ":")
	switch kind {
	case "contents":
		return &Contents{}
	case "figure":
		if f, ok := p.lookup.Figure(id); ok {
			p.place(target, line)
			return &Figure{Figure: f}
		}
		p.fail(line, "no figure %q; known: %s", id, known(p.lookup.FigureIDs()))
	case "table":
		if t, ok := p.lookup.Table(id); ok {
			p.place(target, line)
			return &Table{Table: t.Shown()}
		}
		p.fail(line, "no table %q; known: %s", id, known(p.lookup.TableIDs()))
	default:
		p.fail(line, "image %q: only figure:ID, table:ID and contents: can be shown", target)
	}
	return nil
}

// block is the notice set off from the text around it.
func (n Notice) block() Block {
	return &Quote{Blocks: []Block{&Paragraph{Spans: []Span{
		{Text: "No " + n.Label + ". ", Strong: true}, {Text: n.Text},
	}}}}
}

func known(ids []string) string {
	if len(ids) == 0 {
		return "none"
	}
	return strings.Join(ids, ", ")
}

func (p *reader) place(anchor string, line int) {
	if first, ok := p.placed[anchor]; ok {
		p.fail(line, "%s already stands at line %d; refer to it with [](#%s)", anchor, first, anchor)
	}
	p.placed[anchor] = line
	p.anchors[anchor] = true
}

// comment is a page break, or nothing.
func (p *reader) comment(n *ast.HTMLBlock) Block {
	raw := n.Lines().Value(p.src)
	if n.HasClosure() {
		raw = append(bytes.Clone(raw), n.ClosureLine.Value(p.src)...)
	}
	body, opened := strings.CutPrefix(strings.TrimSpace(string(raw)), "<!--")
	body, closed := strings.CutSuffix(body, "-->")
	switch {
	case !opened || !closed:
		p.fail(p.lineOf(n), "HTML is not rendered; use Markdown")
	case strings.TrimSpace(body) == "pagebreak":
		return &PageBreak{}
	}
	return nil
}

// table is a table written in the text.
func (p *reader) table(n *east.Table) Block {
	t := &table.Table{}
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		var cells []table.Cell
		for c := row.FirstChild(); c != nil; c = c.NextSibling() {
			_, strong := c.FirstChild().(*ast.Emphasis)
			cells = append(cells, table.Cell{Text: p.plain(c), Strong: strong && c.ChildCount() == 1})
		}
		if _, ok := row.(*east.TableHeader); ok {
			t.Columns = columns(cells, n.Alignments)
			continue
		}
		t.Rows = append(t.Rows, table.Row{Cells: cells})
	}
	return &Table{Table: t}
}

func columns(head []table.Cell, aligns []east.Alignment) []table.Column {
	out := make([]table.Column, len(head))
	for i, c := range head {
		out[i].Name = c.Text
		if i < len(aligns) {
			out[i].Align = alignment[aligns[i]]
		}
	}
	return out
}

var alignment = map[east.Alignment]table.Align{
	east.AlignLeft: table.Left, east.AlignRight: table.Right, east.AlignCenter: table.Center,
}

// resolve checks the links inside the document and names the references.
func (p *reader) resolve() {
	for _, r := range p.refs {
		if !p.anchors[r.anchor] {
			p.fail(r.line, "link to #%s leads nowhere: %s", r.anchor, p.advice(r.anchor))
		}
	}
	labels := p.doc.labels()
	Walk(p.doc.Blocks, func(b Block) {
		if para, ok := b.(*Paragraph); ok {
			for i := range para.Spans {
				s := &para.Spans[i]
				anchor := strings.TrimPrefix(s.Link, "#")
				if label, ok := p.notices[anchor]; ok && s.Link != anchor {
					s.Link, s.Text = "", cmp.Or(s.Text, label) // nothing stands there to be linked
				} else if s.Text == "" {
					s.Text = labels[anchor]
				}
			}
		}
	})
}

func (p *reader) advice(anchor string) string {
	kind, _, _ := strings.Cut(anchor, ":")
	var here []string
	Walk(p.doc.Blocks, func(b Block) {
		switch b := b.(type) {
		case *Figure:
			if kind == "figure" {
				here = append(here, b.ID)
			}
		case *Table:
			if kind == "table" && b.ID != "" {
				here = append(here, b.ID)
			}
		case *Heading:
			if kind != "figure" && kind != "table" {
				here = append(here, b.ID)
			}
		}
	})
	if kind != "figure" && kind != "table" {
		kind = "heading"
	}
	return fmt.Sprintf("the document's %s ids are %s", kind, known(here))
}
