package pdf

import (
	"image"
	"image/color"
	"math"

	stdfont "golang.org/x/image/font"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"

	"edgebench/report/figure/face"
)

// canvas is a vg.Canvas on a part of a page. The transformation is kept
// here and applied to every point: gofpdf's own would have to be undone
// around each text.
type canvas struct {
	*sheet
	state state
	stack []state
	drawn state // what the page has selected; a colour without alpha is none
	alpha uint8 // that the page has selected
}

// state is what Push saves.
type state struct {
	at     matrix
	width  float64 // of lines
	dashes []float64
	offset float64
	color  color.NRGBA
}

// matrix maps the figure's points to the page's (a b; c d) and (e, f).
type matrix struct{ a, b, c, d, e, f float64 }

func (m matrix) point(p vg.Point) (x, y float64) {
	px, py := p.X.Points(), p.Y.Points()
	return m.a*px + m.c*py + m.e, m.b*px + m.d*py + m.f
}

// scale is how much longer lengths are on the page.
func (m matrix) scale() float64 { return math.Sqrt(math.Abs(m.a*m.d - m.b*m.c)) }

// then applies n before m.
func (m matrix) then(n matrix) matrix {
	return matrix{
		a: m.a*n.a + m.c*n.b, b: m.b*n.a + m.d*n.b,
		c: m.a*n.c + m.c*n.d, d: m.b*n.c + m.d*n.d,
		e: m.a*n.e + m.c*n.f + m.e, f: m.b*n.e + m.d*n.f + m.f,
	}
}

// newCanvas has its origin, lower left, at (x, y) of the page, whose y axis
// points down.
func newCanvas(s *sheet, x, y float64) *canvas {
	c := &canvas{sheet: s, alpha: 0xff, drawn: state{width: -1}, state: state{at: matrix{a: 1, d: -1, e: x, f: y}}}
	c.pdf.TransformBegin() // saves the page's colours, dashes and font
	c.forget()
	vg.Initialize(c)
	return c
}

// close gives the page back as it was.
func (c *canvas) close() {
	c.pdf.SetDashPattern(nil, 0)
	c.setAlpha(0xff)
	c.pdf.TransformEnd()
	c.forget()
}

func (c *canvas) SetLineWidth(w vg.Length) { c.state.width = w.Points() }

func (c *canvas) SetLineDash(pattern []vg.Length, offset vg.Length) {
	c.state.dashes = make([]float64, len(pattern))
	for i, d := range pattern {
		c.state.dashes[i] = d.Points()
	}
	c.state.offset = offset.Points()
}

func (c *canvas) SetColor(col color.Color) {
	if col == nil {
		col = color.Black
	}
	c.state.color = color.NRGBAModel.Convert(col).(color.NRGBA)
}

func (c *canvas) Rotate(rad float64) {
	sin, cos := math.Sincos(rad)
	c.state.at = c.state.at.then(matrix{a: cos, b: sin, c: -sin, d: cos})
}

func (c *canvas) Translate(pt vg.Point) {
	c.state.at = c.state.at.then(matrix{a: 1, d: 1, e: pt.X.Points(), f: pt.Y.Points()})
}

func (c *canvas) Scale(x, y float64) {
	c.state.at = c.state.at.then(matrix{a: x, d: y})
}

func (c *canvas) Push() { c.stack = append(c.stack, c.state) }

func (c *canvas) Pop() {
	c.state = c.stack[len(c.stack)-1]
	c.stack = c.stack[:len(c.stack)-1]
}

func (c *canvas) Stroke(p vg.Path) {
	if c.state.width <= 0 || len(p) == 0 {
		return
	}
	c.selectLine()
	c.trace(p)
	c.pdf.DrawPath("D")
}

func (c *canvas) Fill(p vg.Path) {
	if len(p) == 0 {
		return
	}
	c.selectColor()
	c.trace(p)
	c.pdf.DrawPath("F")
}

// selectLine tells the page the line's style where it differs.
func (c *canvas) selectLine() {
	c.selectColor()
	scale := c.state.at.scale()
	if w := c.state.width * scale; w != c.drawn.width {
		c.drawn.width = w
		c.pdf.SetLineWidth(w)
	}
	if !sameDashes(c.state, c.drawn) {
		c.drawn.dashes, c.drawn.offset = c.state.dashes, c.state.offset
		scaled := make([]float64, len(c.state.dashes))
		for i, d := range c.state.dashes {
			scaled[i] = d * scale
		}
		c.pdf.SetDashPattern(scaled, c.state.offset*scale)
	}
}

func sameDashes(a, b state) bool {
	if len(a.dashes) != len(b.dashes) || a.offset != b.offset {
		return false
	}
	for i := range a.dashes {
		if a.dashes[i] != b.dashes[i] {
			return false
		}
	}
	return true
}

func (c *canvas) selectColor() {
	col := c.state.color
	c.setAlpha(col.A)
	if col == c.drawn.color {
		return
	}
	r, g, b := int(col.R), int(col.G), int(col.B)
	c.pdf.SetDrawColor(r, g, b)
	c.pdf.SetFillColor(r, g, b)
	c.drawn.color = col
	c.color = unknown
}

func (c *canvas) setAlpha(a uint8) {
	if a != c.alpha {
		c.alpha = a
		c.pdf.SetAlpha(float64(a)/0xff, "Normal")
	}
}

// trace outlines p on the page.
func (c *canvas) trace(p vg.Path) {
	at := c.state.at
	for _, comp := range p {
		switch comp.Type {
		case vg.MoveComp:
			c.pdf.MoveTo(at.point(comp.Pos))
		case vg.LineComp:
			c.pdf.LineTo(at.point(comp.Pos))
		case vg.ArcComp:
			c.arc(comp)
		case vg.CurveComp:
			c.curve(comp)
		case vg.CloseComp:
			c.pdf.ClosePath()
		}
	}
}

func (c *canvas) curve(comp vg.PathComp) {
	at := c.state.at
	x, y := at.point(comp.Pos)
	x0, y0 := at.point(comp.Control[0])
	if len(comp.Control) == 1 {
		c.pdf.CurveTo(x0, y0, x, y)
		return
	}
	x1, y1 := at.point(comp.Control[1])
	c.pdf.CurveBezierCubicTo(x0, y0, x1, y1, x, y)
}

// arc draws a line to the arc's start, as vg does, and the arc as Bezier
// curves of at most a quarter turn, which differ from it by under 0.03 %.
func (c *canvas) arc(comp vg.PathComp) {
	on := func(angle, radius float64) vg.Point {
		sin, cos := math.Sincos(angle)
		return vg.Point{X: comp.Pos.X + comp.Radius*vg.Length(radius*cos), Y: comp.Pos.Y + comp.Radius*vg.Length(radius*sin)}
	}
	c.pdf.LineTo(c.state.at.point(on(comp.Start, 1)))
	parts := max(1, int(math.Ceil(math.Abs(comp.Angle)/(math.Pi/2)-1e-9)))
	step := comp.Angle / float64(parts)
	handle := 4.0 / 3 * math.Tan(step/4)
	along := func(angle, by float64) vg.Point {
		sin, cos := math.Sincos(angle)
		p := on(angle, 1)
		return vg.Point{
			X: p.X - comp.Radius*vg.Length(by*sin),
			Y: p.Y + comp.Radius*vg.Length(by*cos),
		}
	}
	for i := range parts {
		from, to := comp.Start+float64(i)*step, comp.Start+float64(i+1)*step
		c.curve(vg.PathComp{
			Pos:     on(to, 1),
			Control: []vg.Point{along(from, handle), along(to, -handle)},
		})
	}
}

// FillString writes text as text, turned where the transformation turns it.
func (c *canvas) FillString(f font.Face, pt vg.Point, text string) {
	if f.Font.Size == 0 || text == "" {
		return
	}
	src := faceOf(f.Font)
	col := c.state.color
	x, y := c.state.at.point(pt)
	st := style{
		face:  src,
		size:  f.Font.Size.Points() * c.state.at.scale(),
		color: rgb{int(col.R), int(col.G), int(col.B)},
	}
	// The page's y axis points down, gofpdf's angles turn anticlockwise.
	angle := -math.Atan2(c.state.at.b, c.state.at.a) * 180 / math.Pi
	c.setAlpha(col.A)
	if math.Abs(angle) < 1e-6 {
		c.text(x, y, src.Clean(text), st)
		c.drawn.color = color.NRGBA{}
		return
	}
	c.pdf.TransformBegin()
	c.pdf.TransformRotate(angle, x, y)
	c.forget()
	c.text(x, y, src.Clean(text), st)
	c.pdf.TransformEnd()
	c.forget()
}

// faceOf is the report's face for a font of gonum/plot.
func faceOf(f font.Font) *face.Face {
	bold := f.Weight >= stdfont.WeightBold
	slanted := f.Style != stdfont.StyleNormal
	switch {
	case f.Variant == face.Mono.Font.Variant:
		return face.Mono
	case bold && slanted:
		return face.BoldOblique
	case bold:
		return face.Bold
	case slanted:
		return face.Oblique
	}
	return face.Sans
}

// DrawImage is refused: figures are vectors, and gofpdf's catalogue of
// images of the same width is in no fixed order.
func (c *canvas) DrawImage(vg.Rectangle, image.Image) {
	c.pdf.SetErrorf("pdf: images inside figures are not supported; draw paths")
}
