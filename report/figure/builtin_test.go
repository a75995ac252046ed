package figure_test

import (
	"testing"

	"edgebench/internal/reporttest"
	"edgebench/report/exhibit"
	"edgebench/report/figure"
)

// TestBuiltinFigures draws every figure of both built-in studies, and the
// published ones with a machine in them.
func TestBuiltinFigures(t *testing.T) {
	set := exhibit.Build(reporttest.Run(t))
	for _, n := range set.Notices {
		t.Error(n)
	}
	if len(set.Beside) == 0 || len(set.Exhibits.Figures) < 18 {
		t.Fatalf("%d figures, %d of them with this machine", len(set.Exhibits.Figures), len(set.Beside))
	}
	for _, f := range set.Exhibits.Figures {
		t.Run(f.ID, func(t *testing.T) { figure.CheckReadable(t, f) })
		small := *f
		small.WidthMM = 92 // as on a telephone
		t.Run(f.ID+", small", func(t *testing.T) { figure.CheckReadable(t, &small) })
	}
}
