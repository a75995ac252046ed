package figure

import (
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
var palette = []struct {
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

// spreads picks, for few series, colours that are far apart.
var spreads = [][]int{{}, {1}, {1, 5}, {0, 3, 5}, {0, 2, 4, 6}, {0, 2, 3, 4, 6}, {0, 1, 2, 3, 4, 5}}

// fills is one fill a series: the palette, then its colours again with other
// weaves, 64 in all before any repeats.
func fills(n int) []fill {
	if n == 1 {
		return []fill{{color: palette[1].color}}
	}
	out := make([]fill, n)
	for i := range out {
		slot := i
		if n < len(spreads) {
			slot = spreads[n][i]
		}
		p := palette[slot%len(palette)]
		weave := (p.weave + slot/len(palette)) % len(weaves)
		out[i] = fill{color: p.color, hatches: weaves[weave]}
	}
	return out
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
