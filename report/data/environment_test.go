package data

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNameApart: the first facts that differ, and no more of them than needed.
func TestNameApart(t *testing.T) {
	for _, c := range []struct {
		facts [][]string
		want  []string
	}{
		{nil, []string{}},
		{[][]string{{"A72", "4 cores"}}, []string{""}},
		{[][]string{{"A72", "4 cores", "x"}, {"A53", "2 cores", "y"}}, []string{"A72", "A53"}},
		{[][]string{{"A72", "4 cores", "x"}, {"A72", "4 cores", "y"}}, []string{"x", "y"}},
		{[][]string{{"A72", "4 cores", "x"}, {"A72", "2 cores", "x"}, {"A53", "2 cores", "x"}}, []string{"A72, 4 cores", "A72, 2 cores", "A53, 2 cores"}},
	} {
		if diff := cmp.Diff(c.want, nameApart(c.facts)); diff != "" {
			t.Errorf("%v: -want +got:\n%s", c.facts, diff)
		}
	}
}
