package compiler

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"edgebench/compiler/check"
	"edgebench/compiler/load"
	"edgebench/compiler/metric"
	"edgebench/compiler/network/audit"
	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/lower"
	"edgebench/compiler/network/onnx"
	"edgebench/compiler/network/weights"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/specs"
)

// Compile compiles the specs at some paths: names of built-in studies, folders
// or files. With no path it compiles the built-in studies. What is wrong with
// the specs is returned as spec.Diagnostics. When the context ends, so does
// Compile, with the context's error.
func Compile(ctx context.Context, paths ...string) (*plan.Plan, error) {
	return CompileWith(ctx, Overrides{}, paths...)
}

// CompileWith is Compile of specs that say something else in some places.
func CompileWith(ctx context.Context, o Overrides, paths ...string) (p *plan.Plan, err error) {
	if len(paths) == 0 {
		paths = specs.Studies
	}
	defer spec.Recover(strings.Join(paths, ", "), &err)
	loaded, err := loadAll(ctx, paths)
	if err != nil {
		return nil, err
	}
	if err := o.apply(loaded); err != nil {
		return nil, err
	}
	return compile(ctx, loaded)
}

func loadAll(ctx context.Context, paths []string) ([]*spec.Spec, error) {
	var loaded []*spec.Spec
	var faults spec.Diagnostics
	for _, path := range paths {
		s, err := load.Load(ctx, path)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			faults = append(faults, spec.DiagnosticsOf(err)...)
			continue
		}
		loaded = append(loaded, s)
	}
	return loaded, faults.Err()
}

func compile(ctx context.Context, loaded []*spec.Spec) (*plan.Plan, error) {
	b := newBuilder(ctx)
	var err error
	if b.maxCombinations, err = spec.Limit(combinationsVariable, defaultCombinations); err != nil {
		return nil, err
	}
	var faults spec.Diagnostics
	for _, s := range loaded {
		faults = append(faults, b.add(s)...)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	b.keepShownModels()
	b.attachGraphs()
	if len(b.plan.Places) > 0 {
		estimators, err := Estimators(ctx, b.plan)
		if err != nil {
			return nil, err
		}
		estimatePlaces(b.plan.Places, estimators, b.graphs())
	}
	return b.plan, b.plan.Seal()
}

// builder gathers the plan of one or several specs.
type builder struct {
	ctx     context.Context // once it has ended, what the builder gives is not whole
	plan    *plan.Plan
	lowered map[*spec.Model]*model // shared by specs that share the catalogue
	models  map[string]*spec.Model // in the plan
	jobs    map[string]int         // by identity
	studies map[string]bool

	combinations    float64 // that targets selected so far
	maxCombinations int
}

// model is a model with what the compiler found out about it.
type model struct {
	graph   *graph.Graph // nil without layers
	digest  string       // of the graph
	weights string       // how they are drawn, or the digest of the files with them
	source  *plan.Source // nil but of a file
	audit   *audit.Audit
	opaque  *plan.Opaque // nil but of a file without a graph
	input   graph.Shape  // of an opaque file
}

func newBuilder(ctx context.Context) *builder {
	return &builder{
		ctx: ctx,
		plan: &plan.Plan{
			Format: plan.Format,
			Jobs:   []plan.Job{}, Skips: []plan.Skip{}, Cells: []plan.Cell{},
		},
		lowered: map[*spec.Model]*model{},
		models:  map[string]*spec.Model{},
		jobs:    map[string]int{},
		studies: map[string]bool{},
	}
}

// add compiles one spec into the plan.
func (b *builder) add(s *spec.Spec) spec.Diagnostics {
	known := check.Known(s)
	faults := check.References(s)
	faults = append(faults, check.Expressions(s, known)...)
	faults = append(faults, b.lowerModels(s)...)
	if len(faults) > 0 {
		return faults
	}
	faults = append(faults, b.merge(s)...)
	e, more := newExpander(b, s, known)
	faults = append(faults, more...)
	if len(faults) > 0 {
		return faults
	}
	return e.run()
}

func (b *builder) lowerModels(s *spec.Spec) spec.Diagnostics {
	var faults spec.Diagnostics
	for _, m := range s.Models.All() {
		if _, done := b.lowered[m]; done {
			continue
		}
		if b.ctx.Err() != nil {
			return faults
		}
		lowered, more := lowerModel(b.ctx, s, m)
		b.lowered[m] = lowered
		faults = append(faults, more...)
	}
	return faults
}

func lowerModel(ctx context.Context, s *spec.Spec, m *spec.Model) (*model, spec.Diagnostics) {
	if m.Source != "" {
		return readModel(s, m)
	}
	if len(m.Input) == 0 {
		return &model{}, spec.Diagnostics{s.Fault([]any{"models", m.Name}, "state the model's `input`, such as [3, 224, 224] for channels, height and width")}
	}
	if len(m.Layers) == 0 {
		if m.Claimed == nil {
			return &model{}, spec.Diagnostics{s.Fault([]any{"models", m.Name}, "state the model's `layers`, its `source`, or at least what a source claims of it in `claimed`")}
		}
		return &model{}, nil
	}
	g, err := lower.Model(ctx, s, m)
	if err != nil {
		return &model{}, spec.DiagnosticsOf(err)
	}
	a, faults := audit.Model(s, m, g)
	return &model{graph: g, digest: g.Digest(), weights: weights.Scheme, audit: &a}, faults
}

// readModel reads a model from its file. Its weights are read again when it is
// run.
func readModel(s *spec.Spec, m *spec.Model) (*model, spec.Diagnostics) {
	at := []any{"models", m.Name, "source"}
	fault := func(format string, args ...any) (*model, spec.Diagnostics) {
		return &model{}, spec.Diagnostics{s.Fault(at, format, args...)}
	}
	switch {
	case len(m.Layers) > 0:
		return fault("the model has `layers` too: state one of both")
	case len(m.Outputs) > 0:
		return fault("`outputs` name taps of `layers`, and the file names its own: leave them out")
	case s.Dir == "":
		return fault("a model of the built-in catalogue cannot be a file")
	case !filepath.IsLocal(filepath.FromSlash(m.Source)):
		return fault("%s leads out of the spec's folder: the file must lie in it or below", m.Source)
	}
	read, source, err := openSource(s.Dir, m)
	if refused := (*onnx.UnsupportedError)(nil); errors.As(err, &refused) {
		opaque, err := openOpaque(s.Dir, m, refused.Cause)
		if err != nil {
			return fault("%v", err)
		}
		return opaque, nil
	}
	if err != nil {
		return fault("%v", err)
	}
	a, faults := audit.Model(s, m, read.Graph)
	return &model{
		graph: read.Graph, digest: read.Graph.Digest(), weights: "onnx " + source.Digest(), source: source, audit: &a,
	}, faults
}

// openSource reads a model's file. Names and links that lead out of the spec's
// folder are refused.
func openSource(dir string, m *spec.Model) (*onnx.Model, *plan.Source, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, err
	}
	defer root.Close()
	name := path.Clean(filepath.ToSlash(m.Source))
	read, err := onnx.Read(root.FS(), name, onnx.Options{Name: m.Name, Input: m.Input})
	if err != nil {
		return nil, nil, err
	}
	return read, sourceOf(name, dir, read.Files), nil
}

func sourceOf(name, dir string, files []onnx.File) *plan.Source {
	source := &plan.Source{Path: name, Dir: dir}
	for _, f := range files {
		source.Files = append(source.Files, plan.File(f))
	}
	return source
}

// openOpaque reads what a file declares, whose nodes the importer refused for a
// reason.
func openOpaque(dir string, m *spec.Model, reason error) (*model, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	name := path.Clean(filepath.ToSlash(m.Source))
	found, err := onnx.Inspect(root.FS(), name, onnx.Options{Name: m.Name, Input: m.Input})
	if err != nil {
		return nil, err
	}
	source := sourceOf(name, dir, found.Files)
	opaque := &plan.Opaque{
		Reason: reason.Error(), InputName: found.InputName, Parameters: found.Parameters, Quantized: found.Quantized,
	}
	for _, out := range found.Outputs {
		opaque.Outputs = append(opaque.Outputs, plan.Output(out))
	}
	return &model{digest: "opaque", weights: "onnx " + source.Digest(), source: source, opaque: opaque, input: found.Input}, nil
}

// merge adds a spec's study and catalogue to the plan.
func (b *builder) merge(s *spec.Spec) spec.Diagnostics {
	into := &b.plan.Catalog
	var faults spec.Diagnostics
	for name, m := range s.Models.All() {
		if known, taken := b.models[name]; taken {
			faults = append(faults, conflict(s, "models", name, known != m)...)
			continue
		}
		b.models[name] = m
		into.Models.Add(name, b.planModel(m))
	}
	faults = append(faults, mergeNamed(s, "frameworks", &into.Frameworks, &s.Frameworks)...)
	faults = append(faults, mergeNamed(s, "optimizations", &into.Optimizations, &s.Optimizations)...)
	faults = append(faults, mergeNamed(s, "platforms", &into.Platforms, &s.Platforms)...)
	if s.Study == nil {
		return faults
	}
	if b.studies[s.Study.Name] {
		return append(faults, s.Fault([]any{"study", "name"}, "another spec of this plan is named %q too: choose another name", s.Study.Name))
	}
	b.studies[s.Study.Name] = true
	b.plan.Studies = append(b.plan.Studies, plan.Study{
		Study: *s.Study, Experiments: s.Experiments, Sources: s.Sources,
		Figures: s.Figures, Tables: s.Tables, Claims: s.Claims,
	})
	return faults
}

func (b *builder) planModel(m *spec.Model) *plan.Model {
	lowered := b.lowered[m]
	input := graph.Shape(m.Input)
	if lowered.graph != nil {
		input = lowered.graph.Input() // of a file, that may be all that states it
	}
	if lowered.opaque != nil {
		input = lowered.input
	}
	return &plan.Model{
		Name: m.Name, Task: m.Task, Reference: m.Reference, Input: input,
		Claimed: m.Claimed, Notes: m.Notes, Audit: lowered.audit, Source: lowered.source, Opaque: lowered.opaque,
	}
}

// mergeNamed adds a spec's entries to the plan's. Specs share the entries of
// the built-in catalogue, but may not give one name to two things.
func mergeNamed[T any](s *spec.Spec, kind string, into, from *spec.Named[*T]) spec.Diagnostics {
	var faults spec.Diagnostics
	for name, v := range from.All() {
		if !into.Add(name, v) {
			known, _ := into.Get(name)
			faults = append(faults, conflict(s, kind, name, known != v)...)
		}
	}
	return faults
}

func conflict(s *spec.Spec, kind, name string, differ bool) spec.Diagnostics {
	if !differ {
		return nil
	}
	return spec.Diagnostics{s.Fault([]any{kind, name}, "another spec of this plan has a %q in %s of its own: choose another name", name, kind)}
}

// keepShownModels drops the models that no study mentions, so that a report is
// about what its study is about. A figure or a table over all models keeps all.
func (b *builder) keepShownModels() {
	shown := map[string]bool{}
	for _, j := range b.plan.Jobs {
		shown[j.Model] = true
	}
	for _, s := range b.plan.Skips {
		shown[s.Model] = true
	}
	for _, s := range b.plan.Studies {
		for _, f := range s.Figures.All() {
			if f.Over == "models" {
				return
			}
		}
		for _, t := range s.Tables.All() {
			if t.Of == "models" && len(t.Rows) == 0 {
				return
			}
			for _, name := range t.Rows {
				shown[name] = true
			}
		}
	}
	var kept spec.Named[*plan.Model]
	for name, m := range b.plan.Catalog.Models.All() {
		if shown[name] {
			kept.Add(name, m)
		}
	}
	b.plan.Catalog.Models = kept
}

// attachGraphs puts the graphs of the models that are measured into the plan, and
// of those whose times a source publishes, from which estimates are made.
func (b *builder) attachGraphs() {
	graphs := b.graphs()
	for _, j := range b.plan.Jobs {
		if j.Origin == spec.Measured || j.Metric == metric.TimePerInference {
			m, _ := b.plan.Catalog.Models.Get(j.Model)
			m.Graph = graphs[j.Model]
		}
	}
}

// graphs are those of the models, by name.
func (b *builder) graphs() map[string]*graph.Graph {
	graphs := map[string]*graph.Graph{}
	for m, lowered := range b.lowered {
		graphs[m.Name] = lowered.graph
	}
	return graphs
}

// Audits lowers and audits the models of the built-in catalogue, or of the
// specs at some paths, in the order of the catalogue.
func Audits(ctx context.Context, paths ...string) (models *spec.Named[*plan.Model], err error) {
	defer spec.Recover(strings.Join(paths, ", "), &err)
	b := newBuilder(ctx)
	loaded, err := modelSpecs(ctx, paths)
	if err != nil {
		return nil, err
	}
	var faults spec.Diagnostics
	for _, s := range loaded {
		faults = append(faults, b.lowerModels(s)...)
		faults = append(faults, b.merge(s)...)
	}
	for m, lowered := range b.lowered {
		if p, ok := b.plan.Catalog.Models.Get(m.Name); ok {
			p.Graph = lowered.graph
		}
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return &b.plan.Catalog.Models, faults.Err()
}

func modelSpecs(ctx context.Context, paths []string) ([]*spec.Spec, error) {
	if len(paths) > 0 {
		return loadAll(ctx, paths)
	}
	s, err := load.Builtin()
	if err != nil {
		return nil, fmt.Errorf("built-in catalogue: %w", err)
	}
	return []*spec.Spec{s}, nil
}
