package figure

import (
	"cmp"
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"edgebench/report/figure/face"
)

const (
	markerRadius = vg.Length(3)
	lineKeyW     = vg.Length(20)
	tickLength   = vg.Length(3)
	tickSize     = vg.Length(7.5)
)

var barsLineForm = form{
	width: fullWidth, plotHeight: 50 * vg.Millimeter, arrange: arrangeAxes, plotter: barPlotter,
	check: checkHasLines, keys: seriesKeys, provenance: outlinedProvenance, symbols: true,
	groups: seriesGroups, points: byCategory,
}

func checkHasLines(f *Figure, report reporter) {
	if len(f.Lines) == 0 {
		report("form %q needs at least one line; add one, or use %q", BarsLine, GroupedBars)
	}
}

func checkNoLines(f *Figure, report reporter) {
	if len(f.Lines) > 0 {
		report("has %d lines, which form %q does not draw; use %q", len(f.Lines), f.Form, BarsLine)
	}
}

// lines draws lines with markers over bars, against the right axis.
type lines struct {
	fig   *Figure
	scale scale
}

// lineStyles tell lines apart in grey: a solid line with light markers, then
// dashed ones with ever darker markers.
var lineStyles = []struct {
	dashes []vg.Length
	fill   color.RGBA
}{
	{nil, color.RGBA{0xff, 0xff, 0xff, 0xff}},
	{[]vg.Length{4, 2}, color.RGBA{0x22, 0x22, 0x22, 0xff}},
	{[]vg.Length{1.2, 1.6}, color.RGBA{0x9a, 0x9a, 0x9a, 0xff}},
}

func (l lines) draw(c draw.Canvas) {
	if l.fig == nil {
		return
	}
	for i := range l.fig.Lines {
		l.drawLine(c, i)
	}
	l.drawLabels(c)
}

// at is where the point of a category stands.
func (l lines) at(c draw.Canvas, category int, p *Point) vg.Point {
	return vg.Point{
		X: c.X((float64(category) + 0.5) / float64(len(l.fig.Categories))),
		Y: c.Y(l.scale.norm(p.Value)),
	}
}

// drawLine joins neighbours that both have a point.
func (l lines) drawLine(c draw.Canvas, i int) {
	s, style := &l.fig.Lines[i], lineStyles[i%len(lineStyles)]
	var last *vg.Point
	for category := range s.Points {
		p := &s.Points[category]
		if !p.Present || l.fig.Summary && category == len(s.Points)-1 {
			last = nil
			continue
		}
		at := l.at(c, category, p)
		if last != nil {
			strokeLine(c, style.dashes, *last, at)
		}
		last = &at
	}
	for category := range s.Points {
		if p := &s.Points[category]; p.Present {
			l.drawInterval(c, category, p)
			s.marker(i, lineMarkers).draw(c, l.at(c, category, p), markerRadius, style.fill)
		}
	}
}

// drawInterval draws a point's confidence interval as far as the axis reaches.
func (l lines) drawInterval(c draw.Canvas, category int, p *Point) {
	if !p.hasInterval() {
		return
	}
	x := l.at(c, category, p).X
	low, high := c.Y(l.scale.norm(p.Low)), c.Y(l.scale.norm(p.High))
	line(c, 2.4, paper, x, low, x, high)
	line(c, 0.8, ink, x, low, x, high)
	for _, y := range []vg.Length{low, high} {
		line(c, 0.8, ink, x-markerRadius*0.8, y, x+markerRadius*0.8, y)
	}
}

// strokeLine keeps a line visible on dark bars by a paper-coloured lining.
func strokeLine(c draw.Canvas, dashes []vg.Length, a, b vg.Point) {
	line(c, 2.4, paper, a.X, a.Y, b.X, b.Y)
	c.StrokeLine2(draw.LineStyle{Color: ink, Width: 1, Dashes: dashes}, a.X, a.Y, b.X, b.Y)
	c.SetLineDash(nil, 0)
}

// stretch is a part of the height above the axis.
type stretch struct{ low, high vg.Length }

// heights are where lines and markers run across a column, from the lowest: a
// half width to both sides of a place beside a category's middle.
func (l lines) heights(category int, beside, half, pitch, areaH vg.Length) []stretch {
	if l.fig == nil {
		return nil
	}
	const rim = 1.5 // of a line, with air
	var out []stretch
	for i := range l.fig.Lines {
		points := l.fig.Lines[i].Points
		at, ok := l.height(i, category, areaH)
		if !ok {
			continue
		}
		if reach := markerReach(markerRadius); beside-half < reach && beside+half > -reach {
			low, high := l.whiskers(&points[category], areaH)
			out = append(out, stretch{min(at-reach, low) - rim/2, max(at+reach, high) + rim/2})
		}
		for _, side := range []int{-1, 1} {
			from, to := vg.Length(side)*beside-half, vg.Length(side)*beside+half
			if category+side < 0 || category+side >= len(points) || to <= 0 {
				continue
			}
			if next, joined := l.height(i, category+side, areaH); joined && l.joins(category, category+side) {
				y0, y1 := at+(next-at)*max(from, 0)/pitch, at+(next-at)*to/pitch
				out = append(out, stretch{min(y0, y1) - rim, max(y0, y1) + rim})
			}
		}
	}
	slices.SortFunc(out, func(a, b stretch) int { return cmp.Compare(a.low, b.low) })
	return out
}

// height is where a line's marker stands above the axis.
func (l lines) height(i, category int, areaH vg.Length) (at vg.Length, ok bool) {
	p := &l.fig.Lines[i].Points[category]
	return areaH * vg.Length(l.scale.norm(p.Value)), p.Present
}

// whiskers are where a point's interval ends above the axis.
func (l lines) whiskers(p *Point, areaH vg.Length) (low, high vg.Length) {
	return areaH * vg.Length(l.scale.norm(p.low())), areaH * vg.Length(l.scale.norm(p.top()))
}

// joins reports whether lines run between neighbouring categories: not into a
// summary.
func (l lines) joins(a, b int) bool {
	return !l.fig.Summary || max(a, b) < len(l.fig.Categories)-1
}

// drawLabels writes the labels that points carry right of their markers, each
// above the one below it.
func (l lines) drawLabels(c draw.Canvas) {
	for category := range l.fig.Categories {
		var labels []sideLabel
		for i := range l.fig.Lines {
			p := &l.fig.Lines[i].Points[category]
			if p.Present && p.Label != "" {
				labels = append(labels, sideLabel{at: l.at(c, category, p), text: p.Label, face: face.Sans})
			}
		}
		drawSideLabels(c, labels, c.Size().X/vg.Length(2*len(l.fig.Categories)))
	}
}

// sideLabel is a text beside a marker.
type sideLabel struct {
	at   vg.Point // the marker
	text string
	face *face.Face
}

const sideLabelSize = vg.Length(7)

// drawSideLabels keeps labels of markers above each other apart, on paper
// colour. Where they are wider than the room right of the markers they are
// smaller; one alone, and those that would be too small, stand above the markers
// instead.
func drawSideLabels(c draw.Canvas, labels []sideLabel, room vg.Length) {
	slices.SortStableFunc(labels, func(a, b sideLabel) int { return cmp.Compare(a.at.Y, b.at.Y) })
	beside := markerReach(markerRadius) + 1.5
	lowest := c.Min.Y - 100*vg.Centimeter
	above := slices.ContainsFunc(labels, func(s sideLabel) bool {
		size := sideLabelSize
		if len(labels) > 1 {
			size = smallest
		}
		return beside+newPen(s.face, size).width(s.text) > room
	})
	for _, s := range labels {
		p := newPen(s.face, sideLabelSize)
		w, h := p.width(s.text), p.size*capHeight
		x, y := s.at.X+beside, max(s.at.Y, lowest)
		switch {
		case above:
			x, y = s.at.X-w/2, max(labels[len(labels)-1].at.Y+beside+h/2, lowest)
		case beside+w <= room:
		default:
			p = newPen(s.face, max(smallest, sideLabelSize*(room-beside)/w))
			w, h = p.width(s.text), p.size*capHeight
		}
		lowest = y + p.line()
		c.SetColor(paper)
		c.Fill(vg.Rectangle{Min: vg.Point{X: x - 0.8, Y: y - h/2 - 0.8}, Max: vg.Point{X: x + w + 0.8, Y: y + h/2 + 0.8}}.Path())
		p.draw(c, vg.Point{X: x, Y: y}, anchor{up: 0.5}, ink, s.text)
	}
}

// eachTop visits the markers with their labels.
func (l lines) eachTop(visit func(norm float64, over vg.Length)) {
	if l.fig == nil {
		return
	}
	for i := range l.fig.Lines {
		for _, p := range l.fig.Lines[i].Points {
			if p.Present {
				visit(l.scale.norm(p.top()), markerReach(markerRadius)+labelRoom(p, len(l.fig.Lines)))
			}
		}
	}
}

// labelRoom is how far the label of one of n markers may stand above it.
func labelRoom(p Point, n int) vg.Length {
	if p.Label == "" {
		return 0
	}
	return newPen(face.Sans, sideLabelSize).line() * vg.Length(n)
}

// sideAxis is the axis right of the data.
type sideAxis struct{ scale scale }

func tickPen() pen { return newPen(face.Sans, tickSize) }

func (a *sideAxis) width(title string) vg.Length {
	w := tickLength + 2
	var widest vg.Length
	for _, t := range a.scale.ticks {
		widest = max(widest, tickPen().width(t.Label))
	}
	w += widest
	if title != "" {
		w += titlePen().line() + 2
	}
	return w
}

func (a *sideAxis) draw(c draw.Canvas, area vg.Rectangle, right vg.Length, title string) {
	line(c, 0.5, quiet, area.Max.X, area.Min.Y, area.Max.X, area.Max.Y)
	for _, t := range a.scale.ticks {
		y := area.Min.Y + area.Size().Y*vg.Length(a.scale.norm(t.Value))
		line(c, 0.5, quiet, area.Max.X, y, area.Max.X+tickLength, y)
		tickPen().draw(c, vg.Point{X: area.Max.X + tickLength + 2, Y: y}, anchor{up: 0.5}, ink, t.Label)
	}
	p := titlePen()
	at := vg.Point{X: right - p.size*descent - 1, Y: (area.Min.Y + area.Max.Y) / 2}
	p.draw(c, at, anchor{along: 0.5, angle: degrees(90)}, ink, p.shorten(title, area.Size().Y))
}

// lineKey is a legend's key: a piece of the line with its marker.
func lineKey(i int, m Marker) func(draw.Canvas, vg.Rectangle) {
	style := lineStyles[i%len(lineStyles)]
	return func(c draw.Canvas, box vg.Rectangle) {
		y := (box.Min.Y + box.Max.Y) / 2
		strokeLine(c, style.dashes, vg.Point{X: box.Min.X, Y: y}, vg.Point{X: box.Max.X, Y: y})
		m.draw(c, middle(box), markerRadius, style.fill)
	}
}

func lastLabel(ticks []plot.Tick) string {
	for _, t := range slices.Backward(ticks) {
		if t.Label != "" {
			return t.Label
		}
	}
	return ""
}
