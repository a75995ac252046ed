package exhibit

import (
	"strings"

	"edgebench/report/data"
	"edgebench/report/figure"
)

// color gives every platform, framework and other series the same colour in
// all figures of the report, and this machine the accent. The catalogue comes
// first, so that what a run has results of changes little.
func color(charts []*figure.Figure, run *data.Run) {
	var accents []string
	for _, f := range charts {
		for _, s := range f.Series {
			if strings.HasPrefix(s.Name, thisMachine) {
				accents = include(accents, s.Name)
			}
		}
	}
	names := run.Plan.Catalog.Platforms.Names()
	for _, f := range run.Plan.Catalog.Frameworks.All() {
		names = append(names, f.Label)
	}
	palette := figure.NewPalette(accents, names, charts...)
	for _, f := range charts {
		f.Palette = palette
	}
}
