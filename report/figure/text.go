package figure

import (
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"edgebench/report/figure/face"
)

// The colours of a figure's lines and words.
var (
	ink   = color.RGBA{0x22, 0x22, 0x22, 0xff}
	quiet = color.RGBA{0x8a, 0x8a, 0x8a, 0xff}
	pale  = color.RGBA{0xdd, 0xdd, 0xdd, 0xff}
	paper = color.RGBA{0xff, 0xff, 0xff, 0xff}
)

// Proportions of DejaVu Sans in ems.
const (
	capHeight  = 0.73
	descent    = 0.24
	lineHeight = 1.17
)

// pen is a face at a size, able to measure and draw.
type pen struct {
	face font.Face
	size vg.Length
	src  *face.Face
}

func newPen(f *face.Face, size vg.Length) pen {
	return pen{face: font.DefaultCache.Lookup(f.Font, size), size: size, src: f}
}

func (p pen) width(s string) vg.Length { return p.size * vg.Length(p.src.Width(p.src.Clean(s))) }
func (p pen) line() vg.Length          { return p.size * lineHeight }

// widest is the width of the widest line.
func (p pen) widest(lines []string) vg.Length {
	var w vg.Length
	for _, s := range lines {
		w = max(w, p.width(s))
	}
	return w
}

// anchor says where text stands relative to its point, in the text's own
// (turned) frame: 0 starts at the point, 0.5 is centred on it, 1 ends there.
// Vertically the capitals of the block of lines count, so that digits centre
// on a bar.
type anchor struct {
	along, up float64
	angle     float64 // radians, anticlockwise
}

// draw writes lines at an anchor.
func (p pen) draw(c vg.Canvas, at vg.Point, to anchor, col color.Color, lines ...string) {
	c.Push()
	c.SetColor(col)
	c.Translate(at)
	if to.angle != 0 {
		c.Rotate(to.angle)
	}
	block := p.size*capHeight + vg.Length(len(lines)-1)*p.line()
	first := block*vg.Length(1-to.up) - p.size*capHeight
	for i, s := range lines {
		s = p.src.Clean(s)
		x := -vg.Length(to.along) * p.width(s)
		c.FillString(p.face, vg.Point{X: x, Y: first - vg.Length(i)*p.line()}, s)
	}
	c.Pop()
}

// wrap breaks s into lines no wider than limit, at blanks and after hyphens
// and slashes; ok is false where a single piece is wider.
func (p pen) wrap(s string, limit vg.Length) (lines []string, ok bool) {
	line, ok := "", true
	for _, piece := range pieces(s) {
		if line != "" && p.width(strings.TrimRight(line+piece, " ")) > limit {
			lines = append(lines, strings.TrimRight(line, " "))
			line = ""
		}
		line += piece
		ok = ok && p.width(strings.TrimRight(piece, " ")) <= limit
	}
	return append(lines, strings.TrimRight(line, " ")), ok
}

// pieces are what a line may be broken into; concatenated they are s.
func pieces(s string) []string {
	var out []string
	start := 0
	for i, r := range s {
		end := i + len(string(r))
		if (r == ' ' || r == '-' || r == '/' || r == '_') && i > start && end < len(s) {
			out = append(out, s[start:end])
			start = end
		}
	}
	return append(out, s[start:])
}

// shorten cuts s with an ellipsis until it is no wider than limit.
func (p pen) shorten(s string, limit vg.Length) string {
	if p.width(s) <= limit {
		return s
	}
	runes := []rune(s)
	for n := len(runes) - 1; n > 0; n-- {
		if cut := strings.TrimRight(string(runes[:n]), " ") + "…"; p.width(cut) <= limit {
			return cut
		}
	}
	return "…"
}

// centre draws a glyph with the middle of its ink on a point.
func (p pen) centre(c vg.Canvas, at vg.Point, col color.Color, glyph string) {
	low, high := p.src.Extent(glyph)
	middle := p.size * vg.Length(low+high) / 2
	c.SetColor(col)
	glyph = p.src.Clean(glyph)
	c.FillString(p.face, vg.Point{X: at.X - p.width(glyph)/2, Y: at.Y - middle}, glyph)
}

func line(c draw.Canvas, width float64, col color.Color, x0, y0, x1, y1 vg.Length) {
	c.StrokeLine2(draw.LineStyle{Color: col, Width: vg.Points(width)}, x0, y0, x1, y1)
}

func dashed(c draw.Canvas, width float64, col color.Color, x0, y0, x1, y1 vg.Length) {
	c.StrokeLine2(draw.LineStyle{Color: col, Width: vg.Points(width), Dashes: []vg.Length{2, 1.5}}, x0, y0, x1, y1)
	c.SetLineDash(nil, 0)
}

func degrees(d float64) float64 { return d * math.Pi / 180 }
