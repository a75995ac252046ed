package load

import (
	"slices"

	"edgebench/compiler/spec"
)

// inherit adds the built-in catalogue's entries before the spec's own. A name
// that both have is an error: results under it could mean either.
func inherit(s, base *spec.Spec) spec.Diagnostics {
	return slices.Concat(
		inheritNamed(s, "models", &s.Models, &base.Models),
		inheritNamed(s, "frameworks", &s.Frameworks, &base.Frameworks),
		inheritNamed(s, "optimizations", &s.Optimizations, &base.Optimizations),
		inheritNamed(s, "platforms", &s.Platforms, &base.Platforms),
		inheritNamed(s, "policies", &s.Policies, &base.Policies),
		inheritNamed(s, "rules", &s.Rules, &base.Rules),
		inheritNamed(s, "cells", &s.Cells, &base.Cells),
		inheritNamed(s, "sources", &s.Sources, &base.Sources),
	)
}

func inheritNamed[T any](s *spec.Spec, kind string, own, base *spec.Named[T]) spec.Diagnostics {
	var ds spec.Diagnostics
	merged := spec.Named[T]{}
	for name, v := range base.All() {
		merged.Add(name, v)
	}
	for name, v := range own.All() {
		if !merged.Add(name, v) {
			ds = append(ds, s.Fault([]any{kind, name}, "the built-in catalogue already has %q: choose another name", name))
		}
	}
	*own = merged
	return ds
}
