package pdf

import (
	"fmt"
	"strconv"
	"strings"

	"edgebench/report/document"
	"edgebench/report/figure/face"
)

var body = style{face: face.Sans, size: bodySize, color: ink}

// title sets the document's title block.
func (f *flow) title() {
	if f.doc.Title == "" {
		return
	}
	f.set(f.doc.Title, style{face: face.Bold, size: 20, color: ink})
	f.space(4)
	f.set(f.doc.Subtitle, style{face: face.Sans, size: 12, color: grey})
	f.space(9)
	f.set(strings.Join(f.doc.Authors, ", "), body)
	f.space(2)
	if !f.doc.Date.IsZero() {
		f.set(f.doc.Date.Format("2 January 2006"), style{face: face.Sans, size: 9, color: grey})
	}
	f.space(10)
	f.need(2)
	f.rule(f.left, f.right, f.y, 1.4, accent)
	f.down(2)
	f.space(16)
}

// set writes a text in one style.
func (f *flow) set(text string, st style) {
	f.lines(breakLines([]run{{st.face.Clean(text), st}}, f.column()), st.size)
}

func (f *flow) blocks(blocks []document.Block) {
	for len(blocks) > 0 {
		if figures := leadingFigures(blocks); len(figures) > 0 {
			f.figures(figures)
			blocks = blocks[len(figures):]
			continue
		}
		f.block(blocks[0], blocks[1:])
		blocks = blocks[1:]
	}
}

// block sets one block; what follows it decides where it may stand.
func (f *flow) block(b document.Block, rest []document.Block) {
	switch b := b.(type) {
	case *document.Heading:
		f.heading(b, rest)
	case *document.Paragraph:
		f.space(7)
		f.lines(f.paragraph(b), bodySize)
		f.space(7)
	case *document.List:
		f.list(b)
	case *document.Code:
		f.code(b)
	case *document.Quote:
		f.quote(b)
	case *document.Table:
		f.setLate()
		f.table(b)
	case *document.Contents:
		f.setLate()
		f.contents()
	case *document.Rule:
		f.space(12)
		f.need(12)
		f.rule(f.left, f.right, f.y, 0.5, rgb{0xbb, 0xbf, 0xc4})
		f.down(1)
		f.space(12)
	case *document.PageBreak:
		f.setLate()
		if !f.atTop() {
			f.newPage()
			f.found.used[f.page-2] = 1
		}
	default:
		f.fail(fmt.Errorf("pdf: block %T cannot be set", b))
	}
}

// headingStyle is by level: size, space above.
func headingStyle(level int) (st style, above float64) {
	switch level {
	case 1:
		return style{face: face.Bold, size: 16, color: accent}, 24
	case 2:
		return style{face: face.Bold, size: 12.5, color: accent}, 18
	case 3:
		return style{face: face.Bold, size: 10.5, color: ink}, 13
	}
	return style{face: face.BoldOblique, size: 10, color: ink}, 11
}

func (f *flow) heading(h *document.Heading, rest []document.Block) {
	f.setLate()
	st, above := headingStyle(h.Level)
	text := strings.ReplaceAll(st.face.Clean(h.Text), "\n", " ")
	lines := breakLines([]run{{text, st}}, f.column())
	if len(lines) == 0 {
		return
	}
	f.space(above)
	f.need(float64(len(lines))*leading(st.size) + 6 + f.start(rest))
	f.here(h.ID)
	f.level = min(h.Level-1, f.level+1)
	f.bookmark(text, f.level, f.y-4)
	f.lines(lines, st.size)
	f.skip = 0
	f.space(6)
}

// shortIntroduction is how many lines a paragraph may have that is kept with
// the table or figure after it.
const shortIntroduction = 6

// start is how much of the next blocks a heading must not be parted from.
func (f *flow) start(rest []document.Block) float64 {
	if len(rest) == 0 {
		return 0
	}
	switch next := rest[0].(type) {
	case *document.PageBreak:
		return 0
	case *document.Figure:
		return f.leastHeight(next)
	case *document.Table:
		return f.tableStart(next)
	case *document.Heading:
		return 2*leading(bodySize) + f.start(rest[1:])
	case *document.Paragraph:
		if n := len(f.paragraph(next)); n <= shortIntroduction && beginsWithExhibit(rest[1:]) {
			return float64(n)*leading(bodySize) + 7 + f.start(rest[1:])
		}
	}
	return 2 * leading(bodySize)
}

func beginsWithExhibit(blocks []document.Block) bool {
	if len(blocks) == 0 {
		return false
	}
	switch blocks[0].(type) {
	case *document.Figure, *document.Table:
		return true
	}
	return false
}

func (f *flow) paragraph(p *document.Paragraph) []line {
	return breakLines(runs(p.Spans, body), f.column())
}

func (f *flow) list(l *document.List) {
	const indent = 17
	f.space(5)
	for i, item := range l.Items {
		mark := "•"
		if l.Ordered {
			mark = strconv.Itoa(l.Start+i) + "."
		}
		f.indented(indent, func() {
			f.mark = &marker{text: mark, right: f.left - 6}
			if len(item) == 0 {
				item = []document.Block{&document.Paragraph{Spans: []document.Span{{Text: "\u00a0"}}}}
			}
			f.blocks(item)
		})
		f.skip = 0
		f.space(3)
	}
	f.space(7)
}

// code sets preformatted lines on a shade, broken where they are too long.
func (f *flow) code(c *document.Code) {
	const pad = 6
	st := style{face: face.Mono, size: codeSize, color: ink}
	var lines []line
	for row := range strings.SplitSeq(expandTabs(c.Text), "\n") {
		// Blanks count in code: none may be dropped or become a line's end.
		text := strings.ReplaceAll(st.face.Clean(row), " ", "\u00a0")
		broken := breakLines([]run{{text, st}}, f.column()-2*pad)
		if len(broken) == 0 {
			broken = []line{{}}
		}
		lines = append(lines, broken...)
	}
	lead := leading(codeSize)
	f.space(8)
	for len(lines) > 0 {
		f.need(lead*float64(min(3, len(lines))) + 2*pad)
		n := min(len(lines), max(1, int((f.bottom-f.y-2*pad+1e-6)/lead)))
		f.fill(f.left, f.y, f.column(), float64(n)*lead+2*pad, shade)
		f.down(pad)
		f.indented(pad, func() {
			for _, l := range lines[:n] {
				f.setLine(l, codeSize)
			}
		})
		f.down(pad)
		if lines = lines[n:]; len(lines) > 0 {
			f.newPage()
		}
	}
	f.space(8)
}

func expandTabs(s string) string { return strings.ReplaceAll(s, "\t", "    ") }

func (f *flow) quote(q *document.Quote) {
	f.space(7)
	f.leave()
	f.bars = append(f.bars, f.left)
	f.indented(12, func() { f.blocks(q.Blocks) })
	f.bars = f.bars[:len(f.bars)-1]
	f.skip = 0
	f.space(9)
}

// contents lists the headings down to the third level with their pages.
func (f *flow) contents() {
	st, _ := headingStyle(2)
	f.space(10)
	f.need(4 * leading(bodySize))
	f.set("Contents", st)
	f.space(4)
	least := 6
	for _, h := range f.headings {
		least = min(least, h.Level)
	}
	for _, h := range f.headings {
		if h.Level <= 3 {
			f.entry(h, h.Level-least)
		}
	}
	f.space(16)
}

func (f *flow) entry(h *document.Heading, depth int) {
	st := style{face: face.Sans, size: 9.5, color: ink}
	if depth == 0 {
		st.face = face.Bold
		f.space(3)
	}
	page := strconv.Itoa(f.known.of[h.ID])
	pageW := measure("000", st)
	indent := float64(depth) * 14
	target := st
	if h.ID != "" {
		target.link = "#" + h.ID
	}
	text := strings.ReplaceAll(st.face.Clean(h.Text), "\n", " ")
	lines := breakLines([]run{{text, target}}, f.column()-indent-pageW-12)
	lead := leading(st.size)
	f.need(float64(len(lines)) * lead)
	for i, l := range lines {
		if i == len(lines)-1 {
			baseline := f.y + baselineOf(st.size)
			f.text(f.right-measure(page, st), baseline, page, st)
			f.leader(f.left+indent+l.width+6, f.right-pageW-4, baseline)
			f.link(f.left+indent, f.y, f.column()-indent, lead, target.link)
		}
		f.indented(indent, func() { f.setLine(unlinked(l), st.size) })
	}
}

// unlinked drops the line's own links: the whole entry is one.
func unlinked(l line) line {
	for i := range l.runs {
		l.runs[i].link = ""
	}
	return l
}

// leader is a row of dots on a grid of the page, so that rows align.
func (f *flow) leader(from, to, y float64) {
	const pitch = 5
	st := style{face: face.Sans, size: 7, color: rgb{0xaa, 0xae, 0xb4}}
	for x := pitch * float64(int(from/pitch)+1); x < to; x += pitch {
		f.text(x, y, ".", st)
	}
}
