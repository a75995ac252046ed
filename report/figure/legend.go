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
// rows for series and lines, then one for symbols and origins.
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
	l.add(f.seriesEntries(fills), width)
	if f.Form != Ranges && slices.ContainsFunc(f.Symbols, func(s Symbol) bool { return slices.Contains(f.usedSymbols(), s.Name) }) {
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
	for _, e := range slices.Concat(f.seriesEntries(fills), f.numberEntries(), f.markEntries()) {
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

func (f *Figure) seriesEntries(fills []fill) []entry {
	if f.Form == Bars || f.Form == Pies || len(f.Series) == 1 && f.Series[0].Name == "" {
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
		if f.hasMarkers() {
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

// numberEntries name the categories of numbered markers.
func (f *Figure) numberEntries() []entry {
	if !f.numbered() {
		return nil
	}
	var out []entry
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

// hasMarkers tells whether points are drawn as markers instead of bars.
func (f *Figure) hasMarkers() bool { return f.Form == Scatter || f.Form == Ranges }

// marker is the shape of a series' points. A range's are told apart by
// lightness alone, so that they read as the ends of one thing.
func (f *Figure) marker(series int) Marker {
	s := &f.Series[series]
	if f.Form == Ranges {
		return s.marker(0, []Marker{Diamond})
	}
	return s.marker(series, markers)
}

// markEntries explain the symbols that points use, and the origins.
func (f *Figure) markEntries() []entry {
	used := f.usedSymbols()
	var out []entry
	for _, s := range f.Symbols {
		// A range's symbols have their meaning written beside them.
		if slices.Contains(used, s.Name) && f.Form != Ranges {
			out = append(out, symbolEntry(s))
		}
	}
	for _, o := range f.marked() {
		out = append(out, f.originEntry(o))
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

// originEntry explains a marking. Markers without labels do not show it: what
// comes from another origin than the others is said in words.
func (f *Figure) originEntry(o Origin) entry {
	m := markings[o]
	text := m.meaning
	if f.Form == Scatter {
		return entry{pen: newPen(face.Oblique, 7), lines: []string{f.pointsOf(o) + " " + text}}
	}
	if m.prefix != "" {
		text = m.prefix + "…" + m.suffix + " " + text
	} else {
		text = "bold: " + text
	}
	e := entry{pen: newPen(m.face, 7), lines: []string{text}}
	if len(m.dashes) > 0 && f.Form != Pies && f.Form != Ranges {
		e.keyW, e.key = swatchW, swatch(fill{color: paper}, m.dashes)
	}
	return e
}

// pointsOf names the points of an origin: all, or the series that they are in.
func (f *Figure) pointsOf(o Origin) string {
	var with []string
	all := true
	f.eachPoint(func(_, _ int, s *Series, p *Point) {
		switch {
		case !p.Present:
		case s.origin(p) != o:
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
