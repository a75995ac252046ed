package figure

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"edgebench/report/figure/face"
)

const (
	widestBar    = vg.Length(34)
	labelSize    = vg.Length(6.5)
	smallest     = vg.Length(3.6) // a label that would be smaller is left out
	labelGap     = vg.Length(2)
	cutDepth     = vg.Length(6) // of the break below the top of a cut bar
	errorBarPart = 0.25         // whisker's half width, of the bar's
)

// bars draws (grouped) bars, what stands over them, and the names below.
type bars struct {
	fig   *Figure
	scale scale
	fills []fill
	marks map[Origin]marking
	names names
	barW  vg.Length
}

// bars sizes the bars for the layout's plot area.
func (l *layout) bars() bars {
	b := bars{fig: l.fig, scale: l.scale, fills: l.fills, marks: l.marks, names: l.names}
	pitch := l.area.Size().X / vg.Length(len(l.fig.Categories))
	part := vg.Length(0.84)
	if len(l.fig.Series) == 1 {
		part = 0.64
	}
	b.barW = min(part*pitch/vg.Length(len(l.fig.Series)), widestBar)
	return b
}

// Plot implements plot.Plotter; c is the plot area.
func (b bars) Plot(c draw.Canvas, _ *plot.Plot) {
	b.drawGrid(c)
	b.fig.eachPoint(func(category, series int, s *Series, p *Point) {
		b.drawBar(c, b.box(c, category, series, p), series, s, p)
	})
	base := c.Y(b.scale.norm(b.scale.base()))
	line(c, 0.6, ink, c.Min.X, base, c.Max.X, base)
	b.names.draw(c, c.Rectangle)
}

func (b bars) drawGrid(c draw.Canvas) {
	for _, t := range b.scale.ticks {
		if !t.IsMinor() {
			y := c.Y(b.scale.norm(t.Value))
			line(c, 0.4, pale, c.Min.X, y, c.Max.X, y)
		}
	}
	if !b.fig.GroupRules {
		return
	}
	for i := 1; i < len(b.fig.Categories); i++ {
		x := c.X(float64(i) / float64(len(b.fig.Categories)))
		line(c, 0.5, quiet, x, c.Min.Y-namesGap/2, x, c.Max.Y)
	}
}

// box is the bar's rectangle; for a point without a bar, an empty one where
// the bar would stand.
func (b bars) box(c draw.Canvas, category, series int, p *Point) vg.Rectangle {
	middle := c.X((float64(category) + 0.5) / float64(len(b.fig.Categories)))
	x := middle + (vg.Length(series)-vg.Length(len(b.fig.Series))/2)*b.barW
	base := b.scale.norm(b.scale.base())
	value := base
	if p.Present {
		value = b.scale.norm(p.Value)
	}
	return vg.Rectangle{
		Min: vg.Point{X: x, Y: c.Y(min(base, value))},
		Max: vg.Point{X: x + b.barW, Y: c.Y(max(base, value))},
	}
}

func (b bars) drawBar(c draw.Canvas, box vg.Rectangle, series int, s *Series, p *Point) {
	m := b.marking(s, p)
	if p.Present {
		b.fills[series].paint(c, box)
		outline(c, box, m.dashes)
		b.drawInterval(c, box, p)
		if b.cut(p) {
			b.drawCut(c, box)
		}
	}
	b.drawOver(c, box, m, p)
}

// cut tells whether p does not fit the axis.
func (b bars) cut(p *Point) bool { return p.Present && p.Value > b.scale.max }

// drawCut breaks a bar below its top.
func (b bars) drawCut(c draw.Canvas, box vg.Rectangle) {
	if box.Size().Y < 2*cutDepth {
		return
	}
	const rise, gap = 2.2, 1.8
	y := box.Max.Y - cutDepth
	left, right := box.Min.X-0.6, box.Max.X+0.6
	band := []vg.Point{{X: left, Y: y}, {X: right, Y: y + rise}, {X: right, Y: y + rise + gap}, {X: left, Y: y + gap}}
	c.FillPolygon(paper, band)
	line(c, 0.5, ink, band[0].X, band[0].Y, band[1].X, band[1].Y)
	line(c, 0.5, ink, band[3].X, band[3].Y, band[2].X, band[2].Y)
}

// drawInterval draws the confidence interval as far as the axis reaches.
func (b bars) drawInterval(c draw.Canvas, box vg.Rectangle, p *Point) {
	if !p.hasInterval() || b.cut(p) {
		return
	}
	x := (box.Min.X + box.Max.X) / 2
	low, high := c.Y(b.scale.norm(p.Low)), c.Y(b.scale.norm(p.High))
	half := min(b.barW*errorBarPart, 4)
	// A paper-coloured lining keeps the whisker visible on dark bars.
	line(c, 0.7+min(1.1, b.barW.Points()*0.1), paper, x, low, x, high)
	line(c, 0.7, ink, x, low, x, high)
	line(c, 0.7, ink, x-half, low, x+half, low)
	if p.High <= b.scale.max {
		line(c, 0.7, ink, x-half, high, x+half, high)
	}
}

// marking is how p's label and outline show its origin.
func (b bars) marking(s *Series, p *Point) marking {
	if m, ok := b.marks[s.origin(p)]; ok {
		return m
	}
	return plain
}

// norm is where p's drawing ends on the axis, from 0 to 1.
func (b bars) norm(p *Point) float64 {
	base := b.scale.norm(b.scale.base())
	if !p.Present {
		return base
	}
	return max(base, b.scale.norm(p.top()))
}

// over is what p's symbol and label take above its bar.
func (b bars) over(s *Series, p *Point) vg.Length {
	over := vg.Length(0)
	if p.Symbol != "" {
		over += b.symbolPen().size + labelGap
	}
	if b.labelled(p) {
		m := b.marking(s, p)
		over += labelGap + b.labelPen(m).width(m.label(p))
	}
	return over
}

// labelled tells whether p's value is printed: cut bars always carry it.
func (b bars) labelled(p *Point) bool {
	return p.Present && (b.fig.ValueLabels || b.cut(p)) && b.labelPen(plain).size >= smallest
}

// labelPen is small enough that labels of neighbouring bars stay apart.
func (b bars) labelPen(m marking) pen {
	return newPen(m.face, min(labelSize, b.barW*0.8/capHeight))
}

func (b bars) symbolPen() pen {
	return newPen(face.Sans, min(8.5, b.barW*1.25))
}

// drawOver stacks the symbol and the value on top of the bar.
func (b bars) drawOver(c draw.Canvas, box vg.Rectangle, m marking, p *Point) {
	x := (box.Min.X + box.Max.X) / 2
	y := c.Y(b.norm(p))
	if p.Symbol != "" {
		sp := b.symbolPen()
		symbol, _ := b.fig.symbol(p.Symbol)
		sp.centre(c, vg.Point{X: x, Y: y + labelGap/2 + sp.size/2}, ink, symbol.Glyph)
		y += sp.size + labelGap
	}
	if b.labelled(p) {
		lp := b.labelPen(m)
		lp.draw(c, vg.Point{X: x, Y: y + labelGap}, place{up: 0.5, angle: degrees(90)}, ink, m.label(p))
	}
}

func barPlotter(l *layout) plot.Plotter { return l.bars() }
