package exhibit

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"edgebench/compiler/expression"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/executor/journal"
	"edgebench/executor/result"
	"edgebench/report/data"
	"edgebench/report/figure"
	"edgebench/report/table"
)

// timed is a measured time of a framework, from 10 % below to 10 % above it, with
// an output error of 1e-3.
func timed(model, framework string, ms float64, optimizations ...string) data.Row {
	return data.Row{
		Result: expression.Result{
			Study: "s", Experiment: "x", Model: model, Platform: "host", Framework: framework, Optimizations: optimizations,
			Environment: "bare metal", Metric: "time_per_inference", Status: "ok", Code: "ok", Origin: spec.Measured, SourceOrigin: spec.Measured,
			Value: expression.Num(ms), ValueMS: expression.Num(ms), Low: expression.Num(0.9 * ms), High: expression.Num(1.1 * ms), Unit: "ms",
		},
		Job: &plan.Job{}, Record: &journal.Record{}, Measurement: &result.Measurement{Check: result.Check{OutputError: 1e-3}},
	}
}

// without is a row that has no value.
func without(status, reason string, r data.Row) data.Row {
	r.Status, r.Code, r.Reason, r.Measurement = status, status, reason, nil
	r.Value, r.ValueMS, r.Low, r.High = expression.Number{}, expression.Number{}, expression.Number{}, expression.Number{}
	return r
}

func missing(model, framework string, optimizations ...string) data.Row {
	return without(data.NotInstalled, fmt.Sprintf("%s is not installed: `edgebench setup %q` installs it", framework, framework), timed(model, framework, 0, optimizations...))
}

func TestGains(t *testing.T) {
	otherThreads, otherExperiment := timed("A", "F", 1, "fusion"), timed("A", "F", 1)
	otherThreads.Threads, otherExperiment.Experiment = 2, "y"
	for _, tt := range []struct {
		name string
		rows []data.Row
		want string
	}{
		{"each pair that differs in one optimization", []data.Row{
			timed("A", "F", 12), timed("A", "F", 6, "fusion"), timed("A", "F", 2, "fusion", "quantization"),
		}, "A F fusion beside []: 2.00 ok; A F quantization beside [fusion]: 3.00 ok"},
		{"two steps at once are no pair", []data.Row{timed("A", "F", 12), timed("A", "F", 2, "fusion", "quantization")}, ""},
		{"a slower variant gains less than 1", []data.Row{timed("A", "F", 2), timed("A", "F", 8, "dynamic_graph")}, "A F dynamic_graph beside []: 0.25 ok"},
		{"nor are another model, framework, number of threads or experiment", []data.Row{
			timed("A", "F", 12), timed("B", "F", 6, "fusion"), timed("A", "G", 6, "fusion"), otherThreads, otherExperiment,
		}, ""},
		{"a side that failed leaves no value", []data.Row{timed("A", "F", 12), without("failed", "it crashed", timed("A", "F", 0, "fusion"))},
			"A F fusion beside []: NaN failed"},
		{"and so does one without", []data.Row{without("failed", "it crashed", timed("A", "F", 0)), timed("A", "F", 12, "fusion")},
			"A F fusion beside []: NaN failed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, g := range gains(tt.rows) {
				got = append(got, fmt.Sprintf("%s %s %s beside %v: %.2f %s", g.Model, g.Framework, g.Optimization, g.Beside, g.Gain.Gain.Float(), g.Status))
			}
			if s := strings.Join(got, "; "); s != tt.want {
				t.Errorf("got %q, want %q", s, tt.want)
			}
		})
	}
}

// TestGainsInterval: the distances of both sides add in squares, on logarithms.
func TestGainsInterval(t *testing.T) {
	g := gains([]data.Row{timed("A", "F", 12), timed("A", "F", 6, "fusion")})[0]
	reach := math.Hypot(math.Log(1/0.9), math.Log(1.1))
	if low, high := 2*math.Exp(-reach), 2*math.Exp(reach); !near(g.Low.Float(), low) || !near(g.High.Float(), high) {
		t.Errorf("the gain is from %v to %v, want %v to %v", g.Low, g.High, low, high)
	}
	if g.Error.Float() != 1e-3 {
		t.Errorf("the error is %v", g.Error)
	}
	rows := []data.Row{timed("A", "F", 12), timed("A", "F", 6, "fusion")}
	rows[0].Low = expression.Number{}
	rows[1].Measurement.Check.Unchecked = "nothing to compare with"
	if g := gains(rows)[0]; g.Low.Known() || g.High.Known() || g.Error.Known() || g.Gain.Gain.Float() != 2 {
		t.Errorf("of a time without an interval, and outputs that were not checked: %+v", g.Gain)
	}
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9*math.Abs(b) }

// TestMeanInterval: the interval of a geometric mean narrows with each value.
func TestMeanInterval(t *testing.T) {
	p, err := meanPoint([]figure.Point{{Value: 2, Low: 1, High: 4}, {Value: 8, Low: 4, High: 16}})
	reach := math.Exp(math.Hypot(math.Ln2, math.Ln2) / 2)
	if err != nil || p.Value != 4 || !near(p.Low, 4/reach) || !near(p.High, 4*reach) {
		t.Errorf("%+v, %v; want 4 from %v to %v", p, err, 4/reach, 4*reach)
	}
	if p, err := meanPoint([]figure.Point{{Value: 2, Low: 1, High: 4}, {Value: 8}}); err != nil || p.Value != 4 || p.Low != 0 {
		t.Errorf("with a value of which no interval is known: %+v, %v", p, err)
	}
}

// rates are frameworks on three models: Other lacks one of them, and Third is not
// installed.
func rates() []data.Row {
	return []data.Row{
		timed("A", "Base", 8), timed("B", "Base", 18), timed("C", "Base", 5),
		timed("A", "Other", 4), timed("B", "Other", 2), without("failed", "it crashed", timed("C", "Other", 0)),
		timed("A", "More", 2), timed("B", "More", 2), timed("C", "More", 1),
		missing("A", "Third"), missing("B", "Third"), missing("C", "Third"),
	}
}

func TestComparisons(t *testing.T) {
	const third = "Not installed: Third: `edgebench setup Third`."
	for _, tt := range []struct {
		name   string
		change func(*spec.Figure)
		want   string
		notes  string
	}{
		{"what is not installed has no series, and is told", func(*spec.Figure) {},
			"A: 8 4 2\nB: 18 2 2\nC: 5 - 1\n", third},
		{"a line of it is left out", func(f *spec.Figure) {
			f.Form, f.Lines = "bars-line", []spec.Line{{Name: "Up", Value: "v['Base'] / v['Other']"}, {Name: "Third", Value: "v['Base'] / v['Third']"}}
		}, "A: 8 4 2 | 2\nB: 18 2 2 | 9\nC: 5 - 1 | -\n", third},
		{"without any line there are bars", func(f *spec.Figure) {
			f.Form, f.Lines = "bars-line", []spec.Line{{Name: "Third", Value: "v['Base'] / v['Third']"}}
		}, "A: 8 4 2\nB: 18 2 2\nC: 5 - 1\n", "No line: a series that each is computed of is missing. " + third},
		{"means of lines over what they have in common", func(f *spec.Figure) {
			f.Form, f.Summary = "bars-line", spec.Summary{Category: "Mean", Over: "common"}
			f.Lines = []spec.Line{{Name: "Other", Value: "v['Base'] / v['Other']"}, {Name: "More", Value: "v['Base'] / v['More']"}}
		}, "A: 8 4 2 | 2 4\nB: 18 2 2 | 9 9\nC: 5 - 1 | - 5\nMean: - - - | 4.243[4.24] 6[6.00]\n",
			"Mean: geometric mean over the 2 of 3 models of which all have a value. " + third},
		{"means over unlike models say so", func(f *spec.Figure) {
			f.Form, f.Summary = "bars-line", spec.Summary{Category: "Mean", Over: "each"}
			f.Lines = []spec.Line{{Name: "Other", Value: "v['Base'] / v['Other']"}, {Name: "More", Value: "v['Base'] / v['More']"}}
		}, "A: 8 4 2 | 2 4\nB: 18 2 2 | 9 9\nC: 5 - 1 | - 5\nMean: - - - | 4.243[4.24] 5.646[5.65]\n",
			"Mean: geometric means over unlike models, of 3 in all: Other 2, More 3. " + third},
		{"relative to one", func(f *spec.Figure) {
			f.Relative, f.Summary = &spec.Relative{To: "Base", As: "speedup"}, spec.Summary{Category: "Mean", Over: "common"}
		}, "A: 2 4\nB: 9 9\nC: - 5\nMean: 4.243[4.24] 6[6.00]\n", "Mean: geometric mean over the 2 of 3 models of which all have a value. " + third},
		{"as plain ratios", func(f *spec.Figure) { f.Relative = &spec.Relative{To: "Base", As: "ratio"} },
			"A: 0.5 0.25\nB: 0.1111 0.1111\nC: - 0.2\n", third},
	} {
		t.Run(tt.name, func(t *testing.T) {
			chart, err := chartOf(byModel(tt.change), rates(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := text(chart); got != tt.want {
				t.Errorf("got\n%swant\n%s", got, tt.want)
			}
			if got := strings.Join(chart.Notes, " "); got != tt.notes {
				t.Errorf("its notes are %q, want %q", got, tt.notes)
			}
		})
	}
}

// TestRatiosHaveIntervals: lines and relative values have those that follow from
// the times'.
func TestRatiosHaveIntervals(t *testing.T) {
	reach := math.Exp(math.Hypot(math.Log(1/0.9), math.Log(1.1)))
	check := func(p figure.Point) {
		t.Helper()
		if !near(p.Low, 2/reach) || !near(p.High, 2*reach) {
			t.Errorf("%+v, want from %v to %v", p, 2/reach, 2*reach)
		}
	}
	lined, err := chartOf(byModel(func(f *spec.Figure) {
		f.Form, f.Lines = "bars-line", []spec.Line{{Name: "Up", Value: "v['Base'] / v['Other']"}}
	}), rates(), nil)
	if err != nil {
		t.Fatal(err)
	}
	check(lined.Lines[0].Points[0])
	relative, err := chartOf(byModel(func(f *spec.Figure) { f.Relative = &spec.Relative{To: "Base", As: "speedup"} }), rates(), nil)
	if err != nil {
		t.Fatal(err)
	}
	check(relative.Series[0].Points[0])
}

// TestOneLineForAllThatIsMissing: figures that frameworks are missing for are told
// of once, with the command that installs these.
func TestOneLineForAllThatIsMissing(t *testing.T) {
	s := &Set{Rows: []data.Row{timed("A", "Base", 8), missing("A", "Third"), missing("A", "The Fourth"),
		without(data.NotInstalled, "Fifth is not installed: it needs libfifth", timed("A", "Fifth", 0))}}
	for i, where := range []string{"r.framework in ['Base', 'Third']", "r.framework in ['Third', 'The Fourth', 'Fifth']"} {
		f := byModel(func(f *spec.Figure) { f.Name, f.Where, f.MinSeries = fmt.Sprint("f", i), where, 2 })
		s.addFigure("s", f.Name, func() (*figure.Figure, error) { return chartOf(f, s.Rows, nil) })
	}
	s.tellLacking()
	want := "study s: figures.f0, figures.f1: Needed and not installed: Third, The Fourth: `edgebench setup Third \"The Fourth\"`; Fifth is not installed: it needs libfifth"
	if len(s.Exhibits.Figures) != 0 || len(s.Notices) != 1 || s.Notices[0].String() != want || s.Notices[0].Fault {
		t.Errorf("%d figures, and the notices %q, want %q", len(s.Exhibits.Figures), s.Notices, want)
	}
}

// offered is a catalogue of frameworks that have fusion and quantization.
func offered(frameworks ...string) *data.Run {
	p := &plan.Plan{}
	p.Catalog.Optimizations.Add("fusion", &spec.Optimization{Name: "fusion", Label: "Fusion"})
	p.Catalog.Optimizations.Add("quantization", &spec.Optimization{Name: "quantization", Label: "Quantization"})
	p.Catalog.Optimizations.Add("pruning", &spec.Optimization{Name: "pruning", Label: "Pruning"})
	for _, name := range frameworks {
		f := &spec.Framework{Name: name, Label: name}
		f.Optimizations.Add("fusion", spec.OptimizationSupport{Support: "yes", Note: "Always on."})
		f.Optimizations.Add("quantization", spec.OptimizationSupport{Support: "yes"})
		f.Optimizations.Add("pruning", spec.OptimizationSupport{Support: "no"})
		p.Catalog.Frameworks.Add(name, f)
	}
	return &data.Run{Plan: p}
}

// TestGainsTable: a cell says what an optimization gains, or why that is not known.
func TestGainsTable(t *testing.T) {
	for _, tt := range []struct {
		name string
		rows []data.Row
		want string // rows, and notes with a mark
	}{
		{"a gain of one model", []data.Row{timed("A", "F", 12), timed("A", "F", 6, "fusion")},
			"F | 2.00× (1.73 to 2.31), error 1e-03[a] | not measured | –\na Always on.\n"},
		{"a mean over two", []data.Row{timed("A", "F", 12), timed("A", "F", 6, "quantization"), timed("B", "F", 8), timed("B", "F", 1, "quantization")},
			"F | not measured[a] | 4.0× (3.6 to 4.5), error 1e-03 | –\na Always on.\n"},
		{"a job that failed", []data.Row{
			timed("A", "F", 12), timed("A", "F", 6, "quantization"), timed("B", "F", 8), without("failed", "wrong output", timed("B", "F", 0, "quantization")),
			timed("A", "G", 12), without("failed", "wrong output", timed("A", "G", 0, "quantization")), timed("B", "G", 6), timed("B", "G", 3, "fusion"),
		}, "F | not measured[a] | 2.00× (1.73 to 2.31), error 1e-03[b] | –\n" +
			"G | 2.00× (1.73 to 2.31), error 1e-03[c] | failed[d] | –\n" +
			"a Always on.\nb Over A. B: wrong output.\nc Always on. Over B.\nd A: wrong output.\n"},
		{"a framework that is not installed", []data.Row{timed("A", "F", 12), timed("A", "F", 6, "quantization"), missing("A", "G", "fusion")},
			"F | not measured[a] | 2.00× (1.73 to 2.31), error 1e-03 | –\nG | not installed | not installed | –\na Always on.\n"},
		{"an installation that lacks an optimization", []data.Row{timed("A", "F", 12), without(data.NotInstalled, "F as it is installed here does not offer quantization", timed("A", "F", 0, "quantization"))},
			"F | not measured[a] | not offered here[b] | –\na Always on.\nb A: F as it is installed here does not offer quantization.\n"},
		{"what the run left out", []data.Row{without(data.NotRun, "the run did not get to it", timed("A", "F", 0)), timed("A", "F", 6, "quantization")},
			"F | not measured[a] | not run[b] | –\na Always on.\nb A: the run did not get to it.\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out := &table.Table{ID: "t"}
			tabulateGains(offered("F", "G"), tt.rows, out, &spec.Table{})
			if err := out.Check(); err != nil {
				t.Fatal(err)
			}
			if got := markedText(out); got != tt.want {
				t.Errorf("got\n%swant\n%s", got, tt.want)
			}
		})
	}
}

// markedText is a table's cells, a line a row, and the footnotes.
func markedText(t *table.Table) string {
	var b strings.Builder
	for _, r := range t.Rows {
		var cells []string
		for _, c := range r.Cells {
			text := strings.NewReplacer("\u00a0", " ", "\u2011", "-").Replace(c.Text)
			if c.Mark != "" {
				text += "[" + c.Mark + "]"
			}
			cells = append(cells, text)
		}
		b.WriteString(strings.Join(cells, " | ") + "\n")
	}
	marks := t.Marks()
	for _, n := range t.Notes {
		if mark, _ := table.SplitNote(n, marks); mark != "" {
			b.WriteString(n + "\n")
		}
	}
	return b.String()
}
