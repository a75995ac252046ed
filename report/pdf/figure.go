package pdf

import (
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"edgebench/report/document"
	"edgebench/report/figure"
	"edgebench/report/figure/face"
	"edgebench/report/table"
)

// sizes are what figures and tables take, by the width of the column that they
// are set in: finding it costs as much as drawing, and every layout needs it.
type sizes struct {
	figures map[figureKey]vg.Point
	tables  map[tableKey][]*grid
}

type figureKey struct {
	fig   *figure.Figure
	width float64
}

type tableKey struct {
	table *table.Table
	width float64
}

func newSizes() sizes {
	return sizes{figures: map[figureKey]vg.Point{}, tables: map[tableKey][]*grid{}}
}

func (f *flow) figureSize(fig *figure.Figure) vg.Point {
	key := figureKey{fig, f.column()}
	if size, ok := f.sizes.figures[key]; ok {
		return size
	}
	w, h, err := fig.Size(vg.Length(f.column()))
	if err != nil {
		f.fail(err)
	}
	f.sizes.figures[key] = vg.Point{X: w, Y: h}
	return f.sizes.figures[key]
}

const (
	captionGap = 6  // above a caption
	figureGap  = 14 // below it
	leastScale = 0.72
	mostScale  = 1.25
)

// figureHeight is the height of a figure with its caption and notes.
func (f *flow) figureHeight(fig *document.Figure, scale float64) float64 {
	h := f.drawingHeight(fig, scale) + f.captionHeight(f.figureCaption(fig)) + captionGap
	return min(h, f.bottom-f.top)
}

// drawingHeight is the height of a figure's drawing at a scale; one that states
// its height keeps that.
func (f *flow) drawingHeight(fig *document.Figure, scale float64) float64 {
	if fig.HeightMM > 0 {
		scale = 1
	}
	return scale * f.figureSize(fig.Figure).Y.Points()
}

func (f *flow) leastHeight(fig *document.Figure) float64 { return f.figureHeight(fig, leastScale) }

func (f *flow) figureCaption(fig *document.Figure) caption {
	return f.caption(fig.Label(), fig.Caption, fig.Notes)
}

// leadingFigures are those that the blocks begin with.
func leadingFigures(blocks []document.Block) []*document.Figure {
	var figures []*document.Figure
	for _, b := range blocks {
		fig, ok := b.(*document.Figure)
		if !ok {
			break
		}
		figures = append(figures, fig)
	}
	return figures
}

// figures sets figures that follow each other: as many on a page as can be
// read there, drawn lower or higher than they ask for so that they fill it. One
// that does not fit the page waits for the next while the text goes on.
func (f *flow) figures(figs []*document.Figure) {
	f.setLate()
	for len(figs) > 0 {
		f.space(10)
		n, scale := f.fitting(figs)
		switch {
		case n > 0:
			for _, fig := range figs[:n] {
				f.drawFigure(fig, scale)
			}
			figs = figs[n:]
		case f.atTop():
			f.drawFigure(figs[0], 1)
			figs = figs[1:]
		case len(figs) == 1:
			f.late = append(f.late, figs[0])
			return
		default:
			f.newPage()
		}
	}
}

// fitting is how many of the figures fit the rest of the page, and the scale at
// which they fill it.
func (f *flow) fitting(figs []*document.Figure) (n int, scale float64) {
	for n = len(figs); n > 0; n-- {
		fixed, wanted := float64(n-1)*figureGap, 0.0
		for _, fig := range figs[:n] {
			w := f.drawingHeight(fig, 1) - f.drawingHeight(fig, 0)
			wanted += w
			fixed += f.figureHeight(fig, 1) - w
		}
		if wanted == 0 && fixed <= f.room() {
			return n, 1
		}
		scale = (f.room() - fixed) / max(wanted, 1)
		most := 1.0
		if n < len(figs) {
			most = mostScale
		}
		if scale >= leastScale && f.drawable(figs[:n], min(scale, most)) {
			return n, min(scale, most)
		}
	}
	return 0, 0
}

// drawable reports whether the figures can be drawn at a scale.
func (f *flow) drawable(figs []*document.Figure, scale float64) bool {
	for _, fig := range figs {
		if scale >= 1 || fig.HeightMM > 0 {
			continue
		}
		lower := *fig.Figure
		lower.HeightMM = f.drawingHeight(fig, scale) / mm
		if _, _, err := lower.Size(vg.Length(f.column())); err != nil {
			return false
		}
	}
	return true
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
		f.drawFigure(fig, 1)
	}
	f.mark, f.bars, f.left = mark, bars, left
}

func (f *flow) drawFigure(fig *document.Figure, scale float64) {
	c := f.figureCaption(fig)
	size := f.figureSize(fig.Figure)
	size.Y = vg.Length(f.drawingHeight(fig, scale))
	// A figure higher than a page is drawn lower, if it can be.
	size.Y = min(size.Y, vg.Length(f.bottom-f.top-f.captionHeight(c)-captionGap))
	f.need(f.figureHeight(fig, scale))
	f.setMark(f.y + baselineOf(bodySize))
	f.here(fig.Anchor())
	f.plot(fig, f.left+(f.column()-size.X.Points())/2, size)
	f.down(size.Y.Points())
	f.space(captionGap)
	f.setCaption(c)
	f.space(figureGap)
}

// plot draws the figure with its upper left corner at x and the flow's y. To
// assistive technology it is one thing that its caption describes.
func (f *flow) plot(fig *document.Figure, x float64, size vg.Point) {
	if f.pdf == nil || f.err != nil {
		return
	}
	f.beginMarked("/Alt " + hexText(strings.TrimSpace(fig.Label()+". "+fig.Caption)))
	c := newCanvas(f.sheet, x, f.y+size.Y.Points())
	if err := fig.Draw(draw.NewCanvas(c, size.X, size.Y)); err != nil {
		f.fail(err)
	}
	c.close()
	f.endMarked()
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
