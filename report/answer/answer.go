// Package answer says which way to run each model is the best of those that a run
// measured: the one to use, the others ranked beside it, which of them cannot be
// told from it, and which meet what is required.
//
//  1. the times of a model are gathered, of the machine that was measured last:
//     times of different machines do not compare. Of several times of one way that
//     which was measured the longest counts;
//  2. requirements are decided of each (package requirement): met, not met, or
//     undecided, with what is missing;
//  3. those that meet them all come first, then those of which that is not known,
//     each by time; below what was measured in full is what was not;
//  4. each is compared with the first, by results of one policy where there are
//     such, as `edgebench compare` does it, by
//     processes (measure.Compare). The probabilities are adjusted by Holm's method
//     for how many are compared with it.
//
// Note: the first place is taken by what happened to be fastest, so that its time
// is a little better than it will be again, the more so the more are alike. Hsu's
// comparisons with the best ("Constrained Simultaneous Confidence Intervals for
// Multiple Comparisons with the Best", Ann. Statist. 12(3), 1984) allow for that
// where the variances are equal, which those of frameworks are not. What cannot be
// told from the first place is named with it instead.
package answer

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"time"

	"edgebench/compiler/metric"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/compiler/spec/policy"
	"edgebench/compiler/spec/requirement"
	"edgebench/executor/measure"
	"edgebench/executor/result"
	"edgebench/report/data"
)

// Alpha is the chance of telling something from the first place that is as fast.
const Alpha = 0.05

// Answer is what a run says of one model.
type Answer struct {
	Model        string                    `json:"model"`
	Requirements []requirement.Requirement `json:"requirements"`
	Recommended  *Entry                    `json:"recommended"` // nil where none is known to meet the requirements
	Words        []string                  `json:"words"`       // the answer in sentences, the first one alone enough
	Ranked       []Entry                   `json:"ranked"`
	Without      []Without                 `json:"without_result"`

	model   *plan.Model
	pending []*plan.Job // that the run did not get to, or was interrupted in
}

// Entry is one way to run the model.
type Entry struct {
	plan.Target
	Values Values `json:"values"`
	// ToFirst is its time to that of the first place; nil of that itself, and where
	// the samples do not do. Alike says that it cannot be told from it.
	ToFirst  *measure.Difference `json:"to_first,omitempty"`
	Adjusted float64             `json:"p_adjusted,omitempty"`
	Alike    bool                `json:"alike,omitempty"`
	Verdicts []Verdict           `json:"verdicts"` // of the requirements, in their order
	Meets    State               `json:"meets"`    // all of them
	Doubts   []string            `json:"doubts"`   // codes of warnings about the result
	// CutShort says that the plan has a longer measurement of it, which was not made.
	CutShort bool `json:"cut_short,omitempty"`

	Row    *data.Row   `json:"-"`
	others []*data.Row // shorter results of it
}

// Without is a combination without a result.
type Without struct {
	plan.Target
	Status string `json:"status"`
	Reason string `json:"reason"`
}

// Of answers for each model of which a run measured times, in the order of the
// plan. Study limits it to that study's results; empty: all.
func Of(run *data.Run, rows []data.Row, study string) []*Answer {
	return of(run, rows, study, run.Samples)
}

// sampled gives a result's samples, of each process that took some.
type sampled func(*data.Row) ([][]measure.Sample, error)

func of(run *data.Run, rows []data.Row, study string, samples sampled) []*Answer {
	var answers []*Answer
	index := map[string]*Answer{}
	about := func(model string) *Answer {
		if index[model] == nil {
			index[model] = &Answer{Model: model, Requirements: []requirement.Requirement{}, Ranked: []Entry{}, Without: []Without{}, model: run.Model(model)}
			answers = append(answers, index[model])
		}
		return index[model]
	}
	environment := lastEnvironment(rows)
	seen := map[*measure.Summary]bool{} // several experiments may share a result
	for i := range rows {
		r := &rows[i]
		if r.Origin != spec.Measured || r.Metric != metric.TimePerInference || study != "" && r.Study != study {
			continue
		}
		switch {
		case r.Measurement == nil && !reachable(run, r.Platform):
			// What no backend reaches is no candidate.
		case r.Measurement == nil:
			about(r.Model).leave(r)
			if r.Job != nil && (r.Status == data.NotRun || interrupted(r.Reason)) {
				about(r.Model).pending = append(about(r.Model).pending, r.Job)
			}
		case r.EnvironmentID == environment && !seen[&r.Measurement.Summary]:
			seen[&r.Measurement.Summary] = true
			about(r.Model).add(run, r)
		}
	}
	answers = slices.DeleteFunc(answers, func(a *Answer) bool { return len(a.Ranked)+len(a.Without) == 0 })
	for _, a := range answers {
		a.settle()
		a.rank(samples)
		a.Words = a.words()
	}
	return answers
}

func lastEnvironment(rows []data.Row) string {
	var last time.Time
	environment := ""
	for i := range rows {
		r := &rows[i]
		if r.Measurement != nil && r.Record.Finished.After(last) {
			last, environment = r.Record.Finished, r.EnvironmentID
		}
	}
	return environment
}

// Untried reports whether the run got to no way to run the model.
func (a *Answer) Untried() bool {
	waits := slices.ContainsFunc(a.Without, func(w Without) bool { return w.Status == data.NotRun })
	return waits && len(a.Ranked) == 0 && !slices.ContainsFunc(a.Without, func(w Without) bool {
		return w.Status == data.Failed || w.Status == data.NotInstalled || w.Status == data.NoDevice
	})
}

func reachable(run *data.Run, platform string) bool {
	p, ok := run.Plan.Catalog.Platforms.Get(platform)
	return ok && p.Backend != ""
}

// leave notes a combination without a result.
func (a *Answer) leave(r *data.Row) {
	target := plan.Target{Model: r.Model, Platform: r.Platform, Framework: r.Framework, Optimizations: r.Optimizations, Precision: r.Precision, Environment: r.Environment, Threads: r.Threads}
	w := Without{target, r.Status, firstLine(r.Reason)}
	if !slices.ContainsFunc(a.Without, func(known Without) bool { return reflect.DeepEqual(known, w) }) {
		a.Without = append(a.Without, w)
	}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// add takes a result in, and what its experiments require.
func (a *Answer) add(run *data.Run, r *data.Row) {
	e := Entry{Target: r.Job.Target, Row: r, Doubts: doubts(r), Verdicts: []Verdict{}}
	known := slices.IndexFunc(a.Ranked, func(k Entry) bool { return sameTarget(k.Target, e.Target) })
	switch {
	case known < 0:
		a.Ranked = append(a.Ranked, e)
	case longer(r.Job.Policy, a.Ranked[known].Row.Job.Policy):
		e.others = append(a.Ranked[known].others, a.Ranked[known].Row)
		a.Ranked[known] = e
	default:
		a.Ranked[known].others = append(a.Ranked[known].others, r)
	}
	for _, feed := range r.Job.Feeds {
		for _, q := range required(run, feed) {
			if !slices.Contains(a.Requirements, q) {
				a.Requirements = append(a.Requirements, q)
			}
		}
	}
}

// interrupted reports whether a reason says that nothing was wrong with a job but
// its time.
func interrupted(reason string) bool {
	return strings.HasPrefix(reason, result.Interrupted)
}

func sameTarget(a, b plan.Target) bool { return reflect.DeepEqual(a, b) }

// longer reports whether a policy measures longer than another. One that quotes
// the mean quotes something else, and does not replace a median.
func longer(a, b *policy.Policy) bool {
	if a.Headline != b.Headline {
		return a.Headline == policy.Median
	}
	return cmp.Or(cmp.Compare(a.MaxTime, b.MaxTime), cmp.Compare(a.MinCount, b.MinCount)) > 0
}

// settle leaves out of what has no result whatever has one of another policy, and
// marks results of which a longer measurement was not made.
func (a *Answer) settle() {
	a.Without = slices.DeleteFunc(a.Without, func(w Without) bool {
		pending := w.Status == data.NotRun || interrupted(w.Reason)
		return pending && slices.ContainsFunc(a.Ranked, func(e Entry) bool { return sameTarget(e.Target, w.Target) }) ||
			w.Status == data.NotRun && slices.ContainsFunc(a.Without, func(o Without) bool { return o.Status != data.NotRun && sameTarget(o.Target, w.Target) })
	})
	for i := range a.Ranked {
		e := &a.Ranked[i]
		e.CutShort = slices.ContainsFunc(a.pending, func(j *plan.Job) bool {
			return sameTarget(j.Target, e.Target) && longer(j.Policy, e.Row.Job.Policy)
		})
	}
}

func required(run *data.Run, feed plan.Feed) []requirement.Requirement {
	for _, s := range run.Plan.Studies {
		if x, ok := s.Experiments.Get(feed.Experiment); ok && s.Name == feed.Study {
			return x.Require
		}
	}
	return nil
}

// usual are warnings that nearly every result has, and that say little against it.
var usual = []string{measure.WarnCorrelated, measure.WarnOutliers, measure.WarnWarmupCounted, measure.WarnPercentile}

func doubts(r *data.Row) []string {
	codes := []string{}
	for _, w := range r.Measurement.Summary.Warnings {
		if !slices.Contains(usual, w.Code) && !slices.Contains(codes, w.Code) {
			codes = append(codes, w.Code)
		}
	}
	return codes
}

// rank orders the results, and compares each with the first.
func (a *Answer) rank(of sampled) {
	samples := map[*data.Row][][]measure.Sample{}
	for i := range a.Ranked {
		e := &a.Ranked[i]
		samples[e.Row], _ = of(e.Row) // without them it cannot be compared, and is told so
		e.judge(a, samples[e.Row])
	}
	slices.SortStableFunc(a.Ranked, func(x, y Entry) int {
		return cmp.Or(cmp.Compare(x.Meets.order(), y.Meets.order()), cmp.Compare(shortOrder(x), shortOrder(y)), cmp.Compare(x.Values.LatencyMS, y.Values.LatencyMS))
	})
	if len(a.Ranked) == 0 {
		return
	}
	first := &a.Ranked[0]
	for i := range a.Ranked[1:] {
		e := &a.Ranked[i+1]
		base := first.like(e)
		if samples[base] == nil {
			samples[base], _ = of(base)
		}
		d, err := measure.Compare(samples[base], samples[e.Row], e.Row.Measurement.Summary.Headline, 1-Alpha)
		if err == nil {
			e.ToFirst = &d
		}
	}
	a.adjust()
	if first.Meets == Met {
		a.Recommended = first
	}
}

func shortOrder(e Entry) int {
	if e.CutShort {
		return 1
	}
	return 0
}

// like is the result of an entry that was taken as another's was: a first look
// compares with a first look, which was taken at about the same time.
func (e *Entry) like(other *Entry) *data.Row {
	for _, r := range e.others {
		if r.Job.Policy.Name == other.Row.Job.Policy.Name {
			return r
		}
	}
	return e.Row
}

// adjust tells what cannot be told from the first place, by Holm's method.
func (a *Answer) adjust() {
	var compared []*Entry
	for i := range a.Ranked {
		if a.Ranked[i].ToFirst != nil {
			compared = append(compared, &a.Ranked[i])
		}
	}
	slices.SortStableFunc(compared, func(x, y *Entry) int { return cmp.Compare(x.ToFirst.P, y.ToFirst.P) })
	last := 0.0
	for i, e := range compared {
		last = max(last, min(1, e.ToFirst.P*float64(len(compared)-i)))
		e.Adjusted, e.Alike = last, last >= Alpha
	}
}
