// Package html renders a document as one self-contained HTML file: styles,
// script and figures are in it, so that it can be mailed and read without a
// network. Figures are SVG with real text. Reading needs no script; with it
// tables can be sorted and filtered.
package html

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"gonum.org/v1/plot/vg"

	"edgebench/internal/visible"
	"edgebench/report/document"
	"edgebench/report/table"
)

//go:embed page.html
var pageSource string

//go:embed page.css
var style string

//go:embed page.js
var script string

var page = template.Must(template.New("page.html").Parse(pageSource))

// Write writes doc as HTML. Errors name the figure or table that cannot be
// shown, before anything is written. The same document gives the same bytes.
func Write(w io.Writer, doc *document.Document) error {
	r := &renderer{doc: doc}
	body, err := r.blocks(doc.Blocks)
	if err != nil {
		return fmt.Errorf("html: %w", err)
	}
	date := ""
	if !doc.Date.IsZero() {
		date = doc.Date.UTC().Format("2 January 2006")
	}
	var b bytes.Buffer
	err = page.Execute(&b, struct {
		Doc    *document.Document
		Date   string
		ISO    string
		Body   template.HTML
		Style  template.CSS
		Script template.JS
	}{doc, date, doc.Date.UTC().Format(time.DateOnly), body, template.CSS(style), template.JS(script)})
	if err != nil {
		return fmt.Errorf("html: %w", err)
	}
	_, err = w.Write(b.Bytes())
	return err
}

// renderer writes blocks.
type renderer struct{ doc *document.Document }

func (r *renderer) blocks(blocks []document.Block) (template.HTML, error) {
	var b strings.Builder
	for _, block := range blocks {
		if err := r.block(&b, block); err != nil {
			return "", err
		}
	}
	return template.HTML(b.String()), nil
}

func (r *renderer) block(b *strings.Builder, block document.Block) error {
	switch x := block.(type) {
	case *document.Heading:
		level := min(x.Level+1, 6) // the title is the first
		fmt.Fprintf(b, "<h%d id=%q>%s</h%d>\n", level, x.ID, escape(x.Text), level)
	case *document.Paragraph:
		fmt.Fprintf(b, "<p>%s</p>\n", spans(x.Spans))
	case *document.List:
		return r.list(b, x)
	case *document.Code:
		fmt.Fprintf(b, "<pre><code>%s</code></pre>\n", escape(x.Text))
	case *document.Quote:
		inner, err := r.blocks(x.Blocks)
		fmt.Fprintf(b, "<blockquote>%s</blockquote>\n", inner)
		return err
	case *document.Table:
		return writeTable(b, x)
	case *document.Figure:
		return writeFigure(b, x)
	case *document.Contents:
		r.contents(b)
	case *document.Rule:
		b.WriteString("<hr>\n")
	case *document.PageBreak: // a page has no pages
	default:
		return fmt.Errorf("a block of type %T cannot be shown", block)
	}
	return nil
}

func (r *renderer) list(b *strings.Builder, l *document.List) error {
	open, end := "<ul>", "</ul>"
	if l.Ordered {
		open, end = fmt.Sprintf("<ol start=\"%d\">", l.Start), "</ol>"
	}
	b.WriteString(open + "\n")
	for _, item := range l.Items {
		inner, err := r.blocks(item)
		if err != nil {
			return err
		}
		fmt.Fprintf(b, "<li>%s</li>\n", inner)
	}
	b.WriteString(end + "\n")
	return nil
}

// contents links the headings of the first two levels.
func (r *renderer) contents(b *strings.Builder) {
	b.WriteString("<nav aria-label=\"Contents\"><h2>Contents</h2>\n<ul>\n")
	document.Walk(r.doc.Blocks, func(block document.Block) {
		if h, ok := block.(*document.Heading); ok && h.Level <= 2 {
			fmt.Fprintf(b, "<li class=\"level%d\"><a href=\"#%s\">%s</a></li>\n", h.Level, escape(h.ID), escape(h.Text))
		}
	})
	b.WriteString("</ul></nav>\n")
}

func escape(s string) string { return template.HTMLEscapeString(visible.Text(s)) }

// spans writes running text.
func spans(list []document.Span) string {
	var b strings.Builder
	for _, s := range list {
		text := strings.ReplaceAll(escape(s.Text), "\n", "<br>")
		for _, style := range []struct {
			on  bool
			tag string
		}{{s.Code, "code"}, {s.Emph, "em"}, {s.Strong, "strong"}} {
			if style.on {
				text = "<" + style.tag + ">" + text + "</" + style.tag + ">"
			}
		}
		if s.Link != "" {
			text = fmt.Sprintf("<a href=\"%s\">%s</a>", escape(s.Link), text)
		}
		b.WriteString(text)
	}
	return b.String()
}

// narrow is the width of figures on a small screen, see page.css.
const narrow = 92 * vg.Millimeter

// writeFigure writes a figure as SVG with its caption, once as wide as it wants
// and, where it can be drawn so, once for small screens, on which words that are
// scaled down would not be read. The drawing is one image to assistive
// technology, named by the caption.
func writeFigure(b *strings.Builder, f *document.Figure) error {
	drawing, err := f.PageSVG(0)
	if err != nil {
		return err
	}
	class, small := "drawing", ""
	if width, _, _ := f.Size(0); width > narrow {
		if small, err = f.PageSVG(narrow); err == nil {
			class += " twice" // else the wide one is scrolled
		}
	}
	name := f.Label() + ". " + f.Caption
	fmt.Fprintf(b, "<figure id=\"%s\"><div class=\"%s\" role=\"img\" aria-label=\"%s\">%s%s</div>\n", escape(f.Anchor()), class, escape(name), drawing, small)
	fmt.Fprintf(b, "<figcaption><b>%s.</b> %s%s</figcaption></figure>\n", escape(f.Label()), escape(f.Caption), notes(f.Notes))
	return nil
}

func notes(list []string) string {
	var b strings.Builder
	for _, n := range list {
		fmt.Fprintf(&b, "<p class=\"note\">%s</p>", escape(n))
	}
	return b.String()
}

// writeTable writes a table. One without headings among its rows can be
// sorted, and a long one filtered.
func writeTable(b *strings.Builder, t *document.Table) error {
	if err := t.Check(); err != nil {
		return err
	}
	fmt.Fprintf(b, "<figure class=\"table\"%s>", idOf(t))
	if t.ID != "" {
		fmt.Fprintf(b, "<figcaption><b>%s.</b> %s</figcaption>", escape(t.Label()), escape(t.Caption))
	}
	class := ""
	if sortable(t.Table) {
		class = " class=\"sortable\""
	}
	fmt.Fprintf(b, "\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\"><table%s>\n", escape(cmp.Or(t.Caption, "Table")), class)
	writeHead(b, t.Table)
	b.WriteString("<tbody>\n")
	for _, row := range t.Rows {
		writeRow(b, t.Table, row)
	}
	b.WriteString("</tbody></table></div>\n")
	marks := t.Marks()
	for _, n := range t.Notes {
		mark, text := table.SplitNote(n, marks)
		if mark != "" {
			mark = "<sup>" + escape(mark) + "</sup> "
		}
		fmt.Fprintf(b, "<p class=\"note\">%s%s</p>\n", mark, escape(text))
	}
	b.WriteString("</figure>\n")
	return nil
}

func idOf(t *document.Table) string {
	if t.ID == "" {
		return ""
	}
	return " id=\"" + escape(t.Anchor()) + "\""
}

// sortable reports whether rows can change places: not where headings part them.
func sortable(t *table.Table) bool {
	for _, r := range t.Rows {
		if r.Heading {
			return false
		}
	}
	return len(t.Rows) > 1
}

func writeHead(b *strings.Builder, t *table.Table) {
	b.WriteString("<thead>\n")
	if t.HasGroups() {
		b.WriteString("<tr>")
		for i := 0; i < len(t.Columns); {
			span := 1
			for i+span < len(t.Columns) && t.Columns[i+span].Group == t.Columns[i].Group {
				span++
			}
			scope := ""
			if t.Columns[i].Group != "" {
				scope = " scope=\"colgroup\""
			}
			fmt.Fprintf(b, "<th colspan=\"%d\"%s>%s</th>", span, scope, escape(t.Columns[i].Group))
			i += span
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("<tr class=\"names\">")
	for _, c := range t.Columns {
		fmt.Fprintf(b, "<th scope=\"col\"%s>%s</th>", align(c.Align), escape(c.Name))
	}
	b.WriteString("</tr>\n</thead>\n")
}

func align(a table.Align) string {
	switch a {
	case table.Right:
		return " class=\"right\""
	case table.Center:
		return " class=\"center\""
	}
	return ""
}

var tones = map[table.Tone]string{table.Good: "good", table.Warn: "warn", table.Bad: "bad"}

func writeRow(b *strings.Builder, t *table.Table, row table.Row) {
	if row.Heading {
		fmt.Fprintf(b, "<tr><th colspan=\"%d\" scope=\"rowgroup\">%s</th></tr>\n", len(t.Columns), escape(row.Cells[0].Text))
		return
	}
	b.WriteString("<tr>")
	for i, c := range row.Cells {
		classes := strings.Fields(tones[c.Tone] + " " + map[table.Align]string{table.Right: "right", table.Center: "center"}[t.Columns[i].Align])
		class := ""
		if len(classes) > 0 {
			class = " class=\"" + strings.Join(classes, " ") + "\""
		}
		text := escape(c.Text)
		if c.Strong {
			text = "<strong>" + text + "</strong>"
		}
		if c.Mark != "" {
			text += "<sup>" + escape(c.Mark) + "</sup>"
		}
		fmt.Fprintf(b, "<td%s>%s</td>", class, text)
	}
	b.WriteString("</tr>\n")
}
