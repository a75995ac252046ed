package figure

import (
	"strconv"

	"gonum.org/v1/plot/vg"

	"edgebench/executor/measure/quantity"
	"edgebench/report/figure/face"
)

// marking is how values of one provenance are told apart, in the label over the
// bar and, where there are no labels, by the bar's outline.
type marking struct {
	face           *face.Face
	prefix, suffix string
	dashes         []vg.Length // of the bar's outline
	meaning        string      // in the legend; empty for values printed as they are
}

// plain are values shown as printed.
var plain = marking{face: face.Sans}

var markings = map[Provenance]marking{
	Digitised: {face: face.Oblique, prefix: "≈", dashes: []vg.Length{2, 1.2},
		meaning: "digitised from the source's figure"},
	Estimated: {face: face.Oblique, prefix: "(", suffix: ")", dashes: []vg.Length{0.6, 1},
		meaning: "estimated by a model"},
	Measured: {face: face.Bold, meaning: "measured"},
}

// marked lists the provenances that the legend explains. Measured values are
// plain where nothing else is shown.
func (f *Figure) marked() []Provenance {
	seen := map[Provenance]bool{}
	f.eachPoint(func(_, _ int, s *Series, p *Point) {
		if p.Present {
			seen[s.provenance(p)] = true
		}
	})
	var out []Provenance
	for _, o := range provenances {
		if markings[o].meaning != "" && seen[o] && (o != Measured || len(seen) > 1) {
			out = append(out, o)
		}
	}
	return out
}

// marks are the markings of the figure's marked provenances.
func (f *Figure) marks() map[Provenance]marking {
	out := map[Provenance]marking{}
	for _, o := range f.marked() {
		out[o] = markings[o]
	}
	return out
}

// label is the text over a bar.
func (m marking) label(p *Point) string { return m.labelIn(p, "") }

// labelIn is the same with a unit behind the number.
func (m marking) labelIn(p *Point, unit string) string {
	text := p.Label
	switch {
	case text != "":
	case p.hasInterval():
		text = quantity.New(p.Value, p.Low, p.High, "").Number()
	default:
		text = short(p.Value)
	}
	return m.prefix + text + unit + m.suffix
}

// short is v as given where that takes few characters, else with three
// significant digits or the whole number.
func short(v float64) string {
	if s := exact(v); len(s) <= 6 {
		return s
	}
	if v >= 100 || v <= -100 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64)
	return exact(rounded)
}
