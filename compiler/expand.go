package compiler

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"edgebench/compiler/compat"
	"edgebench/compiler/expression"
	"edgebench/compiler/network/export"
	"edgebench/compiler/network/weights"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/compiler/verdict"
)

// expander turns one spec's experiments into jobs and skips.
type expander struct {
	*builder
	spec      *spec.Spec
	checker   *compat.Checker
	published map[string]*publishedData // by source
	policies  map[string]string         // digests, by name
	formats   map[formatOf]error        // why a model cannot be written in a format
	faults    spec.Diagnostics
}

type formatOf struct {
	model  *spec.Model
	format string
}

func newExpander(b *builder, s *spec.Spec, known expression.Known) (*expander, spec.Diagnostics) {
	facts := map[string]compat.Model{}
	for name, m := range s.Models.All() {
		facts[name] = compat.NewModel(m, b.lowered[m].graph)
		if o := b.lowered[m].opaque; o != nil {
			facts[name] = facts[name].WithParameters(o.Parameters)
		}
	}
	checker, faults := compat.New(s, facts, known)
	e := &expander{
		builder: b, spec: s, checker: checker,
		published: map[string]*publishedData{}, policies: map[string]string{}, formats: map[formatOf]error{},
	}
	return e, faults
}

func (e *expander) run() spec.Diagnostics {
	e.readSources()
	e.digestPolicies()
	if len(e.faults) > 0 {
		return e.faults // without its data, nothing of an experiment is known
	}
	for name, x := range e.spec.Experiments.All() {
		for i := range x.Targets {
			e.target(name, x, i)
		}
	}
	e.codes()
	e.cells()
	e.places()
	e.contradictions()
	return e.faults
}

func (e *expander) fault(at []any, format string, args ...any) {
	e.faults = append(e.faults, e.spec.Fault(at, format, args...))
}

func (e *expander) digestPolicies() {
	for name, p := range e.spec.Policies.All() {
		named := *p
		named.Name, named.About = "", "" // two names of one policy give one result
		data, err := json.Marshal(named)
		if err != nil {
			e.fault([]any{"policies", name}, "%v", err)
			continue
		}
		e.policies[name] = digest(string(data))
	}
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// target expands one target of an experiment.
func (e *expander) target(name string, x *spec.Experiment, index int) {
	t := &x.Targets[index]
	at := []any{"experiments", name, "targets", index}
	if e.refusePairs(t, at) || e.refuseRepeated(t, at) {
		return
	}
	s := e.selection(x, t, at)
	if e.refuseTooMany(s.count(t), at) {
		return
	}
	feed := plan.Feed{Study: e.spec.Study.Name, Experiment: name}
	for _, m := range s.models {
		for _, p := range s.platforms {
			platform, _ := e.spec.Platforms.Get(p)
			for _, f := range s.frameworks {
				for _, o := range s.options {
					e.combination(x, feed, t, at, plan.Target{
						Model: m, Platform: p, Framework: f, Optimizations: o.names, Precision: o.precision, Sparsity: o.sparsity,
						Device: cmp.Or(t.Device, platform.Device), MinShare: cmp.Or(t.MinShare, platform.MinShare),
					})
				}
			}
		}
	}
}

// selection is what a target combines, beside environments and threads.
type selection struct {
	models, platforms, frameworks []string
	options                       []optionSet
}

func (e *expander) selection(x *spec.Experiment, t *spec.Target, at []any) selection {
	s := selection{
		models:     names(x.Models, e.spec.Models.Names()),
		platforms:  names(t.Platforms, e.spec.Platforms.Names()),
		frameworks: names(t.Frameworks, e.spec.Frameworks.Names()),
		options:    e.optionSets(t, at),
	}
	if len(t.Models) > 0 {
		s.models = t.Models
	}
	return s
}

// count is how many combinations a target selects. It is no int, which could
// overflow.
func (s selection) count(t *spec.Target) float64 {
	threads := 0.0
	for _, r := range t.Threads {
		threads += float64(r.Len())
	}
	product := threads
	for _, n := range []int{len(s.models), len(s.platforms), len(s.frameworks), len(s.options), len(t.Environments)} {
		product *= float64(n)
	}
	return product
}

func names(s spec.Selection, all []string) []string {
	if s.All {
		return all
	}
	return s.Names
}

// optionSet is a set of optimizations with the number format and the sparsity
// that it implies.
type optionSet struct {
	names     []string
	precision string
	sparsity  float64
}

func (e *expander) optionSets(t *spec.Target, at []any) []optionSet {
	sets := make([]optionSet, len(t.Optimizations))
	for i, names := range t.Optimizations {
		set := optionSet{names: slices.Sorted(slices.Values(names)), precision: "fp32"}
		if set.names == nil {
			set.names = []string{}
		}
		for _, name := range set.names {
			o, _ := e.spec.Optimizations.Get(name)
			set.sparsity = max(set.sparsity, o.Sparsity)
			if o.Precision == "fp32" {
				continue
			}
			if set.precision != "fp32" && set.precision != o.Precision {
				e.fault(append(slices.Clip(at), "optimizations", i), "%s asks for %s and another for %s: one run has one number format", name, o.Precision, set.precision)
			}
			set.precision = o.Precision
		}
		sets[i] = set
	}
	return sets
}

// combination judges one combination and makes jobs or skips of it, one for
// each environment and number of threads.
func (e *expander) combination(x *spec.Experiment, feed plan.Feed, t *spec.Target, at []any, target plan.Target) {
	v, err := e.checker.Judge(compat.Combination{
		Model: target.Model, Platform: target.Platform, Framework: target.Framework,
		Optimizations: target.Optimizations, Precision: target.Precision,
	})
	if err != nil {
		e.faults = append(e.faults, spec.DiagnosticsOf(err)...)
		return
	}
	for _, environment := range t.Environments {
		target.Environment = environment
		for _, threads := range t.Threads {
			for target.Threads = threads.From; target.Threads <= threads.To && e.ctx.Err() == nil; target.Threads++ {
				if x.Origin == spec.Published {
					e.replay(x, feed, target, v)
				} else {
					e.measure(x, feed, target, v)
				}
			}
		}
	}
}

// measure plans a measurement.
func (e *expander) measure(x *spec.Experiment, feed plan.Feed, target plan.Target, v verdict.Verdict) {
	if v.Name != verdict.Skip {
		if unreachable, ok := e.unreachable(target); ok {
			v = unreachable
		}
	}
	if v.Name == verdict.Skip {
		e.skip(feed, target, v)
		return
	}
	m, _ := e.spec.Models.Get(target.Model)
	f, _ := e.spec.Frameworks.Get(target.Framework)
	p, _ := e.spec.Policies.Get(x.Policy)
	identity := digest(spec.Measured, x.Metric, target.Model, e.lowered[m].digest, e.lowered[m].weights, strconv.FormatUint(x.Seed, 10),
		f.Name, f.Adapter, f.Version, target.Platform, strings.Join(target.Optimizations, "+"), formatText(target),
		target.Environment, strconv.Itoa(target.Threads), e.policies[x.Policy], runnerText(f)+placementText(target))
	e.job(plan.Job{
		Identity: identity, Feeds: []plan.Feed{feed}, Origin: spec.Measured, Metric: x.Metric,
		Target: target, Verdict: v, Policy: p, Seed: x.Seed,
	})
}

// formatText is how a target holds the weights.
func formatText(t plan.Target) string {
	if t.Sparsity == 0 {
		return t.Precision
	}
	return fmt.Sprintf("%s %s %v", t.Precision, weights.PruningScheme, t.Sparsity)
}

// placementText is what decides a result of where it is to run; empty where the
// runner may choose.
func placementText(t plan.Target) string {
	if t.Device == "" && t.MinShare == 0 {
		return ""
	}
	return fmt.Sprintf("\x00%s %g", t.Device, t.MinShare)
}

// runnerText is what decides a result of how a framework is run.
func runnerText(f *spec.Framework) string {
	if f.Runner == nil {
		return ""
	}
	decisive := *f.Runner
	decisive.Limits = spec.RunnerLimits{}
	text, err := json.Marshal(decisive)
	if err != nil {
		panic(err) // texts only
	}
	return string(text)
}

// Codes of skips that are about what EdgeBench itself can reach.
const (
	codeNoBackend = "no_backend"
	codeNoAdapter = "no_adapter"
	codeNoLayers  = "no_layers"
	codeNoFormat  = "format"
	codeNoDevice  = "no_device"
)

// unreachable is a skip for a combination that nothing speaks against, but that
// nothing here can run, or, as its By says, nothing anywhere.
func (e *expander) unreachable(t plan.Target) (verdict.Verdict, bool) {
	p, _ := e.spec.Platforms.Get(t.Platform)
	f, _ := e.spec.Frameworks.Get(t.Framework)
	m, _ := e.spec.Models.Get(t.Model)
	skip := func(code, format string, args ...any) (verdict.Verdict, bool) {
		return verdict.Verdict{Name: verdict.Skip, Code: code, Reason: fmt.Sprintf(format, args...), By: verdict.ByReach}, true
	}
	switch {
	case p.Backend == "":
		return skip(codeNoBackend, "no device backend reaches %s: run edgebench on the device itself and target `host`, or give the platform a `backend`", p.Name)
	case f.Adapter == "":
		return skip(codeNoAdapter, "edgebench has no adapter for %s", f.Name)
	case !hasDevice(f, t.Device):
		v, _ := skip(codeNoDevice, "%s does not run on a device %q: its spec names %s", f.Name, t.Device, strings.Join(devicesOf(f), ", "))
		v.By = "devices of " + f.Name // no other machine could
		return v, true
	case e.lowered[m].opaque != nil && (f.Runner == nil || f.Runner.Format != string(export.ONNX)):
		return skip(codeNoFormat, "%s needs the model's layers, which the importer cannot read: %s: %s. Frameworks that read ONNX themselves can run the file", f.Name, m.Source, e.lowered[m].opaque.Reason)
	case e.lowered[m].opaque != nil && t.Environment == "bare metal":
		return verdict.Verdict{}, false
	case e.lowered[m].graph == nil && e.lowered[m].opaque == nil:
		return skip(codeNoLayers, "the spec of %s states no layers, so that there is nothing to run", m.Name)
	case e.lowered[m].graph != nil && f.Runner != nil && e.inexpressible(m, f.Runner.Format) != nil:
		v, _ := skip(codeNoFormat, "%v", e.inexpressible(m, f.Runner.Format))
		v.By = "format " + f.Runner.Format // no other machine could
		return v, true
	case t.Environment != "bare metal":
		return skip(codeNoBackend, "the %s backend cannot run in %s", p.Backend, t.Environment)
	}
	return verdict.Verdict{}, false
}

// devicesOf lists the kinds of device that a framework's adapter knows; the
// embedded engine's is the processor.
func devicesOf(f *spec.Framework) []string {
	if f.Runner == nil {
		return []string{"cpu"}
	}
	return f.Devices.Names()
}

// hasDevice reports whether a framework may run on a kind of device. A runner of
// which the spec does not say is asked before anything is measured.
func hasDevice(f *spec.Framework, device string) bool {
	known := devicesOf(f)
	return device == "" || len(known) == 0 || slices.Contains(known, device)
}

// inexpressible says why a model cannot be written in the format that a
// framework reads; nil where it can.
func (e *expander) inexpressible(m *spec.Model, format string) error {
	key := formatOf{m, format}
	err, known := e.formats[key]
	if !known {
		_, err = export.Check(e.lowered[m].graph, export.Format(format))
		e.formats[key] = err
	}
	return err
}

// job adds a job, or joins it with one of the same identity.
func (e *expander) job(j plan.Job) {
	if i, known := e.jobs[j.Identity]; known {
		same := &e.plan.Jobs[i]
		if !slices.Contains(same.Feeds, j.Feeds[0]) {
			same.Feeds = append(same.Feeds, j.Feeds...)
		}
		return
	}
	j.ID = j.Identity[:12]
	e.jobs[j.Identity] = len(e.plan.Jobs)
	e.plan.Jobs = append(e.plan.Jobs, j)
}

func (e *expander) skip(feed plan.Feed, target plan.Target, v verdict.Verdict) {
	e.plan.Skips = append(e.plan.Skips, plan.Skip{Feed: feed, Target: target, Verdict: v})
}
