package exhibit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"edgebench/compiler"
	"edgebench/compiler/expression"
	"edgebench/compiler/spec"
	"edgebench/executor/journal"
	"edgebench/executor/result"
	"edgebench/report/data"
	"edgebench/report/figure"
)

// times are results of two frameworks on three models; TFLite has none of C3D.
func times() []data.Row {
	row := func(model, framework string, ms float64) data.Row {
		return data.Row{Result: expression.Result{
			Experiment: "x", Model: model, Framework: framework, Metric: "time", Status: "ok", Code: "ok",
			Value: expression.Num(ms), ValueMS: expression.Num(ms), SourceOrigin: "label",
		}}
	}
	return []data.Row{
		row("VGG16", "PyTorch", 80), row("AlexNet", "PyTorch", 40), row("C3D", "PyTorch", 900),
		row("VGG16", "TFLite", 10), row("AlexNet", "TFLite", 20),
		{Result: expression.Result{Experiment: "x", Model: "C3D", Framework: "TFLite", Metric: "time", Status: "memory_error"}},
	}
}

// byModel declares a figure of times.
func byModel(change func(*spec.Figure)) *spec.Figure {
	f := &spec.Figure{
		Name: "f", Form: "grouped-bars", Over: "results", Where: "true", Category: "r.model", Series: "r.framework",
		Value: "r.value_ms", Order: "declared", Y: spec.Axis{Label: "Time", Unit: "ms"},
	}
	f.Symbols.Add("memory_error", spec.Symbol{Glyph: "▨", Meaning: "memory error"})
	change(f)
	return f
}

// text writes a figure's points a line a category: values by series, then the
// values of lines, "-" for none, with a symbol's name or a label in brackets.
func text(f *figure.Figure) string {
	var b strings.Builder
	point := func(p figure.Point) {
		switch {
		case p.Present:
			fmt.Fprintf(&b, " %.4g", p.Value)
		default:
			b.WriteString(" -")
		}
		if note := p.Symbol + p.Label; note != "" {
			fmt.Fprintf(&b, "[%s]", note)
		}
	}
	for c, name := range f.Categories {
		fmt.Fprintf(&b, "%s:", name)
		for _, s := range f.Series {
			point(s.Points[c])
		}
		if len(f.Lines) > 0 {
			b.WriteString(" |")
		}
		for _, l := range f.Lines {
			point(l.Points[c])
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestFigureDeclarations(t *testing.T) {
	tests := []struct {
		name   string
		change func(*spec.Figure)
		want   string
	}{
		{"categories and series as the results come", func(*spec.Figure) {},
			"VGG16: 80 10\nAlexNet: 40 20\nC3D: 900 -[memory_error]\n"},
		{"in a stated order, the rest after", func(f *spec.Figure) {
			f.CategoryOrder, f.SeriesOrder = []string{"C3D", "Xception"}, []string{"TFLite"}
		}, "C3D: -[memory_error] 900\nVGG16: 10 80\nAlexNet: 20 40\n"},
		{"ascending by the first series", func(f *spec.Figure) { f.Order = "ascending" },
			"AlexNet: 40 20\nVGG16: 80 10\nC3D: 900 -[memory_error]\n"},
		{"a symbol by an expression", func(f *spec.Figure) {
			f.Symbol = "r.value_ms > 500 ? 'slow' : ''"
			f.Symbols.Add("slow", spec.Symbol{Glyph: "◇", Meaning: "slow"})
		}, "VGG16: 80 10\nAlexNet: 40 20\nC3D: 900[slow] -[memory_error]\n"},
		{"a line has no point where a bar is missing", func(f *spec.Figure) {
			f.Form, f.Lines = "bars-line", []spec.Line{{Name: "Speedup", Value: "v['PyTorch'] / v.TFLite"}}
		}, "VGG16: 80 10 | 8\nAlexNet: 40 20 | 2\nC3D: 900 -[memory_error] | -\n"},
		{"the mean of a line has a category to itself", func(f *spec.Figure) {
			f.Form, f.Lines = "bars-line", []spec.Line{{Name: "Speedup", Value: "v['PyTorch'] / v['TFLite']"}}
			f.Summary.Category = "Average"
		}, "VGG16: 80 10 | 8\nAlexNet: 40 20 | 2\nC3D: 900 -[memory_error] | -\nAverage: - - | 4[4.00]\n"},
		{"means of series", func(f *spec.Figure) { f.Summary.Category = "Average" },
			"VGG16: 80 10\nAlexNet: 40 20\nC3D: 900 -[memory_error]\nAverage: 142.3[142.28] 14.14[14.14]\n"},
		{"means of categories", func(f *spec.Figure) { f.Summary.Series = "Mean" },
			"VGG16: 80 10 28.28\nAlexNet: 40 20 28.28\nC3D: 900 -[memory_error] 900\n"},
		{"means of both, the baseline left out", func(f *spec.Figure) {
			f.Summary = spec.Summary{Category: "All", Series: "Mean"}
			f.Baseline = &spec.Baseline{Series: "One", Value: 1}
			f.Where = "r.model != 'C3D'"
		}, "VGG16: 1 80 10 28.28\nAlexNet: 1 40 20 28.28\nAll: 1 56.57 14.14 28.28[28.28]\n"},
		{"a baseline in a stated place", func(f *spec.Figure) {
			f.Baseline, f.SeriesOrder = &spec.Baseline{Series: "One", Value: 1}, []string{"PyTorch", "TFLite", "One"}
		}, "VGG16: 80 10 1\nAlexNet: 40 20 1\nC3D: 900 -[memory_error] 1\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			chart, err := chartOf(byModel(tt.change), times(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := text(chart); got != tt.want {
				t.Errorf("got\n%swant\n%s", got, tt.want)
			}
		})
	}
}

func TestScatterJoinsTwoResults(t *testing.T) {
	rows := times()
	for _, r := range times()[:2] {
		r.Metric, r.Value = "power", expression.Num(r.Value.Float()/10)
		rows = append(rows, r)
	}
	chart, err := chartOf(byModel(func(f *spec.Figure) {
		f.Form, f.Where = "scatter", "r.metric == 'time'"
		f.X = &spec.XAxis{Axis: spec.Axis{Label: "Power", Unit: "W"}, Where: "r.metric == 'power'", Value: "r.value"}
	}), rows, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := text(chart), "VGG16: 80 -\nAlexNet: 40 -\nC3D: - -[memory_error]\n"; got != want {
		t.Errorf("got\n%swant only points with a power:\n%s", got, want)
	}
	if x := chart.Series[0].Points[0].X; x != 8 {
		t.Errorf("x is %g, want 8", x)
	}
}

func TestPiesKeepTheirOwnOrder(t *testing.T) {
	share := func(pie, function string, percent float64) data.Row {
		return data.Row{Result: expression.Result{Platform: pie, Note: function, Status: "ok", Code: "ok", Value: expression.Num(percent), SourceOrigin: "label"}}
	}
	chart, err := chartOf(byModel(func(f *spec.Figure) {
		f.Form, f.Category, f.Series, f.Value = "pies", "r.note", "r.platform", "r.value"
	}), []data.Row{share("A", "load", 10), share("A", "conv", 90), share("B", "conv", 40), share("B", "load", 60)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(chart.Categories, chart.Series[0].Order, chart.Series[1].Order); got != "[load conv] [0 1] [1 0]" {
		t.Errorf("got %s, want each pie's slices as its results came", got)
	}
}

func TestFigureErrors(t *testing.T) {
	line := func(value string) func(*spec.Figure) {
		return func(f *spec.Figure) {
			f.Form, f.Lines = "bars-line", []spec.Line{{Name: "Speedup", Value: value}}
		}
	}
	tests := []struct {
		name   string
		change func(*spec.Figure)
		want   string
	}{
		{"two results", func(f *spec.Figure) { f.Category = "r.experiment" },
			"two results fall on \"x\" of \"PyTorch\": let `category` or `series` tell them apart, or `where` choose"},
		{"unknown field", func(f *spec.Figure) { f.Value = "r.time" },
			`value: in the expression "r.time", line 1, column 3: a result has no time`},
		{"a line of an unknown series", line("v['Torch'] / v['TFLite']"),
			`line "Speedup": the figure has no series "Torch"; it has ["PyTorch" "TFLite"]`},
		{"a line that divides by zero", line("v['PyTorch'] / 0"),
			`line "Speedup": in the category "VGG16" its value is +Inf: it divides by zero`},
		{"a line that is no number", line("'PyTorch'"),
			`line "Speedup": in the expression "'PyTorch'": expected float64, but got string`},
		{"a mean named like a category", func(f *spec.Figure) { f.Summary.Category = "C3D" },
			`summary: "C3D" has results of its own; name the mean differently`},
		{"a mean of what is not positive", func(f *spec.Figure) { f.Value, f.Summary.Series = "r.value_ms - 80", "Mean" },
			`summary: "VGG16" of "Mean": the geometric mean needs positive numbers: value 1 is 0`},
		{"a baseline with results", func(f *spec.Figure) { f.Baseline = &spec.Baseline{Series: "TFLite", Value: 1} },
			"baseline: \"TFLite\" has results of its own; let `where` leave them out, or name the baseline differently"},
		{"two results for x", func(f *spec.Figure) {
			f.Form, f.Where, f.Category = "scatter", "r.model == 'VGG16'", "r.experiment"
			f.X = &spec.XAxis{Where: "true", Value: "r.value"}
		}, "x: two results fall on \"x\" of \"PyTorch\": let `x.where` choose"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := chartOf(byModel(tt.change), times(), nil)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

// TestEmptyFigures: why there is nothing to show, which is no fault.
func TestEmptyFigures(t *testing.T) {
	for where, want := range map[string]string{
		"false":                 "its `where` selects none of the results: false",
		"r.status != 'ok'":      "none of the 1 results that it is about has a value: 1 memory error",
		"r.value > 1000 * 1000": "its `where` selects none of the results: r.value > 1000 * 1000",
	} {
		_, err := chartOf(byModel(func(f *spec.Figure) { f.Where = where }), times(), nil)
		var none nothing
		if !errors.As(err, &none) || err.Error() != want {
			t.Errorf("%s: got %v, want %s", where, err, want)
		}
	}
}

// TestOneBadFigure: a notice stands in its place, and the other is made.
func TestOneBadFigure(t *testing.T) {
	for name, make := range map[string]func() (*figure.Figure, error){
		"an infinite value": func() (*figure.Figure, error) {
			return chartOf(byModel(func(f *spec.Figure) { f.Value = "r.value / (r.value - r.value)" }), times(), nil)
		},
		"two results on one place": func() (*figure.Figure, error) {
			return chartOf(byModel(func(f *spec.Figure) { f.Category = "r.experiment" }), times(), nil)
		},
		"what cannot be drawn": func() (*figure.Figure, error) {
			return chartOf(byModel(func(f *spec.Figure) { f.Y.Log, f.Value = true, "-r.value_ms" }), times(), nil)
		},
		"a panic": func() (*figure.Figure, error) { panic("a fault of the program") },
	} {
		s := &Set{}
		s.addFigure("study", "bad", make)
		s.addFigure("study", "good", func() (*figure.Figure, error) { return chartOf(byModel(func(*spec.Figure) {}), times(), nil) })
		if len(s.Exhibits.Figures) != 1 || len(s.Notices) != 1 {
			t.Fatalf("%s: %d figures and %d notices, want one of each", name, len(s.Exhibits.Figures), len(s.Notices))
		}
		notice, ok := s.Exhibits.Notice("figure:bad")
		if !s.Notices[0].Fault || !ok || !strings.Contains(notice.Text, "Mend figures.bad in the spec of the study study") {
			t.Errorf("%s: the notice is %+v, %+v", name, s.Notices[0], notice)
		}
		t.Log(s.Notices[0])
	}
}

// paper has the exhibits of the paper's published values.
var paper = sync.OnceValues(func() (*Set, error) {
	p, err := compiler.Compile(context.Background(), "paper")
	if err != nil {
		return nil, err
	}
	var records []journal.Record
	for _, j := range p.Jobs {
		payload, err := json.Marshal(result.Result{Published: j.Published})
		if err != nil {
			return nil, err
		}
		records = append(records, journal.Record{Job: j.ID, Identity: j.Identity, Origin: spec.Published, Status: journal.StatusDone, Payload: payload})
	}
	run, err := data.New("paper", p, records)
	if err != nil {
		return nil, err
	}
	return Build(run), nil
})

func replayed(t *testing.T) *Set {
	t.Helper()
	r, err := paper()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestFiguresOfThePaper: each has the paper's form, and as many bars, markers
// or slices as the published data has values.
func TestFiguresOfThePaper(t *testing.T) {
	r := replayed(t)
	want := []struct {
		form   figure.Form
		values int
	}{
		1: {figure.Bars, 16}, 2: {figure.GroupedBars, 40}, 3: {figure.GroupedBars, 24}, 4: {figure.GroupedBars, 24},
		5: {figure.Pies, 28}, 6: {figure.BarsLine, 8}, 7: {figure.BarsLine, 18}, 8: {figure.BarsLine, 15},
		9: {figure.GroupedBars, 65}, 10: {figure.GroupedBars, 52}, 11: {figure.GroupedBars, 22},
		12: {figure.Scatter, 22}, 13: {figure.BarsLine, 10}, 14: {figure.Ranges, 10},
	}
	for n := 1; n < len(want); n++ {
		f, ok := r.Exhibits.Figure(fmt.Sprintf("figure-%d", n))
		if !ok {
			t.Errorf("figure %d is missing", n)
			continue
		}
		if f.Form != want[n].form || published(f) != want[n].values {
			t.Errorf("figure %d: %s of %d values, want %s of %d", n, f.Form, published(f), want[n].form, want[n].values)
		}
		if err := f.Check(); err != nil {
			t.Error(err)
		}
	}
}

// published counts the values that are not computed.
func published(f *figure.Figure) int {
	n := 0
	for _, s := range f.Series {
		for _, p := range s.Points {
			if p.Present && p.Provenance != figure.Computed {
				n++
			}
		}
	}
	return n
}

// TestMeansOfThePaper: the geometric means that the paper prints follow from
// its values.
func TestMeansOfThePaper(t *testing.T) {
	r := replayed(t)
	for id, want := range map[string]string{"figure-7": "4.10", "figure-8": "4.53 1.58", "figure-10": "2.99"} {
		f, ok := r.Exhibits.Figure(id)
		if !ok {
			t.Fatalf("%s is missing", id)
		}
		var got []string
		for _, s := range append(f.Series, f.Lines...) {
			if label := s.Points[len(s.Points)-1].Label; label != "" {
				got = append(got, label)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: the last category is labelled %q, want %s", id, got, want)
		}
	}
}

func TestTablesOfThePaper(t *testing.T) {
	r := replayed(t)
	cell := func(id string, row, column int) string {
		x, ok := r.Exhibits.Table(id)
		if !ok {
			t.Fatalf("%s is missing", id)
		}
		return x.Rows[row].Cells[column].Text
	}
	for _, tt := range []struct {
		id          string
		row, column int
		want        string
	}{
		{"table-4", 1, 4, "Raspberry Pi 3B: DarkNet, Caffe, TensorFlow, PyTorch"},
		{"table-4", 9, 4, "Raspberry Pi 3B: TensorFlow (bare metal, docker)"},
		{"table-4", 0, 3, "time per inference"},
		{"table-6", 2, 2, "59×39×17"},
	} {
		if got := cell(tt.id, tt.row, tt.column); got != tt.want {
			t.Errorf("%s, row %d, column %d: got %q, want %q", tt.id, tt.row, tt.column, got, tt.want)
		}
	}
}

// TestClaimsOfThePaper: the published values decide every claim.
func TestClaimsOfThePaper(t *testing.T) {
	verdicts := map[string]int{}
	for _, j := range replayed(t).Judgements {
		verdicts[j.Verdict]++
		if j.Undecided != "" {
			t.Errorf("%s: %s", j.Claim.Name, j.Undecided)
		}
	}
	if verdicts[Holds] != 11 || verdicts[Nearly] != 1 || verdicts[Fails] != 4 {
		t.Errorf("%v, want 11 that hold, 1 within rounding and 4 that do not", verdicts)
	}
}

// TestMinSeries: a figure of fewer series with a value than it asks for is not
// shown, and says so.
func TestMinSeries(t *testing.T) {
	for asked, want := range map[int]string{0: "", 2: "", 3: "it needs 3 series with a value, and has 2: 1 memory error"} {
		f := byModel(func(f *spec.Figure) { f.MinSeries = asked })
		_, err := chartOf(f, times(), nil)
		if got := fmt.Sprint(err); err == nil && want != "" || err != nil && got != want {
			t.Errorf("with min_series %d: %v, want %q", asked, err, want)
		}
	}
}
