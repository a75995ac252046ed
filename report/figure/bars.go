package figure

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"edgebench/report/figure/face"
)

const (
	widestBar    = vg.Length(34)
	slimBar      = vg.Length(5)
	labelSize    = vg.Length(6.5)
	smallest     = vg.Length(3.6) // a label that would be smaller is left out
	labelGap     = vg.Length(2)
	cutDepth     = vg.Length(6) // of the break below the top of a cut bar
	errorBarPart = 0.25         // whisker's half width, of the bar's
)

var barsForm = form{
	width: fullWidth, plotHeight: 45 * vg.Millimeter, arrange: arrangeAxes, plotter: barPlotter,
	check: checkOneSeries, keys: noKeys, provenance: outlinedProvenance, symbols: true,
	groups: seriesGroups, points: byCategory,
}

var groupedBarsForm = form{
	width: fullWidth, plotHeight: 50 * vg.Millimeter, arrange: arrangeAxes, plotter: barPlotter,
	check: checkNoLines, keys: seriesKeys, provenance: outlinedProvenance, symbols: true,
	groups: seriesGroups, points: byCategory,
}

// checkOneSeries refuses what needs a legend of series.
func checkOneSeries(f *Figure, report reporter) {
	if len(f.Series) > 1 {
		report("has %d series, but form %q draws one; use %q", len(f.Series), Bars, GroupedBars)
	}
	checkNoLines(f, report)
}

// bars draws (grouped) bars, lines across them, what stands over them, and the
// names below.
type bars struct {
	fig   *Figure
	scale scale
	lines lines
	fills []fill
	marks map[Provenance]marking
	names names
	pitch vg.Length // of categories
	barW  vg.Length
	areaH vg.Length
}

// bars sizes the bars for the layout's plot area.
func (l *layout) bars() bars {
	b := bars{fig: l.fig, scale: l.scale, fills: l.fills, marks: l.marks, names: l.names}
	if l.right != nil {
		b.lines = lines{fig: l.fig, scale: l.right.scale}
	}
	pitch := l.area.Size().X / vg.Length(len(l.fig.Categories))
	b.pitch = pitch
	b.areaH = l.area.Size().Y
	n := vg.Length(len(l.fig.Series))
	b.barW = min(barPart(n, pitch)*pitch/n, widestBar)
	return b
}

// barPart is the part of a pitch that n bars take: more where they would be too
// narrow for readable labels.
func barPart(n, pitch vg.Length) vg.Length {
	if n == 1 {
		return 0.64
	}
	return min(max(0.84, n*slimBar/pitch), 0.94)
}

// Plot implements plot.Plotter; c is the plot area.
func (b bars) Plot(c draw.Canvas, _ *plot.Plot) {
	b.fig.drawGrid(c, b.scale)
	b.fig.eachPoint(func(category, series int, s *Series, p *Point) {
		b.drawBar(c, b.box(c, category, series, p), series, s, p)
	})
	base := c.Y(b.scale.norm(b.scale.base()))
	line(c, 0.6, ink, c.Min.X, base, c.Max.X, base)
	b.lines.draw(c)
	b.fig.eachPoint(func(category, series int, s *Series, p *Point) {
		b.drawOver(c, b.box(c, category, series, p), category, series, b.marking(s, p), p)
	})
	b.names.draw(c, c.Rectangle)
}

// eachTop implements plotter.
func (b bars) eachTop(visit func(norm float64, over vg.Length)) {
	b.fig.eachPoint(func(category, series int, s *Series, p *Point) {
		visit(b.norm(p), b.over(category, series, s, p))
	})
	b.lines.eachTop(visit)
}

// drawGrid draws a line for each labelled value, and rules between categories.
func (f *Figure) drawGrid(c draw.Canvas, s scale) {
	for _, t := range s.ticks {
		if !t.IsMinor() {
			y := c.Y(s.norm(t.Value))
			line(c, 0.4, pale, c.Min.X, y, c.Max.X, y)
		}
	}
	for i := 1; i < len(f.Categories); i++ {
		x := c.X(float64(i) / float64(len(f.Categories)))
		switch {
		case f.Summary && i == len(f.Categories)-1:
			dashed(c, 0.6, quiet, x, c.Min.Y-namesGap/2, x, c.Max.Y)
		case f.GroupRules:
			line(c, 0.5, quiet, x, c.Min.Y-namesGap/2, x, c.Max.Y)
		}
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
}

// cut reports whether p does not fit the axis.
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

// marking is how p's label and outline show its provenance.
func (b bars) marking(s *Series, p *Point) marking {
	if m, ok := b.marks[s.provenance(p)]; ok {
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
func (b bars) over(category, series int, s *Series, p *Point) vg.Length {
	if m := b.marking(s, p); b.labelled(p) && !b.fitsInside(m, p) {
		return b.labelFoot(category, series, m, p) + b.labelPen(m).width(m.label(p)) - b.top(p)
	}
	return b.symbolTop(category, series, p) - b.top(p)
}

// top is where p's bar ends, above the axis.
func (b bars) top(p *Point) vg.Length { return b.areaH * vg.Length(b.norm(p)) }

// symbolFoot is where p's symbol begins, above the axis.
func (b bars) symbolFoot(category, series int, p *Point) vg.Length {
	size := b.symbolPen(p).size
	return b.clear(category, series, b.top(p)+labelGap/2, vg.Point{X: size, Y: size})
}

// symbolTop is where it ends; without a symbol, where the bar does.
func (b bars) symbolTop(category, series int, p *Point) vg.Length {
	if p.Symbol == "" {
		return b.top(p)
	}
	return b.symbolFoot(category, series, p) + b.symbolPen(p).size + labelGap/2
}

// labelFoot is where the label over a bar begins, above the axis: above the
// bar and its symbol.
func (b bars) labelFoot(category, series int, m marking, p *Point) vg.Length {
	pen := b.labelPen(m)
	size := vg.Point{X: pen.size * capHeight, Y: pen.width(m.label(p))}
	return b.clear(category, series, b.symbolTop(category, series, p)+labelGap, size)
}

// clear moves the foot of something of a size over a bar up until no line and
// no marker runs through it.
func (b bars) clear(category, series int, foot vg.Length, size vg.Point) vg.Length {
	middle := b.barW * (vg.Length(series) + 0.5 - vg.Length(len(b.fig.Series))/2)
	for _, at := range b.lines.heights(category, middle, size.X/2, b.pitch, b.areaH) {
		if at.high > foot && at.low < foot+size.Y {
			foot = at.high
		}
	}
	return foot
}

// labelled reports whether p's value is printed: cut bars always carry it.
func (b bars) labelled(p *Point) bool {
	return p.Present && (b.fig.ValueLabels || p.Label != "" || b.cut(p)) && b.labelPen(plain).size >= smallest
}

// fitsInside reports whether p's label stands in the foot of its bar.
func (b bars) fitsInside(m marking, p *Point) bool {
	if !b.fig.LabelsInside {
		return false
	}
	high := b.areaH * vg.Length(b.scale.norm(p.Value)-b.scale.norm(b.scale.base()))
	return b.labelPen(m).width(m.label(p))+3*labelGap <= high
}

// labelPen is small enough that labels of neighbouring bars stay apart.
func (b bars) labelPen(m marking) pen {
	return newPen(m.face, min(labelSize, b.barW*0.8/capHeight))
}

// symbolPen is small enough that symbols of neighbouring bars stay apart.
func (b bars) symbolPen(p *Point) pen {
	symbol, _ := b.fig.symbol(p.Symbol)
	largest := newPen(face.Sans, 8.5)
	return newPen(face.Sans, min(largest.size, largest.size*b.barW/max(largest.glyphWidth(symbol.Glyph), 1)))
}

// drawOver stacks the symbol and the value on top of the bar.
func (b bars) drawOver(c draw.Canvas, box vg.Rectangle, category, series int, m marking, p *Point) {
	x := (box.Min.X + box.Max.X) / 2
	if p.Symbol != "" {
		sp := b.symbolPen(p)
		symbol, _ := b.fig.symbol(p.Symbol)
		sp.glyph(c, vg.Point{X: x, Y: c.Min.Y + b.symbolFoot(category, series, p) + sp.size/2}, symbol.Glyph)
	}
	if !b.labelled(p) {
		return
	}
	lp := b.labelPen(m)
	at := vg.Point{X: x, Y: c.Min.Y + b.labelFoot(category, series, m, p)}
	if b.fitsInside(m, p) {
		at.Y = box.Min.Y + 1.5*labelGap
	}
	if b.fig.LabelsInside {
		wipe(c, at, lp.size*capHeight, lp.width(m.label(p)))
	}
	lp.draw(c, at, anchor{up: 0.5, angle: degrees(90)}, ink, m.label(p))
}

// wipe clears the ground of an upright text.
func wipe(c draw.Canvas, foot vg.Point, high, long vg.Length) {
	const rim = 0.8
	box := vg.Rectangle{
		Min: vg.Point{X: foot.X - high/2 - rim, Y: foot.Y - rim},
		Max: vg.Point{X: foot.X + high/2 + rim, Y: foot.Y + long + rim},
	}
	c.SetColor(paper)
	c.Fill(box.Path())
}

func barPlotter(l *layout) plotter { return l.bars() }
