package figure

import (
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"edgebench/report/figure/face"
)

var scatterForm = form{
	width: fullWidth, plotHeight: 75 * vg.Millimeter, arrange: arrangeAxes, plotter: scatterPlotter,
	check: checkNoLines, markers: markers, xValues: true,
	keys: scatterKeys, provenance: pointsProvenance, symbols: true,
	groups: seriesGroups, points: byCategory,
}

const xTickHeight = tickLength + 2 + tickSize*lineHeight

func xTickPen() pen { return tickPen() }

// scatter draws points by two values.
type scatter struct {
	fig   *Figure
	x, y  scale
	fills []fill
}

func scatterPlotter(l *layout) plotter {
	return scatter{fig: l.fig, x: *l.x, y: l.scale, fills: l.fills}
}

// mostNumbered is how many categories can be told apart by numbers beside their
// markers; of more, none has one.
const mostNumbered = 12

// numbered reports whether a number beside each marker says which category it is.
func (f *Figure) numbered() bool {
	return f.form().xValues && len(f.Categories) > 1 && len(f.Categories) <= mostNumbered
}

// number is a category's, beside its markers and in the legend.
func number(category int) string { return strconv.Itoa(category + 1) }

// scatterKeys name the series, and the categories of numbered markers.
func scatterKeys(f *Figure, fills []fill) []entry {
	out := seriesKeys(f, fills)
	if !f.numbered() {
		return out
	}
	for c, name := range f.Categories {
		out = append(out, entry{
			pen:   newPen(face.Sans, 8),
			lines: []string{oneLine(name)},
			keyW:  2 * markerReach(markerRadius),
			key: func(canvas draw.Canvas, box vg.Rectangle) {
				numberPen().draw(canvas, middle(box), anchor{along: 0.5, up: 0.5}, ink, number(c))
			},
		})
	}
	return out
}

func numberPen() pen { return newPen(face.Sans, 6.5) }

// Plot implements plot.Plotter; c is the plot area.
func (s scatter) Plot(c draw.Canvas, _ *plot.Plot) {
	s.fig.drawFrame(c)
	s.drawXAxis(c)
	for _, t := range s.y.ticks {
		if !t.IsMinor() {
			y := c.Y(s.y.norm(t.Value))
			line(c, 0.4, pale, c.Min.X, y, c.Max.X, y)
		}
	}
	s.fig.eachPoint(func(_, i int, _ *Series, p *Point) {
		if p.Present {
			s.drawPoint(c, i, p)
		}
	})
	if s.fig.numbered() {
		s.drawNumbers(c)
	}
}

func (s scatter) at(c draw.Canvas, p *Point) vg.Point {
	return vg.Point{X: c.X(s.x.norm(p.X)), Y: c.Y(s.y.norm(p.Value))}
}

// drawNumbers writes a number beside each marker, clear of markers and of other
// numbers.
func (s scatter) drawNumbers(c draw.Canvas) {
	var taken []vg.Rectangle
	reach := vg.Point{X: markerReach(markerRadius), Y: markerReach(markerRadius)}
	s.fig.eachPoint(func(_, _ int, _ *Series, p *Point) {
		if p.Present {
			at := s.at(c, p)
			taken = append(taken, vg.Rectangle{Min: at.Sub(reach), Max: at.Add(reach)})
		}
	})
	s.fig.eachPoint(func(category, _ int, _ *Series, p *Point) {
		if !p.Present {
			return
		}
		box := freeBox(s.at(c, p), number(category), c.Rectangle, taken)
		taken = append(taken, box)
		numberPen().draw(c, middle(box), anchor{along: 0.5, up: 0.5}, ink, number(category))
	})
}

// freeBox is where a number stands beside a marker: the nearest of the places
// around it, in the plot area, that nothing else takes.
func freeBox(at vg.Point, text string, area vg.Rectangle, taken []vg.Rectangle) vg.Rectangle {
	p := numberPen()
	half := vg.Point{X: p.width(text) / 2, Y: p.size * capHeight / 2}
	var first vg.Rectangle
	for ring := range 6 {
		r := markerReach(markerRadius) + 1 + vg.Length(ring)*p.size
		for turn := range 16 {
			sin, cos := math.Sincos(degrees(22.5 * float64(turn)))
			centre := vg.Point{X: at.X + (r+half.X)*vg.Length(cos), Y: at.Y + (r+half.Y)*vg.Length(sin)}
			box := vg.Rectangle{Min: centre.Sub(half), Max: centre.Add(half)}
			if ring == 0 && turn == 0 {
				first = box
			}
			inside := box.Min.X > area.Min.X && box.Max.X < area.Max.X && box.Min.Y > area.Min.Y && box.Max.Y < area.Max.Y
			if inside && !slices.ContainsFunc(taken, func(t vg.Rectangle) bool { return meet(box, t) }) {
				return box
			}
		}
	}
	return first
}

// meet reports whether two boxes overlap, or nearly.
func meet(a, b vg.Rectangle) bool {
	const air = 0.5
	return a.Min.X < b.Max.X+air && b.Min.X < a.Max.X+air && a.Min.Y < b.Max.Y+air && b.Min.Y < a.Max.Y+air
}

func (f *Figure) drawFrame(c draw.Canvas) {
	line(c, 0.5, quiet, c.Min.X, c.Max.Y, c.Max.X, c.Max.Y)
	line(c, 0.5, quiet, c.Max.X, c.Min.Y, c.Max.X, c.Max.Y)
}

func (s scatter) drawXAxis(c draw.Canvas) {
	line(c, 0.5, quiet, c.Min.X, c.Min.Y, c.Max.X, c.Min.Y)
	for _, t := range s.x.ticks {
		x := c.X(s.x.norm(t.Value))
		long := tickLength
		if t.IsMinor() {
			long /= 2
		} else {
			line(c, 0.4, pale, x, c.Min.Y, x, c.Max.Y)
			tickPen().draw(c, vg.Point{X: x, Y: c.Min.Y - tickLength - 2}, anchor{along: 0.5, up: 1}, ink, t.Label)
		}
		line(c, 0.5, quiet, x, c.Min.Y-long, x, c.Min.Y)
	}
}

func (s scatter) drawPoint(c draw.Canvas, series int, p *Point) {
	at := s.at(c, p)
	if p.hasInterval() {
		line(c, 0.7, ink, at.X, c.Y(s.y.norm(p.Low)), at.X, c.Y(s.y.norm(p.High)))
	}
	s.fig.marker(series).draw(c, at, markerRadius, s.fills[series].color)
}

// eachTop implements plotter: markers at the upper edge reach over it.
func (s scatter) eachTop(visit func(norm float64, over vg.Length)) {
	visit(1, markerReach(markerRadius))
}
