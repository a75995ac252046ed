package exhibit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"edgebench/compiler/expression"
	"edgebench/compiler/spec"
	"edgebench/report/figure"
)

// average is a geometric mean to be computed: of a series, or of a line, over the
// categories in which it has a value.
type average struct {
	name string
	over []string
}

// common narrows averages to the categories that all of them have.
func common(averages []average) []average {
	shared := slices.Clone(averages)
	for i := range shared {
		shared[i].over = slices.DeleteFunc(slices.Clone(shared[i].over), func(c string) bool {
			return slices.ContainsFunc(averages, func(a average) bool { return !slices.Contains(a.over, c) })
		})
	}
	return shared
}

// averages are those of some series or lines, as the figure declares them, with a
// note where they are over less than everything.
func (g *grid) averages(f *spec.Figure, categories, names []string, has func(category, name string) bool) []average {
	var all []average
	for _, name := range names {
		a := average{name: name}
		for _, c := range categories {
			if has(c, name) {
				a.over = append(a.over, c)
			}
		}
		all = append(all, a)
	}
	if f.Summary.Over == "common" {
		all = common(all)
		if len(all) > 0 {
			g.note("%s: geometric mean over the %d of %d %s of which all have a value.", f.Summary.Category, len(all[0].over), len(categories), g.kind)
		}
		return all
	}
	g.tellUnlike(f.Summary.Category, all, len(categories))
	return all
}

// tellUnlike says of how many categories each average is, where they are not all
// of the same.
func (g *grid) tellUnlike(mean string, all []average, categories int) {
	var parts []string
	unlike := false
	for _, a := range all {
		parts = append(parts, fmt.Sprintf("%s %d", a.name, len(a.over)))
		unlike = unlike || !slices.Equal(a.over, all[0].over)
	}
	switch {
	case unlike:
		g.note("%s: geometric means over unlike %s, of %d in all: %s.", mean, g.kind, categories, strings.Join(parts, ", "))
	case len(all) > 0 && len(all[0].over) < categories:
		g.note("%s: geometric mean over %d of %d %s.", mean, len(all[0].over), categories, g.kind)
	}
}

func (g *grid) note(format string, args ...any) {
	g.notes = append(g.notes, fmt.Sprintf(format, args...))
}

// summarize adds the geometric means that the figure declares.
func (g *grid) summarize(f *spec.Figure) error {
	name, series := f.Summary.Category, f.Summary.Series
	for _, taken := range []struct {
		name string
		by   []string
	}{{name, g.categories}, {series, g.series}} {
		if taken.name != "" && slices.Contains(taken.by, taken.name) {
			return fmt.Errorf("summary: %q has results of its own; name the mean differently", taken.name)
		}
	}
	categories, members := g.categories, g.members()
	if series != "" {
		for _, c := range categories {
			if err := g.mean([2]string{c, series}, []string{c}, members); err != nil {
				return err
			}
		}
		g.series = append(slices.Clone(g.series), series)
	}
	if name == "" {
		return nil
	}
	g.categories = append(slices.Clone(categories), name)
	if len(f.Lines) > 0 {
		return nil // the lines have the category to themselves
	}
	return g.sumUp(f, categories, members)
}

// members are the series that means are over.
func (g *grid) members() []string {
	return slices.DeleteFunc(slices.Clone(g.series), func(s string) bool { return s == g.baseline })
}

// sumUp fills the last category.
func (g *grid) sumUp(f *spec.Figure, categories, members []string) error {
	name, series := f.Summary.Category, f.Summary.Series
	members = slices.DeleteFunc(members, func(s string) bool { return s == series })
	averages := g.averages(f, categories, members, func(c, s string) bool { return g.points[[2]string{c, s}].Present })
	for _, a := range averages {
		if err := g.mean([2]string{name, a.name}, a.over, []string{a.name}); err != nil {
			return err
		}
	}
	if g.baseline != "" {
		g.points[[2]string{name, g.baseline}] = g.points[[2]string{categories[0], g.baseline}]
	}
	if series == "" {
		for _, s := range members {
			g.label([2]string{name, s})
		}
		return nil
	}
	if err := g.mean([2]string{name, series}, categories, members); err != nil {
		return err
	}
	g.label([2]string{name, series})
	return nil
}

// mean puts the geometric mean of the values that are there at a place.
func (g *grid) mean(at [2]string, categories, series []string) error {
	var points []figure.Point
	for _, c := range categories {
		for _, s := range series {
			if p := g.points[[2]string{c, s}]; p.Present {
				points = append(points, p)
			}
		}
	}
	p, err := meanPoint(points)
	if err != nil {
		return fmt.Errorf("summary: %s: %w", named(at), err)
	}
	if p.Present {
		g.points[at] = p
	}
	return nil
}

// meanPoint is the geometric mean of points, with the interval that follows from
// theirs; none of no points.
func meanPoint(points []figure.Point) (figure.Point, error) {
	if len(points) == 0 {
		return figure.Point{}, nil
	}
	var values []float64
	var estimates []uncertain
	for _, p := range points {
		values, estimates = append(values, p.Value), append(estimates, uncertainPoint(p))
	}
	m, err := expression.GeoMean(values)
	if err != nil {
		return figure.Point{}, err
	}
	mean := computed(m)
	if e := meanOf(m, estimates); e.known {
		mean.Low, mean.High = e.low, e.high
	}
	return mean, nil
}

func (g *grid) label(at [2]string) {
	if p := g.points[at]; p.Present {
		p.Label = meanText(p.Value)
		g.points[at] = p
	}
}

// meanText writes a mean as papers do.
func meanText(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }
