package answer

import "slices"

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

// Groups gathers what has no result by the reason, but for some statuses.
func (a *Answer) Groups(leftOut ...string) []Group {
	var groups []Group
	for _, w := range a.Without {
		if slices.Contains(leftOut, w.Status) {
			continue
		}
		name := a.Name(w.Target)
		if w.Status == "not_installed" {
			name = w.Framework
		}
		i := slices.IndexFunc(groups, func(g Group) bool { return g.Reason == w.Reason })
		if i < 0 {
			i = len(groups)
			groups = append(groups, Group{Reason: w.Reason})
		}
		if !slices.Contains(groups[i].Names, name) {
			groups[i].Names = append(groups[i].Names, name)
		}
	}
	return groups
}
