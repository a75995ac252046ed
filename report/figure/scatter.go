package figure

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

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
			tickPen().draw(c, vg.Point{X: x, Y: c.Min.Y - tickLength - 2}, place{along: 0.5, up: 1}, ink, t.Label)
		}
		line(c, 0.5, quiet, x, c.Min.Y-long, x, c.Min.Y)
	}
}

func (s scatter) drawPoint(c draw.Canvas, series int, p *Point) {
	at := vg.Point{X: c.X(s.x.norm(p.X)), Y: c.Y(s.y.norm(p.Value))}
	if p.hasInterval() {
		line(c, 0.7, ink, at.X, c.Y(s.y.norm(p.Low)), at.X, c.Y(s.y.norm(p.High)))
	}
	s.fig.marker(series).draw(c, at, markerRadius, s.fills[series].color)
}

// eachTop implements plotter: markers at the upper edge reach over it.
func (s scatter) eachTop(visit func(norm float64, over vg.Length)) {
	visit(1, markerReach(markerRadius))
}
