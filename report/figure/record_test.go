package figure

import (
	"image/color"
	"math"
	"testing"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"

	"edgebench/report/figure/face"
)

// drawing is what a figure put on a canvas, in the canvas' coordinates.
type drawing struct {
	size  vg.Point
	texts []placed
	fills []placed
	lines []stroke
}

// stroke is a path of straight lines.
type stroke struct {
	width  vg.Length
	color  color.Color
	dashed bool
	points []vg.Point
}

// placed is a quadrilateral: a text's ink, or a filled rectangle.
type placed struct {
	text    string
	font    font.Font
	angle   float64
	color   color.Color
	corners [4]vg.Point
}

// record draws f at its own size and interprets the recorded actions.
func record(t *testing.T, f *Figure) drawing {
	t.Helper()
	w, h, err := f.Size(0)
	if err != nil {
		t.Fatal(err)
	}
	var rec recorder.Canvas
	if err := f.Draw(draw.NewCanvas(&rec, w, h)); err != nil {
		t.Fatal(err)
	}
	d := drawing{size: vg.Point{X: w, Y: h}}
	d.replay(rec.Actions)
	return d
}

// CheckReadable looks at every text of a figure: inside the canvas, and clear
// of other texts, of the bars, and of lines with their markers.
func CheckReadable(t *testing.T, f *Figure) {
	d := record(t, f)
	bars, marks := d.bars(f), d.overBars()
	for i, a := range d.texts {
		if !a.inside(d.size) {
			t.Errorf("%q is clipped: %v of %v", a.text, a.corners, d.size)
		}
		for _, b := range d.texts[:i] {
			if a.overlaps(b) {
				t.Errorf("%q overlaps %q", a.text, b.text)
			}
		}
		for _, b := range bars {
			if a.overlaps(b) && !a.inLegend(d) {
				t.Errorf("%q overlaps a bar", a.text)
			}
		}
		for _, b := range marks {
			if a.overlaps(b) {
				t.Errorf("%q overlaps a line or its marker", a.text)
			}
		}
	}
}

// overBars are the lines over bars, as thin boxes, and the markers.
func (d drawing) overBars() []placed {
	var out []placed
	for _, s := range d.dataLines() {
		a, b := s.points[0], s.points[1]
		out = append(out, placed{corners: [4]vg.Point{a, b, b, a}})
	}
	for _, s := range d.lines {
		if s.width == markerEdge && s.color == color.Color(ink) && len(s.points) > 3 {
			out = append(out, boundsOf(s.points))
		}
	}
	return out
}

func boundsOf(points []vg.Point) placed {
	low, high := points[0], points[0]
	for _, p := range points {
		low = vg.Point{X: min(low.X, p.X), Y: min(low.Y, p.Y)}
		high = vg.Point{X: max(high.X, p.X), Y: max(high.Y, p.Y)}
	}
	return placed{corners: [4]vg.Point{low, {X: high.X, Y: low.Y}, high, {X: low.X, Y: high.Y}}}
}

// turtle is the transformation and colour while actions are replayed; a
// figure never scales.
type turtle struct {
	at     vg.Point
	angle  float64
	color  color.Color
	width  vg.Length
	dashed bool
}

func (u turtle) point(p vg.Point) vg.Point {
	sin, cos := math.Sincos(u.angle)
	return vg.Point{
		X: u.at.X + p.X*vg.Length(cos) - p.Y*vg.Length(sin),
		Y: u.at.Y + p.X*vg.Length(sin) + p.Y*vg.Length(cos),
	}
}

func (d *drawing) replay(actions []recorder.Action) {
	var u turtle
	var stack []turtle
	for _, a := range actions {
		switch a := a.(type) {
		case *recorder.Push:
			stack = append(stack, u)
		case *recorder.Pop:
			u, stack = stack[len(stack)-1], stack[:len(stack)-1]
		case *recorder.Translate:
			u.at = u.point(a.Point)
		case *recorder.Rotate:
			u.angle += a.Angle
		case *recorder.SetColor:
			u.color = a.Color
		case *recorder.SetLineWidth:
			u.width = a.Width
		case *recorder.SetLineDash:
			u.dashed = len(a.Dashes) > 0
		case *recorder.Stroke:
			s := stroke{width: u.width, color: u.color, dashed: u.dashed}
			for _, comp := range a.Path {
				if comp.Type != vg.CloseComp {
					s.points = append(s.points, u.point(comp.Pos))
				}
			}
			d.lines = append(d.lines, s)
		case *recorder.FillString:
			d.texts = append(d.texts, inkOf(u, a))
		case *recorder.Fill:
			if len(a.Path) == 5 {
				d.fills = append(d.fills, filled(u, a.Path))
			}
		}
	}
}

// inkOf is the box of a text's ink, not of its line.
func inkOf(u turtle, a *recorder.FillString) placed {
	f := font.DefaultCache.Lookup(a.Font, a.Size)
	src := face.Sans
	low, high := src.Extent(a.String)
	bottom, top := a.Point.Y+a.Size*vg.Length(low), a.Point.Y+a.Size*vg.Length(high)
	left, right := a.Point.X, a.Point.X+f.Width(a.String)
	p := placed{text: a.String, font: a.Font, angle: u.angle, color: u.color}
	for i, c := range [4]vg.Point{{X: left, Y: bottom}, {X: right, Y: bottom}, {X: right, Y: top}, {X: left, Y: top}} {
		p.corners[i] = u.point(c)
	}
	return p
}

func filled(u turtle, path vg.Path) placed {
	p := placed{angle: u.angle, color: u.color}
	for i := range p.corners {
		p.corners[i] = u.point(path[i].Pos)
	}
	return p
}

func (p placed) inside(size vg.Point) bool {
	for _, c := range p.corners {
		if c.X < -0.01 || c.Y < -0.01 || c.X > size.X+0.01 || c.Y > size.Y+0.01 {
			return false
		}
	}
	return true
}

// overlaps by more than a third of a point: no edge of either separates them
// (the separating axis theorem for convex shapes).
func (p placed) overlaps(q placed) bool {
	const slack = 0.33
	for _, shape := range [][4]vg.Point{p.corners, q.corners} {
		for i := range shape {
			a, b := shape[i], shape[(i+1)%4]
			nx, ny := float64(b.Y-a.Y), float64(a.X-b.X)
			if n := math.Hypot(nx, ny); n > 1e-9 {
				nx, ny = nx/n, ny/n
			} else {
				continue
			}
			pl, ph := p.along(nx, ny)
			ql, qh := q.along(nx, ny)
			if ph < ql+slack || qh < pl+slack {
				return false
			}
		}
	}
	return true
}

func (p placed) along(nx, ny float64) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, c := range p.corners {
		v := nx*float64(c.X) + ny*float64(c.Y)
		low, high = min(low, v), max(high, v)
	}
	return low, high
}

// bars are the filled rectangles in the colours of the figure's series.
func (d drawing) bars(f *Figure) []placed {
	var out []placed
	for _, p := range d.fills {
		for _, fl := range f.palette().of(f.seriesNames()) {
			if p.color == color.Color(fl.color) {
				out = append(out, p)
			}
		}
	}
	return out
}

// inLegend reports whether p begins right of a swatch of the legend, which is
// as high as no bar.
func (p placed) inLegend(d drawing) bool {
	for _, q := range d.fills {
		if math.Abs(float64(q.corners[2].Y-q.corners[0].Y-swatchH)) < 1e-6 && q.corners[0].Y >= p.corners[0].Y-swatchH {
			return true
		}
	}
	return false
}

func (d drawing) all(text string) []placed {
	var out []placed
	for _, p := range d.texts {
		if p.text == text {
			out = append(out, p)
		}
	}
	return out
}

func (d drawing) find(text string) (placed, bool) {
	if all := d.all(text); len(all) > 0 {
		return all[0], true
	}
	return placed{}, false
}

func (d drawing) words() []string {
	var out []string
	for _, p := range d.texts {
		out = append(out, p.text)
	}
	return out
}

func rect(x0, y0, x1, y1 vg.Length) vg.Rectangle {
	return vg.Rectangle{Min: vg.Point{X: x0, Y: y0}, Max: vg.Point{X: x1, Y: y1}}
}
