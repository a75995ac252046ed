package answer

import (
	"slices"
	"strings"
)

// Front are the entries that no other is at least as good as in both time and
// something else, of which less is better: the Pareto front, of equal ones the
// first. All have the other value.
func Front(entries []*Entry, of func(*Entry) *float64) []*Entry {
	var front []*Entry
	for i, e := range entries {
		beaten := false
		for k, other := range entries {
			time, value := other.Values.LatencyMS-e.Values.LatencyMS, *of(other)-*of(e)
			equal := time == 0 && value == 0
			beaten = beaten || time <= 0 && value <= 0 && (!equal || k < i)
		}
		if !beaten {
			front = append(front, e)
		}
	}
	return front
}

// Group is what has no result for one reason.
type Group struct {
	Names  []string
	Reason string
}

// Groups gathers what has no result, where it is to be told, by the reason. Of a
// framework of which nothing ran for one reason it has the framework's name alone.
func (a *Answer) Groups(told func(Without) bool) []Group {
	var groups []Group
	for _, w := range a.Without {
		if !told(w) {
			continue
		}
		name := a.Name(w.Target)
		if a.nothingRan(w) {
			name = w.Framework
		}
		reason := strings.TrimPrefix(w.Reason, w.Framework+" ") // which the name says
		i := slices.IndexFunc(groups, func(g Group) bool { return g.Reason == reason })
		if i < 0 {
			i = len(groups)
			groups = append(groups, Group{Reason: reason})
		}
		if !slices.Contains(groups[i].Names, name) {
			groups[i].Names = append(groups[i].Names, name)
		}
	}
	return groups
}

// nothingRan reports whether a framework has no result, and all for one reason.
func (a *Answer) nothingRan(w Without) bool {
	return !slices.ContainsFunc(a.Ranked, func(e Entry) bool { return e.Framework == w.Framework }) &&
		!slices.ContainsFunc(a.Without, func(o Without) bool { return o.Framework == w.Framework && o.Reason != w.Reason })
}
