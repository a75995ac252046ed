package pdf

import (
	"slices"
	"strings"

	"edgebench/report/document"
	"edgebench/report/figure/face"
	"edgebench/report/table"
)

const (
	cellPad  = 4.5  // left and right of a cell's text
	rowPad   = 2    // above and below it
	longHead = 100. // of a column heading that is turned, before it wraps

	worthTurning = 9. // what a turned heading must save
)

// tones are the cells' backgrounds, lighter to darker.
var tones = map[table.Tone]rgb{
	table.Good: {0xe3, 0xf2, 0xe9},
	table.Warn: {0xf7, 0xe0, 0xae},
	table.Bad:  {0xf0, 0xc2, 0xb3},
}

// attempt is a way to make a table fit the width, tried in order.
type attempt struct {
	size   float64 // of type, in points; 6.5 is the least that is readable
	turned bool    // column headings that are wider than their columns stand upright
	broken bool    // words may end a line after a hyphen, underscore or slash
}

var attempts = []attempt{
	{size: 8.5}, {size: 8}, {size: 7.5}, {size: 7},
	{size: 7.5, broken: true}, {size: 7.5, turned: true},
	{size: 7, turned: true, broken: true}, {size: 6.5, turned: true, broken: true},
}

// splitAttempts are those for a table that does not fit as a whole. The smallest
// type and turned headings must save a part.
var splitAttempts = []attempt{
	{size: 7.5}, {size: 7.5, broken: true}, {size: 7, broken: true}, {size: 6.5, turned: true, broken: true},
}

// grid is a table, or some of its columns, ready to set.
type grid struct {
	attempt
	*flow
	src     *table.Table
	cols    []int     // of src
	widths  []float64 // of the cells' text
	turns   []bool    // which columns' headings stand upright
	heights []float64 // of the rows
	fresh   bool      // nothing stands below the head on this page
}

// table sets a table with its caption and notes.
func (f *flow) table(t *document.Table) {
	f.space(tableGap)
	grids := f.fit(t.Table)
	c := f.tableCaption(t)
	notes := f.noteLines(t.Table)
	foot := footHeight(notes)
	start, whole := f.tableHeights(t)
	if f.room() < f.moved() {
		start = max(start, whole)
	}
	f.need(start)
	f.setMark(f.y + baselineOf(captionSize))
	f.here(t.Anchor())
	f.setCaption(c)
	f.down(4)
	for i, g := range grids {
		if i > 0 {
			f.space(12)
			f.need(leading(captionSize) + g.start())
			f.set(continued(t, "more columns"), style{face: face.Oblique, size: noteSize, color: grey})
			f.down(2)
		}
		below := 0.0
		if i == len(grids)-1 {
			below = foot
		}
		g.set(t, below)
	}
	f.space(3)
	f.lines(notes, noteSize)
	f.space(14)
}

const tableGap = 12 // above a table

// moved is the room below which a table that fits a page is not begun, and its last
// rows are not parted from the notes below them.
func (f *flow) moved() float64 { return (f.bottom - f.top) / 3 }

func footHeight(notes []line) float64 { return 3 + float64(len(notes))*leading(noteSize) }

// tableHeights are the height of a table's caption, head and first rows, and of
// all of it; zero for one that does not fit a page.
func (f *flow) tableHeights(t *document.Table) (start, whole float64) {
	grids := f.fit(t.Table)
	caption := f.captionHeight(f.tableCaption(t)) + 4
	whole = caption + grids[0].height() + footHeight(f.noteLines(t.Table))
	if len(grids) > 1 || whole > f.bottom-f.top {
		whole = 0
	}
	return caption + grids[0].start(), whole
}

// tableStart is how much of a page a table needs so that it begins there.
func (f *flow) tableStart(t *document.Table) float64 {
	start, whole := f.tableHeights(t)
	return tableGap + max(start, min(whole, f.moved()))
}

func (f *flow) tableCaption(t *document.Table) caption {
	if t.Label() == "" && t.Caption == "" {
		return caption{}
	}
	return f.caption(t.Label(), t.Caption, nil)
}

func continued(t *document.Table, how string) string {
	if t.Label() == "" {
		return "(" + how + ")"
	}
	return t.Label() + " (" + how + ")"
}

// noteLines are the table's notes, each behind its mark.
func (f *flow) noteLines(t *table.Table) []line {
	st := style{face: face.Sans, size: noteSize, color: grey}
	marks := t.Marks()
	var lines []line
	for _, n := range t.Notes {
		mark, text := table.SplitNote(n, marks)
		rs := []run{{face.Sans.Clean(text), st}}
		if mark != "" {
			rs = append([]run{{face.Sans.Clean(mark), st.superscript()}, {"\u00a0", st}}, rs...)
		}
		lines = append(lines, breakLines(rs, f.column())...)
	}
	return lines
}

// fit is the table's grids, found in the first layout that needs them.
func (f *flow) fit(t *table.Table) []*grid {
	key := tableKey{t, f.column()}
	if f.sizes.tables[key] == nil {
		grids := f.grids(t)
		for _, g := range grids {
			g.measureRows()
		}
		f.sizes.tables[key] = grids
	}
	var grids []*grid
	for _, g := range f.sizes.tables[key] {
		here := *g
		here.flow = f
		grids = append(grids, &here)
	}
	return grids
}

// grids finds the first attempt in which the columns fit the text's width;
// where none does, the columns are split, the first one repeated in each
// part.
func (f *flow) grids(t *table.Table) []*grid {
	all := make([]int, len(t.Columns))
	for i := range all {
		all[i] = i
	}
	for _, a := range attempts {
		g := &grid{attempt: a, flow: f, src: t, cols: all}
		if g.share(f.column()) {
			return []*grid{g}
		}
	}
	return f.splitBest(t)
}

// splitBest splits the columns in the way that needs the fewest parts; of
// several the one that is easiest to read, which a heading on its side is not.
func (f *flow) splitBest(t *table.Table) []*grid {
	var best []*grid
	for _, a := range splitAttempts {
		if parts := f.split(t, a); best == nil || len(parts) < len(best) {
			best = parts
		}
	}
	return best
}

// split puts as many columns into each part as fit, and then about equally
// many, where that fits too.
func (f *flow) split(t *table.Table, a attempt) []*grid {
	most := f.parts(t, a, len(t.Columns))
	if even := f.parts(t, a, (len(t.Columns)-2)/len(most)+1); len(even) == len(most) {
		return even
	}
	return most
}

// parts fills each part with columns until the next one does not fit or the
// part has atMost, not counting the first column.
func (f *flow) parts(t *table.Table, a attempt, atMost int) []*grid {
	var out []*grid
	for next := 1; next < len(t.Columns); {
		g := &grid{attempt: a, flow: f, src: t, cols: []int{0, next}}
		if !g.share(f.column()) {
			g.squeeze(f.column())
		}
		for next++; next < len(t.Columns) && len(g.cols) <= atMost; next++ {
			wider := &grid{attempt: a, flow: f, src: t, cols: append(slices.Clone(g.cols), next)}
			if !wider.share(f.column()) {
				break
			}
			g = wider
		}
		out = append(out, g)
	}
	if out == nil { // one column
		g := &grid{attempt: a, flow: f, src: t, cols: []int{0}}
		g.squeeze(f.column())
		out = append(out, g)
	}
	return out
}

// share sets the columns' widths from their content: as wide as it wants
// where that fits, else each column its widest word and a part of the rest.
// It fails where the widest words do not fit.
func (g *grid) share(width float64) bool {
	room := width - float64(len(g.cols))*2*cellPad
	g.turns = make([]bool, len(g.cols))
	least, wanted := make([]float64, len(g.cols)), make([]float64, len(g.cols))
	for i, c := range g.cols {
		least[i], wanted[i] = g.measureColumn(i, c, room*0.45)
	}
	g.widths = nil
	switch {
	case sum(wanted) <= room:
		g.widths = wanted
		if sum(wanted) > room*0.8 {
			g.stretch(room)
		}
	case sum(least) <= room:
		g.widths = g.spread(least, wanted, room)
	default:
		return false
	}
	g.widenForSpans(room)
	return true
}

// widenForSpans makes room for the words of the groups' names and for the
// headings of blocks of rows, as far as the text's width allows.
func (g *grid) widenForSpans(room float64) {
	for _, s := range g.spans() {
		least, _ := g.measureRuns(g.groupRuns(s.name), room)
		g.widen(s.from, s.to, least, room)
	}
	for _, r := range g.src.Rows {
		if r.Heading {
			_, wanted := g.measureRuns(g.headingRuns(r), room)
			g.widen(0, len(g.cols), wanted, room)
		}
	}
}

// widen gives the columns from one to before another at least a common width.
func (g *grid) widen(from, to int, least, room float64) {
	have := g.x(to) - g.x(from) - 2*cellPad
	more := min(least+0.01-have, room-sum(g.widths)) / float64(to-from)
	for i := from; i < to && more > 0; i++ {
		g.widths[i] += more
	}
}

// stretch fills the whole width where a table almost does.
func (g *grid) stretch(room float64) {
	more := (room - sum(g.widths)) / float64(len(g.widths))
	for i := range g.widths {
		g.widths[i] += more
	}
}

// squeeze gives equal widths; words that are wider get broken.
func (g *grid) squeeze(width float64) {
	g.widths = make([]float64, len(g.cols))
	g.turns = make([]bool, len(g.cols))
	for i := range g.widths {
		g.widths[i] = width/float64(len(g.cols)) - 2*cellPad
	}
}

// spread shares what the least widths leave: by the columns' weights, or by
// how much more their content wants.
func (g *grid) spread(least, wanted []float64, room float64) []float64 {
	flex := make([]float64, len(least))
	for i, c := range g.cols {
		flex[i] = g.src.Columns[c].Weight
	}
	if sum(flex) == 0 {
		for i := range flex {
			flex[i] = wanted[i] - least[i]
		}
	}
	spare, total := room-sum(least), sum(flex)
	out := slices.Clone(least)
	for i := range out {
		out[i] += spare * flex[i] / total
	}
	return out
}

func sum(v []float64) float64 {
	s := 0.0
	for _, x := range v {
		s += x
	}
	return s
}

// measureColumn is the widest word and the widest text of the i-th column,
// c in the source; words wider than limit may be broken anywhere.
func (g *grid) measureColumn(i, c int, limit float64) (least, wanted float64) {
	for _, r := range g.src.Rows {
		if !r.Heading {
			l, w := g.measureRuns(g.cellRuns(r.Cells[c]), limit)
			least, wanted = max(least, l), max(wanted, w)
		}
	}
	headLeast, headWanted := g.measureRuns(g.headRuns(c), limit)
	if g.turned && headLeast > least+worthTurning && i > 0 {
		g.turns[i] = true
		n := len(g.headLines(i, 0))
		headLeast = float64(n) * leading(g.size)
		headWanted = headLeast
	}
	// What rounding leaves out must not break a line.
	return max(least, headLeast) + 0.01, max(wanted, headWanted, least, headLeast) + 0.01
}

func (g *grid) measureRuns(rs []run, limit float64) (least, wanted float64) {
	for _, w := range words(rs) {
		width := w.width
		if g.broken {
			width = g.widestPart(w)
		}
		least = max(least, min(width, limit))
	}
	for _, l := range breakLines(rs, 1e9) {
		wanted = max(wanted, l.width)
	}
	return least, wanted
}

// widestPart is the widest part of a word between places where it may break.
func (g *grid) widestPart(w word) float64 {
	widest, width := 0.0, 0.0
	for _, r := range w.runs {
		for i, c := range r.text {
			width += measure(string(c), r.style)
			widest = max(widest, width)
			if i > 0 && strings.ContainsRune(breakable, c) {
				width = 0
			}
		}
	}
	return widest
}

func (g *grid) style() style { return style{face: face.Sans, size: g.size, color: ink} }

func (g *grid) cellRuns(c table.Cell) []run {
	st := g.style()
	if c.Strong {
		st = st.bold()
	}
	rs := []run{{st.face.Clean(c.Text), st}}
	if c.Mark != "" {
		mark := g.style().superscript()
		rs = append(rs, run{mark.face.Clean(c.Mark), mark})
	}
	return rs
}

func (g *grid) headRuns(c int) []run {
	st := g.style().bold()
	return []run{{st.face.Clean(g.src.Columns[c].Name), st}}
}

// headLines are the lines of the i-th column's heading.
func (g *grid) headLines(i int, width float64) []line {
	if g.turns[i] {
		width = longHead
	}
	return breakLines(g.headRuns(g.cols[i]), width)
}

// full is the grid's whole width.
func (g *grid) full() float64 { return sum(g.widths) + float64(len(g.cols))*2*cellPad }

// x is where column i's cell begins, the last one's end for i past it.
func (g *grid) x(i int) float64 { return g.left + sum(g.widths[:i]) + float64(i)*2*cellPad }

// start is the height of the head and the first rows, which stay together.
func (g *grid) start() float64 {
	h := g.headHeight()
	for i := range g.src.Rows {
		if i == 3 || i > 0 && !g.src.Rows[i-1].Heading && i >= 2 {
			break
		}
		h += g.heights[i]
	}
	return min(h+6, (g.bottom-g.top)/2)
}

// height is the height of the head and all rows.
func (g *grid) height() float64 { return g.headHeight() + sum(g.heights) + 1 }

// measureRows finds the rows' heights in the columns' widths.
func (g *grid) measureRows() {
	g.heights = make([]float64, len(g.src.Rows))
	for i, r := range g.src.Rows {
		g.heights[i] = g.rowHeight(r)
	}
}

// lastRows is how many rows stand together at a table's end.
const lastRows = 3

// set writes the grid, its head again on every page. Its last rows stand
// together, with what is below them.
func (g *grid) set(t *document.Table, below float64) {
	g.head()
	last := g.lastBlock()
	for i, r := range g.src.Rows {
		h := g.heights[i]
		if r.Heading && i+1 < len(g.src.Rows) {
			h += g.heights[i+1]
		}
		if i == last && i > 0 {
			h = max(h, min(sum(g.heights[i:])+below, g.moved()))
		}
		if h > g.bottom-g.y && !g.fresh {
			g.again(t)
		}
		g.row(t, r)
		g.fresh = false
	}
	g.rule(g.left, g.x(len(g.cols)), g.y, 0.9, rules)
	g.down(1)
}

// lastBlock is where the last rows begin, with the heading over them.
func (g *grid) lastBlock() int {
	i := max(len(g.src.Rows)-lastRows, 0)
	for i > 0 && g.src.Rows[i-1].Heading {
		i--
	}
	return i
}

// again ends the page and repeats the head on the next one.
func (g *grid) again(t *document.Table) {
	g.rule(g.left, g.x(len(g.cols)), g.y, 0.4, rules)
	g.newPage()
	g.flow.set(continued(t, "continued"), style{face: face.Oblique, size: noteSize, color: grey})
	g.down(2)
	g.head()
}

func (g *grid) row(t *document.Table, r table.Row) {
	if r.Heading {
		g.headingRow(t, r)
		return
	}
	cells := g.rowLines(r)
	for rest := longest(cells); ; {
		// A row higher than the page goes on on the next one.
		n := min(rest, max(1, int((g.bottom-g.y-2*rowPad+1e-6)/leading(g.size))))
		g.rowPart(r, cells, longest(cells)-rest, n)
		if rest -= n; rest <= 0 {
			return
		}
		g.again(t)
	}
}

func longest(cells [][]line) int {
	n := 1
	for _, c := range cells {
		n = max(n, len(c))
	}
	return n
}

// rowPart writes n lines of each cell, from the first one given.
func (g *grid) rowPart(r table.Row, cells [][]line, first, n int) {
	h := float64(n)*leading(g.size) + 2*rowPad
	for i, lines := range cells {
		cell := r.Cells[g.cols[i]]
		if c, ok := tones[cell.Tone]; ok {
			g.fill(g.x(i)+0.5, g.y+0.5, g.widths[i]+2*cellPad-1, h-1, c)
		}
		align := g.src.Columns[g.cols[i]].Align
		for k, l := range lines[min(first, len(lines)):min(first+n, len(lines))] {
			y := g.y + rowPad + float64(k)*leading(g.size) + baselineOf(g.size)
			g.draw(l, g.aligned(i, l.width, align), y)
		}
	}
	g.down(h)
}

// aligned is where a text of a width begins in column i.
func (g *grid) aligned(i int, width float64, a table.Align) float64 {
	x := g.x(i) + cellPad
	switch a {
	case table.Right:
		return x + g.widths[i] - width
	case table.Center:
		return x + (g.widths[i]-width)/2
	}
	return x
}

func (g *grid) rowLines(r table.Row) [][]line {
	cells := make([][]line, len(g.cols))
	for i, c := range g.cols {
		cells[i] = breakLines(g.cellRuns(r.Cells[c]), g.widths[i])
	}
	return cells
}

func (g *grid) rowHeight(r table.Row) float64 {
	if r.Heading {
		return float64(len(g.headingLines(r)))*leading(g.size) + 4*rowPad
	}
	return float64(longest(g.rowLines(r)))*leading(g.size) + 2*rowPad
}

func (g *grid) headingRuns(r table.Row) []run {
	cell := r.Cells[0]
	cell.Strong = true
	return g.cellRuns(cell)
}

func (g *grid) headingLines(r table.Row) []line {
	return breakLines(g.headingRuns(r), g.full()-2*cellPad)
}

// headingRow names the block of rows below it.
func (g *grid) headingRow(t *document.Table, r table.Row) {
	lead := leading(g.size)
	for lines := g.headingLines(r); ; {
		n := min(len(lines), max(1, int((g.bottom-g.y-4*rowPad+1e-6)/lead)))
		h := float64(n)*lead + 4*rowPad
		g.fill(g.left, g.y+rowPad, g.full(), h-rowPad, shade)
		for k, l := range lines[:n] {
			g.draw(l, g.left+cellPad, g.y+2.5*rowPad+float64(k)*lead+baselineOf(g.size))
		}
		g.down(h)
		if lines = lines[n:]; len(lines) == 0 {
			return
		}
		g.again(t)
	}
}

// head writes the groups and the columns' names between rules.
func (g *grid) head() {
	right := g.x(len(g.cols))
	g.rule(g.left, right, g.y, 0.9, rules)
	g.down(rowPad)
	g.groups()
	h := g.namesHeight()
	for i, c := range g.cols {
		g.name(i, c, h)
	}
	g.down(h + rowPad)
	g.rule(g.left, right, g.y, 0.5, rules)
	g.down(rowPad)
	g.fresh = true
}

func (g *grid) headHeight() float64 { return g.groupsHeight() + g.namesHeight() + 3*rowPad }

func (g *grid) namesHeight() float64 {
	h := leading(g.size)
	for i := range g.cols {
		lines := g.headLines(i, g.widths[i])
		if !g.turns[i] {
			h = max(h, float64(len(lines))*leading(g.size))
			continue
		}
		for _, l := range lines {
			h = max(h, l.width+3)
		}
	}
	return h
}

// name writes a column's name at the foot of the head.
func (g *grid) name(i, c int, h float64) {
	lines := g.headLines(i, g.widths[i])
	lead := leading(g.size)
	if g.turns[i] {
		x := g.x(i) + cellPad + (g.widths[i]-float64(len(lines))*lead)/2
		for k, l := range lines {
			g.textUp(x+float64(k)*lead+baselineOf(g.size), g.y+h, l.runs[0].text, l.runs[0].style)
		}
		return
	}
	top := g.y + h - float64(len(lines))*lead
	for k, l := range lines {
		g.draw(l, g.aligned(i, l.width, g.src.Columns[c].Align), top+float64(k)*lead+baselineOf(g.size))
	}
}

// span is neighbouring columns of one group.
type span struct {
	name     string
	from, to int // of the grid's columns
	lines    []line
}

func (g *grid) spans() []span {
	var out []span
	for i := 0; i < len(g.cols); {
		name, j := g.src.Columns[g.cols[i]].Group, i+1
		for j < len(g.cols) && g.src.Columns[g.cols[j]].Group == name {
			j++
		}
		if name != "" {
			lines := breakLines(g.groupRuns(name), g.x(j)-g.x(i)-2*cellPad)
			out = append(out, span{name, i, j, lines})
		}
		i = j
	}
	return out
}

func (g *grid) groupRuns(name string) []run {
	st := g.style().bold()
	return []run{{st.face.Clean(name), st}}
}

func (g *grid) groupsHeight() float64 {
	n := 0
	for _, s := range g.spans() {
		n = max(n, len(s.lines))
	}
	if n == 0 {
		return 0
	}
	return float64(n)*leading(g.size) + 3
}

// groups writes the groups' names, each over a rule as wide as its columns.
func (g *grid) groups() {
	h := g.groupsHeight()
	if h == 0 {
		return
	}
	for _, s := range g.spans() {
		left, right := g.x(s.from)+cellPad, g.x(s.to)-cellPad
		top := g.y + h - 3 - float64(len(s.lines))*leading(g.size)
		for k, l := range s.lines {
			g.draw(l, left+(right-left-l.width)/2, top+float64(k)*leading(g.size)+baselineOf(g.size))
		}
		g.rule(left, right, g.y+h-1.5, 0.4, rules)
	}
	g.down(h)
}
