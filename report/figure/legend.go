package figure

import (
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"edgebench/report/figure/face"
)

const (
	legendGap = vg.Length(14) // between entries; less where it saves a row
	leastGap  = vg.Length(7)
	keyGap    = vg.Length(4) // between a key and its text
	frameGap  = vg.Length(3)
	swatchW   = vg.Length(13)
	swatchH   = vg.Length(6.5)
)

// legend is the band above the plot area, or the column beside it: a block of
// rows for series and lines, then one for symbols and provenances.
type legend struct {
	rows   []legendRow
	framed int       // rows from this one on, a block of its own, have a frame; 0: none
	width  vg.Length // of a column
	height vg.Length
}

type legendRow struct {
	entries []entry
	gap     vg.Length
	width   vg.Length
	height  vg.Length
}

// entry is a key and what it means.
type entry struct {
	key   func(c draw.Canvas, box vg.Rectangle)
	keyW  vg.Length
	pen   pen
	lines []string
	textW vg.Length // once fit has measured it
}

func (e entry) width() vg.Length  { return e.textX() + e.textW }
func (e entry) height() vg.Length { return vg.Length(len(e.lines)) * e.pen.line() }

// textX is where the text begins, after the key if there is one.
func (e entry) textX() vg.Length {
	if e.key == nil {
		return 0
	}
	return e.keyW + keyGap
}

// newLegend flows the entries into rows no wider than width.
func (f *Figure) newLegend(width vg.Length, fills []fill) legend {
	var l legend
	width -= 4 // outlines are half outside their boxes
	l.add(f.form().keys(f, fills), width)
	if f.form().symbols && slices.ContainsFunc(f.Symbols, func(s Symbol) bool { return slices.Contains(f.usedSymbols(), s.Name) }) {
		l.framed = len(l.rows)
		width -= 2 * frameGap
	}
	l.add(f.markEntries(), width)
	if l.framed > 0 {
		l.height += 2 * frameGap
	}
	if len(l.rows) > 0 {
		l.height += 5
	}
	return l
}

// newLegendBeside puts each entry on a row of its own, no wider than limit.
func (f *Figure) newLegendBeside(limit vg.Length, fills []fill) legend {
	var l legend
	for _, e := range append(f.form().keys(f, fills), f.markEntries()...) {
		e.fit(limit)
		r := legendRow{entries: []entry{e}, width: e.width(), height: e.height() + 2}
		l.rows = append(l.rows, r)
		l.width = max(l.width, r.width)
		l.height += r.height
	}
	if l.width > 0 {
		l.width += 2 // outlines are half outside their boxes
	}
	return l
}

func (l *legend) add(entries []entry, width vg.Length) {
	if len(entries) == 0 {
		return
	}
	rows := flow(entries, width)
	for _, r := range rows {
		l.height += r.height
	}
	l.rows = append(l.rows, rows...)
}

// flow sets the entries in as few rows as the least gap needs, with the
// widest gap and then about equally wide rows of that number.
func flow(entries []entry, width vg.Length) []legendRow {
	entries = slices.Clone(entries)
	for i := range entries {
		entries[i].fit(width)
	}
	least := len(inRows(entries, leastGap, width))
	gap := legendGap
	for gap > leastGap && len(inRows(entries, gap, width)) > least {
		gap--
	}
	for width > 0 && len(inRows(entries, gap, width-4)) == least {
		width -= 4
	}
	return inRows(entries, gap, width)
}

// inRows begins a new row where an entry does not fit the width.
func inRows(entries []entry, gap, width vg.Length) []legendRow {
	var rows []legendRow
	row := legendRow{gap: gap}
	for _, e := range entries {
		if len(row.entries) > 0 && row.width+gap+e.width() > width {
			rows = append(rows, row)
			row = legendRow{gap: gap}
		}
		if len(row.entries) > 0 {
			row.width += gap
		}
		row.entries = append(row.entries, e)
		row.width += e.width()
		row.height = max(row.height, e.height()+2)
	}
	return append(rows, row)
}

// fit measures an entry, and wraps one that is wider than a whole row.
func (e *entry) fit(width vg.Length) {
	limit := width - e.textX()
	if e.textW = e.pen.widest(e.lines); e.textW <= limit {
		return
	}
	e.lines, _ = e.pen.wrap(e.lines[0], limit)
	for i, s := range e.lines {
		e.lines[i] = e.pen.shorten(s, limit)
	}
	e.textW = e.pen.widest(e.lines)
}

// seriesKeys say how the series and the lines look.
func seriesKeys(f *Figure, fills []fill) []entry {
	if len(f.Series) == 1 && f.Series[0].Name == "" {
		return nil
	}
	var out []entry
	for i, s := range f.Series {
		e := entry{
			pen:   newPen(face.Sans, 8),
			lines: []string{s.Name},
			keyW:  swatchW,
			key:   swatch(fills[i], nil),
		}
		if f.form().markers != nil {
			e.keyW, e.key = 2*markerReach(markerRadius), markerKey(f.marker(i), fills[i].color)
		}
		out = append(out, e)
	}
	for i := range f.Lines {
		out = append(out, entry{
			pen:   newPen(face.Sans, 8),
			lines: []string{f.Lines[i].Name},
			keyW:  lineKeyW,
			key:   lineKey(i, f.Lines[i].marker(i, lineMarkers)),
		})
	}
	return out
}

// marker is the shape of a series' points.
func (f *Figure) marker(series int) Marker {
	return f.Series[series].marker(series, f.form().markers)
}

// markEntries explain the symbols that points use, and the provenances.
func (f *Figure) markEntries() []entry {
	used := f.usedSymbols()
	var out []entry
	for _, s := range f.Symbols {
		if slices.Contains(used, s.Name) && f.form().symbols {
			out = append(out, symbolEntry(s))
		}
	}
	for _, o := range f.marked() {
		out = append(out, f.form().provenance(f, o))
	}
	return out
}

func (f *Figure) usedSymbols() []string {
	var used []string
	f.eachPoint(func(_, _ int, _ *Series, p *Point) {
		if p.Symbol != "" {
			used = append(used, p.Symbol)
		}
	})
	return used
}

func symbolEntry(s Symbol) entry {
	p := newPen(face.Sans, 7)
	glyph := newPen(face.Sans, 8)
	return entry{
		pen:   p,
		lines: []string{s.Meaning},
		keyW:  max(glyph.glyphWidth(s.Glyph), 8),
		key: func(c draw.Canvas, box vg.Rectangle) {
			glyph.glyph(c, middle(box), s.Glyph)
		},
	}
}

// wordedProvenance explains a provenance by how its labels are written.
func wordedProvenance(_ *Figure, o Provenance) entry {
	m := markings[o]
	text := "bold: " + m.meaning
	if m.prefix != "" {
		text = m.prefix + "…" + m.suffix + " " + m.meaning
	}
	return entry{pen: newPen(m.face, 7), lines: []string{text}}
}

// outlinedProvenance shows the outline of its bars too.
func outlinedProvenance(f *Figure, o Provenance) entry {
	e := wordedProvenance(f, o)
	if dashes := markings[o].dashes; len(dashes) > 0 {
		e.keyW, e.key = swatchW, swatch(fill{color: paper}, dashes)
	}
	return e
}

// pointsProvenance names the points of a provenance: markers without labels do not
// show it.
func pointsProvenance(f *Figure, o Provenance) entry {
	return entry{pen: newPen(face.Oblique, 7), lines: []string{f.pointsOf(o) + " " + markings[o].meaning}}
}

// pointsOf names the points of a provenance: all, or the series that they are in.
func (f *Figure) pointsOf(o Provenance) string {
	var with []string
	all := true
	f.eachPoint(func(_, _ int, s *Series, p *Point) {
		switch {
		case !p.Present:
		case s.provenance(p) != o:
			all = false
		case !slices.Contains(with, s.Name):
			with = append(with, s.Name)
		}
	})
	if all {
		return "all points"
	}
	return strings.Join(with, ", ") + ":"
}

func swatch(f fill, dashes []vg.Length) func(draw.Canvas, vg.Rectangle) {
	return func(c draw.Canvas, box vg.Rectangle) {
		f.paint(c, box)
		outline(c, box, dashes)
	}
}

func outline(c draw.Canvas, box vg.Rectangle, dashes []vg.Length) {
	c.SetLineStyle(draw.LineStyle{Color: ink, Width: vg.Points(0.5), Dashes: dashes})
	c.Stroke(box.Path())
	c.SetLineDash(nil, 0)
}

// draw puts the rows below top, each centred between left and right.
func (l legend) draw(c draw.Canvas, left, right, top vg.Length) {
	y := top
	for i, r := range l.rows {
		if l.framed > 0 && i == l.framed {
			y -= frameGap
			l.drawFrame(c, (left+right)/2, y)
		}
		x := left + (right-left-r.width)/2
		for _, e := range r.entries {
			e.draw(c, x, y-1)
			x += e.width() + r.gap
		}
		y -= r.height
	}
}

// drawFrame draws a box around the framed rows, centred at x, below top.
func (l legend) drawFrame(c draw.Canvas, x, top vg.Length) {
	var w, h vg.Length
	for _, r := range l.rows[l.framed:] {
		w, h = max(w, r.width), h+r.height
	}
	box := vg.Rectangle{
		Min: vg.Point{X: x - w/2 - frameGap - 2, Y: top - h - frameGap/2},
		Max: vg.Point{X: x + w/2 + frameGap + 2, Y: top + frameGap/2},
	}
	c.SetLineStyle(draw.LineStyle{Color: quiet, Width: vg.Points(0.5)})
	c.Stroke(box.Path())
}

// drawAtLeft puts the rows below top, with their left edges at left.
func (l legend) drawAtLeft(c draw.Canvas, left, top vg.Length) {
	y := top
	for _, r := range l.rows {
		for _, e := range r.entries {
			e.draw(c, left, y-1)
		}
		y -= r.height
	}
}

func (e entry) draw(c draw.Canvas, x, top vg.Length) {
	middle := top - e.pen.line()/2
	if e.key != nil {
		e.key(c, vg.Rectangle{
			Min: vg.Point{X: x, Y: middle - swatchH/2},
			Max: vg.Point{X: x + e.keyW, Y: middle + swatchH/2},
		})
	}
	first := middle + e.pen.size*capHeight/2
	e.pen.draw(c, vg.Point{X: x + e.textX(), Y: first}, anchor{up: 1}, ink, e.lines...)
}
