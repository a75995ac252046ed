package pdf

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"edgebench/report/document"
	"edgebench/report/figure"
	"edgebench/report/figure/face"
)

// sizes are the figures' own sizes by the widths they were asked for; they
// cost as much as drawing, and every layout needs them.
type sizes map[sizeKey]vg.Point

type sizeKey struct {
	fig   *figure.Figure
	width float64
}

func (f *flow) figureSize(fig *figure.Figure) vg.Point {
	key := sizeKey{fig, f.column()}
	if size, ok := f.sizes[key]; ok {
		return size
	}
	w, h, err := fig.Size(vg.Length(f.column()))
	if err != nil {
		f.fail(err)
	}
	f.sizes[key] = vg.Point{X: w, Y: h}
	return f.sizes[key]
}

// figureHeight is the height of a figure with its caption and notes.
func (f *flow) figureHeight(fig *document.Figure) float64 {
	h := f.figureSize(fig.Figure).Y.Points() + f.captionHeight(f.figureCaption(fig)) + 6
	return min(h, f.bottom-f.top)
}

func (f *flow) figureCaption(fig *document.Figure) caption {
	return f.caption(fig.Label(), fig.Caption, fig.Notes)
}

// figure sets a figure here if it fits the page; else it waits for the next
// page while the text goes on.
func (f *flow) figure(fig *document.Figure) {
	f.setLate()
	f.space(10)
	if f.figureHeight(fig) > f.room()+1e-6 && !f.atTop() {
		f.late = append(f.late, fig)
		return
	}
	f.drawFigure(fig)
}

// setLate begins the page that waiting figures need: text may overtake a
// figure, a heading or another figure or table may not.
func (f *flow) setLate() {
	if len(f.late) > 0 {
		f.newPage()
	}
}

// placeLate sets the waiting figures at the head of a page, outside any
// list or quotation that goes on across the page's end.
func (f *flow) placeLate() {
	late, mark, bars, left := f.late, f.mark, f.bars, f.left
	f.late, f.mark, f.bars, f.left = nil, nil, nil, f.pageLeft()
	for _, fig := range late {
		f.drawFigure(fig)
	}
	f.mark, f.bars, f.left = mark, bars, left
}

func (f *flow) drawFigure(fig *document.Figure) {
	c := f.figureCaption(fig)
	size := f.figureSize(fig.Figure)
	// A figure higher than a page is drawn lower, if it can be.
	size.Y = min(size.Y, vg.Length(f.bottom-f.top-f.captionHeight(c)-6))
	f.need(f.figureHeight(fig))
	f.setMark(f.y + baselineOf(bodySize))
	f.here(fig.Anchor())
	f.plot(fig.Figure, f.left+(f.column()-size.X.Points())/2, size)
	f.down(size.Y.Points())
	f.space(6)
	f.setCaption(c)
	f.space(14)
}

// plot draws the figure with its upper left corner at x and the flow's y.
func (f *flow) plot(fig *figure.Figure, x float64, size vg.Point) {
	if f.pdf == nil || f.err != nil {
		return
	}
	c := newCanvas(f.sheet, x, f.y+size.Y.Points())
	if err := fig.Draw(draw.NewCanvas(c, size.X, size.Y)); err != nil {
		f.fail(err)
	}
	c.close()
}

// caption is the broken lines below a figure or above a table.
type caption struct {
	lines []line
	notes []line
}

func (f *flow) caption(label, text string, notes []string) caption {
	st := style{face: face.Sans, size: captionSize, color: ink}
	var rs []run
	if label != "" {
		b := st.bold()
		b.color = accent
		rs = append(rs, run{face.Bold.Clean(label) + ". ", b})
	}
	c := caption{lines: breakLines(append(rs, run{st.face.Clean(text), st}), f.column())}
	small := style{face: face.Sans, size: noteSize, color: grey}
	for _, n := range notes {
		c.notes = append(c.notes, breakLines([]run{{small.face.Clean(n), small}}, f.column())...)
	}
	return c
}

func (f *flow) captionHeight(c caption) float64 {
	return float64(len(c.lines))*leading(captionSize) + float64(len(c.notes))*leading(noteSize)
}

func (f *flow) setCaption(c caption) {
	f.leave()
	for _, l := range c.lines {
		f.setLine(l, captionSize)
	}
	for _, l := range c.notes {
		f.setLine(l, noteSize)
	}
}
