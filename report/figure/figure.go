package figure

import "math"

// Form is the kind of chart.
type Form string

// The forms that can be drawn.
const (
	Bars        Form = "bars"         // one series
	GroupedBars Form = "grouped-bars" // one bar a series in each category
	BarsLine    Form = "bars-line"    // grouped bars, and lines on a second axis at the right
	Pies        Form = "pies"         // a pie a series, a slice a category
	Scatter     Form = "scatter"      // a marker a point, placed by two values, shaped by its series
	Ranges      Form = "ranges"       // in each category the series' markers, joined from the lowest to the highest
)

// Provenance says where a value comes from. Values of unlike provenance are told
// apart in the figure and explained in its legend.
type Provenance string

// The provenances. Label, Text and Published are drawn alike, as exact values.
const (
	Label     Provenance = "label"     // printed in the source's figure
	Text      Provenance = "text"      // printed in the source's text
	Published Provenance = "published" // printed elsewhere in a source
	Digitised Provenance = "digitised" // read off the source's figure: "≈", italic, dashed outline
	Measured  Provenance = "measured"  // measured by EdgeBench: bold beside other provenances
	Estimated Provenance = "estimated" // from a model: in parentheses, italic, dotted outline
	Computed  Provenance = "computed"  // from the figure's own values, such as a mean of them
)

// Figure is one chart as data.
type Figure struct {
	ID      string
	Number  string // as printed, e.g. "2"; the document numbers a figure without one
	Caption string
	Notes   []string // printed below the caption
	Form    Form

	Categories []string // a line break parts a name from what it says below it
	Series     []Series
	Lines      []Series // over the bars of BarsLine, against the axis Right

	// Summary says that the last category sums up the others: a rule parts it
	// from them, and lines do not run into it.
	Summary bool

	Y     Axis
	Right Axis
	X     Axis // categories have only a Label

	SlantNames  bool // category names slanted even where they would fit flat
	GroupRules  bool // vertical rules between categories, or between pies of unlike second lines
	ValueLabels bool // each bar's value, upright above it; each marker's beside it
	// LabelsInside puts labels upright into the foot of those bars that are
	// high enough for them.
	LabelsInside bool

	Symbols []Symbol

	// Palette gives the series, or a pie's slices, their fills; nil: the
	// figure's own, in the order of the series.
	Palette *Palette

	WidthMM  float64 // zero: the form's default
	HeightMM float64 // zero: as the content needs
}

// Series is one row of values, a point for each category.
type Series struct {
	Name       string
	Provenance Provenance // of the points that do not state their own
	Points     []Point
	Marker     Marker // of markers and lines; chosen where empty
	// Order is the slices of a pie, clockwise from the top, as indices of the
	// categories; nil: those that are present, in the categories' order.
	Order []int
}

// Point is one value. A point that is not Present has no bar; its Symbol is
// drawn in the bar's place.
type Point struct {
	Value      float64
	X          float64 // of a Scatter
	Present    bool
	Label      string  // printed instead of the formatted value, in every case
	Symbol     string  // name of one of the figure's Symbols
	Low, High  float64 // confidence interval; drawn where either is not zero
	Provenance Provenance
	Note       string
}

// Axis is a scale. Min, Max and Step of zero are chosen from the data. Bars
// beyond Max are cut and carry their value; for lines and markers beyond its
// ends an axis is made longer.
type Axis struct {
	Label string
	Unit  string
	Min   float64
	Max   float64
	Step  float64 // between ticks; decades on a logarithmic axis
	Log   bool
}

// Symbol is a mark for points, explained in the legend.
type Symbol struct {
	Name    string
	Glyph   string // one or two characters of DejaVu Sans, such as "◇"; "power" and "fan" are drawn
	Meaning string
}

// Title is the axis' label with its unit, and with the kind of scale where it
// is not the one that a reader expects.
func (a Axis) Title() string {
	about := a.Unit
	switch {
	case a.Log && a.Label+a.Unit == "":
		return "log scale"
	case a.Log && a.Unit == "":
		about = "log scale"
	case a.Log:
		about += ", log scale"
	}
	switch {
	case about == "":
		return a.Label
	case a.Label == "":
		return about
	}
	return a.Label + " (" + about + ")"
}

// Span is how many times its lowest value a figure's highest one is: zero
// where a value is not positive, or there is none.
func (f *Figure) Span() float64 {
	low, high := f.dataRange()
	if !(low > 0) || math.IsInf(low, 0) {
		return 0
	}
	return high / low
}

// provenance is where point p of series s comes from.
func (s *Series) provenance(p *Point) Provenance {
	if p.Provenance != "" {
		return p.Provenance
	}
	return s.Provenance
}

func (p *Point) hasInterval() bool { return p.Low != 0 || p.High != 0 }

// top is the highest value that p draws.
func (p *Point) top() float64 {
	if p.hasInterval() {
		return max(p.Value, p.High)
	}
	return p.Value
}

func (f *Figure) symbol(name string) (Symbol, bool) {
	for _, s := range f.Symbols {
		if s.Name == name {
			return s, true
		}
	}
	return Symbol{}, false
}

// eachPoint calls visit for every point, category by category.
func (f *Figure) eachPoint(visit func(category, series int, s *Series, p *Point)) {
	for c := range f.Categories {
		for i := range f.Series {
			visit(c, i, &f.Series[i], &f.Series[i].Points[c])
		}
	}
}
