package figure

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"edgebench/report/figure/face"
)

const (
	rightMargin = vg.Length(3)
	minPlot     = 14 * vg.Millimeter // lower, and bars cannot be read
	longestName = 55 * vg.Millimeter // turned names, where the height is free
)

// layout is where everything of a figure goes on a canvas with its lower
// left corner at the origin.
type layout struct {
	fig    *Figure
	size   vg.Point
	scale  scale
	plot   *plot.Plot
	fills  []fill
	marks  map[Origin]marking
	legend legend
	names  names
	title  []string     // of the value axis, in lines
	area   vg.Rectangle // of the data
	axisW  vg.Length    // of the value axis' ticks, left of area
	pad    padding      // that gonum/plot keeps for the value axis' tick labels
}

type padding struct{ below, above vg.Length }

// arrange lays the figure out; a height of zero is chosen so that the plot
// area has the form's height. Errors where the given height is too low.
func (f *Figure) arrange(width, height vg.Length) (*layout, error) {
	l := &layout{
		fig:   f,
		size:  vg.Point{X: width, Y: height},
		scale: f.scale(),
		fills: fills(len(f.Series)),
		marks: f.marks(),
	}
	l.legend = f.newLegend(width, l.fills)
	l.plot = newPlot(l.scale, len(f.Categories))
	l.setTitle(forms[f.Form].plotHeight)
	// The names' height depends on the axis' width, which depends on how the
	// axis' title wraps, which depends on the height left by the names.
	for range 3 {
		if err := l.fit(height); err != nil {
			return nil, err
		}
		l.setTitle(l.area.Size().Y)
	}
	return l, l.fit(height)
}

func (l *layout) fit(height vg.Length) error {
	l.measureAxis()
	left, right := l.titleWidth()+l.axisW, l.size.X-rightMargin
	limit := longestName
	if height > 0 {
		limit = min(limit, height*0.4)
	}
	pitch := (right - left) / vg.Length(len(l.fig.Categories))
	l.names = l.fig.placeNames(pitch, limit)
	left += l.names.overflow(left, right)
	bottom := max(l.names.height()+l.xTitleHeight(), l.pad.below)
	l.area = vg.Rectangle{Min: vg.Point{X: left, Y: bottom}, Max: vg.Point{X: right, Y: bottom}}
	if right-left < 10 {
		return fmt.Errorf("figure %q: %.0f mm is too narrow for its axis and names; make it wider",
			l.fig.ID, l.size.X/vg.Millimeter)
	}
	return l.stretch(height)
}

// stretch gives the plot area its height.
func (l *layout) stretch(height vg.Length) error {
	bottom := l.area.Min.Y
	if height == 0 {
		h := forms[l.fig.Form].plotHeight
		l.area.Max.Y = bottom + h
		l.size.Y = bottom + h + l.headroom(h) + l.legend.height
		return nil
	}
	h := l.tallest(height - bottom - l.legend.height)
	if h < minPlot {
		need := bottom + l.legend.height + minPlot + l.headroom(minPlot)
		return fmt.Errorf("figure %q: %.0f mm is too low for its names, legend and labels; give it at least %.0f mm, or none",
			l.fig.ID, height/vg.Millimeter, math.Ceil(float64(need/vg.Millimeter)))
	}
	l.area.Max.Y = bottom + h
	return nil
}

// tallest is the highest plot area whose labels end below total.
func (l *layout) tallest(total vg.Length) vg.Length {
	h := total - l.pad.above
	l.eachTop(func(norm float64, over vg.Length) {
		if norm > 0 {
			h = min(h, (total-over)/vg.Length(norm))
		}
	})
	return h
}

// headroom is what labels need above a plot area of height h.
func (l *layout) headroom(h vg.Length) vg.Length {
	room := l.pad.above
	l.eachTop(func(norm float64, over vg.Length) {
		room = max(room, over-vg.Length(1-norm)*h)
	})
	return room
}

// eachTop visits the bars: where each ends on the axis, from 0 to 1, and
// how much its symbol and label take above.
func (l *layout) eachTop(visit func(norm float64, over vg.Length)) {
	b := l.bars()
	l.fig.eachPoint(func(_, _ int, s *Series, p *Point) {
		visit(b.norm(p), b.over(s, p))
	})
}

// newPlot is an empty plot with the value axis; the categories' axis is
// drawn by this package.
func newPlot(s scale, categories int) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	p.HideX()
	p.X.Padding, p.Y.Padding = 0, 0
	p.X.Min, p.X.Max = 0, float64(categories)
	p.Y.Min, p.Y.Max = s.min, s.max
	if s.log {
		p.Y.Scale = plot.LogScale{}
	}
	p.Y.Tick.Marker = plot.ConstantTicks(s.ticks)
	p.Y.Tick.Length = 3
	p.Y.Tick.Label.Font = font.From(face.Sans.Font, 7.5)
	p.Y.Tick.Label.Color = ink
	p.Y.Tick.Color, p.Y.Color = quiet, quiet
	return p
}

// setTitle wraps the value axis' title to the plot area's height. It is not
// given to gonum/plot, which keeps space in the wrong place for the title of
// a logarithmic axis.
func (l *layout) setTitle(height vg.Length) {
	l.title = nil
	title := l.fig.Y.Title()
	if title == "" {
		return
	}
	p := titlePen()
	lines, _ := p.wrap(title, height)
	for _, s := range lines {
		l.title = append(l.title, p.shorten(s, height))
	}
}

func titlePen() pen { return newPen(face.Sans, 8) }

// titleWidth is what the wrapped title takes left of the ticks.
func (l *layout) titleWidth() vg.Length {
	if len(l.title) == 0 {
		return 0
	}
	return vg.Length(len(l.title))*titlePen().line() + 3
}

// drawTitle writes the title upwards, left of the ticks.
func (l *layout) drawTitle(c draw.Canvas) {
	p := titlePen()
	at := vg.Point{
		X: l.area.Min.X - l.axisW - 3 - p.size*descent,
		Y: (l.area.Min.Y + l.area.Max.Y) / 2,
	}
	p.draw(c, at, place{along: 0.5, angle: degrees(90)}, ink, l.title...)
}

// measureAxis asks gonum/plot for the width of the value axis and what it
// adds above and below for tick labels.
func (l *layout) measureAxis() {
	probe := draw.Canvas{Rectangle: vg.Rectangle{Max: vg.Point{X: l.size.X, Y: 100 * vg.Centimeter}}}
	data := l.plot.DataCanvas(probe)
	l.axisW = data.Min.X
	l.pad = padding{below: data.Min.Y, above: probe.Max.Y - data.Max.Y}
}

func (l *layout) xTitleHeight() vg.Length {
	if l.fig.X.Title() == "" {
		return 0
	}
	return titlePen().line() + 3
}

// drawXTitle writes the categories' title at the foot of the canvas.
func (l *layout) drawXTitle(c draw.Canvas) {
	title := l.fig.X.Title()
	if title == "" {
		return
	}
	p := titlePen()
	at := vg.Point{X: (l.area.Min.X + l.area.Max.X) / 2, Y: p.size * descent}
	widest := 2 * min(at.X, l.size.X-at.X)
	p.draw(c, at, place{along: 0.5}, ink, p.shorten(title, widest))
}

// canvas is the part of c that gonum/plot must be given so that the data
// lies in area.
func (l *layout) canvas(c draw.Canvas) draw.Canvas {
	c.Rectangle = vg.Rectangle{
		Min: vg.Point{X: l.area.Min.X - l.axisW, Y: l.area.Min.Y - l.pad.below},
		Max: vg.Point{X: l.area.Max.X, Y: l.area.Max.Y + l.pad.above},
	}
	return c
}
