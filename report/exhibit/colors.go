package exhibit

import (
	"slices"
	"strings"

	"edgebench/report/data"
	"edgebench/report/figure"
)

// color gives every platform, framework and other series the same colour in
// all figures of the report, and this machine the accent. The catalogue comes
// first, so that what a run has results of changes little.
func color(charts []*figure.Figure, run *data.Run) {
	names := run.Plan.Catalog.Platforms.Names()
	for _, f := range run.Plan.Catalog.Frameworks.All() {
		names = append(names, f.Label)
	}
	palette := figure.NewPalette(accents(charts), names, charts...)
	for _, f := range charts {
		f.Palette = palette
	}
}

// accents are this machine's series: those beside published ones, and what was
// measured here and is never beside anything.
func accents(charts []*figure.Figure) []string {
	var names []string
	beside := map[string]bool{}
	for _, f := range charts {
		for _, s := range f.Series {
			beside[s.Name] = beside[s.Name] || len(f.Series) > 1 || !measured(s)
			if strings.HasPrefix(s.Name, thisMachine) {
				names = include(names, s.Name)
			}
		}
	}
	for _, f := range charts {
		if s := f.Series[0]; s.Name != "" && !beside[s.Name] {
			names = include(names, s.Name)
		}
	}
	return names
}

func measured(s figure.Series) bool {
	return !slices.ContainsFunc(s.Points, func(p figure.Point) bool {
		return p.Present && p.Provenance != figure.Measured
	})
}
