package estimate_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"edgebench/compiler"
	"edgebench/compiler/estimate"
)

// paper is what the paper's study publishes.
func paper(t *testing.T) []estimate.Published {
	t.Helper()
	p, err := compiler.Compile(t.Context(), "paper")
	if err != nil {
		t.Fatal(err)
	}
	return estimate.Gather(p)
}

func TestFitFindsARoofline(t *testing.T) {
	truth := estimate.Roofline{FLOPPerSecond: 2e11, BytesPerSecond: 1e10, LayerSeconds: 4e-4, FixedSeconds: 6e-3}
	var all []estimate.Observation
	for _, p := range paper(t) {
		if p.Platform == "Jetson TX2" && p.Framework == "PyTorch" {
			all = p.Observations
		}
	}
	for i := range all {
		all[i].Seconds = truth.Seconds(all[i].Network)
	}
	for i, o := range all {
		fitted := estimate.Fit(slices.Delete(slices.Clone(all), i, i+1))
		if off := estimate.Error(fitted.Seconds(o.Network), o.Seconds); off > 0.1 {
			t.Errorf("%s: estimated %.4f s, of a roofline that takes %.4f s", o.Model, fitted.Seconds(o.Network), o.Seconds)
		}
	}
}

func TestFitBearsAnOutlier(t *testing.T) {
	truth := estimate.Roofline{FLOPPerSecond: 2e11, BytesPerSecond: 1e10, LayerSeconds: 4e-4, FixedSeconds: 6e-3}
	p := paper(t)[1]
	for i := range p.Observations {
		p.Observations[i].Seconds = truth.Seconds(p.Observations[i].Network)
	}
	p.Observations[0].Seconds *= 10
	fitted := estimate.Fit(p.Observations)
	for _, o := range p.Observations[1:] {
		if off := estimate.Error(fitted.Seconds(o.Network), o.Seconds); off > 0.35 {
			t.Errorf("%s: off by %.0f %%", o.Model, 100*off)
		}
	}
}

func TestPaper(t *testing.T) {
	s := estimate.Summarize(estimate.New(paper(t)))
	r, f, p := s.Roofline, s.FLOP, s.Parameters
	t.Logf("%d models left out, median and worst error: roofline %.0f %% and %.0f %%, FLOP %.0f %% and %.0f %%, parameters %.0f %% and %.0f %%; nearer than FLOP %d times; %d are used",
		s.Checks, 100*r.Median, 100*r.Worst, 100*f.Median, 100*f.Worst, 100*p.Median, 100*p.Worst, s.Nearer, s.Used)
	if r.Median >= f.Median || f.Median >= p.Median {
		t.Error("a roofline is no better than a power of FLOP, or that no better than one of parameters: docs/estimates.md says otherwise")
	}
}

func TestDocument(t *testing.T) {
	estimators := estimate.New(paper(t))
	var table strings.Builder
	table.WriteString("| platform | framework | models | roofline | FLOP alone | parameters alone | used |\n|---|---|--:|--:|--:|--:|---|\n")
	row := func(name, framework string, n int, r, f, p estimate.Errors, used string) {
		fmt.Fprintf(&table, "| %s | %s | %d |", name, framework, n)
		for _, e := range []estimate.Errors{r, f, p} {
			fmt.Fprintf(&table, " %.0f, %.0f |", 100*e.Median, 100*e.Worst)
		}
		fmt.Fprintf(&table, " %s |\n", used)
	}
	for _, e := range estimators {
		if len(e.Checks) == 0 {
			continue
		}
		used := "yes"
		if e.Refusal() != "" {
			used = "no"
		}
		row(e.Platform, strings.Join(append([]string{e.Framework}, e.Optimizations...), ", "), len(e.Checks), e.Errors(estimate.ByRoofline), e.Errors(estimate.ByFLOP), e.Errors(estimate.ByParameters), used)
	}
	s := estimate.Summarize(estimators)
	row("**all**", "", s.Checks, s.Roofline, s.FLOP, s.Parameters, fmt.Sprintf("%d of %d", s.Used, len(estimators)))
	fmt.Fprintf(&table, "\nThe roofline is nearer than FLOP alone for %d of the %d models left out.\n", s.Nearer, s.Checks)
	document := filepath.Join("..", "..", "docs", "estimates.md")
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(text), "<!-- table -->\n")
	_, after, found := strings.Cut(rest, "<!-- end of table -->")
	if !found {
		t.Fatalf("%s has no place for the table", document)
	}
	want := before + "<!-- table -->\n" + table.String() + "<!-- end of table -->" + after
	if os.Getenv("EDGEBENCH_UPDATE") != "" {
		if err := os.WriteFile(document, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(text) {
		t.Errorf("%s has another table: write it anew with EDGEBENCH_UPDATE=1. Now it is\n%s", document, table.String())
	}
}

func TestCoverage(t *testing.T) {
	if testing.Short() {
		t.Skip("fits a thousand rooflines")
	}
	held, all := 0, 0
	for _, p := range paper(t) {
		if len(p.Observations) <= estimate.MinModels {
			continue
		}
		var without []estimate.Published
		for i := range p.Observations {
			one := p
			one.Observations = slices.Delete(slices.Clone(p.Observations), i, i+1)
			without = append(without, one)
		}
		for i, e := range estimate.New(without) {
			left := p.Observations[i]
			all++
			if got := e.Of(left.Network); got.Low <= left.Seconds && left.Seconds <= got.High {
				held++
			}
		}
	}
	share := float64(held) / float64(all)
	t.Logf("intervals that should hold %.0f %% of times hold %d of %d", 100*estimate.Level, held, all)
	if share < estimate.Level-0.1 || share > estimate.Level+0.1 {
		t.Errorf("%.0f %% of the intervals hold the time, and should be about %.0f %%", 100*share, 100*estimate.Level)
	}
}
