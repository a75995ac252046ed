// Package comparison sets two runs beside each other: for each job in both, how
// much longer it takes now, whether that is more than chance, and where it
// cannot be told, why.
//
// Of many jobs some differ by chance: the probabilities are adjusted by Holm's
// method ("A Simple Sequentially Rejective Multiple Test Procedure", Scand. J.
// Statist. 6(2), 1979), so that a comparison in which nothing changed names a
// change in at most Alpha of all comparisons. Intervals are each pair's own.
package comparison

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"edgebench/compiler/metric"
	"edgebench/compiler/plan"
	"edgebench/executor/measure"
	"edgebench/report/data"
)

// Verdict is what a pair of results says.
type Verdict string

const (
	Regressed     Verdict = "regressed"
	Improved      Verdict = "improved"
	NoDifference  Verdict = "no difference found"
	NotComparable Verdict = "not comparable"
)

// Verdicts are in the order in which a reader wants to know them.
var Verdicts = []Verdict{Regressed, Improved, NoDifference, NotComparable}

// Alpha is the chance of naming a difference where there is none.
const Alpha = 0.05

// Options of a comparison.
type Options struct {
	// Threshold is the least relative difference that is called one, such as 0.03.
	Threshold float64
	// Across are the kinds of difference in how the two were measured that are
	// what is asked, and so no reason against comparing.
	Across []Kind
}

// Comparison is two runs beside each other.
type Comparison struct {
	Old       string   `json:"old"`
	New       string   `json:"new"`
	Threshold float64  `json:"threshold"`
	Differ    []string `json:"differ"` // in what all compared pairs were measured differently
	Pairs     []Pair   `json:"pairs"`
	// OnlyOld and OnlyNew are the jobs without a time in the other run, and why.
	OnlyOld []Single `json:"only_old"`
	OnlyNew []Single `json:"only_new"`
}

// Pair is one job in both runs.
type Pair struct {
	plan.Target
	OldNS float64 `json:"old_ns"` // the headlines
	NewNS float64 `json:"new_ns"`
	// Difference is nil where the two are not comparable.
	*measure.Difference
	Adjusted float64  `json:"p_adjusted,omitempty"`
	Verdict  Verdict  `json:"verdict"`
	Reasons  []string `json:"reasons,omitempty"` // against comparing
	Differ   []string `json:"differ,omitempty"`  // in how they were measured

	Old, New *data.Row `json:"-"`
}

// Single is a job that only one of the runs has a time of.
type Single struct {
	plan.Target
	Reason string `json:"reason"` // why the other has none
}

// Compare compares the times per inference of two runs.
func Compare(old, new *data.Run, o Options) (*Comparison, error) {
	c := &Comparison{Old: old.Dir, New: new.Dir, Threshold: o.Threshold, Differ: []string{}, Pairs: []Pair{}, OnlyOld: []Single{}, OnlyNew: []Single{}}
	before, after := timesOf(old), timesOf(new)
	if len(before.rows) == 0 {
		return nil, nothing(old)
	}
	if len(after.rows) == 0 {
		return nil, nothing(new)
	}
	for _, key := range before.keys {
		if _, ok := after.rows[key]; !ok {
			c.OnlyOld = append(c.OnlyOld, Single{before.target(key), after.reason(key)})
			continue
		}
		pair, err := compare(old, new, before.rows[key], after.rows[key], o)
		if err != nil {
			return nil, err
		}
		c.Pairs = append(c.Pairs, pair)
	}
	for _, key := range after.keys {
		if _, ok := before.rows[key]; !ok {
			c.OnlyNew = append(c.OnlyNew, Single{after.target(key), before.reason(key)})
		}
	}
	c.judge()
	c.gather()
	return c, nil
}

func nothing(r *data.Run) error {
	return fmt.Errorf("%s holds no measured time per inference, so there is nothing to compare", r.Dir)
}

// Count is how many pairs have a verdict.
func (c *Comparison) Count(v Verdict) (n int) {
	for _, p := range c.Pairs {
		if p.Verdict == v {
			n++
		}
	}
	return n
}

// times are a run's measured times, by what was measured.
type times struct {
	keys    []string
	rows    map[string]*data.Row
	without map[string]string // reasons of what has no time
}

func timesOf(r *data.Run) times {
	t := times{rows: map[string]*data.Row{}, without: map[string]string{}}
	rows := r.Rows()
	for i := range rows {
		row := &rows[i]
		if row.Origin != "measured" || row.Metric != metric.TimePerInference {
			continue
		}
		key := keyOf(row)
		switch known, again := t.rows[key]; {
		case row.Measurement == nil:
			t.without[key] = cmp.Or(row.Reason, row.Status)
		case !again:
			t.keys = append(t.keys, key)
			t.rows[key] = row
		case row.Record.Finished.After(known.Record.Finished):
			t.rows[key] = row // the last of several environments counts
		}
	}
	return t
}

func keyOf(row *data.Row) string {
	return strings.Join([]string{
		row.Model, row.Platform, row.Framework, strings.Join(row.Optimizations, "+"), row.Precision, row.Environment, fmt.Sprint(row.Threads), row.Device,
	}, "\x00")
}

func (t times) target(key string) plan.Target { return t.rows[key].Job.Target }

func (t times) reason(key string) string {
	return cmp.Or(t.without[key], "it is not in that run's plan")
}

func compare(old, new *data.Run, a, b *data.Row, o Options) (Pair, error) {
	p := Pair{
		Target: b.Job.Target, Old: a, New: b, Verdict: NotComparable,
		OldNS: a.Measurement.Summary.HeadlineNS, NewNS: b.Measurement.Summary.HeadlineNS,
	}
	for _, d := range differences(old, new, a, b) {
		if d.fatal && !slices.Contains(o.Across, d.kind) {
			p.Reasons = append(p.Reasons, d.text)
		} else {
			p.Differ = append(p.Differ, d.text)
		}
	}
	if len(p.Reasons) > 0 {
		return p, nil
	}
	before, err := old.Samples(a)
	if err != nil {
		return p, err
	}
	after, err := new.Samples(b)
	if err != nil {
		return p, err
	}
	d, err := measure.Compare(before, after, b.Job.Policy.Headline, 1-Alpha)
	if err != nil {
		p.Reasons = []string{err.Error()}
		return p, nil
	}
	p.Difference = &d
	return p, nil
}

// judge gives the compared pairs their verdicts, the probabilities adjusted for
// how many they are.
func (c *Comparison) judge() {
	var compared []*Pair
	for i := range c.Pairs {
		if c.Pairs[i].Difference != nil {
			compared = append(compared, &c.Pairs[i])
		}
	}
	slices.SortStableFunc(compared, func(a, b *Pair) int { return cmp.Compare(a.P, b.P) })
	last := 0.0
	for i, p := range compared {
		last = max(last, min(1, p.P*float64(len(compared)-i)))
		p.Adjusted = last
		p.Verdict = p.verdict(c.Threshold)
	}
}

func (p *Pair) verdict(threshold float64) Verdict {
	switch {
	case p.Adjusted >= Alpha:
		return NoDifference
	case p.Ratio > 1+threshold:
		return Regressed
	case p.Ratio < 1/(1+threshold):
		return Improved
	}
	return NoDifference
}

// gather says once what all compared pairs differ in.
func (c *Comparison) gather() {
	first := slices.IndexFunc(c.Pairs, func(p Pair) bool { return p.Difference != nil })
	if first < 0 {
		return
	}
	for _, text := range c.Pairs[first].Differ {
		if !slices.ContainsFunc(c.Pairs, func(p Pair) bool { return p.Difference != nil && !slices.Contains(p.Differ, text) }) {
			c.Differ = append(c.Differ, text)
		}
	}
	for i := range c.Pairs {
		c.Pairs[i].Differ = slices.DeleteFunc(c.Pairs[i].Differ, func(text string) bool {
			return c.Pairs[i].Difference != nil && slices.Contains(c.Differ, text)
		})
	}
}
