package cli

import (
	"strings"
	"testing"
	"time"

	"edgebench/compiler/metric"
	"edgebench/executor/journal"
	"edgebench/executor/measure"
	"edgebench/executor/result"
	"edgebench/report/data"
)

// row is a measured result: a median in ms with its interval; no interval where
// low is 0.
func row(model, optimization string, median, low, high float64) data.Row {
	m := &result.Measurement{}
	m.Summary.HeadlineNS = median * 1e6
	if low > 0 {
		m.Summary.HeadlineCI = &measure.Interval{LowNS: low * 1e6, HighNS: high * 1e6}
	}
	j := job(model)
	if optimization != "" {
		j = job(model, optimization)
	}
	r := data.Row{Job: &j, Measurement: m, Record: &journal.Record{Finished: time.Unix(1, 0)}}
	r.Model, r.EnvironmentID, r.Metric = model, "this", metric.TimePerInference
	return r
}

func TestWinners(t *testing.T) {
	elsewhere := row("A", "fusion", 1, 0.9, 1.1)
	elsewhere.EnvironmentID, elsewhere.Record.Finished = "other", time.Unix(0, 0)
	a := row("A", "fusion", 50, 49, 51)
	rows := []data.Row{
		elsewhere,
		row("A", "", 100, 99, 101), a, a, // of two experiments
		row("A", "winograd", 50.5, 49.5, 51.5),
		row("B", "", 10, 9, 11), row("B", "fusion", 9.5, 8.5, 10.5),
		row("C", "", 10, 0, 0), row("C", "fusion", 9, 8, 10),
		row("D", "", 10, 9, 11),
		{}, // skipped
	}
	var b strings.Builder
	if err := showWinners(&b, rank(rows), targetNames{}); err != nil {
		t.Fatal(err)
	}
	const want = "" +
		"MODEL  FASTEST                              TIME            COMPARED\n" +
		"A      native (fusion) or native (winograd)  50.0 ms ±2.0 %  2.00 times as fast as native (none)\n" +
		"B      native (fusion) or native (none)      9.5 ms ±11 %    no significant difference from native (none)\n" +
		"C      native (fusion) or native (none)      9.0 ms ±11 %    too few samples to compare with native (none)\n" +
		"D      native (none)                         10.0 ms ±10 %   \n"
	if squeeze(b.String()) != squeeze(want) {
		t.Errorf("the winners are\n%s\nwant\n%s", b.String(), want)
	}
}

// squeeze makes one space of several.
func squeeze(s string) string {
	for strings.Contains(s, "  ") {
		s = strings.ReplaceAll(s, "  ", " ")
	}
	return s
}
