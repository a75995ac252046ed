package pdf

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/jung-kurt/gofpdf"

	"edgebench/report/figure/face"
)

// rgb is a colour of the page.
type rgb struct{ r, g, b int }

var (
	ink    = rgb{0x1c, 0x1f, 0x23}
	grey   = rgb{0x66, 0x6b, 0x70}
	rules  = rgb{0x55, 0x5a, 0x60}
	shade  = rgb{0xf4, 0xf5, 0xf6}
	accent = rgb{0x00, 0x56, 0x8c}

	unknown = rgb{-1, -1, -1} // differs from every colour
)

// sheet draws on the current page. Without a PDF it only measures, so that
// the first layout costs little.
type sheet struct {
	geometry
	pdf   *gofpdf.Fpdf // nil while only page numbers are wanted
	page  int
	font  fontKey // that the page has selected
	color rgb
	links map[string]int // by anchor
	names map[*face.Face]string
}

type fontKey struct {
	face *face.Face
	size float64
}

func newSheet(g geometry, pdf *gofpdf.Fpdf) *sheet {
	return &sheet{geometry: g, pdf: pdf, links: map[string]int{}, names: map[*face.Face]string{}}
}

// addPage begins a page; nothing is selected on it.
func (s *sheet) addPage() {
	s.page++
	if s.pdf != nil {
		if s.page > 1 {
			s.endMarked()
		}
		s.pdf.AddPage()
		s.beginMarked("/Lang (" + language + ")")
		s.forget()
	}
}

// language is what the built-in template is written in.
const language = "en"

// beginMarked says something of the content up to endMarked, which must come on
// the same page: its language (/Lang), or a description (/Alt).
func (s *sheet) beginMarked(property string) {
	s.pdf.RawWriteStr("/Span <<" + property + ">> BDC\n")
}

func (s *sheet) endMarked() { s.pdf.RawWriteStr("EMC\n") }

// hexText is a text as an operand of a page's content.
func hexText(t string) string {
	var b strings.Builder
	b.WriteString("<FEFF")
	for _, unit := range utf16.Encode([]rune(t)) {
		fmt.Fprintf(&b, "%04X", unit)
	}
	return b.String() + ">"
}

// forget makes the next text select its font and colour again.
func (s *sheet) forget() {
	s.font = fontKey{}
	s.color = unknown
}

// selectFont gives the font to gofpdf on first use, so that a document
// embeds only the faces it shows.
func (s *sheet) selectFont(f *face.Face, size float64) {
	key := fontKey{f, size}
	if s.font == key {
		return
	}
	s.font = key
	name, ok := s.names[f]
	if !ok {
		name = fmt.Sprintf("face%d", len(s.names))
		s.names[f] = name
		// gofpdf keeps the slice and may write to what it reads.
		s.pdf.AddUTF8FontFromBytes(name, "", bytes.Clone(f.TTF))
	}
	s.pdf.SetFont(name, "", size)
}

// setColor sets the fill colour too: text is filled, and gofpdf then writes
// it without saving and restoring the colour around each piece.
func (s *sheet) setColor(c rgb) {
	if s.color != c {
		s.color = c
		s.pdf.SetFillColor(c.r, c.g, c.b)
		s.pdf.SetTextColor(c.r, c.g, c.b)
	}
}

// text writes t with its baseline at y.
func (s *sheet) text(x, y float64, t string, st style) {
	if s.pdf == nil || t == "" {
		return
	}
	s.selectFont(st.face, st.size)
	s.setColor(st.color)
	s.pdf.Text(x, y-st.rise, t)
}

// textUp writes t upwards from (x, y).
func (s *sheet) textUp(x, y float64, t string, st style) {
	if s.pdf == nil {
		return
	}
	s.pdf.TransformBegin()
	s.pdf.TransformRotate(90, x, y)
	s.forget()
	s.text(x, y, t, st)
	s.pdf.TransformEnd()
	// The font was selected inside the transformation and is undone with it.
	s.forget()
}

func (s *sheet) fill(x, y, w, h float64, c rgb) {
	if s.pdf != nil {
		s.pdf.SetFillColor(c.r, c.g, c.b)
		s.pdf.Rect(x, y, w, h, "F")
		s.color = unknown
	}
}

func (s *sheet) rule(x0, x1, y, width float64, c rgb) {
	if s.pdf != nil {
		s.pdf.SetDrawColor(c.r, c.g, c.b)
		s.pdf.SetLineWidth(width)
		s.pdf.Line(x0, y, x1, y)
	}
}

// link makes an area lead to target: an address, or "#" and an anchor.
func (s *sheet) link(x, y, w, h float64, target string) {
	if s.pdf == nil || target == "" {
		return
	}
	if target[0] == '#' {
		s.pdf.Link(x, y, w, h, s.linkTo(target[1:]))
		return
	}
	s.pdf.LinkString(x, y, w, h, target)
}

func (s *sheet) linkTo(anchor string) int {
	id, ok := s.links[anchor]
	if !ok {
		id = s.pdf.AddLink()
		s.links[anchor] = id
	}
	return id
}

// anchor makes links to the name lead to height y of this page.
func (s *sheet) anchor(name string, y float64) {
	if s.pdf != nil && name != "" {
		s.pdf.SetLink(s.linkTo(name), max(y, 0), s.page)
	}
}

// bookmark adds an entry to the reader's outline.
func (s *sheet) bookmark(text string, level int, y float64) {
	if s.pdf != nil {
		// gofpdf encodes the title rightly only with a UTF-8 font selected.
		s.selectFont(face.Sans, bodySize)
		s.pdf.Bookmark(text, level, max(y, 0))
	}
}
