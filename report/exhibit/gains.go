package exhibit

import (
	"cmp"
	"slices"
	"strings"

	"edgebench/compiler/expression"
	"edgebench/executor/result"
	"edgebench/report/data"
	"edgebench/report/figure"
)

// gain is what one optimization gains, with the results that it is computed of.
type gain struct {
	expression.Gain
	without, with *data.Row
}

// pairing is all that two results must share for a gain.
type pairing struct {
	run, study, experiment, model, platform, framework, environment, measuredIn, metric string
	threads                                                                             int
}

func pairingOf(r *data.Row) pairing {
	return pairing{r.Run, r.Study, r.Experiment, r.Model, r.Platform, r.Framework, r.Environment, r.MeasuredIn, r.Metric, r.Threads}
}

// variants are the results of one pairing by the optimizations that are on.
type variants map[string]*data.Row

func (v variants) add(r *data.Row) {
	name := strings.Join(r.Optimizations, "+")
	if known := v[name]; known == nil || !known.Value.Known() {
		v[name] = r
	}
}

// gains pairs the results of each experiment that differ in exactly one
// optimization, in the order of the results with it.
func gains(rows []data.Row) []gain {
	paired := map[pairing]variants{}
	candidates := varied(rows)
	for _, r := range candidates {
		p := pairingOf(r)
		if paired[p] == nil {
			paired[p] = variants{}
		}
		paired[p].add(r)
	}
	var list []gain
	for _, with := range candidates {
		others := paired[pairingOf(with)]
		if others[strings.Join(with.Optimizations, "+")] != with {
			continue // another result of the same counts
		}
		for _, optimization := range with.Optimizations {
			beside := slices.DeleteFunc(slices.Clone(with.Optimizations), func(o string) bool { return o == optimization })
			if without := others[strings.Join(beside, "+")]; without != nil {
				list = append(list, newGain(without, with, optimization, beside))
			}
		}
	}
	return list
}

// varied are the results of experiments that vary the optimizations: the others,
// of which there may be many, have no pairs.
func varied(rows []data.Row) []*data.Row {
	type experiment struct{ study, name string }
	of := func(r *data.Row) experiment { return experiment{r.Study, r.Experiment} }
	first, varies := map[experiment][]string{}, map[experiment]bool{}
	for i := range rows {
		x := of(&rows[i])
		if known, met := first[x]; !met {
			first[x] = rows[i].Optimizations
		} else if !varies[x] {
			varies[x] = !slices.Equal(known, rows[i].Optimizations)
		}
	}
	var candidates []*data.Row
	for i := range rows {
		if varies[of(&rows[i])] {
			candidates = append(candidates, &rows[i])
		}
	}
	return candidates
}

func newGain(without, with *data.Row, optimization string, beside []string) gain {
	g := gain{without: without, with: with, Gain: expression.Gain{
		Experiment: with.Experiment, Model: with.Model, Platform: with.Platform, Framework: with.Framework,
		Optimization: optimization, Beside: beside,
		Environment: with.Environment, Threads: with.Threads, MeasuredIn: with.MeasuredIn, Metric: with.Metric,
		Status: "ok",
	}}
	for _, side := range []*data.Row{without, with} {
		if side.Status != "ok" {
			g.Status, g.Reason = side.Status, side.Reason
		}
	}
	if r, ok := ratioOf(measureOf(without), measureOf(with)); g.Status == "ok" && ok {
		g.Gain.Gain = expression.Num(r.value)
		if r.known {
			g.Low, g.High = expression.Num(r.low), expression.Num(r.high)
		}
	}
	if with.Measurement != nil && g.Status == "ok" {
		g.Error = costOf(with.Measurement.Check)
	}
	return g
}

// outputError is the larger error that the check found: of the timed session's
// outputs against the reference, or of the reference's layers. A quantized
// session has the first, the embedded engine, which is its own reference, only
// the second.
func outputError(c result.Check) expression.Number {
	if c.Unchecked != "" {
		return expression.Number{}
	}
	return expression.Num(max(c.OutputError, c.WorstError))
}

// costOf is the error that a variant makes: that of its outputs, or, where weights
// were pruned, that to the outputs of the network with all of its weights.
func costOf(c result.Check) expression.Number {
	if c.DenseError != nil && c.Unchecked == "" {
		return expression.Num(*c.DenseError)
	}
	return outputError(c)
}

// suspect reports whether one of the two results is to be trusted less.
func (g *gain) suspect() bool { return suspect(g.without) || suspect(g.with) }

// provenance is that of both results; of unlike ones a gain is merely computed.
func (g *gain) provenance() figure.Provenance {
	if g.without.SourceOrigin != g.with.SourceOrigin {
		return figure.Computed
	}
	return figure.Provenance(cmp.Or(g.with.SourceOrigin, string(figure.Computed)))
}
