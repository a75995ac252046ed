package cli

import (
	"testing"

	"edgebench/executor/measure"
	"edgebench/report/answer"
)

// TestContends: a look leaves in the contest what may be the best, and two of each
// model at least.
func TestContends(t *testing.T) {
	entry := func(low float64, alike bool, meets answer.State) answer.Entry {
		return answer.Entry{ToFirst: &measure.Difference{Low: low}, Alike: alike, Meets: meets}
	}
	a := &answer.Answer{Ranked: []answer.Entry{
		{Meets: answer.Met},
		entry(3, false, answer.Met),
		entry(1.05, false, answer.Met),
		entry(1.5, true, answer.Met),
		entry(1.5, false, answer.Met),
		{Meets: answer.Undecided},
		entry(0.5, false, answer.NotMet),
	}}
	for place, want := range []bool{true, true, true, true, false, true, false} {
		if got := contends(a, place); got != want {
			t.Errorf("place %d contends: %t", place+1, got)
		}
	}
}
