package figure

import (
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"edgebench/report/figure/face"
)

const (
	namesGap   = vg.Length(4) // between the axis and the names, at least
	slantAngle = 40           // degrees
	flatLines  = 3            // at most, before names are slanted
)

// names are the categories' names below the axis.
type names struct {
	pen   pen
	gap   vg.Length  // between the axis and the names
	lines [][]string // of each category; empty where only every few are named
	angle float64    // radians
}

// newNames sets the names flat and wrapped where that fits a pitch, else
// slanted, else upright, and as a last resort names every few categories.
// Turned names are at most limit long.
func (f *Figure) newNames(pitch, limit vg.Length) names {
	if !f.SlantNames {
		for _, size := range []vg.Length{7.5, 7, 6.5} {
			if n, ok := flatNames(f.Categories, newPen(face.Sans, size), pitch-3); ok {
				return n
			}
		}
	}
	for _, turn := range []struct{ degrees, size float64 }{
		{slantAngle, 7.5}, {slantAngle, 6.5}, {90, 7.5}, {90, 6.5}, {90, 5.5},
	} {
		p := newPen(face.Sans, vg.Length(turn.size))
		room := pitch * vg.Length(math.Sin(degrees(turn.degrees)))
		if room >= p.line()*0.95 {
			return turnedNames(f.Categories, p, degrees(turn.degrees), room, limit)
		}
	}
	return sparseNames(f.Categories, pitch, limit)
}

func flatNames(categories []string, p pen, limit vg.Length) (names, bool) {
	n := names{pen: p, gap: namesGap}
	for _, c := range categories {
		var lines []string
		for part := range strings.SplitSeq(c, "\n") {
			more, ok := p.wrap(part, limit)
			if !ok || len(more) > flatLines {
				return names{}, false
			}
			lines = append(lines, more...)
		}
		n.lines = append(n.lines, lines)
	}
	return n, true
}

// oneLine writes a name with what it says below on one line.
func oneLine(name string) string { return strings.ReplaceAll(name, "\n", ", ") }

// turnedNames wraps names longer than limit into the lines that room, the
// distance between neighbours, has space for, and shortens what still is.
func turnedNames(categories []string, p pen, angle float64, room, limit vg.Length) names {
	n := names{pen: p, gap: namesGap, angle: angle}
	most := max(1, int(room/p.line()))
	for _, c := range categories {
		c = oneLine(c)
		lines, ok := p.wrap(c, limit)
		if !ok || len(lines) > most {
			lines = []string{p.shorten(c, limit)}
		}
		n.lines = append(n.lines, lines)
	}
	return n
}

func sparseNames(categories []string, pitch, limit vg.Length) names {
	p := newPen(face.Sans, 6)
	every := int(math.Ceil(float64(p.line() / pitch)))
	n := turnedNames(categories, p, degrees(90), pitch, limit)
	for i := range n.lines {
		if i%every != 0 {
			n.lines[i] = nil
		}
	}
	return n
}

// block is the extent of some lines across their direction.
func (n names) block(lines []string) vg.Length {
	return n.pen.size*(capHeight+descent) + vg.Length(len(lines)-1)*n.pen.line()
}

// height is how far the names reach below the axis.
func (n names) height() vg.Length {
	sin, cos := math.Sincos(n.angle)
	var h vg.Length
	for _, lines := range n.lines {
		if len(lines) > 0 {
			h = max(h, n.pen.widest(lines)*vg.Length(sin)+n.block(lines)*vg.Length(cos))
		}
	}
	return n.gap + h
}

// reach is how far a name extends to the left of its category's middle.
func (n names) reach(lines []string) vg.Length {
	sin, cos := math.Sincos(n.angle)
	w := n.pen.widest(lines)
	if n.angle == 0 {
		return w / 2
	}
	return w*vg.Length(cos) + n.block(lines)*vg.Length(sin)/2
}

// overflow is how much the plot area must move to the right so that no name
// begins left of the canvas, when it would span from left to right.
func (n names) overflow(left, right vg.Length) vg.Length {
	var extra vg.Length
	for i, lines := range n.lines {
		// The middle of category i is at left + part*(right-left).
		part := (vg.Length(i) + 0.5) / vg.Length(len(n.lines))
		extra = max(extra, (n.reach(lines)-part*right)/(1-part)-left)
	}
	return extra
}

// draw writes the names below the plot area's lower edge.
func (n names) draw(c draw.Canvas, area vg.Rectangle) {
	pitch := area.Size().X / vg.Length(len(n.lines))
	for i, lines := range n.lines {
		if len(lines) == 0 {
			continue
		}
		at := vg.Point{X: area.Min.X + (vg.Length(i)+0.5)*pitch, Y: area.Min.Y - n.gap}
		n.pen.draw(c, n.shift(at, lines), n.anchor(), ink, lines...)
	}
}

func (n names) anchor() anchor {
	switch n.angle {
	case 0:
		return anchor{along: 0.5, up: 1}
	case degrees(90):
		return anchor{along: 1, up: 0.5, angle: n.angle}
	}
	return anchor{along: 1, up: 1, angle: n.angle}
}

// shift moves a slanted name so that the middle of its end, not its upper
// corner, is below the category's middle.
func (n names) shift(at vg.Point, lines []string) vg.Point {
	if n.angle != 0 && n.angle != degrees(90) {
		at.X += n.block(lines) * vg.Length(math.Sin(n.angle)) / 3
	}
	return at
}
