package figure

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"image/color"
	"image/png"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	stdfont "golang.org/x/image/font"
	"gonum.org/v1/plot/vg"
)

// speeds is a small figure with everything: a cut bar, symbols on and in
// place of bars, intervals, and values of every provenance.
func speeds() *Figure {
	return &Figure{
		ID: "speed", Form: GroupedBars, Categories: []string{"VGG16", "C3D"},
		Y:          Axis{Label: "Time", Unit: "ms", Max: 200, Step: 50},
		GroupRules: true, ValueLabels: true,
		Symbols: []Symbol{
			{Name: "dynamic", Glyph: "◇", Meaning: "dynamic graph"},
			{Name: "barrier", Glyph: "△", Meaning: "conversion barrier"},
			{Name: "unused", Glyph: "◈", Meaning: "never shown"},
		},
		Series: []Series{
			{Name: "RPi3", Provenance: Label, Points: []Point{
				{Value: 16485, Present: true, Symbol: "dynamic"}, {Value: 120.5, Present: true, Note: "printed"}}},
			{Name: "EdgeTPU", Provenance: Digitised, Points: []Point{{Value: 31.4, Present: true}, {Symbol: "barrier"}}},
			{Name: "this host", Provenance: Measured, Points: []Point{
				{Value: 150, Low: 140, High: 170, Present: true}, {Value: 60, Present: true, Provenance: Estimated, Label: "60 ms"}}},
		},
	}
}

// synthetic has categories x series bars of mixed heights and provenances.
func synthetic(categories, series int) *Figure {
	f := &Figure{ID: fmt.Sprintf("%dx%d", categories, series), Form: GroupedBars, ValueLabels: true,
		Y:       Axis{Label: "Time", Unit: "ms", Max: 100, Step: 25},
		Symbols: []Symbol{{Name: "gone", Glyph: "△", Meaning: "not available"}}}
	for c := range categories {
		f.Categories = append(f.Categories, fmt.Sprintf("Model-%d", c))
	}
	for s := range series {
		points := make([]Point, categories)
		for c := range points {
			n := (c*37 + s*11) % 29
			points[c] = Point{Value: float64(n*n) / 4, Present: n%7 != 3, Provenance: provenances[1+n%6]}
			if n%7 == 3 || n%11 == 5 {
				points[c].Symbol = "gone"
			}
		}
		f.Series = append(f.Series, Series{Name: fmt.Sprintf("Platform %d", s), Points: points})
	}
	return f
}

func ExampleFigure_CSV() {
	speeds().CSV(os.Stdout)
	// Output:
	// figure,category,series,value,low,high,unit,symbol,origin,note
	// speed,VGG16,RPi3,16485,,,ms,dynamic,label,
	// speed,VGG16,EdgeTPU,31.4,,,ms,,digitised,
	// speed,VGG16,this host,150,140,170,ms,,measured,
	// speed,C3D,RPi3,120.5,,,ms,,label,printed
	// speed,C3D,EdgeTPU,,,,ms,barrier,digitised,
	// speed,C3D,this host,60,,,ms,,estimated,
}

// TestNothingIsClippedOrOverlaps draws figures that are hard to set and looks
// at every text: inside the canvas, clear of other texts and of the bars.
func TestNothingIsClippedOrOverlaps(t *testing.T) {
	long := func(f *Figure, slant bool) *Figure {
		for i := range f.Categories {
			f.Categories[i] = fmt.Sprintf("A model with quite a long name, variant number %d of several", i)
		}
		f.Series[0].Name = strings.Repeat("a platform with a name that fills more than a row ", 3)
		f.SlantNames = slant
		return f
	}
	with := func(f *Figure, change func(*Figure)) *Figure { change(f); return f }
	figures := map[string]*Figure{
		"everything":           speeds(),
		"one bar":              synthetic(1, 1),
		"60 categories":        synthetic(60, 1),
		"200 categories":       synthetic(200, 1),
		"9 x 6":                synthetic(9, 6),
		"14 x 6":               synthetic(14, 6),
		"2 x 9, two legends":   synthetic(2, 9),
		"long names":           long(synthetic(5, 3), false),
		"long slanted names":   long(synthetic(8, 2), true),
		"long names, many":     long(synthetic(40, 1), false),
		"half a column":        with(synthetic(7, 4), func(f *Figure) { f.WidthMM = 80 }),
		"low":                  with(synthetic(5, 2), func(f *Figure) { f.HeightMM = 45 }),
		"logarithmic":          with(synthetic(4, 3), logarithmic),
		"chosen range":         with(synthetic(4, 3), func(f *Figure) { f.Y.Max, f.Y.Step = 0, 0 }),
		"below zero":           with(synthetic(2, 2), func(f *Figure) { f.Y.Min, f.Series[0].Points[0] = -50, Point{Value: -20, Present: true} }),
		"long axis title":      with(synthetic(3, 2), func(f *Figure) { f.Y.Label = strings.Repeat("a long title ", 12); f.X.Label = f.Y.Label }),
		"no glyphs":            with(synthetic(3, 2), func(f *Figure) { f.Categories[1] = "模型\x01 \U0001F600 e\u0301" }),
		"unbreakable":          with(synthetic(3, 2), func(f *Figure) { f.Categories[0] = strings.Repeat("x", 200) }),
		"nothing is present":   with(synthetic(3, 1), func(f *Figure) { f.Series[0].Points = []Point{{Symbol: "gone"}, {}, {}} }),
		"large numbers":        with(synthetic(3, 2), func(f *Figure) { f.Y.Max, f.Y.Step = 2e9, 5e8; f.Series[0].Points[0].Value = 3e12 }),
		"lines":                withLines(synthetic(9, 2), 1, false),
		"lines, labels":        withLines(synthetic(5, 3), 2, true),
		"lines, many names":    withLines(synthetic(20, 2), 2, true),
		"lines, no labels":     with(withLines(synthetic(5, 3), 3, false), func(f *Figure) { f.ValueLabels = false }),
		"two names a category": with(synthetic(4, 2), func(f *Figure) { f.Categories[0] = "Raspberry Pi 3B\nTFLite" }),
		"pies":                 profiles(4, 7),
		"pies in two rows":     profiles(6, 5),
		"pies, many slices":    profiles(2, 14),
		"a pie":                profiles(1, 3),
		"pies, long names":     long(profiles(4, 4), false),
		"pies, low":            with(profiles(2, 4), func(f *Figure) { f.HeightMM = 80 }),
		"scatter":              decades(5, 3),
		"scatter, one series":  decades(5, 1),
		"scatter, long names":  long(decades(3, 4), false),
		"scatter, linear":      with(decades(4, 2), func(f *Figure) { f.X, f.Y = Axis{Label: "x"}, Axis{Label: "y"} }),
		"ranges":               temperatures(5),
		"ranges, half":         with(temperatures(5), func(f *Figure) { f.WidthMM = 90 }),
		"ranges, crowded":      with(temperatures(16), func(f *Figure) { f.WidthMM = 120 }),
		"ranges, low":          with(temperatures(3), func(f *Figure) { f.HeightMM = 70 }),
		"one slanted, at left": with(synthetic(1, 1), func(f *Figure) { f.SlantNames = true; f.Categories[0] = strings.Repeat("long ", 12) }),
	}
	for name, f := range figures {
		t.Run(name, func(t *testing.T) { CheckReadable(t, f) })
	}
}

func logarithmic(f *Figure) {
	f.Y = Axis{Label: "Energy", Unit: "mJ", Min: 1, Max: 1e5, Log: true}
	for s := range f.Series {
		for c := range f.Series[s].Points {
			f.Series[s].Points[c].Value = math.Pow(10, float64(s+c)*0.8)
		}
	}
}

func TestCutBarsCarryTheirValueUpright(t *testing.T) {
	f := speeds()
	f.ValueLabels = false
	d := record(t, f)
	label, ok := d.find("16485")
	if !ok {
		t.Fatal("the cut bar has no value")
	}
	if math.Abs(label.angle-math.Pi/2) > 1e-9 {
		t.Errorf("turned by %g, want upright", label.angle)
	}
	top, _ := d.find("200")
	if label.corners[0].Y < top.corners[0].Y {
		t.Errorf("begins at %v, below the top of the axis at %v", label.corners[0], top.corners[0])
	}
	if _, ok := d.find("120.5"); ok {
		t.Error("a bar that is not cut carries its value although ValueLabels is off")
	}
}

func TestOriginsAreToldApart(t *testing.T) {
	d := record(t, speeds())
	tests := []struct {
		label  string
		style  stdfont.Style
		weight stdfont.Weight
	}{
		{"120.5", stdfont.StyleNormal, stdfont.WeightNormal},
		{"≈31.4", stdfont.StyleOblique, stdfont.WeightNormal},
		{"150", stdfont.StyleNormal, stdfont.WeightBold},
		{"(60 ms)", stdfont.StyleOblique, stdfont.WeightNormal},
		{"≈… digitised from the source's figure", stdfont.StyleOblique, stdfont.WeightNormal},
		{"bold: measured", stdfont.StyleNormal, stdfont.WeightBold},
		{"(…) estimated by a model", stdfont.StyleOblique, stdfont.WeightNormal},
	}
	for _, tt := range tests {
		got := d.all(tt.label)
		if !slices.ContainsFunc(got, func(x placed) bool { return x.font.Style == tt.style && x.font.Weight == tt.weight }) {
			t.Errorf("%q with style %v, weight %v is not drawn: %v", tt.label, tt.style, tt.weight, d.words())
		}
	}
	alone := synthetic(2, 1)
	for i := range alone.Series[0].Points {
		alone.Series[0].Points[i] = Point{Value: 5, Present: true, Provenance: Measured}
	}
	if _, ok := record(t, alone).find("bold: measured"); ok {
		t.Error("a figure of measured values alone explains what needs no explanation")
	}
}

func TestSymbols(t *testing.T) {
	d := record(t, speeds())
	for glyph, want := range map[string]int{"◇": 2, "△": 2, "◈": 0} {
		if got := len(d.all(glyph)); got != want {
			t.Errorf("%s is drawn %d times, want %d (at its bar and in the legend)", glyph, got, want)
		}
	}
	if _, ok := d.find("conversion barrier"); !ok {
		t.Error("the legend does not explain △")
	}
}

func TestLegendOnlyWhereItSaysSomething(t *testing.T) {
	bars := synthetic(3, 1)
	bars.Form = Bars
	if _, ok := record(t, bars).find("Platform 0"); ok {
		t.Error("one series of bars needs no legend")
	}
	if _, ok := record(t, synthetic(3, 1)).find("Platform 0"); !ok {
		t.Error("a named series of grouped bars has no legend")
	}
}

// TestSeriesSurviveGreyPrinting: neighbours in any legend differ by at least
// 6 in CIE lightness; with hatches beside where they are close.
// TestSeriesSurviveGreyPrinting, and with it any colour blindness: the fills of
// a figure, this machine's accent among them, differ in lightness.
func TestSeriesSurviveGreyPrinting(t *testing.T) {
	lightness := func(f fill) float64 { return 116*math.Cbrt(luminance(f.color)) - 16 }
	f := synthetic(1, len(palette))
	f.Series[3].Name = "this host"
	fs := NewPalette([]string{"this host"}, nil, f).of(f.seriesNames())
	for i := range fs {
		for j := range fs[:i] {
			if d := math.Abs(lightness(fs[i]) - lightness(fs[j])); d < 6 {
				t.Errorf("%q and %q differ by %.1f in lightness", f.Series[j].Name, f.Series[i].Name, d)
			}
		}
	}
}

// TestANameHasOneFillInAllFigures: figures that share names, in any order and
// company, show each alike, and no two of them alike.
func TestANameHasOneFillInAllFigures(t *testing.T) {
	named := func(names ...string) *Figure {
		f := synthetic(2, len(names))
		for i, name := range names {
			f.Series[i].Name = name
		}
		return f
	}
	figures := []*Figure{named("A", "B", "C"), named("C", "here"), named("X", "Y", "B", "A"), named("E", "D", "here"), named("D")}
	p := NewPalette([]string{"here"}, []string{"E", "D", "C", "B", "A"}, figures...)
	seen := map[string]string{}
	for _, f := range figures {
		f.Palette = p
		colors := map[color.RGBA]bool{}
		for i, look := range f.palette().of(f.seriesNames()) {
			name, key := f.Series[i].Name, fmt.Sprint(look)
			if other, taken := seen[key]; taken && other != name {
				t.Errorf("%s and %s look alike", name, other)
			}
			seen[key] = name
			if colors[look.color] {
				t.Errorf("%s has the colour of another in %q", name, f.seriesNames())
			}
			colors[look.color] = true
			if bars := record(t, f).bars(f); len(bars) == 0 {
				t.Errorf("no bar has the palette's colour")
			}
		}
	}
	if len(seen) != 8 {
		t.Errorf("8 names have %d fills", len(seen))
	}
	if p.fills["here"].color != palette[accentColor].color {
		t.Error("the accent is not this machine's")
	}
}

// TestManyNames: more names than there are colours differ by their hatches.
func TestManyNames(t *testing.T) {
	f := synthetic(1, len(colorOrder)*len(weaves))
	seen := map[string]bool{}
	for _, look := range f.palette().of(f.seriesNames()) {
		seen[fmt.Sprint(look)] = true
	}
	if len(seen) != len(f.Series) {
		t.Errorf("%d series have %d fills", len(f.Series), len(seen))
	}
}

func TestHatchesStayInTheirBox(t *testing.T) {
	box := rect(10, 20, 17, 90)
	for _, h := range []hatch{{0, 2}, {45, 3}, {90, 2}, {135, 3}, {30, 100}} {
		for _, p := range h.lines(box) {
			if p.Pos.X < 10-1e-6 || p.Pos.X > 17+1e-6 || p.Pos.Y < 20-1e-6 || p.Pos.Y > 90+1e-6 {
				t.Errorf("hatch %v leaves the box at %v", h, p.Pos)
			}
		}
	}
}

func TestChosenAxes(t *testing.T) {
	tests := []struct {
		name   string
		axis   Axis
		values []float64
		labels string
	}{
		{"round numbers", Axis{}, []float64{0, 13.7}, "0 5 10 15"},
		{"fractions", Axis{}, []float64{0.3}, "0.0 0.1 0.2 0.3"},
		{"negative", Axis{}, []float64{-3, 4}, "-4 -2 0 2 4"},
		{"no data", Axis{}, nil, "0.0 0.2 0.4 0.6 0.8 1.0"},
		{"given", Axis{Max: 800, Step: 200}, []float64{734}, "0 200 400 600 800"},
		{"given without step", Axis{Min: 20, Max: 80}, []float64{30}, "20 40 60 80"},
		{"decades", Axis{Log: true}, []float64{3, 40000}, "1 10 100 1000 10000 100000"},
		{"decades, no data", Axis{Log: true}, nil, "1 10"},
		{"given decades", Axis{Log: true, Min: 0.1, Max: 50}, []float64{1}, "0.1 1 10"},
		{"huge step count is refused by Check, chosen here", Axis{Step: 0.001}, []float64{900}, "0 200 400 600 800 1000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &Figure{Y: tt.axis, Categories: make([]string, len(tt.values)), Series: []Series{{}}}
			for _, v := range tt.values {
				f.Series[0].Points = append(f.Series[0].Points, Point{Value: v, Present: true})
			}
			var labels []string
			for _, tick := range f.scale().ticks {
				if tick.Label != "" {
					labels = append(labels, tick.Label)
				}
			}
			if got := strings.Join(labels, " "); got != tt.labels {
				t.Errorf("got %s, want %s", got, tt.labels)
			}
		})
	}
}

func TestShort(t *testing.T) {
	for v, want := range map[float64]string{
		870: "870", 2801.7: "2801.7", 16485: "16485", 87.12: "87.12", 12.345678: "12.3",
		123.45678: "123", 1234567.8: "1234568", 0.000123456: "0.000123", -12.345678: "-12.3",
	} {
		if got := short(v); got != want {
			t.Errorf("short(%v) = %s, want %s", v, got, want)
		}
	}
}

func TestCheckNamesFigureAndSeries(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Figure)
		want   string
	}{
		{"form", func(f *Figure) { f.Form = "pie" }, `figure "speed": form "pie" is not known; use one of bars, bars-line, grouped-bars, pies, ranges, scatter`},
		{"empty", func(f *Figure) { f.Categories, f.Series = nil, nil }, "figure \"speed\": has no categories; name at least one\nfigure \"speed\": has no series; give at least one"},
		{"points", func(f *Figure) { f.Series[1].Points = f.Series[1].Points[:1] },
			`figure "speed": series "EdgeTPU": has 1 points for 2 categories; give one each, not present where nothing is known`},
		{"range", func(f *Figure) { f.Y.Min, f.Y.Max = 5, 5 }, `figure "speed": y axis: min 5 is not below max 5; set both, or leave both zero`},
		{"range of a logarithmic axis", func(f *Figure) { f.Y.Log = true }, `figure "speed": y axis: min 0 cannot start a logarithmic axis; use a positive one`},
		{"ticks", func(f *Figure) { f.Y.Step = 0.1 }, `figure "speed": y axis: step 0.1 gives more than 50 ticks; use a larger one`},
		{"NaN", func(f *Figure) { f.Series[0].Points[1].Value = math.NaN() },
			`figure "speed": series "RPi3": "C3D": value NaN (interval 0 to 0) is not a number; leave the point not present instead`},
		{"interval", func(f *Figure) { f.Series[2].Points[0].Low = 160 },
			`figure "speed": series "this host": "VGG16": value 150 lies outside its interval 160 to 170`},
		{"below", func(f *Figure) { f.Series[0].Points[1].Value = -1 },
			`figure "speed": series "RPi3": "C3D": value -1 lies below the y axis, which starts at 0`},
		{"symbol", func(f *Figure) { f.Series[0].Points[0].Symbol = "diamond" },
			`figure "speed": series "RPi3": "VGG16": symbol "diamond" is not among the figure's symbols ["dynamic" "barrier" "unused"]`},
		{"provenance", func(f *Figure) { f.Series[0].Provenance = "guessed" },
			`figure "speed": series "RPi3": "VGG16": provenance "guessed" is not known; use one of ["label" "text" "published" "digitised" "measured" "estimated" "computed"]` + "\n" +
				`figure "speed": series "RPi3": "C3D": provenance "guessed" is not known; use one of ["label" "text" "published" "digitised" "measured" "estimated" "computed"]`},
		{"bars of two series", func(f *Figure) { f.Form = Bars }, `figure "speed": has 3 series, but form "bars" draws one; use "grouped-bars"`},
		{"too low", func(f *Figure) { f.HeightMM = 10 }, `figure "speed": 10 mm is too low for its names, legend and labels; give it at least 45 mm, or none`},
		{"too narrow", func(f *Figure) { f.WidthMM = 10 }, `figure "speed": 10 mm is too narrow for its axis and names; make it wider`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := speeds()
			tt.change(f)
			err := f.SVG(io.Discard)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

// TestLeastHeightIsEnough takes the error of the case "too low" at its word.
func TestLeastHeightIsEnough(t *testing.T) {
	f := speeds()
	f.HeightMM = 45
	if err := f.SVG(io.Discard); err != nil {
		t.Error(err)
	}
}

func TestSVGIsTextOnWhite(t *testing.T) {
	var a, b bytes.Buffer
	if err := errors.Join(speeds().SVG(&a), speeds().SVG(&b)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the same figure gives two files")
	}
	if !strings.Contains(a.String(), ">16485</text>") ||
		!strings.Contains(a.String(), "font-family:'DejaVu Sans',Verdana,sans-serif") {
		t.Error("labels are not text in a common font")
	}
	for d := xml.NewDecoder(&a); ; {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
	}
}

// TestPageSVG: in a page a figure has no ground of its own, the page's colours,
// and the width that it is given.
func TestPageSVG(t *testing.T) {
	f := speeds()
	for _, width := range []vg.Length{0, 92 * vg.Millimeter} {
		svg, err := f.PageSVG(width)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(svg, "<svg") || !strings.Contains(svg, "fill:var(--ink)") || strings.Contains(svg, hex(ink)) || strings.Contains(svg, hex(paper)) {
			t.Errorf("%v wide, the figure has colours of its own: %.200s", width, svg)
		}
		if want := fmt.Sprintf(`viewBox="0 0 %.5g `, cmp.Or(width, fullWidth)); !strings.Contains(svg, want) {
			t.Errorf("no %s in %.200s", want, svg)
		}
	}
}

func TestPNGSize(t *testing.T) {
	f := speeds()
	f.WidthMM, f.HeightMM = 127, 63.5 // 5 x 2.5 inches
	var buf bytes.Buffer
	if err := f.PNG(&buf); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&buf)
	if err != nil {
		t.Fatal(err)
	}
	if got := img.Bounds().Size(); got.X != 750 || got.Y != 375 {
		t.Errorf("%d x %d pixels, want 750 x 375", got.X, got.Y)
	}
}

func TestSizeObeysTheColumn(t *testing.T) {
	w, tall, err := synthetic(9, 3).Size(200)
	if err != nil || w != 200 {
		t.Fatalf("width %v, error %v; want 200", w, err)
	}
	if _, flat, err := synthetic(9, 3).Size(0); err != nil || flat >= tall {
		t.Errorf("height %v at full width, %v at 200 points: turned names should make it higher (%v)", flat, tall, err)
	}
}
