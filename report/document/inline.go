package document

import (
	"bufio"
	"bytes"
	"html"
	"strings"

	"github.com/yuin/goldmark/ast"
	mdhtml "github.com/yuin/goldmark/renderer/html"
)

// spans are the styled texts below n, which inherit style.
func (p *reader) spans(n ast.Node, style Span) []Span {
	var out []Span
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		out = join(out, p.inline(c, style))
	}
	return out
}

func (p *reader) inline(n ast.Node, style Span) []Span {
	switch n := n.(type) {
	case *ast.Text:
		return p.text(n, style)
	case *ast.String:
		style.Text = string(n.Value)
		return []Span{style}
	case *ast.CodeSpan:
		style.Code = true
		return p.spans(n, style)
	case *ast.Emphasis:
		if n.Level > 1 {
			style.Strong = true
		} else {
			style.Emph = true
		}
		return p.spans(n, style)
	case *ast.AutoLink:
		style.Text, style.Link = string(n.Label(p.src)), string(n.URL(p.src))
		if n.AutoLinkType == ast.AutoLinkEmail {
			style.Link = "mailto:" + style.Text
		}
		return []Span{style}
	case *ast.Link:
		return p.link(n, style)
	case *ast.RawHTML:
		if raw := n.Segments.Value(p.src); !bytes.HasPrefix(raw, []byte("<!--")) {
			p.fail(p.lineOf(n), "HTML %q is not rendered; use Markdown", raw)
		}
		return nil
	case *ast.Image:
		p.fail(p.lineOf(n), "image %q must stand alone in a paragraph", n.Destination)
		return nil
	}
	p.fail(p.lineOf(n), "%s is not supported in a report; rewrite it", n.Kind())
	return nil
}

func (p *reader) text(n *ast.Text, style Span) []Span {
	style.Text = string(n.Segment.Value(p.src))
	if !n.IsRaw() && !style.Code {
		style.Text = unescape(n.Segment.Value(p.src))
	}
	switch {
	case n.HardLineBreak():
		return []Span{style, {Text: "\n"}}
	case n.SoftLineBreak():
		style.Text += " "
	}
	return []Span{style}
}

// unescape resolves backslashes and entities as goldmark's own renderer
// does: it writes HTML, which is then undone.
func unescape(raw []byte) string {
	var out strings.Builder
	w := bufio.NewWriter(&out)
	mdhtml.DefaultWriter.Write(w, raw)
	w.Flush() // a strings.Builder cannot fail
	return html.UnescapeString(out.String())
}

// link is a link's text; without text, a reference that resolve will name.
func (p *reader) link(n *ast.Link, style Span) []Span {
	style.Link = string(n.Destination)
	if anchor, ok := strings.CutPrefix(style.Link, "#"); ok {
		p.refs = append(p.refs, reference{anchor, p.lineOf(n)})
		if n.FirstChild() == nil {
			p.checkReference(n, anchor)
			return []Span{style}
		}
		return p.spans(n, style)
	}
	if !isWebAddress(style.Link) {
		p.fail(p.lineOf(n), "link %q: use an http, https or mailto address, or # and an anchor", style.Link)
	}
	if n.FirstChild() == nil {
		style.Text = style.Link
		return []Span{style}
	}
	return p.spans(n, style)
}

// checkReference refuses a link without text where no label can replace it.
func (p *reader) checkReference(n *ast.Link, anchor string) {
	kind, _, _ := strings.Cut(anchor, ":")
	if kind != "figure" && kind != "table" {
		p.fail(p.lineOf(n), "link to #%s has no text; write [text](#%s)", anchor, anchor)
	}
	if parent := n.Parent(); parent.Kind() != ast.KindParagraph && parent.Kind() != ast.KindTextBlock &&
		parent.Kind() != ast.KindEmphasis {
		p.fail(p.lineOf(n), "reference to #%s stands in a heading or table; give it a text, or move it to a paragraph", anchor)
	}
}

func isWebAddress(s string) bool {
	for _, scheme := range []string{"http://", "https://", "mailto:"} {
		if strings.HasPrefix(strings.ToLower(s), scheme) {
			return true
		}
	}
	return false
}

// join appends spans, merging neighbours of the same style.
func join(out, more []Span) []Span {
	for _, s := range more {
		if n := len(out) - 1; n >= 0 && mergeable(out[n], s) {
			out[n].Text += s.Text
			continue
		}
		out = append(out, s)
	}
	return out
}

func mergeable(a, b Span) bool {
	if a.Text == "" || b.Text == "" || a.Text == "\n" || b.Text == "\n" {
		return false
	}
	a.Text, b.Text = "", ""
	return a == b
}

// plain is the text below n without styles.
func (p *reader) plain(n ast.Node) string {
	var text strings.Builder
	for _, s := range p.spans(n, Span{}) {
		text.WriteString(s.Text)
	}
	return strings.TrimSpace(text.String())
}

// lineOf is the line of a node, 1-based, in the file. Links and images have
// no position of their own; their address is looked for in their block.
func (p *reader) lineOf(n ast.Node) int {
	offset := p.offset(n)
	return p.skip + bytes.Count(p.src[:offset], []byte("\n")) + 1
}

func (p *reader) offset(n ast.Node) int {
	block := n
	for block.Type() == ast.TypeInline {
		block = block.Parent()
	}
	start, stop := extent(block)
	if target := address(n); target != "" {
		if i := bytes.Index(p.src[start:stop], []byte(target)); i >= 0 {
			return start + i
		}
	}
	return start
}

func address(n ast.Node) string {
	switch n := n.(type) {
	case *ast.Link:
		return string(n.Destination)
	case *ast.Image:
		return string(n.Destination)
	}
	return ""
}

// extent is where a block's text begins and ends; that of its first
// descendant with text where it has none itself.
func extent(block ast.Node) (start, stop int) {
	for n := block; n != nil; n = n.FirstChild() {
		if n.Type() == ast.TypeInline {
			break
		}
		if lines := n.Lines(); lines != nil && lines.Len() > 0 {
			return lines.At(0).Start, lines.At(lines.Len() - 1).Stop
		}
	}
	return 0, 0
}
