package figure

import (
	"bytes"
	"fmt"
	"image/color"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
)

// withLines adds lines over the bars, and a last category for their means.
func withLines(f *Figure, n int, means bool) *Figure {
	f.Form, f.Right = BarsLine, Axis{Label: "Speedup", Max: 8, Step: 2}
	if means {
		f.Summary = true
		f.Categories = append(f.Categories, "Average")
		for i := range f.Series {
			f.Series[i].Points = append(f.Series[i].Points, Point{})
		}
	}
	for i := range n {
		l := Series{Name: fmt.Sprintf("Speedup %d", i), Provenance: Computed}
		for c := range f.Categories {
			l.Points = append(l.Points, Point{Value: float64((c*5+i*3)%17) / 2, Present: true})
		}
		if means {
			l.Points[len(l.Points)-1].Label = fmt.Sprintf("4.%02d", i)
		}
		f.Lines = append(f.Lines, l)
	}
	return f
}

// profiles has pies with ever smaller slices.
func profiles(pies, slices int) *Figure {
	f := &Figure{ID: "profile", Form: Pies, Y: Axis{Label: "Share", Unit: "%"}, GroupRules: true}
	for c := range slices {
		f.Categories = append(f.Categories, fmt.Sprintf("function_%d", c))
	}
	for i := range pies {
		s := Series{Name: fmt.Sprintf("Framework %d\nPlatform %d", i%2, i/2)}
		left := 100.0
		for c := range slices {
			share := left / 2
			if c == slices-1 {
				share = left
			}
			left -= share
			s.Points = append(s.Points, Point{Value: math.Round(share*10+1) / 10, Present: true, Provenance: provenances[1+c%5]})
		}
		f.Series = append(f.Series, s)
	}
	return f
}

// decades is a scatter over several decades.
func decades(points, series int) *Figure {
	f := &Figure{ID: "power", Form: Scatter,
		X: Axis{Label: "Power", Unit: "W", Min: 1, Max: 1000, Log: true},
		Y: Axis{Label: "Time", Unit: "ms", Min: 1, Max: 10000, Log: true}}
	for c := range points {
		f.Categories = append(f.Categories, fmt.Sprintf("Model-%d", c))
	}
	for i := range series {
		s := Series{Name: fmt.Sprintf("Platform %d", i), Provenance: Digitised}
		for c := range points {
			s.Points = append(s.Points, Point{X: math.Pow(2, float64(c+i)), Value: math.Pow(5, float64(c)) / float64(i+1) * 2, Present: true})
		}
		f.Series = append(f.Series, s)
	}
	return f
}

// temperatures are ranges with an event at every third.
func temperatures(n int) *Figure {
	f := &Figure{ID: "temperature", Form: Ranges, ValueLabels: true,
		Y: Axis{Label: "Temperature", Unit: "°C", Min: 20, Max: 80, Step: 10},
		Symbols: []Symbol{
			{Name: "shutdown", Glyph: "power", Meaning: "Device Shutdown"},
			{Name: "fan", Glyph: "fan", Meaning: "Fan Working"},
		},
		Series: []Series{{Name: "Idle", Provenance: Label}, {Name: "Inferencing", Provenance: Digitised}}}
	for c := range n {
		f.Categories = append(f.Categories, fmt.Sprintf("Platform %d\nFramework", c))
		low := 25 + float64(c*7%13)
		f.Series[0].Points = append(f.Series[0].Points, Point{Value: low, Present: true})
		f.Series[1].Points = append(f.Series[1].Points, Point{Value: low + 2 + float64(c*19%40), Present: true,
			Symbol: []string{"shutdown", "", "fan"}[c%3]})
	}
	return f
}

// samples is a figure of each form.
func samples() map[Form]*Figure {
	one := synthetic(4, 1)
	one.Form = Bars
	return map[Form]*Figure{
		Bars: one, GroupedBars: synthetic(4, 3), BarsLine: withLines(synthetic(4, 2), 1, false),
		Pies: profiles(3, 4), Scatter: decades(4, 3), Ranges: temperatures(4),
	}
}

// TestForms walks all forms through what a figure can be asked for, so that a
// new one cannot lack a facet.
func TestForms(t *testing.T) {
	for name, spec := range forms {
		t.Run(string(name), func(t *testing.T) {
			f := samples()[name]
			if f == nil {
				t.Fatal("no sample of it; add one")
			}
			if f.Form != name || spec.width <= 0 || spec.plotHeight <= 0 {
				t.Fatalf("its sample is a %q, its size %v x %v", f.Form, spec.width, spec.plotHeight)
			}
			CheckReadable(t, f)
			if groups := slices.Concat(spec.groups(f)...); len(groups) == 0 || len(spec.keys(f, f.palette().of(f.seriesNames()))) > len(groups)+len(f.Categories)+len(f.Lines) {
				t.Errorf("its legend has other names than %q", groups)
			}
			if e := spec.provenance(f, Digitised); len(e.lines) == 0 || !strings.Contains(e.lines[0], markings[Digitised].meaning) {
				t.Errorf("it explains a provenance by %q", e.lines)
			}
			var csv bytes.Buffer
			if err := f.CSV(&csv); err != nil || strings.Count(csv.String(), "\n") < len(f.Categories) {
				t.Errorf("its CSV is %q (%v)", csv.String(), err)
			}
			if name != BarsLine {
				f.Lines = withLines(synthetic(4, 2), 1, false).Lines
			} else {
				f.Lines = nil
			}
			if err := f.Check(); err == nil {
				t.Error("it takes lines where it has none, or none where it needs one")
			}
		})
	}
}

// dataLines are the strokes of a figure's lines: thicker than any other in ink.
func (d drawing) dataLines() []stroke {
	var out []stroke
	for _, s := range d.lines {
		if s.width == 1 && s.color == color.Color(ink) && len(s.points) == 2 {
			out = append(out, s)
		}
	}
	return out
}

func TestLinesStandOnTheRightAxis(t *testing.T) {
	f := withLines(synthetic(3, 2), 1, false)
	f.Lines[0].Points = []Point{{Value: 0, Present: true}, {Value: 4, Present: true}, {Value: 8, Present: true}}
	d := record(t, f)
	lines := d.dataLines()
	if len(lines) != 3 { // the legend's key and two pieces
		t.Fatalf("%d strokes, want 3", len(lines))
	}
	_, foot := d.tickAt("0", true)
	_, top := d.tickAt("8", true)
	slices.SortFunc(lines, func(a, b stroke) int { return int(a.points[0].X - b.points[0].X) })
	var ys []vg.Length
	for _, s := range lines {
		if s.points[0].Y != s.points[1].Y {
			ys = append(ys, s.points[0].Y, s.points[1].Y)
		}
	}
	want := []vg.Length{foot, (foot + top) / 2, (foot + top) / 2, top}
	for i := range want {
		if math.Abs(float64(ys[i]-want[i])) > 0.5 {
			t.Errorf("the line's end %d is at %v, want %v", i, ys[i], want[i])
		}
	}
}

// tickAt is the middle of a tick label, the rightmost or the leftmost.
func (d drawing) tickAt(text string, rightmost bool) (x, y vg.Length) {
	first := true
	for _, p := range d.all(text) {
		at := (p.corners[0].X + p.corners[1].X) / 2
		if first || rightmost == (at > x) {
			x, y, first = at, (p.corners[0].Y+p.corners[2].Y)/2, false
		}
	}
	return x, y
}

func TestLinesDoNotRunOverGapsNorIntoMeans(t *testing.T) {
	f := withLines(synthetic(4, 2), 1, true) // four categories and their mean
	f.Lines[0].Points[1].Present = false
	got := 0
	for _, s := range record(t, f).dataLines() {
		if s.points[0].X > 60 && s.points[1].Y < record(t, f).size.Y-20 {
			got++
		}
	}
	if got != 1 {
		t.Errorf("%d pieces, want the one from the third to the fourth category", got)
	}
	if _, ok := record(t, f).find("4.00"); !ok {
		t.Error("the mean is not labelled")
	}
}

func TestLinesAreToldApartInGrey(t *testing.T) {
	f := withLines(synthetic(4, 2), 2, false)
	dashed := map[bool]int{}
	for _, s := range record(t, f).dataLines() {
		dashed[s.dashed]++
	}
	if dashed[true] != 4 || dashed[false] != 4 {
		t.Errorf("%d dashed and %d solid strokes, want 4 of each (3 pieces and a legend's key)", dashed[true], dashed[false])
	}
}

func TestAnAxisGrowsForWhatCannotBeCut(t *testing.T) {
	lines := withLines(synthetic(3, 2), 1, false)
	lines.Lines[0].Points[1].Value = 9.5
	if _, ok := record(t, lines).find("10"); !ok {
		t.Error("the right axis, up to 8, does not grow to 10 for a line at 9.5")
	}
	ranges := temperatures(2)
	ranges.Series[1].Points[0].Value, ranges.Series[0].Points[1].Value = 84, 12
	d := record(t, ranges)
	for _, tick := range []string{"10", "90"} {
		if _, ok := d.find(tick); !ok {
			t.Errorf("the axis from 20 to 80 has no tick %s for markers at 12 and 84", tick)
		}
	}
	scatter := decades(2, 1)
	scatter.Series[0].Points[0].X, scatter.Series[0].Points[1].Value = 0.3, 20000
	d = record(t, scatter)
	for _, tick := range []string{"0.1", "100000"} {
		if _, ok := d.find(tick); !ok {
			t.Errorf("no tick %s for a marker beyond the axis", tick)
		}
	}
}

func TestLabelsInside(t *testing.T) {
	f := speeds()
	f.LabelsInside = true
	f.Series[1].Points[0].Value = 4 // too low for a label
	d := record(t, f)
	bars := d.bars(f)
	inside := func(text string) bool {
		p, ok := d.find(text)
		if !ok {
			t.Fatalf("%q is missing from %q", text, d.words())
		}
		return slices.ContainsFunc(bars, func(b placed) bool {
			return p.corners[0].Y > b.corners[0].Y && p.corners[1].Y < b.corners[2].Y && p.overlaps(b)
		})
	}
	for text, want := range map[string]bool{"16485": true, "120.5": true, "≈4": false} {
		if got := inside(text); got != want {
			t.Errorf("%s is inside its bar: %t, want %t", text, got, want)
		}
	}
}

func TestPieSlicesBeginAtTheTopAndGoClockwise(t *testing.T) {
	f := profiles(1, 3)
	f.Series[0].Order = []int{2, 0, 1}
	p, err := arrangePies(f, forms[Pies], 400, 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	at := 0.0
	for _, s := range p.(*pies).cells[0].slices {
		if math.Abs(s.from-at) > 1e-9 {
			t.Errorf("slice %d begins at %g, the one before ended at %g", s.category, s.from, at)
		}
		at = s.till
		got = append(got, f.Categories[s.category])
	}
	if want := "function_2 function_0 function_1"; strings.Join(got, " ") != want || math.Abs(at-360) > 1e-9 {
		t.Errorf("got %q up to %g degrees, want %s up to 360", got, at, want)
	}
	if p := on(vg.Point{}, 1, 90); math.Abs(float64(p.X)-1) > 1e-9 || math.Abs(float64(p.Y)) > 1e-9 {
		t.Errorf("90 degrees point to %v, want to the right", p)
	}
}

func TestSlicesOfOnePieLookUnlike(t *testing.T) {
	f := profiles(3, 12)
	for i := range f.Series { // three overlapping sets of six functions
		for c := range f.Series[i].Points {
			f.Series[i].Points[c].Present = c >= 3*i && c < 3*i+6
		}
	}
	look := f.palette().of(f.Categories)
	for i := range f.Series {
		seen := map[string]string{}
		for _, c := range f.Series[i].slices() {
			key := fmt.Sprint(look[c])
			if other, taken := seen[key]; taken {
				t.Errorf("%s and %s look alike in one pie", f.Categories[c], other)
			}
			seen[key] = f.Categories[c]
		}
	}
}

func TestHatchesStayInTheirSlice(t *testing.T) {
	s := slice{from: 20, till: 75}
	for _, h := range []hatch{{0, 2}, {45, 3}, {90, 2}} {
		for _, comp := range h.linesIn(wedge(vg.Point{X: 50, Y: 50}, 30, s)) {
			x, y := float64(comp.Pos.X)-50, float64(comp.Pos.Y)-50
			angle := math.Atan2(x, y) * 180 / math.Pi
			if r := math.Hypot(x, y); r > 30.001 || r > 1e-6 && (angle < 19.99 || angle > 75.01) {
				t.Errorf("hatch %v leaves the slice at %v", h, comp.Pos)
			}
		}
	}
}

func TestScatterTellsSeriesApartByShape(t *testing.T) {
	seen := map[Marker]bool{}
	f := decades(2, len(markers))
	for i := range f.Series {
		seen[f.marker(i)] = true
	}
	if len(seen) != len(markers) {
		t.Errorf("%d series have %d shapes", len(markers), len(seen))
	}
	for _, m := range markers {
		for _, p := range m.path(vg.Point{}, 1) {
			if math.Hypot(float64(p.X), float64(p.Y)) > 1.4+1e-9 {
				t.Errorf("%s reaches out to %v", m, p)
			}
		}
	}
	if _, ok := record(t, f).find("all points digitised from the source's"); !ok {
		t.Errorf("the legend does not say where the points are from: %q", record(t, f).words())
	}
}

// TestScatterNamesItsCategories: each marker has its category's number beside
// it, and the legend says which that is; not where there are too many.
func TestScatterNamesItsCategories(t *testing.T) {
	d := record(t, decades(4, 3))
	for c := range 4 {
		// One more in the legend; the axes count in tens.
		numbers := slices.DeleteFunc(d.all(number(c)), func(p placed) bool { return p.font.Size != numberPen().size })
		if len(numbers) < 3 {
			t.Errorf("%q is there %d times for 3 markers", number(c), len(numbers))
		}
		if _, ok := d.find(fmt.Sprintf("Model-%d", c)); !ok {
			t.Errorf("the legend does not name category %d", c)
		}
	}
	if _, ok := record(t, decades(mostNumbered+1, 1)).find("Model-0"); ok {
		t.Error("too many categories are numbered")
	}
}

func TestEventsStandAboveTheirRange(t *testing.T) {
	f := temperatures(3)
	d := record(t, f)
	if words, marker := d.all("Device Shutdown"), d.bars(f); len(words) != 1 || words[0].corners[0].Y < marker[1].corners[0].Y {
		t.Errorf("the event is written %d times, or not above its markers", len(words))
	}
	f.Symbols[0].Meaning = ""
	if err := f.Check(); err == nil {
		t.Error("an event without a meaning is accepted")
	}
}

func ExampleFigure_CSV_scatter() {
	f := decades(2, 1)
	f.Series[0].Points[1].Present = false
	f.CSV(os.Stdout)
	// Output:
	// figure,category,series,x,x unit,value,low,high,unit,symbol,origin,note
	// power,Model-0,Platform 0,1,W,2,,,ms,,digitised,
	// power,Model-1,Platform 0,,W,,,,ms,,digitised,
}

func ExampleFigure_CSV_lines() {
	f := withLines(synthetic(1, 2), 1, true)
	f.Right.Unit = "x"
	f.CSV(os.Stdout)
	// Output:
	// figure,category,series,value,low,high,unit,symbol,origin,note
	// 1x2,Model-0,Platform 0,0,,,ms,,label,
	// 1x2,Model-0,Platform 1,30.25,,,ms,,estimated,
	// 1x2,Average,Platform 0,,,,ms,,,
	// 1x2,Average,Platform 1,,,,ms,,,
	// 1x2,Model-0,Speedup 0,0,,,x,,computed,
	// 1x2,Average,Speedup 0,2.5,,,x,,computed,
}

func TestCheckOfForms(t *testing.T) {
	tests := []struct {
		name string
		fig  *Figure
		with func(*Figure)
		want string
	}{
		{"no line", synthetic(2, 2), func(f *Figure) { f.Form = BarsLine },
			`figure "2x2": form "bars-line" needs at least one line; add one, or use "grouped-bars"`},
		{"lines over plain bars", withLines(synthetic(2, 2), 1, false), func(f *Figure) { f.Form = GroupedBars },
			`figure "2x2": has 1 lines, which form "grouped-bars" does not draw; use "bars-line"`},
		{"a short line", withLines(synthetic(2, 2), 1, false), func(f *Figure) { f.Lines[0].Points = f.Lines[0].Points[:1] },
			`figure "2x2": line "Speedup 0": has 1 points for 2 categories; give one each, not present where nothing is known`},
		{"a line of infinities", withLines(synthetic(2, 2), 1, false), func(f *Figure) { f.Lines[0].Points[1].Value = math.Inf(1) },
			`figure "2x2": line "Speedup 0": "Model-1": value +Inf is not a number; leave the point not present instead`},
		{"right axis", withLines(synthetic(2, 2), 1, false), func(f *Figure) { f.Right.Step = -1 },
			`figure "2x2": right axis: step -1 is negative; use a positive one, or zero`},
		{"marker", decades(1, 1), func(f *Figure) { f.Series[0].Marker = "dot" },
			`figure "power": series "Platform 0": marker "dot" is not known; use one of ["circle" "square" "triangle" "diamond" "down-triangle" "pentagon" "star" "cross"]`},
		{"logarithmic x", decades(1, 1), func(f *Figure) { f.Series[0].Points[0].X = 0 },
			`figure "power": series "Platform 0": "Model-0": value 0 cannot stand on the logarithmic x axis`},
		{"negative slice", profiles(1, 2), func(f *Figure) { f.Series[0].Points[1].Value = -1 },
			`figure "profile": pie "Framework 0, Platform 0": "function_1": value -1 has no slice; use a positive one`},
		{"empty pie", profiles(1, 2), func(f *Figure) { f.Series[0].Order = []int{} },
			`figure "profile": pie "Framework 0, Platform 0": has no slices; give it a value above zero, or leave it out`},
		{"order", profiles(1, 2), func(f *Figure) { f.Series[0].Order = []int{0, 0} },
			`figure "profile": pie "Framework 0, Platform 0": its order names "function_0" twice`},
		{"too many pies", profiles(2, 2), func(f *Figure) { f.WidthMM, f.HeightMM = 60, 30 },
			`figure "profile": 60 x 30 mm is too small for its 2 pies; make it larger`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.with(tt.fig)
			if err := tt.fig.SVG(io.Discard); err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}
