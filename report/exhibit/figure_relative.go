package exhibit

import (
	"fmt"
	"slices"

	"edgebench/compiler/spec"
	"edgebench/report/figure"
)

// relate turns the values of all other series into their ratios to one of them.
func (g *grid) relate(f *spec.Figure, bars []bar) error {
	if f.Relative == nil {
		return nil
	}
	to := f.Relative.To
	if !slices.Contains(g.series, to) {
		if g.absent.has(to) {
			return nothing{fmt.Sprintf("%q, which it compares with, has no value", to), lackingOf(bars)}
		}
		return fmt.Errorf("relative: the figure has no series %q; it has %q", to, g.series)
	}
	g.series = slices.DeleteFunc(slices.Clone(g.series), func(s string) bool { return s == to })
	for _, c := range g.categories {
		for _, s := range g.series {
			at := [2]string{c, s}
			if p, known := g.points[at]; known {
				g.points[at] = related(p, g.points[[2]string{c, to}], f.Relative.As)
			}
		}
		delete(g.points, [2]string{c, to})
	}
	g.categories = slices.DeleteFunc(slices.Clone(g.categories), func(c string) bool {
		return !slices.ContainsFunc(g.series, func(s string) bool { p := g.points[[2]string{c, s}]; return p.Present || p.Symbol != "" })
	})
	return nil
}

// related is a point as it is to another one: how many times as fast where both
// are times, or the plain ratio.
func related(p, to figure.Point, as string) figure.Point {
	a, b := uncertainPoint(to), uncertainPoint(p)
	if as == "ratio" {
		a, b = b, a
	}
	r, ok := ratioOf(a, b)
	if ok = ok && p.Present && to.Present; !ok {
		p.Value, p.Low, p.High, p.Present = 0, 0, 0, false
		return p
	}
	p.Value, p.Low, p.High = r.value, r.low, r.high
	if p.Symbol == "" {
		p.Symbol = to.Symbol // what the one is to be trusted less for, the ratio is too
	}
	return p
}
