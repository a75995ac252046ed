package catalog

import (
	"slices"

	"edgebench/compiler/policy"
)

// Spec is one directory of specs together with the built-in catalogue.
type Spec struct {
	Study         *Study                `json:"study"`
	Models        Named[*Model]         `json:"models"`
	Frameworks    Named[*Framework]     `json:"frameworks"`
	Optimizations Named[*Optimization]  `json:"optimizations"`
	Platforms     Named[*Platform]      `json:"platforms"`
	Policies      Named[*policy.Policy] `json:"policies"`
	Rules         Named[*Rule]          `json:"rules"`
	Cells         Named[*Cell]          `json:"cells"`
	Sources       Named[*Source]        `json:"sources"`
	Experiments   Named[*Experiment]    `json:"experiments"`
	Figures       Named[*Figure]        `json:"figures"`
	Tables        Named[*Table]         `json:"tables"`
	Claims        Named[*Claim]         `json:"claims"`

	src    source
	syntax syntax
	base   *Spec // the built-in catalogue, or nil for itself
}

// inherit adds the built-in catalogue's entries after the spec's own. A name
// that both have is an error: results under it could mean either.
func (s *Spec) inherit() Diagnostics {
	if s.base == nil {
		return nil
	}
	return slices.Concat(
		inherit(s, "models", &s.Models, &s.base.Models),
		inherit(s, "frameworks", &s.Frameworks, &s.base.Frameworks),
		inherit(s, "optimizations", &s.Optimizations, &s.base.Optimizations),
		inherit(s, "platforms", &s.Platforms, &s.base.Platforms),
		inherit(s, "policies", &s.Policies, &s.base.Policies),
		inherit(s, "rules", &s.Rules, &s.base.Rules),
		inherit(s, "cells", &s.Cells, &s.base.Cells),
		inherit(s, "sources", &s.Sources, &s.base.Sources),
	)
}

func inherit[T any](s *Spec, kind string, own, base *Named[T]) Diagnostics {
	var ds Diagnostics
	merged := Named[T]{}
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
