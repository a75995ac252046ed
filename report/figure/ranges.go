package figure

import (
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"edgebench/report/figure/face"
)

const (
	eventSize   = vg.Length(13) // of a pictogram
	eventGap    = vg.Length(3)
	rangeRadius = vg.Length(4)
	// rangeOverhang is kept free right of the last category for its labels.
	rangeOverhang = vg.Length(9)
)

// rangesForm has all markers of one shape, told apart by lightness alone, so
// that they read as the ends of one thing. Its symbols have their meaning
// written beside them.
var rangesForm = form{
	width: fullWidth, plotHeight: 55 * vg.Millimeter, arrange: arrangeAxes, plotter: rangePlotter,
	check: checkNoLines, markers: []Marker{Diamond}, overhang: rangeOverhang,
	keys: seriesKeys, provenance: wordedProvenance,
	groups: seriesGroups, points: byCategory,
}

// ranges joins the markers of each category and writes events above them.
type ranges struct {
	fig   *Figure
	scale scale
	fills []fill
	marks map[Provenance]marking
	names names
	pitch vg.Length
}

func rangePlotter(l *layout) plotter {
	return ranges{fig: l.fig, scale: l.scale, fills: l.fills, marks: l.marks, names: l.names,
		pitch: l.area.Size().X / vg.Length(len(l.fig.Categories))}
}

// Plot implements plot.Plotter; c is the plot area.
func (r ranges) Plot(c draw.Canvas, _ *plot.Plot) {
	r.fig.drawGrid(c, r.scale)
	line(c, 0.6, ink, c.Min.X, c.Min.Y, c.Max.X, c.Min.Y)
	for category := range r.fig.Categories {
		x := c.X((float64(category) + 0.5) / float64(len(r.fig.Categories)))
		low, high, any := r.extent(category)
		if any {
			line(c, 2.2, quiet, x, c.Y(low), x, c.Y(high))
			r.drawMarkers(c, category, x)
		}
		r.drawEvents(c, category, vg.Point{X: x, Y: c.Y(high) + markerReach(rangeRadius) + eventGap})
	}
	r.names.draw(c, c.Rectangle)
}

// extent is where a category's lowest and highest marker stand on the axis.
func (r ranges) extent(category int) (low, high float64, any bool) {
	for i := range r.fig.Series {
		if p := &r.fig.Series[i].Points[category]; p.Present {
			at := r.scale.norm(p.Value)
			if !any {
				low, high, any = at, at, true
			}
			low, high = min(low, at), max(high, at)
		}
	}
	return low, high, any
}

func (r ranges) drawMarkers(c draw.Canvas, category int, x vg.Length) {
	var labels []sideLabel
	for i := range r.fig.Series {
		s := &r.fig.Series[i]
		p := &s.Points[category]
		if !p.Present {
			continue
		}
		at := vg.Point{X: x, Y: c.Y(r.scale.norm(p.Value))}
		r.fig.marker(i).draw(c, at, rangeRadius, r.fills[i].color)
		m, ok := r.marks[s.provenance(p)]
		if !ok {
			m = plain
		}
		if text := m.label(p); r.labelFits(text) && (r.fig.ValueLabels || p.Label != "") {
			at.X += rangeRadius - markerRadius + 1.5
			labels = append(labels, sideLabel{at: at, text: text, face: m.face})
		}
	}
	drawSideLabels(c, labels, r.pitch)
}

// labelFits reports whether a label ends before the next category's markers,
// and after the last category's within the figure.
func (r ranges) labelFits(text string) bool {
	w := newPen(face.Bold, sideLabelSize).width(text) + markerReach(rangeRadius) + 3
	return w <= r.pitch-markerReach(rangeRadius) && w <= r.pitch/2+rangeOverhang
}

// events are the symbols of a category, each once.
func (r ranges) events(category int) []Symbol {
	var out []Symbol
	seen := map[string]bool{}
	for i := range r.fig.Series {
		name := r.fig.Series[i].Points[category].Symbol
		if s, ok := r.fig.symbol(name); ok && !seen[name] {
			seen[name] = true
			out = append(out, s)
		}
	}
	return out
}

func eventPen() pen { return newPen(face.Sans, 7) }

// words are an event's meaning in lines that stay within the category.
func (r ranges) words(s Symbol) []string {
	p := eventPen()
	limit := max(r.pitch-4, 1)
	lines, _ := p.wrap(s.Meaning, limit)
	for i := range lines {
		lines[i] = p.shorten(strings.TrimSpace(lines[i]), limit)
	}
	return lines
}

// eventHeight is what an event takes: its glyph, and the words above.
func (r ranges) eventHeight(s Symbol) vg.Length {
	return eventSize + eventGap + vg.Length(len(r.words(s)))*eventPen().line() + eventGap
}

func (r ranges) drawEvents(c draw.Canvas, category int, at vg.Point) {
	for _, s := range r.events(category) {
		c.SetColor(paper)
		c.Fill(vg.Rectangle{Min: vg.Point{X: at.X - eventSize/2, Y: at.Y - 1}, Max: vg.Point{X: at.X + eventSize/2, Y: at.Y + eventSize + 1}}.Path())
		newPen(face.Sans, eventSize).glyph(c, vg.Point{X: at.X, Y: at.Y + eventSize/2}, s.Glyph)
		words := r.words(s)
		p := eventPen()
		at.Y += eventSize + eventGap
		p.draw(c, at, anchor{along: 0.5}, ink, words...)
		at.Y += vg.Length(len(words))*p.line() + eventGap
	}
}

// eachTop implements plotter.
func (r ranges) eachTop(visit func(norm float64, over vg.Length)) {
	for category := range r.fig.Categories {
		_, high, _ := r.extent(category)
		over := markerReach(rangeRadius) + eventGap
		for _, s := range r.events(category) {
			over += r.eventHeight(s)
		}
		if r.fig.ValueLabels {
			over = max(over, newPen(face.Sans, sideLabelSize).line()*vg.Length(len(r.fig.Series)))
		}
		visit(high, over)
	}
}
