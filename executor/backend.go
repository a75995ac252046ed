package executor

import (
	"fmt"
	"maps"
	"slices"

	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
)

// replay is the backend of published values, which no platform names.
const replay = "published"

// backendOf is the backend of a job: that of its platform, unless its value is
// published.
func (r *run) backendOf(j plan.Job) string {
	if j.Origin == spec.Published {
		return replay
	}
	p, ok := r.plan.Catalog.Platforms.Get(j.Platform)
	if !ok {
		return ""
	}
	return p.Backend
}

// unreachable is why there is no backend for a job.
func (r *run) unreachable(j plan.Job) error {
	name := r.backendOf(j)
	if _, ok := r.backends[name]; ok && (name != replay || j.Origin == spec.Published) {
		return nil
	}
	names := slices.Sorted(maps.Keys(r.backends))
	names = slices.DeleteFunc(names, func(n string) bool { return n == replay })
	return fmt.Errorf("%s is reached by the backend %q, which this version of edgebench does not have (it has %v): run the plan with the version that made it, or there",
		j.Platform, name, names)
}
