package exhibit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"edgebench/compiler/expression"
	"edgebench/compiler/spec"
	"edgebench/report/data"
	"edgebench/report/figure"
)

// grid is a figure's points by category and series.
type grid struct {
	categories, series []string
	points             map[[2]string]figure.Point
	met                map[string]*names // categories of each series, as they were met
	baseline           string            // series that means leave out
	absent             names             // series of which nothing was to be had
	kind               string            // what the categories are, such as "models"
	notes              []string          // on what the figure computed
}

// maxPoints of a figure are more than a page has room for, and few enough to
// be drawn in no time.
const maxPoints = 2000

// newGrid puts bars into categories and series.
func newGrid(f *spec.Figure, bars []bar) (*grid, error) {
	g := &grid{points: map[[2]string]figure.Point{}, met: map[string]*names{}}
	var categories, series names
	for _, b := range bars {
		if b.absent() {
			g.absent.add(b.series)
			continue
		}
		categories.add(b.category)
		series.add(b.series)
		if g.met[b.series] == nil {
			g.met[b.series] = &names{}
		}
		g.met[b.series].add(b.category)
		at := [2]string{b.category, b.series}
		if _, own := f.Symbols.Get(b.point.Symbol); b.suspect && !own {
			b.point.Symbol = suspectSymbol.Name
		}
		if known, taken := g.points[at]; taken && known.Present && b.point.Present {
			return nil, fmt.Errorf("two results fall on %s: let `category` or `series` tell them apart, or `where` choose", named(at))
		} else if !taken || b.point.Present {
			g.points[at] = b.point
		}
	}
	if n := len(categories.list) * len(series.list); n > maxPoints {
		return nil, fmt.Errorf("it has room for %d values, and these are %d categories of %d series: let `where` choose, or make several figures", maxPoints, len(categories.list), len(series.list))
	}
	g.categories, g.series = inOrder(f.CategoryOrder, &categories), inOrder(f.SeriesOrder, &series)
	order(g.categories, f.Order, func(c string) float64 { return g.points[[2]string{c, g.series[0]}].Value })
	if b := f.Baseline; b != nil {
		if slices.Contains(g.series, b.Series) {
			return nil, fmt.Errorf("baseline: %q has results of its own; let `where` leave them out, or name the baseline differently", b.Series)
		}
		g.baseline = b.Series
		if slices.Contains(f.SeriesOrder, b.Series) {
			series.add(b.Series)
			g.series = inOrder(f.SeriesOrder, &series)
		} else {
			g.series = append([]string{b.Series}, g.series...)
		}
		for _, c := range g.categories {
			g.points[[2]string{c, b.Series}] = computed(b.Value)
		}
	}
	return g, nil
}

func named(at [2]string) string {
	return fmt.Sprintf("%q of %q", strings.ReplaceAll(at[0], "\n", ", "), strings.ReplaceAll(at[1], "\n", ", "))
}

func order(categories []string, how string, value func(string) float64) {
	sign := map[string]int{"ascending": 1, "descending": -1}[how]
	if sign != 0 {
		slices.SortStableFunc(categories, func(a, b string) int { return sign * cmp.Compare(value(a), value(b)) })
	}
}

func computed(v float64) figure.Point {
	return figure.Point{Value: v, Present: true, Provenance: figure.Computed}
}

// place gives a scatter's points their other value. A point without one is
// not shown.
func (g *grid) place(f *spec.Figure, rows []data.Row, models []*expression.Model) error {
	other := *f
	other.Value, other.Y = f.X.Value, f.X.Axis
	if f.X.Where != "" {
		other.Where = f.X.Where
	}
	q, err := compileQuery(&other)
	if err != nil {
		return fmt.Errorf("x: %w", err)
	}
	bars, err := q.bars(f.Over, rows, models)
	if err != nil {
		return fmt.Errorf("x: %w", err)
	}
	x := map[[2]string]float64{}
	for _, b := range bars {
		at := [2]string{b.category, b.series}
		if _, taken := x[at]; taken && b.point.Present {
			return fmt.Errorf("x: two results fall on %s: let `x.where` choose", named(at))
		}
		if b.point.Present {
			x[at] = b.point.Value
		}
	}
	for at, p := range g.points {
		p.X, p.Present = x[at], p.Present && hasKey(x, at)
		g.points[at] = p
	}
	return nil
}

func hasKey[K comparable, V any](m map[K]V, k K) bool { _, ok := m[k]; return ok }

// fill puts the grid's points into the figure.
func (g *grid) fill(chart *figure.Figure, f *spec.Figure) {
	chart.Categories = g.categories
	for _, s := range g.series {
		line := figure.Series{Name: s}
		for _, c := range g.categories {
			p := g.points[[2]string{c, s}]
			if _, known := f.Symbols.Get(p.Symbol); !known && p.Symbol != suspectSymbol.Name {
				p.Symbol = ""
			}
			line.Points = append(line.Points, p)
		}
		if chart.Form == figure.Pies {
			line.Order = g.slices(s)
		}
		chart.Series = append(chart.Series, line)
	}
	explainSuspects(chart)
}

// explainSuspects adds the symbol of results that are to be trusted less, where
// the figure has such.
func explainSuspects(chart *figure.Figure) {
	for _, s := range chart.Series {
		for _, p := range s.Points {
			if p.Symbol == suspectSymbol.Name && !slices.Contains(chart.Symbols, suspectSymbol) {
				chart.Symbols = append(slices.Clip(chart.Symbols), suspectSymbol)
			}
		}
	}
}

// slices are a pie's categories in the order in which its results came.
func (g *grid) slices(series string) []int {
	order := []int{}
	if g.met[series] == nil {
		return order
	}
	for _, c := range g.met[series].list {
		if g.points[[2]string{c, series}].Present {
			order = append(order, slices.Index(g.categories, c))
		}
	}
	return order
}
