package figure

import (
	"maps"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// form is all in which one kind of chart differs from the others. Each stands
// in the file of what draws it.
type form struct {
	width      vg.Length // unless the figure says otherwise
	plotHeight vg.Length // of the plot area, unless the figure gives a height

	// arrange gives everything its place; a form with axes shares arrangeAxes,
	// and has a plotter for its data.
	arrange func(f *Figure, spec form, width, height vg.Length) (arrangement, error)
	plotter func(*layout) plotter

	// check refuses what this form cannot draw honestly.
	check func(f *Figure, report reporter)

	// markers are the shapes of points, in the order of the series; nil: points
	// are bars or slices. An axis is made longer for a marker beyond its end,
	// where a bar is cut.
	markers  []Marker
	xValues  bool      // points stand at a value, not in a category; the legend is at the right
	overhang vg.Length // kept free right of the last category for labels

	// The legend: what says which name looks how, what explains a provenance, and
	// whether symbols have their meaning there.
	keys       func(f *Figure, fills []fill) []entry
	provenance func(f *Figure, o Provenance) entry
	symbols    bool

	// groups are the names that stand together, and must look unlike.
	groups func(f *Figure) [][]string
	// points visits what CSV lists.
	points func(f *Figure, visit func(category int, s *Series, p *Point))
}

// forms are all there are. The table is filled by init because the facets look
// their own form up in it.
var forms map[Form]form

func init() {
	forms = map[Form]form{
		Bars:        barsForm,
		GroupedBars: groupedBarsForm,
		BarsLine:    barsLineForm,
		Pies:        piesForm,
		Scatter:     scatterForm,
		Ranges:      rangesForm,
	}
}

// form is the zero form where the figure's is not known.
func (f *Figure) form() form { return forms[f.Form] }

func formNames() []string {
	var names []string
	for _, f := range slices.Sorted(maps.Keys(forms)) {
		names = append(names, string(f))
	}
	return names
}

const fullWidth = 160 * vg.Millimeter

// arrangement is a figure with everything in its place.
type arrangement interface {
	bounds() vg.Point
	draw(c draw.Canvas)
}

func (f *Figure) arrange(width, height vg.Length) (arrangement, error) {
	return f.form().arrange(f, f.form(), width, height)
}

// The facets that several forms share.

func noKeys(*Figure, []fill) []entry { return nil }

func seriesGroups(f *Figure) [][]string { return [][]string{f.seriesNames()} }

func byCategory(f *Figure, visit func(category int, s *Series, p *Point)) {
	f.eachPoint(func(c, _ int, s *Series, p *Point) { visit(c, s, p) })
}
