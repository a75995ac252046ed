package compiler

import (
	"errors"
	"fmt"

	"edgebench/compiler/audit"
	"edgebench/compiler/catalog"
	"edgebench/compiler/graph"
	"edgebench/compiler/lower"
	"edgebench/compiler/plan"
	"edgebench/specs"
)

// Compile compiles the specs at some paths: names of built-in studies, folders
// or files. With no path it compiles the built-in studies. What is wrong with
// the specs is returned as catalog.Diagnostics.
func Compile(paths ...string) (*plan.Plan, error) {
	if len(paths) == 0 {
		paths = specs.Studies
	}
	loaded, err := loadAll(paths)
	if err != nil {
		return nil, err
	}
	return compile(loaded)
}

func loadAll(paths []string) ([]*catalog.Spec, error) {
	var loaded []*catalog.Spec
	var faults catalog.Diagnostics
	for _, path := range paths {
		spec, err := catalog.Load(path)
		if err != nil {
			faults = append(faults, diagnostics(err)...)
			continue
		}
		loaded = append(loaded, spec)
	}
	return loaded, faults.Err()
}

// diagnostics keeps an error's positions where it has them.
func diagnostics(err error) catalog.Diagnostics {
	var many catalog.Diagnostics
	var single catalog.Diagnostic
	switch {
	case errors.As(err, &many):
		return many
	case errors.As(err, &single):
		return catalog.Diagnostics{single}
	}
	return catalog.Diagnostics{{Msg: err.Error()}}
}

func compile(loaded []*catalog.Spec) (*plan.Plan, error) {
	b := newBuilder()
	var faults catalog.Diagnostics
	for _, spec := range loaded {
		faults = append(faults, b.add(spec)...)
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	b.attachGraphs()
	return b.plan, b.plan.Seal()
}

// builder gathers the plan of one or several specs.
type builder struct {
	plan    *plan.Plan
	lowered map[*catalog.Model]*model // shared by specs that share the catalogue
	jobs    map[string]int            // by identity
	studies map[string]bool
}

// model is a model with what the compiler found out about it.
type model struct {
	graph  *graph.Graph // nil without layers
	digest string       // of the graph
	audit  *audit.Audit
}

func newBuilder() *builder {
	return &builder{
		plan: &plan.Plan{
			Format: plan.Format,
			Jobs:   []plan.Job{}, Skips: []plan.Skip{}, Cells: []plan.Cell{},
		},
		lowered: map[*catalog.Model]*model{},
		jobs:    map[string]int{},
		studies: map[string]bool{},
	}
}

// add compiles one spec into the plan.
func (b *builder) add(spec *catalog.Spec) catalog.Diagnostics {
	faults := checkReferences(spec)
	faults = append(faults, b.lowerModels(spec)...)
	if len(faults) > 0 {
		return faults
	}
	faults = append(faults, b.merge(spec)...)
	e, more := newExpander(b, spec)
	faults = append(faults, more...)
	if len(faults) > 0 {
		return faults
	}
	return e.run()
}

func (b *builder) lowerModels(spec *catalog.Spec) catalog.Diagnostics {
	var faults catalog.Diagnostics
	for _, m := range spec.Models.All() {
		if _, done := b.lowered[m]; done {
			continue
		}
		lowered, more := lowerModel(spec, m)
		b.lowered[m] = lowered
		faults = append(faults, more...)
	}
	return faults
}

func lowerModel(spec *catalog.Spec, m *catalog.Model) (*model, catalog.Diagnostics) {
	if len(m.Layers) == 0 {
		if m.Claimed == nil {
			return &model{}, catalog.Diagnostics{spec.Fault([]any{"models", m.Name}, "state the model's `layers`, or at least what a source claims of it in `claimed`")}
		}
		return &model{}, nil
	}
	g, err := lower.Model(spec, m)
	if err != nil {
		return &model{}, diagnostics(err)
	}
	a, faults := audit.Model(spec, m, g)
	return &model{graph: g, digest: g.Digest(), audit: &a}, faults
}

// merge adds a spec's study and catalogue to the plan.
func (b *builder) merge(spec *catalog.Spec) catalog.Diagnostics {
	into := &b.plan.Catalog
	var faults catalog.Diagnostics
	for name, m := range spec.Models.All() {
		if known, taken := into.Models.Get(name); taken {
			faults = append(faults, conflict(spec, "models", name, known.Audit != b.lowered[m].audit)...)
			continue
		}
		into.Models.Add(name, b.planModel(m))
	}
	faults = append(faults, mergeNamed(spec, "frameworks", &into.Frameworks, &spec.Frameworks)...)
	faults = append(faults, mergeNamed(spec, "optimizations", &into.Optimizations, &spec.Optimizations)...)
	faults = append(faults, mergeNamed(spec, "platforms", &into.Platforms, &spec.Platforms)...)
	if spec.Study == nil {
		return faults
	}
	if b.studies[spec.Study.Name] {
		return append(faults, spec.Fault([]any{"study", "name"}, "another spec of this plan is named %q too: choose another name", spec.Study.Name))
	}
	b.studies[spec.Study.Name] = true
	b.plan.Studies = append(b.plan.Studies, plan.Study{
		Study: *spec.Study, Experiments: spec.Experiments, Sources: spec.Sources,
		Figures: spec.Figures, Tables: spec.Tables, Claims: spec.Claims,
	})
	return faults
}

func (b *builder) planModel(m *catalog.Model) *plan.Model {
	return &plan.Model{
		Name: m.Name, Task: m.Task, Reference: m.Reference, Input: m.Input,
		Claimed: m.Claimed, Notes: m.Notes, Audit: b.lowered[m].audit,
	}
}

// mergeNamed adds a spec's entries to the plan's. Specs share the entries of
// the built-in catalogue, but may not give one name to two things.
func mergeNamed[T any](spec *catalog.Spec, kind string, into, from *catalog.Named[*T]) catalog.Diagnostics {
	var faults catalog.Diagnostics
	for name, v := range from.All() {
		if !into.Add(name, v) {
			known, _ := into.Get(name)
			faults = append(faults, conflict(spec, kind, name, known != v)...)
		}
	}
	return faults
}

func conflict(spec *catalog.Spec, kind, name string, differ bool) catalog.Diagnostics {
	if !differ {
		return nil
	}
	return catalog.Diagnostics{spec.Fault([]any{kind, name}, "another spec of this plan has a %q in %s of its own: choose another name", name, kind)}
}

// attachGraphs puts the graphs of the models that are measured into the plan.
func (b *builder) attachGraphs() {
	graphs := map[string]*graph.Graph{}
	for m, lowered := range b.lowered {
		graphs[m.Name] = lowered.graph
	}
	for _, j := range b.plan.Jobs {
		if j.Origin == catalog.Measured {
			m, _ := b.plan.Catalog.Models.Get(j.Model)
			m.Graph = graphs[j.Model]
		}
	}
}

// Audits lowers and audits the models of the built-in catalogue, or of the
// specs at some paths, in the order of the catalogue.
func Audits(paths ...string) (*catalog.Named[*plan.Model], error) {
	b := newBuilder()
	loaded, err := modelSpecs(paths)
	if err != nil {
		return nil, err
	}
	var faults catalog.Diagnostics
	for _, spec := range loaded {
		faults = append(faults, b.lowerModels(spec)...)
		faults = append(faults, b.merge(spec)...)
	}
	for m, lowered := range b.lowered {
		if p, ok := b.plan.Catalog.Models.Get(m.Name); ok {
			p.Graph = lowered.graph
		}
	}
	return &b.plan.Catalog.Models, faults.Err()
}

func modelSpecs(paths []string) ([]*catalog.Spec, error) {
	if len(paths) > 0 {
		return loadAll(paths)
	}
	spec, err := catalog.Builtin()
	if err != nil {
		return nil, fmt.Errorf("built-in catalogue: %w", err)
	}
	return []*catalog.Spec{spec}, nil
}
