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
	besideGap   = vg.Length(10)
	longestName = 55 * vg.Millimeter // turned names, where the height is free
)

// layout is where everything of a figure with axes goes on a canvas with its
// lower left corner at the origin.
type layout struct {
	fig    *Figure
	form   form
	size   vg.Point
	scale  scale
	right  *sideAxis // of lines; nil where there are none
	x      *scale    // of a scatter; nil where there are categories
	plot   *plot.Plot
	fills  []fill
	marks  map[Provenance]marking
	legend legend // above
	beside legend // at the right
	names  names
	title  []string     // of the value axis, in lines
	area   vg.Rectangle // of the data
	axisW  vg.Length    // of the value axis' ticks, left of area
	pad    padding      // that gonum/plot keeps for the value axis' tick labels
}

type padding struct{ below, above vg.Length }

// arrangeAxes lays a figure with axes out; a height of zero is chosen so that
// the plot area has the form's height. Errors where the given height is too
// low.
func arrangeAxes(f *Figure, spec form, width, height vg.Length) (arrangement, error) {
	l := &layout{
		fig:   f,
		form:  spec,
		size:  vg.Point{X: width, Y: height},
		scale: f.scale(),
		fills: f.palette().of(f.seriesNames()),
		marks: f.marks(),
	}
	if spec.xValues {
		x := f.xScale()
		l.x = &x
		l.beside = f.newLegendBeside(width*0.3, l.fills)
	} else {
		l.legend = f.newLegend(width, l.fills)
	}
	if len(f.Lines) > 0 {
		l.right = &sideAxis{scale: f.rightScale()}
	}
	l.plot = newPlot(l.scale, len(f.Categories))
	l.setTitle(spec.plotHeight)
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
	left, right := l.titleWidth()+l.axisW, l.size.X-l.rightWidth()
	limit := longestName
	if height > 0 {
		limit = min(limit, height*0.4)
	}
	pitch := (right - left) / vg.Length(len(l.fig.Categories))
	bottom := l.pad.below
	if l.x != nil {
		bottom = max(bottom, xTickHeight+l.xTitleHeight())
	} else {
		l.names = l.fig.newNames(pitch, limit)
		if l.right != nil {
			l.names.gap += markerReach(markerRadius) / 2 // markers reach below the axis
		}
		left += l.names.overflow(left, right)
		bottom = max(bottom, l.names.height()+l.xTitleHeight())
	}
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
		h := l.form.plotHeight
		l.area.Max.Y = bottom + h
		l.size.Y = max(bottom+h+l.headroom(h)+l.legend.height, l.beside.height)
		return nil
	}
	h := l.tallest(height - bottom - l.legend.height)
	if h < minPlot || height < l.beside.height {
		need := max(bottom+l.legend.height+minPlot+l.headroom(minPlot), l.beside.height)
		return fmt.Errorf("figure %q: %.0f mm is too low for its names, legend and labels; give it at least %.0f mm, or none",
			l.fig.ID, height/vg.Millimeter, math.Ceil(float64(need/vg.Millimeter)))
	}
	l.area.Max.Y = bottom + h
	return nil
}

// tallest is the highest plot area whose labels end below total. Labels that
// stand in high bars stand above lower ones: it is sought from above.
func (l *layout) tallest(total vg.Length) vg.Length {
	h := total - l.pad.above
	for range 10 {
		before := h
		l.area.Max.Y = l.area.Min.Y + h
		l.form.plotter(l).eachTop(func(norm float64, over vg.Length) {
			if norm > 0 {
				h = min(h, (total-over)/vg.Length(norm))
			}
		})
		if h == before {
			break
		}
	}
	return h
}

// headroom is what labels need above a plot area of height h.
func (l *layout) headroom(h vg.Length) vg.Length {
	room := l.pad.above
	l.area.Max.Y = l.area.Min.Y + h
	l.form.plotter(l).eachTop(func(norm float64, over vg.Length) {
		room = max(room, over-vg.Length(1-norm)*h)
	})
	return room
}

// plotter draws the data of a figure with axes.
type plotter interface {
	plot.Plotter
	// eachTop visits what is drawn: where each bar or marker ends on the value
	// axis, from 0 to 1, and how much its marks and labels take above.
	eachTop(visit func(norm float64, over vg.Length))
}

func (l *layout) bounds() vg.Point { return l.size }

// draw implements arrangement.
func (l *layout) draw(c draw.Canvas) {
	l.plot.Add(l.form.plotter(l))
	l.plot.Draw(l.canvas(c))
	l.drawTitle(c)
	l.drawXTitle(c)
	if l.right != nil {
		l.right.draw(c, l.area, l.size.X, l.fig.Right.Title())
	}
	l.legend.draw(c, 0, l.size.X, l.size.Y)
	l.beside.drawAtLeft(c, l.area.Max.X+besideGap, min(l.size.Y, max(l.area.Max.Y, l.beside.height)))
}

// rightWidth is what the right axis or a legend takes right of the data.
func (l *layout) rightWidth() vg.Length {
	w := rightMargin
	if l.right != nil {
		w += l.right.width(l.fig.Right.Title())
	}
	if l.x != nil {
		w = max(w, xTickPen().width(lastLabel(l.x.ticks))/2)
	}
	if l.fig.ValueLabels {
		w += l.form.overhang
	}
	if l.beside.width > 0 {
		w = max(w, besideGap+l.beside.width)
	}
	return w
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
	p.draw(c, at, anchor{along: 0.5, angle: degrees(90)}, ink, l.title...)
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
	p.draw(c, at, anchor{along: 0.5}, ink, p.shorten(title, widest))
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
