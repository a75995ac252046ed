package figure

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Marker is the shape of a point.
type Marker string

// The markers.
const (
	Circle       Marker = "circle"
	Square       Marker = "square"
	Triangle     Marker = "triangle"
	Diamond      Marker = "diamond"
	DownTriangle Marker = "down-triangle"
	Pentagon     Marker = "pentagon"
	Star         Marker = "star"
	Cross        Marker = "cross"
)

// markers in the order in which series get them.
var markers = []Marker{Circle, Square, Triangle, Diamond, DownTriangle, Pentagon, Star, Cross}

// lineMarkers in the order in which lines get them.
var lineMarkers = []Marker{Diamond, Triangle, Circle, Square, DownTriangle, Pentagon, Star, Cross}

// markerEdge is the width of a marker's outline.
const markerEdge = vg.Length(0.6)

// corners of each marker on a circle around the point: how many, at which
// angle the first, and how far out every second one is. Sizes are evened out
// so that the shapes look equally large.
var shapes = map[Marker]struct {
	n            int
	first, inner float64
	size         float64
}{
	Circle:       {32, 90, 1, 1},
	Square:       {4, 45, 1, 1.22},
	Triangle:     {3, 90, 1, 1.28},
	Diamond:      {4, 90, 1, 1.28},
	DownTriangle: {3, 270, 1, 1.28},
	Pentagon:     {5, 90, 1, 1.15},
	Star:         {10, 90, 0.45, 1.4},
	Cross:        {8, 45, 0.4, 1.4},
}

// path is the marker's outline; it stays within 1.4 times r of at.
func (m Marker) path(at vg.Point, r vg.Length) []vg.Point {
	s := shapes[m]
	out := make([]vg.Point, s.n)
	for i := range out {
		reach := float64(r) * s.size
		if i%2 == 1 {
			reach *= s.inner
		}
		sin, cos := math.Sincos(degrees(s.first + 360*float64(i)/float64(s.n)))
		out[i] = vg.Point{X: at.X + vg.Length(reach*cos), Y: at.Y + vg.Length(reach*sin)}
	}
	return out
}

// markerReach is how far any marker of radius r extends.
func markerReach(r vg.Length) vg.Length { return 1.4*r + 0.5 }

// draw paints the marker; a paper-coloured rim keeps it apart from what is
// below it.
func (m Marker) draw(c draw.Canvas, at vg.Point, r vg.Length, fill color.Color) {
	polygon(c, m.path(at, r+0.9), paper, nil)
	polygon(c, m.path(at, r), fill, ink)
}

// polygon fills points, and outlines them where edge is not nil.
func polygon(c draw.Canvas, points []vg.Point, fill, edge color.Color) {
	var path vg.Path
	for i, p := range points {
		if i == 0 {
			path.Move(p)
		} else {
			path.Line(p)
		}
	}
	path.Close()
	c.SetColor(fill)
	c.Fill(path)
	if edge != nil {
		c.SetLineStyle(draw.LineStyle{Color: edge, Width: markerEdge})
		c.Stroke(path)
	}
}

// marker is how a series' points look: as declared, or by its place.
func (s *Series) marker(i int, order []Marker) Marker {
	if s.Marker != "" {
		return s.Marker
	}
	return order[i%len(order)]
}

// markerKey is a legend's key of a marker.
func markerKey(m Marker, fill color.Color) func(draw.Canvas, vg.Rectangle) {
	return func(c draw.Canvas, box vg.Rectangle) {
		m.draw(c, middle(box), markerRadius, fill)
	}
}

func middle(box vg.Rectangle) vg.Point {
	return vg.Point{X: (box.Min.X + box.Max.X) / 2, Y: (box.Min.Y + box.Max.Y) / 2}
}
