package figure

import (
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"edgebench/report/figure/face"
)

const (
	legendGap = vg.Length(14) // between entries; less where it saves a row
	leastGap  = vg.Length(7)
	keyGap    = vg.Length(4) // between a key and its text
	swatchW   = vg.Length(13)
	swatchH   = vg.Length(6.5)
)

// legend is the band above the plot area: a block of rows for the series,
// then one for symbols and origins.
type legend struct {
	rows   []legendRow
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
}

func (e entry) width() vg.Length  { return e.textX() + e.pen.widest(e.lines) }
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
	width -= 2 // outlines are half outside their boxes
	l.add(f.seriesEntries(fills), width)
	l.add(f.markEntries(), width)
	if len(l.rows) > 0 {
		l.height += 5
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

// fit wraps an entry that is wider than a whole row.
func (e *entry) fit(width vg.Length) {
	limit := width - e.textX()
	if e.pen.widest(e.lines) <= limit {
		return
	}
	e.lines, _ = e.pen.wrap(e.lines[0], limit)
	for i, s := range e.lines {
		e.lines[i] = e.pen.shorten(s, limit)
	}
}

func (f *Figure) seriesEntries(fills []fill) []entry {
	if f.Form == Bars || len(f.Series) == 1 && f.Series[0].Name == "" {
		return nil
	}
	var out []entry
	for i, s := range f.Series {
		out = append(out, entry{
			pen:   newPen(face.Sans, 8),
			lines: []string{s.Name},
			keyW:  swatchW,
			key:   swatch(fills[i], nil),
		})
	}
	return out
}

// markEntries explain the symbols that points use, and the origins.
func (f *Figure) markEntries() []entry {
	used := f.usedSymbols()
	var out []entry
	for _, s := range f.Symbols {
		if slices.Contains(used, s.Name) {
			out = append(out, symbolEntry(s))
		}
	}
	for _, o := range f.marked() {
		out = append(out, originEntry(markings[o]))
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
		keyW:  max(glyph.width(s.Glyph), 8),
		key: func(c draw.Canvas, box vg.Rectangle) {
			at := vg.Point{X: (box.Min.X + box.Max.X) / 2, Y: (box.Min.Y + box.Max.Y) / 2}
			glyph.centre(c, at, ink, s.Glyph)
		},
	}
}

func originEntry(m marking) entry {
	text := m.meaning
	if m.prefix != "" {
		text = m.prefix + "…" + m.suffix + " " + text
	} else {
		text = "bold: " + text
	}
	e := entry{pen: newPen(m.face, 7), lines: []string{text}}
	if len(m.dashes) > 0 {
		e.keyW, e.key = swatchW, swatch(fill{color: paper}, m.dashes)
	}
	return e
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
	for _, r := range l.rows {
		x := left + (right-left-r.width)/2
		for _, e := range r.entries {
			e.draw(c, x, y-1)
			x += e.width() + r.gap
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
	e.pen.draw(c, vg.Point{X: x + e.textX(), Y: first}, place{up: 1}, ink, e.lines...)
}
