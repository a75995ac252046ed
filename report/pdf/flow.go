package pdf

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"edgebench/report/document"
	"edgebench/report/figure/face"
)

// pageNumbers are what a layout learns for the next one.
type pageNumbers struct {
	total int
	of    map[string]int // page of each anchor
	used  []float64      // part of each page's height; 1 of one that the document ends
}

func (p pageNumbers) equal(q pageNumbers) bool {
	return p.total == q.total && maps.Equal(p.of, q.of)
}

// flow is the column of text that blocks are set into, page after page.
type flow struct {
	*sheet
	doc      *document.Document
	known    pageNumbers // from the layout before
	found    pageNumbers
	headings []*document.Heading
	sizes    sizes

	y     float64   // where the next content goes
	skip  float64   // wanted above it, unless a page begins
	bars  []float64 // at the left of quotations
	mark  *marker   // of a list item, to stand before its first line
	late  []*document.Figure
	level int // of the last bookmark
	err   error
}

type marker struct {
	text  string
	right float64
}

// layOut sets the whole document and returns its page numbers.
func layOut(doc *document.Document, s *sheet, known pageNumbers, sizes sizes) (pageNumbers, error) {
	f := &flow{sheet: s, doc: doc, known: known, sizes: sizes, level: -1}
	f.found.of = map[string]int{}
	document.Walk(doc.Blocks, func(b document.Block) {
		if h, ok := b.(*document.Heading); ok && h.Text != "" {
			f.headings = append(f.headings, h)
		}
	})
	f.newPage()
	f.title()
	f.blocks(doc.Blocks)
	f.setLate()
	f.found.total = f.page
	f.found.used = append(f.found.used, 1)
	if f.pdf != nil {
		f.endMarked()
	}
	if f.err == nil {
		f.err = f.checkLinks()
	}
	return f.found, f.err
}

func (f *flow) fail(err error) {
	if f.err == nil {
		f.err = err
	}
}

// checkLinks refuses links to what is nowhere in the document.
func (f *flow) checkLinks() error {
	for _, name := range slices.Sorted(maps.Keys(f.links)) {
		if _, ok := f.found.of[name]; !ok {
			return fmt.Errorf("pdf: a link leads to #%s, which the document does not have; remove it, or add its target", name)
		}
	}
	if f.pdf != nil {
		return f.pdf.Error()
	}
	return nil
}

// newPage begins a page with its running head and the figures that found
// no place on the page before.
func (f *flow) newPage() {
	if f.page > 0 {
		f.found.used = append(f.found.used, (f.y-f.top)/(f.bottom-f.top))
	}
	f.addPage()
	f.y, f.skip = f.top, 0
	f.runningHead()
	f.placeLate()
}

func (f *flow) runningHead() {
	st := style{face: face.Sans, size: smallSize, color: grey}
	foot := fmt.Sprintf("Page %d of %d", f.page, f.known.total)
	f.text(f.pageRight()-measure(foot, st), f.bottom+30, foot, st)
	if f.page == 1 || f.doc.Title == "" {
		return
	}
	left, right := f.pageLeft(), f.pageRight()
	title := strings.ReplaceAll(face.Sans.Clean(f.doc.Title), "\n", " ")
	f.text(left, f.top-26, shorten(title, st, right-left), st)
	f.rule(left, right, f.top-20, 0.4, rgb{0xbb, 0xbf, 0xc4})
}

// pageLeft and pageRight are the text's edges wherever the flow is indented.
func (g geometry) pageLeft() float64  { return sideMargin }
func (g geometry) pageRight() float64 { return g.width - sideMargin }

func (f *flow) atTop() bool { return f.y <= f.top }

// space wants at least h points before the next content.
func (f *flow) space(h float64) { f.skip = max(f.skip, h) }

// room is what is left on the page below the wanted space.
func (f *flow) room() float64 { return f.bottom - f.y - f.skip }

// need begins a new page unless h points are left on this one, and leaves
// the wanted space.
func (f *flow) need(h float64) {
	if h > f.room()+1e-6 && !f.atTop() {
		f.newPage()
	}
	f.leave()
}

// leave turns wanted space into space.
func (f *flow) leave() {
	if !f.atTop() {
		f.down(f.skip)
	}
	f.skip = 0
}

// down moves on by h, drawing the bars of quotations beside it.
func (f *flow) down(h float64) {
	for _, x := range f.bars {
		f.fill(x, f.y, 2, h, rgb{0xc9, 0xd6, 0xe0})
	}
	f.y += h
}

// column is the width of the text where the flow stands.
func (f *flow) column() float64 { return f.right - f.left }

// indented runs set with the text's left edge moved.
func (f *flow) indented(by float64, set func()) {
	f.left += by
	set()
	f.left -= by
}

// lines sets lines of a size of type. A single line of a paragraph is left
// alone neither at the foot nor at the head of a page.
func (f *flow) lines(ls []line, size float64) {
	lead := leading(size)
	for len(ls) > 0 {
		f.need(lead * float64(min(2, len(ls))))
		n := min(len(ls), max(1, int((f.bottom-f.y+1e-6)/lead)))
		if len(ls)-n == 1 && n > 2 {
			n--
		}
		for _, l := range ls[:n] {
			f.setLine(l, size)
		}
		if ls = ls[n:]; len(ls) > 0 {
			f.newPage()
		}
	}
}

func (f *flow) setLine(l line, size float64) {
	baseline := f.y + baselineOf(size)
	f.setMark(baseline)
	f.draw(l, f.left, baseline)
	f.down(leading(size))
}

// baselineOf is how far below the top of its line a text stands.
func baselineOf(size float64) float64 { return (leading(size) + 0.72*size) / 2 }

func (f *flow) setMark(baseline float64) {
	if f.mark == nil {
		return
	}
	st := style{face: face.Sans, size: bodySize, color: grey}
	f.text(f.mark.right-measure(f.mark.text, st), baseline, f.mark.text, st)
	f.mark = nil
}

// here names the place where the flow stands.
func (f *flow) here(anchor string) {
	if anchor == "" {
		return
	}
	f.found.of[anchor] = f.page
	f.anchor(anchor, f.y-4)
}
