package result

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"

	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/compiler/spec/policy"
	"edgebench/executor/journal"
	"edgebench/executor/measure"
)

// Planned lets the journal check records against their plan: a record that
// cannot be of the plan, or whose summary is not that of its samples, does not
// count.
//
// The summary is computed again with the present rules: whoever changes what is
// compared, such as how an interval is computed, changes journal.Format too.
func Planned(p *plan.Plan) journal.Planned {
	c := &checker{jobs: map[string]*plan.Job{}, samples: map[string]string{}}
	var planned journal.Planned
	for i := range p.Jobs {
		j := &p.Jobs[i]
		c.jobs[j.Identity] = j
		planned.Identities = append(planned.Identities, j.Identity)
	}
	planned.Check = c.check
	return planned
}

type checker struct {
	jobs    map[string]*plan.Job // by identity
	samples map[string]string    // identity of the job that has samples of a digest
}

func (c *checker) check(r journal.Record, samples []byte) error {
	j, ok := c.jobs[r.Identity]
	switch {
	case !ok:
		return fmt.Errorf("the plan has no job of the record's identity %.12s", r.Identity)
	case r.Job != j.ID:
		return fmt.Errorf("the record names the job %s, and its identity is that of %s", r.Job, j.ID)
	case r.Origin != j.Origin:
		return fmt.Errorf("the record of job %s is %s, and the plan says %s", j.ID, r.Origin, j.Origin)
	case r.Origin == spec.Published:
		return checkPublished(r, j)
	}
	if err := c.claim(r); err != nil {
		return err
	}
	if err := checkMeasured(r, j, samples); err != nil {
		return fmt.Errorf("the record of job %s: %w", j.ID, err)
	}
	return nil
}

// claim refuses samples that another job has: no two series are equal to the
// nanosecond.
func (c *checker) claim(r journal.Record) error {
	if r.SamplesSHA256 == "" {
		return nil
	}
	owner, taken := c.samples[r.SamplesSHA256]
	if taken && owner != r.Identity {
		return fmt.Errorf("the record of job %s has the samples of another job, %.12s", r.Job, owner)
	}
	c.samples[r.SamplesSHA256] = r.Identity
	return nil
}

func checkPublished(r journal.Record, j *plan.Job) error {
	want, err := json.Marshal(Result{Published: j.Published})
	if err != nil {
		return err
	}
	if r.Status == journal.StatusDone && bytes.Equal(want, r.Payload) {
		return nil // the rule, and cheaper than decoding
	}
	var got Result
	if err := json.Unmarshal(r.Payload, &got); err != nil {
		return fmt.Errorf("the record of job %s cannot be read: %w", j.ID, err)
	}
	if r.Status == journal.StatusDone && !reflect.DeepEqual(got, Result{Published: j.Published}) {
		return fmt.Errorf("the record of job %s is not the published value that the plan holds", j.ID)
	}
	return nil
}

func checkMeasured(r journal.Record, j *plan.Job, text []byte) error {
	var got Result
	if len(r.Payload) > 0 {
		if err := json.Unmarshal(r.Payload, &got); err != nil {
			return fmt.Errorf("it cannot be read: %w", err)
		}
	}
	switch {
	case got.Published != nil:
		return errors.New("it is of a measured job, and holds a published value")
	case got.Measurement == nil && r.Status == journal.StatusDone:
		return errors.New("it holds no measurement")
	case got.Measurement == nil:
		return nil
	case j.Policy == nil:
		return errors.New("its job has no policy")
	}
	samples, err := readSamples(text)
	if err != nil {
		return err
	}
	if what := difference(got.Measurement.Summary, measure.Summarize(samples, *j.Policy)); what != "" {
		return fmt.Errorf("its summary is not that of its samples: %s", what)
	}
	return nil
}

func readSamples(text []byte) ([]measure.Sample, error) {
	if len(text) == 0 {
		return nil, nil
	}
	return measure.ReadSamples(bytes.NewReader(text))
}

// difference says what a stored summary and the one of the samples differ in.
func difference(stored, computed measure.Summary) string {
	if stored.Count != computed.Count || stored.WarmupCount != computed.WarmupCount {
		return fmt.Sprintf("it says %d measured and %d warm-up inferences, they are %d and %d", stored.Count, stored.WarmupCount, computed.Count, computed.WarmupCount)
	}
	if stored.Headline != computed.Headline {
		return fmt.Sprintf("its headline is the %s, and the policy's the %s", stored.Headline, computed.Headline)
	}
	a, b := numbers(stored), numbers(computed)
	if len(a) != len(b) {
		return "it has other intervals or percentiles"
	}
	for i := range a {
		if a[i].name != b[i].name || !near(a[i].value, b[i].value) {
			return fmt.Sprintf("%s is %g, and %g by the samples", a[i].name, a[i].value, b[i].value)
		}
	}
	return ""
}

type number struct {
	name  string
	value float64
}

func numbers(s measure.Summary) []number {
	list := []number{
		{string(s.Headline), s.HeadlineNS}, {string(policy.Median), s.MedianNS}, {string(policy.Mean), s.MeanNS},
		{"minimum", s.MinNS}, {"maximum", s.MaxNS},
	}
	if s.HeadlineCI != nil {
		list = append(list, number{"the interval's lower end", s.HeadlineCI.LowNS}, number{"the interval's upper end", s.HeadlineCI.HighNS})
	}
	if f := s.Processes; f != nil {
		for i, l := range f.Levels {
			list = append(list, number{fmt.Sprintf("the headline of process %d", i+1), l.HeadlineNS}, number{fmt.Sprintf("the count of process %d", i+1), float64(l.Count)})
		}
		if f.Share != nil {
			list = append(list, number{"1 and the processes' share", 1 + *f.Share}) // differences of sums are near each other, not near 0
		}
	}
	for _, p := range s.Percentiles {
		if p.ValueNS != nil {
			list = append(list, number{fmt.Sprintf("percentile %g", p.Percentile), *p.ValueNS})
		}
	}
	return list
}

// near allows for sums that one architecture rounds in other steps than another.
func near(a, b float64) bool {
	const tolerance = 1e-9
	return math.Abs(a-b) <= tolerance*max(math.Abs(a), math.Abs(b))
}
