package figure

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"edgebench/report/figure/face"
)

const (
	narrowestPie = 34 * vg.Millimeter // with its labels
	leastRadius  = 7 * vg.Millimeter
	pieTextSize  = vg.Length(5.8)
	leaderGap    = vg.Length(6)   // from the rim to a label outside
	leaderEnd    = vg.Length(1.5) // between a leader and its label
	pieGap       = vg.Length(8)   // between rows of pies
)

var piesForm = form{
	width: fullWidth, plotHeight: 32 * vg.Millimeter, arrange: arrangePies,
	check: checkPies, keys: noKeys, provenance: wordedProvenance, symbols: true,
	groups: pieGroups, points: bySlice,
}

// pieGroups are the slices of each pie.
func pieGroups(f *Figure) [][]string {
	groups := make([][]string, len(f.Series))
	for i := range f.Series {
		for _, c := range f.Series[i].slices() {
			groups[i] = append(groups[i], f.Categories[c])
		}
	}
	return groups
}

// bySlice visits the slices that pies show.
func bySlice(f *Figure, visit func(category int, s *Series, p *Point)) {
	for i := range f.Series {
		for _, c := range f.Series[i].slices() {
			visit(c, &f.Series[i], &f.Series[i].Points[c])
		}
	}
}

// insideParts are where labels inside may be centred, in parts of the radius.
var insideParts = []vg.Length{0.6, 0.66, 0.72, 0.76, 0.5, 0.42}

// pies lays out a row of pies, or several rows where one is too narrow.
type pies struct {
	fig    *Figure
	size   vg.Point
	cells  []pieCell
	perRow int
	cellW  vg.Length
	radius vg.Length
	above  vg.Length // what labels take over each pie
	below  vg.Length
	titleH vg.Length
	listH  []vg.Length // of the legends below the pies, by row
	fills  []fill      // by category
	legend legend      // of provenances, above all
	marks  map[Provenance]marking
}

// pieCell is one pie with its title and legend.
type pieCell struct {
	series *Series
	title  []string
	slices []slice
	list   []entry
}

// slice is a piece of a pie; angles are in degrees clockwise from the top.
type slice struct {
	category   int
	from, till float64
	point      *Point
	share      string // as labelled
	face       *face.Face
}

func (s slice) middle() float64 { return (s.from + s.till) / 2 }

// slices are the categories of a pie in their order.
func (s *Series) slices() []int {
	if s.Order != nil {
		return s.Order
	}
	var out []int
	for c := range s.Points {
		if s.Points[c].Present {
			out = append(out, c)
		}
	}
	return out
}

// arrangePies gives every pie the same size. Errors where the pies would be
// too small.
func arrangePies(f *Figure, spec form, width, height vg.Length) (arrangement, error) {
	l := &pies{fig: f, size: vg.Point{X: width, Y: height}, marks: f.marks(), fills: f.palette().of(f.Categories)}
	l.legend = f.newLegend(width, nil)
	rows := max(1, int(math.Ceil(float64(len(f.Series))*float64(narrowestPie)/float64(width))))
	rows = min(rows, len(f.Series))
	l.perRow = (len(f.Series) + rows - 1) / rows
	rows = (len(f.Series) + l.perRow - 1) / l.perRow
	l.cellW = width / vg.Length(l.perRow)
	for i := range f.Series {
		l.cells = append(l.cells, l.cell(i))
	}
	l.measure(rows)
	l.radius = min(spec.plotHeight/2, l.cellW/2-leaderGap)
	for l.radius >= leastRadius && (l.reach() > l.cellW/2-2 || height > 0 && l.needed(rows) > height) {
		l.radius--
	}
	l.above, l.below = l.rims()
	if l.radius < leastRadius {
		return nil, fmt.Errorf("figure %q: %.0f x %.0f mm is too small for its %d pies; make it larger",
			f.ID, width/vg.Millimeter, height/vg.Millimeter, len(f.Series))
	}
	if height == 0 {
		l.size.Y = l.needed(rows)
	}
	return l, nil
}

func checkPies(f *Figure, report reporter) {
	checkNoLines(f, report)
	for i := range f.Series {
		f.checkPie(&f.Series[i], report)
	}
}

// checkPie refuses what has no share of a circle.
func (f *Figure) checkPie(s *Series, report reporter) {
	inPie := func(format string, args ...any) {
		report("pie %q: "+format, append([]any{oneLine(s.Name)}, args...)...)
	}
	if len(s.Points) != len(f.Categories) {
		return // said of the series already
	}
	total, seen := 0.0, map[int]bool{}
	for _, c := range s.slices() {
		switch {
		case c < 0 || c >= len(s.Points):
			inPie("its order names slice %d of %d", c, len(s.Points))
			return
		case seen[c]:
			inPie("its order names %q twice", f.Categories[c])
		case !s.Points[c].Present:
			inPie("its order names %q, which is not present", f.Categories[c])
		case s.Points[c].Value < 0:
			inPie("%q: value %g has no slice; use a positive one", f.Categories[c], s.Points[c].Value)
		}
		seen[c] = true
		total += s.Points[c].Value
	}
	if !(total > 0) {
		inPie("has no slices; give it a value above zero, or leave it out")
	}
}

func pieTitlePen() pen { return newPen(face.Bold, 7.5) }

// cell is a pie; of several each has a letter.
func (l *pies) cell(i int) pieCell {
	s := &l.fig.Series[i]
	cell := pieCell{series: s}
	title := s.Name
	if len(l.fig.Series) > 1 {
		title = fmt.Sprintf("(%c) %s", 'a'+i%26, title)
	}
	p := pieTitlePen()
	for part := range strings.SplitSeq(title, "\n") {
		lines, _ := p.wrap(part, l.cellW-6)
		for _, text := range lines {
			cell.title = append(cell.title, p.shorten(text, l.cellW-6))
		}
	}
	cell.slices = l.slices(s)
	for _, sl := range cell.slices {
		e := entry{
			pen: newPen(face.Sans, pieTextSize), lines: []string{l.fig.Categories[sl.category]},
			keyW: 9, key: swatch(l.fills[sl.category], nil),
		}
		e.fit(l.cellW - 8)
		cell.list = append(cell.list, e)
	}
	return cell
}

// slices share the circle in proportion to their values.
func (l *pies) slices(s *Series) []slice {
	total := 0.0
	for _, c := range s.slices() {
		total += s.Points[c].Value
	}
	var out []slice
	at := 0.0
	for _, c := range s.slices() {
		p := &s.Points[c]
		m, ok := l.marks[s.provenance(p)]
		if !ok {
			m = plain
		}
		part := 360 * p.Value / total
		out = append(out, slice{category: c, from: at, till: at + part, point: p, share: m.labelIn(p, l.fig.Y.Unit), face: m.face})
		at += part
	}
	return out
}

// measure finds the heights that rows of pies share.
func (l *pies) measure(rows int) {
	l.listH = make([]vg.Length, rows)
	for i, cell := range l.cells {
		l.titleH = max(l.titleH, vg.Length(len(cell.title))*pieTitlePen().line()+3)
		h := vg.Length(0)
		for _, e := range cell.list {
			h += e.height() + 1
		}
		l.listH[i/l.perRow] = max(l.listH[i/l.perRow], h)
	}
}

// reach is how far from a pie's middle the labels beside it end.
func (l *pies) reach() vg.Length {
	var far vg.Length
	for _, cell := range l.cells {
		_, outside := l.sides(cell.slices)
		for _, side := range outside {
			for i, y := range l.labelHeights(side) {
				far = max(far, l.labelX(y)+leaderEnd+newPen(side[i].face, pieTextSize).width(side[i].share))
			}
		}
	}
	return far
}

// rims are what labels take above and below a pie.
func (l *pies) rims() (above, below vg.Length) {
	above, below = 4, 6
	for _, cell := range l.cells {
		_, outside := l.sides(cell.slices)
		for _, side := range outside {
			for _, y := range l.labelHeights(side) {
				above, below = max(above, y-l.radius+pieTextSize), max(below, -y-l.radius+pieTextSize)
			}
		}
	}
	return above, below
}

// needed is the height that the pies take at their radius.
func (l *pies) needed(rows int) vg.Length {
	above, below := l.rims()
	h := l.legend.height + vg.Length(rows)*(l.titleH+above+2*l.radius+below) + vg.Length(rows-1)*pieGap
	for _, list := range l.listH {
		h += list
	}
	return h + 1
}

func (l *pies) bounds() vg.Point { return l.size }

// draw implements arrangement.
func (l *pies) draw(c draw.Canvas) {
	l.legend.draw(c, 0, l.size.X, l.size.Y)
	top := l.size.Y - l.legend.height
	for row := range l.listH {
		bottom := top - l.titleH - l.above - 2*l.radius - l.below - l.listH[row]
		for i := row * l.perRow; i < min(len(l.cells), (row+1)*l.perRow); i++ {
			left := vg.Length(i%l.perRow) * l.cellW
			l.drawCell(c, l.cells[i], left, top)
			if i%l.perRow > 0 && l.ruleBefore(i) {
				line(c, 0.6, quiet, left, bottom, left, top)
			}
		}
		top = bottom - pieGap
	}
}

// ruleBefore reports whether a rule parts pie i from the one before it: where
// the last lines of their names differ.
func (l *pies) ruleBefore(i int) bool {
	last := func(s *Series) string { return s.Name[strings.LastIndexByte(s.Name, '\n')+1:] }
	return l.fig.GroupRules && last(l.cells[i].series) != last(l.cells[i-1].series)
}

func (l *pies) drawCell(c draw.Canvas, cell pieCell, left, top vg.Length) {
	x := left + l.cellW/2
	pieTitlePen().draw(c, vg.Point{X: x, Y: top - 1}, anchor{along: 0.5, up: 1}, ink, cell.title...)
	centre := vg.Point{X: x, Y: top - l.titleH - l.above - l.radius}
	for _, s := range cell.slices {
		l.drawSlice(c, centre, s)
	}
	l.drawShares(c, centre, cell.slices)
	var widest vg.Length
	for _, e := range cell.list {
		widest = max(widest, e.width())
	}
	y := centre.Y - l.radius - l.below
	for _, e := range cell.list {
		e.draw(c, x-widest/2, y)
		y -= e.height() + 1
	}
}

// on is the point at a distance from the centre in a slice's direction.
func on(centre vg.Point, r vg.Length, angle float64) vg.Point {
	sin, cos := math.Sincos(degrees(angle))
	return vg.Point{X: centre.X + r*vg.Length(sin), Y: centre.Y + r*vg.Length(cos)}
}

// wedge is a slice's outline, its arc in chords of 2 degrees.
func wedge(centre vg.Point, r vg.Length, s slice) []vg.Point {
	steps := int(math.Ceil((s.till - s.from) / 2))
	var out []vg.Point
	if s.till-s.from < 359.99 {
		out = append(out, centre)
	}
	for i := range steps + 1 {
		out = append(out, on(centre, r, s.from+(s.till-s.from)*float64(i)/float64(max(steps, 1))))
	}
	return out
}

func (l *pies) drawSlice(c draw.Canvas, centre vg.Point, s slice) {
	if s.till <= s.from {
		return
	}
	points, f := wedge(centre, l.radius, s), l.fills[s.category]
	polygon(c, points, f.color, nil)
	var hatching vg.Path
	for _, h := range f.hatches {
		hatching = append(hatching, h.linesIn(points)...)
	}
	if len(hatching) > 0 {
		c.SetLineStyle(draw.LineStyle{Color: f.hatchColor(), Width: vg.Points(0.45)})
		c.Stroke(hatching)
	}
	var edge vg.Path
	edge.Move(points[0])
	for _, p := range points[1:] {
		edge.Line(p)
	}
	edge.Close()
	c.SetLineStyle(draw.LineStyle{Color: ink, Width: vg.Points(0.5)})
	c.Stroke(edge)
}

// drawShares labels the slices: inside with name and share where both fit,
// or with the share alone, else outside with a leader.
func (l *pies) drawShares(c draw.Canvas, centre vg.Point, slices []slice) {
	inside, outside := l.sides(slices)
	for _, s := range inside {
		at, lines, _ := l.insideLabel(s)
		l.drawInside(c, vg.Point{X: centre.X + at.X, Y: centre.Y + at.Y}, s, lines)
	}
	l.drawSide(c, centre, outside[0], 1)
	l.drawSide(c, centre, outside[1], -1)
}

// sides parts the slices into those labelled inside and those labelled at the
// right and at the left of the pie, from the top.
func (l *pies) sides(all []slice) (inside []slice, outside [2][]slice) {
	for _, s := range all {
		_, _, fits := l.insideLabel(s)
		switch {
		case fits:
			inside = append(inside, s)
		case s.middle() < 180:
			outside[0] = append(outside[0], s)
		default:
			outside[1] = append(outside[1], s)
		}
	}
	slices.Reverse(outside[1])
	return inside, outside
}

// insideLabel is a slice's label and where its middle stands from the pie's.
func (l *pies) insideLabel(s slice) (at vg.Point, lines []string, ok bool) {
	p := newPen(s.face, pieTextSize)
	labels := [][]string{{s.share}}
	if name, fits := p.wrap(l.fig.Categories[s.category], l.radius*0.95); fits && len(name) <= 2 {
		labels = [][]string{append(name, s.share), {s.share}}
	}
	for _, lines := range labels {
		for _, part := range insideParts {
			at := on(vg.Point{}, l.radius*part, s.middle())
			if l.fitsSlice(s, at, box(p, lines)) {
				return at, lines, true
			}
		}
	}
	return at, nil, false
}

// box is the size of some lines.
func box(p pen, lines []string) vg.Point {
	return vg.Point{X: p.widest(lines), Y: p.size*capHeight + vg.Length(len(lines)-1)*p.line()}
}

// fitsSlice reports whether the corners of a text of a size are in a slice.
func (l *pies) fitsSlice(s slice, at, size vg.Point) bool {
	const rim = 1
	for _, dx := range []vg.Length{-1, 1} {
		for _, dy := range []vg.Length{-1, 1} {
			x, y := float64(at.X+dx*(size.X/2+rim)), float64(at.Y+dy*(size.Y/2+rim))
			angle := math.Mod(math.Atan2(x, y)*180/math.Pi+360, 360)
			if math.Hypot(x, y) > float64(l.radius) || angle < s.from || angle > s.till {
				return false
			}
		}
	}
	return true
}

func (l *pies) drawInside(c draw.Canvas, at vg.Point, s slice, lines []string) {
	p := newPen(s.face, pieTextSize)
	size := box(p, lines)
	c.SetColor(paper)
	c.Fill(vg.Rectangle{
		Min: vg.Point{X: at.X - size.X/2 - 1, Y: at.Y - size.Y/2 - 1},
		Max: vg.Point{X: at.X + size.X/2 + 1, Y: at.Y + size.Y/2 + 1},
	}.Path())
	p.draw(c, at, anchor{along: 0.5, up: 0.5}, ink, lines...)
}

// labelHeights are where a side's labels stand, above a pie's middle.
func (l *pies) labelHeights(side []slice) []vg.Length {
	heights := make([]vg.Length, len(side))
	for i, s := range side {
		heights[i] = on(vg.Point{}, l.radius+leaderGap, s.middle()).Y
	}
	spread(heights, newPen(face.Sans, pieTextSize).line())
	return heights
}

// labelX is how far from a pie's middle a label at a height begins.
func (l *pies) labelX(y vg.Length) vg.Length {
	reach := l.radius + leaderGap
	return vg.Length(math.Sqrt(math.Max(float64(reach*reach-y*y), 9)))
}

// drawSide writes labels from the top down at a side: 1 right, -1 left.
func (l *pies) drawSide(c draw.Canvas, centre vg.Point, side []slice, sign vg.Length) {
	for i, y := range l.labelHeights(side) {
		s := side[i]
		at := vg.Point{X: centre.X + sign*l.labelX(y), Y: centre.Y + y}
		rim := on(centre, l.radius, s.middle())
		line(c, 0.4, ink, rim.X, rim.Y, at.X, at.Y)
		p := newPen(s.face, pieTextSize)
		p.draw(c, vg.Point{X: at.X + sign*leaderEnd, Y: at.Y}, anchor{along: float64(1-sign) / 2, up: 0.5}, ink, s.share)
	}
}

// spread moves descending heights apart by at least pitch: those above zero
// up, those below down, where a pie gives way.
func spread(heights []vg.Length, pitch vg.Length) {
	for i := len(heights) - 2; i >= 0; i-- {
		if heights[i] >= 0 {
			heights[i] = max(heights[i], heights[i+1]+pitch)
		}
	}
	for i := 1; i < len(heights); i++ {
		heights[i] = min(heights[i], heights[i-1]-pitch)
	}
}
