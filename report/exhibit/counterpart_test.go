package exhibit

import (
	"testing"

	"edgebench/compiler/expression"
	"edgebench/compiler/spec"
	"edgebench/report/data"
	"edgebench/report/figure"
)

// TestCounterparts adds this machine's fastest time to a published figure, in
// its unit, and leaves alone the published figure and those of other things.
func TestCounterparts(t *testing.T) {
	published := &figure.Figure{
		ID: "f", Number: "3", Form: figure.GroupedBars, Y: figure.Axis{Unit: "s"}, Categories: []string{"A", "B"},
		Series: []figure.Series{{Name: "Board", Points: []figure.Point{
			{Value: 1, Present: true, Provenance: figure.Label}, {Value: 2, Present: true, Provenance: figure.Digitised},
		}}},
	}
	energy := *published
	energy.Y.Unit = "mJ"
	own := &figure.Figure{
		ID: "own", Form: figure.GroupedBars, Y: figure.Axis{Unit: "ms"}, Categories: []string{"A"},
		Series: []figure.Series{{Points: []figure.Point{{Value: 1, Present: true, Provenance: figure.Measured}}}},
	}
	row := func(model string, ms float64) data.Row {
		return data.Row{Result: expression.Result{Model: model, Platform: "host", Origin: spec.Measured, Metric: "time_per_inference", Status: "ok", ValueMS: expression.Num(ms)}}
	}
	charts := counterparts([]*figure.Figure{published, &energy, own}, []data.Row{row("A", 80), row("A", 50), row("C", 1)})
	if len(charts) != 1 || charts[0].ID != "f-here" || len(charts[0].Series) != 2 || len(published.Series) != 1 {
		t.Fatalf("%d charts, %+v", len(charts), charts)
	}
	points := charts[0].Series[1].Points
	if points[0].Value != 0.05 || !points[0].Present || points[1].Present {
		t.Errorf("this machine's points are %+v, want 0.05 s for A and none for B", points)
	}
	if err := charts[0].Check(); err != nil {
		t.Error(err)
	}
}

// TestCounterpartsShowEveryBar: where the times of the boards and of this
// machine lie far apart the axis is logarithmic, and says so; where they do not
// it stays the source's.
func TestCounterpartsShowEveryBar(t *testing.T) {
	published := &figure.Figure{
		ID: "f", Number: "3", Form: figure.GroupedBars, Y: figure.Axis{Label: "Time", Unit: "s", Max: 50, Step: 10}, Categories: []string{"A"},
		Series: []figure.Series{{Name: "Board", Points: []figure.Point{{Value: 40, Present: true, Provenance: figure.Label}}}},
	}
	for _, c := range []struct {
		ms   float64
		want string
	}{{900, "Time (s)"}, {700, "Time (s, log scale)"}} {
		row := data.Row{Result: expression.Result{Model: "A", Origin: spec.Measured, Metric: "time_per_inference", Status: "ok", ValueMS: expression.Num(c.ms)}}
		charts := counterparts([]*figure.Figure{published}, []data.Row{row})
		if got := charts[0].Y.Title(); got != c.want {
			t.Errorf("40 s beside %g ms: the axis is %q, want %q", c.ms, got, c.want)
		}
	}
}
