package compiler

import (
	"slices"
	"strings"

	"edgebench/compiler/spec"
)

// The environment variable that allows a plan more combinations, and how many
// it may have without.
const (
	combinationsVariable = "EDGEBENCH_MAX_COMBINATIONS"
	defaultCombinations  = 150_000
)

// refuseTooMany counts the combinations of a target, and refuses those that
// the plan has no room for.
func (e *expander) refuseTooMany(more float64, at []any) (refused bool) {
	e.combinations += more
	if e.combinations <= float64(e.maxCombinations) {
		return false
	}
	e.fault(at, "the specs select %.0f combinations with this target, and %d are allowed: select less, or allow more with %s",
		e.combinations, e.maxCombinations, combinationsVariable)
	return true
}

// refusePairs refuses a platform and a framework that a target asks for by
// name and that cannot go together. Those that "all" selects are skips.
func (e *expander) refusePairs(t *spec.Target, at []any) (refused bool) {
	if t.Platforms.All || t.Frameworks.All {
		return false
	}
	for _, p := range t.Platforms.Names {
		for i, f := range t.Frameworks.Names {
			if !e.checker.Deploys(p, f) {
				e.fault(append(slices.Clip(at), "frameworks", i), "%s. Name another pair, or add the framework to the platform's `frameworks`", e.checker.NotDeployable(p, f).Reason)
				refused = true
			}
		}
	}
	return refused
}

// refuseRepeated refuses what a target selects twice: nothing runs twice, so
// that it can only be a slip.
func (e *expander) refuseRepeated(t *spec.Target, at []any) (refused bool) {
	sets := make([]string, len(t.Optimizations))
	for i, set := range t.Optimizations {
		sorted := slices.Compact(slices.Sorted(slices.Values(set)))
		sets[i] = "[" + strings.Join(sorted, ", ") + "]"
	}
	threads := make([]string, len(t.Threads))
	for i, r := range t.Threads {
		threads[i] = r.String()
		if r.Len() == 0 {
			e.fault(append(slices.Clip(at), "threads", i), "%v is nothing: write the smaller number first", r)
			refused = true
		}
	}
	for _, list := range []struct {
		field string
		items []string
	}{
		{"platforms", t.Platforms.Names}, {"frameworks", t.Frameworks.Names}, {"models", t.Models},
		{"environments", t.Environments}, {"optimizations", sets}, {"threads", threads},
	} {
		for i, first := range repeated(list.items) {
			under := append(slices.Clip(at), list.field, i)
			e.fault(under, "%s stands here twice (at [%d] too): leave one out", spec.Shortened(list.items[i]), first)
			refused = true
		}
	}
	return refused
}

// repeated yields the index of each item that occurred before, and where it
// first did.
func repeated(items []string) func(yield func(i, first int) bool) {
	return func(yield func(i, first int) bool) {
		seen := map[string]int{}
		for i, item := range items {
			first, known := seen[item]
			if !known {
				seen[item] = i
			} else if !yield(i, first) {
				return
			}
		}
	}
}
