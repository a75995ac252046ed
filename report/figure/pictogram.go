package figure

import (
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// pictograms are glyphs that the typeface does not have, drawn around a point
// with the height of a character of the size.
var pictograms = map[string]func(c draw.Canvas, at vg.Point, size vg.Length){
	"power": power,
	"fan":   fan,
}

// glyphWidth is how wide a symbol's glyph is drawn.
func (p pen) glyphWidth(glyph string) vg.Length {
	if pictograms[glyph] != nil {
		return p.size
	}
	return p.width(glyph)
}

// glyph draws a symbol's glyph with the middle of its ink on a point.
func (p pen) glyph(c draw.Canvas, at vg.Point, glyph string) {
	if draw := pictograms[glyph]; draw != nil {
		draw(c, at, p.size)
		return
	}
	p.centre(c, at, ink, glyph)
}

// power is the sign on a switch: a ring that is open at the top, and a bar in
// the gap.
func power(c draw.Canvas, at vg.Point, size vg.Length) {
	const open = 35 // degrees at either side of the top
	r := size * 0.42
	var ring vg.Path
	for a := 90.0 + open; a <= 450-open; a += 5 {
		sin, cos := math.Sincos(degrees(a))
		p := vg.Point{X: at.X + r*vg.Length(cos), Y: at.Y - r*0.1 + r*vg.Length(sin)}
		if len(ring) == 0 {
			ring.Move(p)
		} else {
			ring.Line(p)
		}
	}
	c.SetLineStyle(draw.LineStyle{Color: ink, Width: size * 0.11})
	c.Stroke(ring)
	c.StrokeLine2(draw.LineStyle{Color: ink, Width: size * 0.11}, at.X, at.Y, at.X, at.Y+r*1.1)
}

// fan is four bent blades around a hub, in a ring.
func fan(c draw.Canvas, at vg.Point, size vg.Length) {
	r := float64(size) * 0.48
	on := func(radius, angle float64) vg.Point {
		sin, cos := math.Sincos(degrees(angle))
		return vg.Point{X: at.X + vg.Length(radius*cos), Y: at.Y + vg.Length(radius*sin)}
	}
	for turn := 0.0; turn < 360; turn += 90 {
		var blade []vg.Point
		for t := 0.0; t <= 1.001; t += 0.125 {
			blade = append(blade, on(r*0.82*t, turn+45*t*t))
		}
		for t := 1.0; t >= 0.1; t -= 0.125 {
			blade = append(blade, on(r*0.82*t, turn+25+45*t))
		}
		polygon(c, blade, ink, nil)
	}
	polygon(c, Circle.path(at, vg.Length(r*0.2)), paper, ink)
	var ring vg.Path
	for i, p := range Circle.path(at, vg.Length(r)) {
		if i == 0 {
			ring.Move(p)
		} else {
			ring.Line(p)
		}
	}
	ring.Close()
	c.SetLineStyle(draw.LineStyle{Color: ink, Width: size * 0.05})
	c.Stroke(ring)
}
