package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"edgebench/compiler/metric"
	"edgebench/compiler/plan"
	"edgebench/executor/measure"
	"edgebench/executor/measure/quantity"
	"edgebench/internal/cli/console"
	"edgebench/report/data"
)

// ranking is what was measured of one model, the fastest first.
type ranking struct {
	model    string
	variants []variant
}

// variant is one way to run a model, with what was measured of it.
type variant struct {
	target  plan.Target
	summary *measure.Summary
}

// rank ranks what was measured in the environment of the last result: times of
// different machines do not compare.
func rank(rows []data.Row) []ranking {
	var rankings []ranking
	index := map[string]int{}
	seen := map[*measure.Summary]bool{} // several experiments share a result
	environment := lastEnvironment(rows)
	for _, row := range rows {
		if row.Measurement == nil || row.Metric != metric.TimePerInference || row.EnvironmentID != environment || seen[&row.Measurement.Summary] {
			continue
		}
		seen[&row.Measurement.Summary] = true
		i, known := index[row.Model]
		if !known {
			i = len(rankings)
			index[row.Model] = i
			rankings = append(rankings, ranking{model: row.Model})
		}
		rankings[i].variants = append(rankings[i].variants, variant{row.Job.Target, &row.Measurement.Summary})
	}
	for _, r := range rankings {
		slices.SortStableFunc(r.variants, func(a, b variant) int { return cmp.Compare(a.summary.HeadlineNS, b.summary.HeadlineNS) })
	}
	return rankings
}

func lastEnvironment(rows []data.Row) string {
	var last time.Time
	environment := ""
	for _, row := range rows {
		if row.Measurement != nil && row.Record.Finished.After(last) {
			last, environment = row.Record.Finished, row.EnvironmentID
		}
	}
	return environment
}

// fastest names the fastest variant, and those that are not known to be slower.
func (r ranking) fastest(names targetNames) string {
	best := r.variants[0]
	text := names.of(best.target)
	alike := 0
	for _, v := range r.variants[1:] {
		if !best.apart(v) {
			alike++
		}
	}
	switch alike {
	case 0:
		return text
	case 1:
		return text + " or " + names.of(r.variants[1].target)
	}
	return fmt.Sprintf("%s or %d others", text, alike)
}

// apart reports whether the intervals of two variants have nothing in common.
func (v variant) apart(w variant) bool {
	a, b := v.summary.HeadlineCI, w.summary.HeadlineCI
	return a != nil && b != nil && (a.HighNS < b.LowNS || b.HighNS < a.LowNS)
}

// reference is what the fastest variant is compared with: the same framework
// without optimizations, or else the slowest variant.
func (r ranking) reference() variant {
	best := r.variants[0]
	for _, v := range r.variants[1:] {
		if len(v.target.Optimizations) == 0 && v.target.Framework == best.target.Framework && v.target.Platform == best.target.Platform {
			return v
		}
	}
	return r.variants[len(r.variants)-1]
}

// speedUp compares the fastest variant with its reference.
func (r ranking) speedUp(names targetNames) string {
	if len(r.variants) < 2 {
		return ""
	}
	best, other := r.variants[0], r.reference()
	name := names.of(other.target)
	a, b := best.summary.HeadlineCI, other.summary.HeadlineCI
	switch {
	case a == nil || b == nil:
		return "too few samples to compare with " + name
	case !best.apart(other):
		return "no significant difference from " + name
	}
	ratio := quantity.New(other.summary.HeadlineNS/best.summary.HeadlineNS, b.LowNS/a.HighNS, b.HighNS/a.LowNS, "")
	return fmt.Sprintf("%s times as fast as %s", ratio.Number(), name)
}

// showWinners prints the fastest variant of each model.
func showWinners(w io.Writer, rankings []ranking, names targetNames) error {
	if len(rankings) == 0 {
		return nil
	}
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "MODEL\tFASTEST\tTIME\tCOMPARED")
	for _, r := range rankings {
		console.Printf(out, "%s\t%s\t%s\t%s\n", r.model, r.fastest(names), timeText(*r.variants[0].summary), r.speedUp(names))
	}
	return out.Flush()
}
