package figure

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// maxTicks keeps a mistyped step from drawing a black axis.
const maxTicks = 50

// Check returns every reason why the figure cannot be drawn, each naming
// the figure, the series and what to change; nil when it can.
func (f *Figure) Check() error {
	var errs []error
	report := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("figure %q: "+format, append([]any{f.ID}, args...)...))
	}
	f.checkShape(report)
	f.checkAxis("y", f.Y, report)
	f.checkAxis("right", f.Right, report)
	f.checkAxis("x", f.X, report)
	f.checkSymbols(report)
	for i := range f.Series {
		f.checkSeries(&f.Series[i], report)
	}
	f.checkLines(report)
	if check := f.form().check; check != nil {
		check(f, report)
	}
	return errors.Join(errs...)
}

type reporter func(format string, args ...any)

func (f *Figure) checkShape(report reporter) {
	if _, ok := forms[f.Form]; !ok {
		report("form %q is not known; use one of %s", f.Form, strings.Join(formNames(), ", "))
	}
	if len(f.Categories) == 0 {
		report("has no categories; name at least one")
	}
	if len(f.Series) == 0 {
		report("has no series; give at least one")
	}
	if !(f.WidthMM >= 0) || !(f.HeightMM >= 0) || math.IsInf(f.WidthMM+f.HeightMM, 0) {
		report("size %g x %g mm is not usable; give positive sizes, or zero for the default", f.WidthMM, f.HeightMM)
	}
}

// checkLines refuses lines on an axis that is not theirs, or that do not span
// the categories.
func (f *Figure) checkLines(report reporter) {
	if f.Right.Log {
		report("right axis: is logarithmic; lines stand on a linear axis")
	}
	for i := range f.Lines {
		s := &f.Lines[i]
		inLine := func(format string, args ...any) {
			report("line %q: "+format, append([]any{s.Name}, args...)...)
		}
		if len(s.Points) != len(f.Categories) {
			inLine("has %d points for %d categories; give one each, not present where nothing is known", len(s.Points), len(f.Categories))
			continue
		}
		checkMarker(s, inLine)
		for c, p := range s.Points {
			if p.Present && (math.IsNaN(p.Value) || math.IsInf(p.Value, 0)) {
				inLine("%q: value %g is not a number; leave the point not present instead", oneLine(f.Categories[c]), p.Value)
			}
		}
	}
}

func checkMarker(s *Series, report reporter) {
	if s.Marker != "" && !slices.Contains(markers, s.Marker) {
		report("marker %q is not known; use one of %q", s.Marker, markers)
	}
}

func (f *Figure) checkAxis(name string, y Axis, report reporter) {
	for _, v := range []float64{y.Min, y.Max, y.Step} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			report("%s axis: min %g, max %g, step %g must be finite", name, y.Min, y.Max, y.Step)
			return
		}
	}
	explicit := y.Min != 0 || y.Max != 0
	switch {
	case explicit && y.Min >= y.Max:
		report("%s axis: min %g is not below max %g; set both, or leave both zero", name, y.Min, y.Max)
	case explicit && y.Log && y.Min <= 0:
		report("%s axis: min %g cannot start a logarithmic axis; use a positive one", name, y.Min)
	case y.Step < 0:
		report("%s axis: step %g is negative; use a positive one, or zero", name, y.Step)
	case explicit && y.Step > 0 && !y.Log && (y.Max-y.Min)/y.Step > maxTicks:
		report("%s axis: step %g gives more than %d ticks; use a larger one", name, y.Step, maxTicks)
	}
}

func (f *Figure) checkSymbols(report reporter) {
	var seen []string
	for _, s := range f.Symbols {
		if s.Name == "" || s.Glyph == "" || s.Meaning == "" {
			report("symbol %q: needs a name, a glyph and a meaning", s.Name)
		}
		if slices.Contains(seen, s.Name) {
			report("symbol %q: is defined twice", s.Name)
		}
		seen = append(seen, s.Name)
	}
}

func (f *Figure) checkSeries(s *Series, report reporter) {
	inSeries := func(format string, args ...any) {
		report("series %q: "+format, append([]any{s.Name}, args...)...)
	}
	if n := f.countSeries(s.Name); n > 1 {
		inSeries("%d series have this name; name them apart", n)
	}
	if len(s.Points) != len(f.Categories) {
		inSeries("has %d points for %d categories; give one each, not present where nothing is known",
			len(s.Points), len(f.Categories))
		return
	}
	checkMarker(s, inSeries)
	for c := range s.Points {
		f.checkPoint(s, c, inSeries)
	}
}

func (f *Figure) countSeries(name string) int {
	n := 0
	for i := range f.Series {
		if f.Series[i].Name == name {
			n++
		}
	}
	return n
}

var provenances = []Provenance{"", Label, Text, Published, Digitised, Measured, Estimated, Computed}

func (f *Figure) checkPoint(s *Series, category int, inSeries reporter) {
	p := &s.Points[category]
	report := func(format string, args ...any) {
		inSeries("%q: "+format, append([]any{oneLine(f.Categories[category])}, args...)...)
	}
	if !slices.Contains(provenances, s.provenance(p)) {
		report("provenance %q is not known; use one of %q", s.provenance(p), provenances[1:])
	}
	if _, ok := f.symbol(p.Symbol); p.Symbol != "" && !ok {
		report("symbol %q is not among the figure's symbols %q", p.Symbol, f.symbolNames())
	}
	if p.Present {
		f.checkValue(p, report)
	}
}

func (f *Figure) checkValue(p *Point, report reporter) {
	for _, v := range []float64{p.Value, p.Low, p.High, p.X} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			report("value %g (interval %g to %g) is not a number; leave the point not present instead",
				p.Value, p.Low, p.High)
			return
		}
	}
	if p.hasInterval() && !(p.Low <= p.Value && p.Value <= p.High) {
		report("value %g lies outside its interval %g to %g", p.Value, p.Low, p.High)
	}
	switch {
	case f.Y.Log && min(p.Value, p.low()) <= 0:
		report("value %g cannot stand on a logarithmic axis", p.Value)
	case f.X.Log && p.X <= 0:
		report("value %g cannot stand on the logarithmic x axis", p.X)
	case f.Y.Max > f.Y.Min && p.Value < f.Y.Min && f.form().markers == nil:
		report("value %g lies below the y axis, which starts at %g", p.Value, f.Y.Min)
	}
}

// low is the lowest value that p draws.
func (p *Point) low() float64 {
	if p.hasInterval() {
		return p.Low
	}
	return p.Value
}

func (f *Figure) symbolNames() []string {
	names := make([]string, len(f.Symbols))
	for i, s := range f.Symbols {
		names[i] = s.Name
	}
	return names
}
