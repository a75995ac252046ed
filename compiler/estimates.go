package compiler

import (
	"context"
	"slices"
	"strconv"

	"edgebench/compiler/estimate"
	"edgebench/compiler/network/graph"
	"edgebench/compiler/plan"
)

// publishing is the built-in study with published times.
const publishing = "paper"

// Estimators are fitted to the times that the built-in study publishes, and to
// those of some plans.
func Estimators(ctx context.Context, plans ...*plan.Plan) ([]*estimate.Estimator, error) {
	builtIn := func(s plan.Study) bool { return s.Name == publishing }
	if !slices.ContainsFunc(plans, func(p *plan.Plan) bool { return slices.ContainsFunc(p.Studies, builtIn) }) {
		p, err := Compile(ctx, publishing)
		if err != nil {
			return nil, err
		}
		plans = append([]*plan.Plan{p}, plans...)
	}
	return estimate.New(estimate.Gather(plans...)), nil
}

// estimatePlaces estimates the times at the places where the models run and
// published times let it. Models that have a published time there are left out.
func estimatePlaces(places []plan.Place, estimators []*estimate.Estimator, graphs map[string]*graph.Graph) {
	for i := range places {
		p := &places[i]
		if graphs[p.Model] == nil || !p.Runs() {
			continue
		}
		for _, e := range estimators {
			if e.Platform == p.Platform && e.Framework == p.Framework && slices.Equal(e.Optimizations, p.Optimizations) {
				p.Estimate = estimateAt(p.Model, graphs[p.Model], e)
			}
		}
	}
}

func estimateAt(model string, g *graph.Graph, e *estimate.Estimator) *plan.Estimate {
	if _, published := e.Time(model); published || e.Refusal() != "" {
		return nil
	}
	of := e.Of(estimate.NetworkOf(g, e.Precision))
	return &plan.Estimate{
		Seconds: rounded(of.Seconds), Low: rounded(of.Low), High: rounded(of.High), Level: estimate.Level,
		Models: len(e.Checks), MedianError: rounded(e.Errors(estimate.ByRoofline).Median),
	}
}

// rounded keeps three digits, so that a plan has the same bytes on processors
// that round differently.
func rounded(x float64) float64 {
	digits, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 3, 64), 64)
	if err != nil {
		return x
	}
	return digits
}
