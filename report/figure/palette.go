package figure

import (
	"cmp"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// fill is how a series' bars look: a colour and lines across it.
type fill struct {
	color   color.RGBA
	hatches []hatch
}

// hatch is a family of parallel lines, angle in degrees, gap in points.
type hatch struct {
	angle float64
	gap   float64
}

// weaves are the hatches, each unlike the others.
var weaves = [][]hatch{
	{},
	{{45, 3.4}},
	{{135, 3.4}},
	{{0, 2.8}},
	{{45, 3.4}, {135, 3.4}},
	{{90, 2.8}},
	{{0, 2.8}, {90, 2.8}},
	{{45, 1.8}},
}

// palette is Okabe and Ito's, which survives colour blindness, shaded so
// that luminance rises steadily and grey printing keeps the order apart;
// weaves tell neighbours apart where both fail.
var palette = [...]struct {
	color color.RGBA
	weave int
}{
	{color.RGBA{0x16, 0x21, 0x38, 0xff}, 0},
	{color.RGBA{0x00, 0x56, 0x8c, 0xff}, 1},
	{color.RGBA{0xc0, 0x4f, 0x0a, 0xff}, 0},
	{color.RGBA{0x12, 0x9c, 0x76, 0xff}, 2},
	{color.RGBA{0x5f, 0xb6, 0xe8, 0xff}, 0},
	{color.RGBA{0xf3, 0xb6, 0x48, 0xff}, 3},
	{color.RGBA{0xe8, 0xdb, 0x4e, 0xff}, 4},
	{color.RGBA{0xf4, 0xf4, 0xf4, 0xff}, 5},
}

// accentColor is kept for what a report is about, and is nothing else's.
const accentColor = 2

// colorOrder are the other colours in the order in which names get them:
// neighbours in it are far apart.
var colorOrder = []int{1, 5, 3, 0, 6, 4, 7}

// look is the fill of a colour that k names have already: each time with
// another weave.
func look(color, k int) fill {
	p := palette[color]
	return fill{color: p.color, hatches: weaves[(p.weave+k)%len(weaves)]}
}

// Palette is the fill of every name that figures show, the same in all of
// them: what a reader learns in one figure holds in the next.
type Palette struct{ fills map[string]fill }

// NewPalette gives fills to the names, in their order, and then to the other
// series of the figures (slices, of pies). Names that stand together have
// unlike colours as long as there are any, and no two names of the report the
// same fill before all are taken. Accents have a colour to themselves.
func NewPalette(accents, names []string, figures ...*Figure) *Palette {
	var groups [][]string
	for _, f := range figures {
		groups = append(groups, f.form().groups(f)...)
	}
	a := assignment{colors: map[string]int{}, together: neighbours(groups)}
	p := &Palette{fills: map[string]fill{"": {color: palette[colorOrder[0]].color}}}
	for k, name := range accents {
		p.fills[name] = look(accentColor, k)
	}
	for _, name := range append(slices.Clone(names), slices.Concat(groups...)...) {
		if _, known := p.fills[name]; !known {
			p.fills[name] = a.next(name)
		}
	}
	return p
}

func (f *Figure) seriesNames() []string {
	var names []string
	for _, s := range f.Series {
		names = append(names, s.Name)
	}
	return names
}

// neighbours are, of each name, those that stand in a group with it.
func neighbours(groups [][]string) map[string]map[string]bool {
	out := map[string]map[string]bool{}
	for _, g := range groups {
		for _, name := range g {
			if out[name] == nil {
				out[name] = map[string]bool{}
			}
			for _, other := range g {
				out[name][other] = true
			}
		}
	}
	return out
}

// assignment is the colours given so far.
type assignment struct {
	colors   map[string]int
	used     [len(palette)]int // how many names have each colour
	together map[string]map[string]bool
}

// next gives a name the colour that fewest names beside it have, and of these
// the one that fewest names have at all.
func (a *assignment) next(name string) fill {
	var beside [len(palette)]int
	for other := range a.together[name] {
		if c, known := a.colors[other]; known {
			beside[c]++
		}
	}
	best := slices.MinFunc(colorOrder, func(x, y int) int {
		return cmp.Or(cmp.Compare(beside[x], beside[y]), cmp.Compare(a.used[x], a.used[y]))
	})
	a.colors[name] = best
	a.used[best]++
	return look(best, a.used[best]-1)
}

// of are the fills of some names; a palette made for other figures gives a
// name that it does not know the plain one.
func (p *Palette) of(names []string) []fill {
	out := make([]fill, len(names))
	for i, name := range names {
		f, known := p.fills[name]
		if !known {
			f = p.fills[""]
		}
		out[i] = f
	}
	return out
}

// palette is the figure's, or one of its own.
func (f *Figure) palette() *Palette {
	if f.Palette != nil {
		return f.Palette
	}
	return NewPalette(nil, nil, f)
}

// paint fills box, inside which the hatch lines stay.
func (f fill) paint(c draw.Canvas, box vg.Rectangle) {
	if box.Size().X <= 0 || box.Size().Y <= 0 {
		return
	}
	c.SetColor(f.color)
	c.Fill(box.Path())
	var lines vg.Path
	for _, h := range f.hatches {
		lines = append(lines, h.lines(box)...)
	}
	if len(lines) == 0 {
		return
	}
	c.SetLineStyle(draw.LineStyle{Color: f.hatchColor(), Width: vg.Points(0.45)})
	c.Stroke(lines)
}

// hatchColor stands out from the fill without competing with the outline.
func (f fill) hatchColor() color.Color {
	if luminance(f.color) < 0.25 {
		return mix(f.color, color.RGBA{0xff, 0xff, 0xff, 0xff}, 0.6)
	}
	return mix(f.color, color.RGBA{0, 0, 0, 0xff}, 0.5)
}

// lines are the hatch's lines cut to box. They hang on the page's origin,
// not on the box, so that neighbouring boxes continue each other.
func (h hatch) lines(box vg.Rectangle) vg.Path {
	sin, cos := math.Sincos(h.angle * math.Pi / 180)
	// A line is every point whose distance from the origin along the normal
	// (-sin, cos) is k gaps.
	var low, high = math.Inf(1), math.Inf(-1)
	for _, p := range corners(box) {
		d := -sin*float64(p.X) + cos*float64(p.Y)
		low, high = min(low, d), max(high, d)
	}
	var path vg.Path
	for k := math.Floor(low/h.gap) + 1; k*h.gap < high; k++ {
		if a, b, ok := cutLine(box, k*h.gap, sin, cos); ok {
			path.Move(a)
			path.Line(b)
		}
	}
	return path
}

// linesIn are the hatch's lines cut to a polygon: of the places where a line
// crosses its edges, every second stretch is inside.
func (h hatch) linesIn(polygon []vg.Point) vg.Path {
	sin, cos := math.Sincos(h.angle * math.Pi / 180)
	across := func(p vg.Point) float64 { return -sin*float64(p.X) + cos*float64(p.Y) }
	along := func(p vg.Point) float64 { return cos*float64(p.X) + sin*float64(p.Y) }
	var low, high = math.Inf(1), math.Inf(-1)
	for _, p := range polygon {
		low, high = min(low, across(p)), max(high, across(p))
	}
	var path vg.Path
	for k := math.Floor(low/h.gap) + 1; k*h.gap < high; k++ {
		d := k * h.gap
		var cuts []float64
		for i, a := range polygon {
			b := polygon[(i+1)%len(polygon)]
			if da, db := across(a), across(b); (da < d) != (db < d) {
				cuts = append(cuts, along(a)+(along(b)-along(a))*(d-da)/(db-da))
			}
		}
		slices.Sort(cuts)
		at := func(t float64) vg.Point {
			return vg.Point{X: vg.Length(t*cos - d*sin), Y: vg.Length(t*sin + d*cos)}
		}
		for i := 0; i+1 < len(cuts); i += 2 {
			path.Move(at(cuts[i]))
			path.Line(at(cuts[i+1]))
		}
	}
	return path
}

func corners(r vg.Rectangle) [4]vg.Point {
	return [4]vg.Point{r.Min, {X: r.Max.X, Y: r.Min.Y}, r.Max, {X: r.Min.X, Y: r.Max.Y}}
}

// cutLine is the part inside box of the line at distance d from the origin
// with direction (cos, sin): Liang and Barsky's clipping.
func cutLine(box vg.Rectangle, d, sin, cos float64) (a, b vg.Point, ok bool) {
	x0, y0 := -sin*d, cos*d
	from, to := math.Inf(-1), math.Inf(1)
	clip := func(p, dir, low, high float64) {
		if math.Abs(dir) < 1e-9 {
			if p < low || p > high {
				from, to = 1, 0
			}
			return
		}
		t0, t1 := (low-p)/dir, (high-p)/dir
		from, to = max(from, min(t0, t1)), min(to, max(t0, t1))
	}
	clip(x0, cos, float64(box.Min.X), float64(box.Max.X))
	clip(y0, sin, float64(box.Min.Y), float64(box.Max.Y))
	at := func(t float64) vg.Point {
		return vg.Point{X: vg.Length(x0 + t*cos), Y: vg.Length(y0 + t*sin)}
	}
	return at(from), at(to), to-from > 1e-6
}

// luminance is the relative luminance of sRGB (WCAG 2), 0 black to 1 white.
func luminance(c color.RGBA) float64 {
	linear := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

func mix(a, b color.RGBA, part float64) color.RGBA {
	m := func(x, y uint8) uint8 { return uint8(math.Round(float64(x)*(1-part) + float64(y)*part)) }
	return color.RGBA{m(a.R, b.R), m(a.G, b.G), m(a.B, b.B), 0xff}
}
