// Package draft writes the spec of a study whose models are all that a user
// names: which framework runs them best here, and with which of its
// optimizations.
//
// The spec is CUE, as a user would write it, with comments. So what is compiled
// of it and what is saved as a start of one's own are the same.
package draft

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"

	_ "embed"

	"cuelang.org/go/cue/literal"

	"edgebench/compiler/spec"
	"edgebench/compiler/spec/requirement"
	"edgebench/compiler/suggest"
)

// Study is what is asked. What is empty is not narrowed down.
type Study struct {
	Command       string // that asks for it, for the comment
	Files         []File
	Models        []string // of the catalogue
	Frameworks    []string
	Optimizations []string // such as "quantization", on top of what a framework does anyway; or None
	Threads       []int
	Policy        string
	Require       []requirement.Requirement
	Input         []int // of all files, where they leave it open
	// Looks asks for a first look at everything, so that only what may be the best
	// is measured.
	Looks bool
}

// None asks for what a framework does anyway, and no more.
const None = "none"

// File is a model that is an ONNX file.
type File struct {
	Name   string // of the model
	Source string // relative to the spec's folder, with slashes
}

// Experiments of a draft.
const (
	Look   = "look"
	Choice = "choice"
)

// names of the models, files first.
func (s Study) names() []string {
	var names []string
	for _, f := range s.Files {
		names = append(names, f.Name)
	}
	return append(names, s.Models...)
}

// target is a framework with the sets of optimizations that it is measured with.
type target struct {
	Framework string
	Sets      [][]string
}

//go:embed study.cue.tmpl
var source string

var studyTemplate = template.Must(template.New("study").Funcs(template.FuncMap{
	"text": literal.String.Quote,
	"list": list,
	"sets": func(sets [][]string) string { return join(sets, list) },
	"ints": func(values []int) string { return join(values, func(v int) string { return fmt.Sprint(v) }) },
}).Parse(source))

func list(names []string) string { return join(names, literal.String.Quote) }

func join[T any](values []T, text func(T) string) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = text(v)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// CUE is the study's spec. The error is of a name that the catalogue does not
// have, or of a choice that leaves nothing.
func (s Study) CUE(catalogue *spec.Spec) (string, error) {
	for _, m := range s.Models {
		if _, ok := catalogue.Models.Get(m); !ok {
			return "", fmt.Errorf("no model named %q%s: `edgebench list models` has them all", m, suggest.DidYouMean(m, catalogue.Models.Names()))
		}
	}
	targets, err := s.targets(catalogue)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	err = studyTemplate.Execute(&text, map[string]any{
		"Study": s, "Targets": targets, "Require": constraints(s.Require), "Names": s.names(), "ID": identifier(s.names()), "Title": title(s.names()),
	})
	return text.String(), err
}

// constraints are requirements as CUE has them; what is said twice of a metric
// holds together.
func constraints(list []requirement.Requirement) string {
	var fields []string
	for _, q := range list {
		fields = append(fields, fmt.Sprintf("%s: %s%s", literal.String.Quote(q.Metric), q.Op, strconv.FormatFloat(q.Bound, 'g', -1, 64)))
	}
	return strings.Join(fields, ", ")
}

func title(names []string) string {
	if len(names) == 1 {
		return names[0] + " on this machine"
	}
	return fmt.Sprintf("%d models on this machine", len(names))
}

var notIdentifier = regexp.MustCompile(`[^a-z0-9]+`)

// identifier makes a study's name of the models'.
func identifier(names []string) string {
	if len(names) != 1 {
		return "models"
	}
	name := strings.Trim(notIdentifier.ReplaceAllString(strings.ToLower(names[0]), "-"), "-")
	if name == "" {
		return "model"
	}
	return name
}

// targets are the frameworks that EdgeBench runs, or those of them that are asked
// for, with what is measured of each. One that offers none of the optimizations
// that are asked for is left out.
func (s Study) targets(catalogue *spec.Spec) ([]target, error) {
	if err := s.checkNames(catalogue); err != nil {
		return nil, err
	}
	var targets []target
	var offers []string
	for name, f := range catalogue.Frameworks.All() {
		if !runsHere(catalogue, f) || len(s.Frameworks) > 0 && !slices.Contains(s.Frameworks, name) {
			continue
		}
		offers = append(offers, fmt.Sprintf("%s (%s)", name, strings.Join(append([]string{None}, offered(f)...), ", ")))
		if sets := s.sets(f); len(sets) > 0 {
			targets = append(targets, target{name, sets})
		}
	}
	if len(targets) == 0 {
		return nil, fmt.Errorf("--optimization %s leaves nothing to measure: the frameworks offer %s", strings.Join(s.Optimizations, ", "), strings.Join(offers, "; "))
	}
	return targets, nil
}

// host is the platform of the catalogue that is this machine.
const host = "host"

// runsHere reports whether EdgeBench runs a framework on this machine itself.
func runsHere(catalogue *spec.Spec, f *spec.Framework) bool {
	p, ok := catalogue.Platforms.Get(host)
	return ok && f.Adapter != "" && (slices.Contains(p.Frameworks, f.Name) || slices.Contains(f.Platforms, host))
}

func (s Study) checkNames(catalogue *spec.Spec) error {
	var run []string
	for name, f := range catalogue.Frameworks.All() {
		if runsHere(catalogue, f) {
			run = append(run, name)
		}
	}
	for _, name := range s.Frameworks {
		f, ok := catalogue.Frameworks.Get(name)
		switch {
		case !ok:
			return fmt.Errorf("--framework: no framework named %q%s", name, suggest.DidYouMean(name, run))
		case f.Adapter == "":
			return fmt.Errorf("--framework %s: EdgeBench knows it of publications, and does not run it (it runs %s)", name, strings.Join(run, ", "))
		case !runsHere(catalogue, f):
			return fmt.Errorf("--framework %s: it runs on %s, and this compares what runs on this machine's own processor: name that platform in a spec", name, strings.Join(f.Platforms, ", "))
		}
	}
	known := append([]string{None}, catalogue.Optimizations.Names()...)
	for _, set := range s.Optimizations {
		for _, o := range strings.Split(set, "+") {
			if !slices.Contains(known, o) {
				return fmt.Errorf("--optimization: no optimization named %q%s", o, suggest.DidYouMean(o, known))
			}
		}
	}
	if _, ok := catalogue.Policies.Get(s.Policy); !ok && s.Policy != "" {
		return fmt.Errorf("--policy: no policy named %q%s", s.Policy, suggest.DidYouMean(s.Policy, catalogue.Policies.Names()))
	}
	return nil
}

const (
	fusion = "fusion"
	// dynamicGraph stands alone: what a framework does to a whole graph it cannot do
	// without one.
	dynamicGraph = "dynamic_graph"
)

func offered(f *spec.Framework) []string {
	var names []string
	for name, o := range f.Optimizations.All() {
		if o.Support != "no" {
			names = append(names, name)
		}
	}
	return names
}

// sets are the sets of optimizations that a framework is measured with: what it
// does anyway, which is fusion where it has it, and each of the others on top.
func (s Study) sets(f *spec.Framework) [][]string {
	base := []string{}
	if slices.Contains(offered(f), fusion) {
		base = []string{fusion}
	}
	wanted := s.Optimizations
	if len(wanted) == 0 {
		wanted = append([]string{None}, offered(f)...)
	}
	var sets [][]string
	for _, w := range wanted {
		set, ok := onTop(base, strings.Split(w, "+"), offered(f))
		if ok && !slices.ContainsFunc(sets, func(known []string) bool { return slices.Equal(known, set) }) {
			sets = append(sets, set)
		}
	}
	return sets
}

// onTop adds optimizations to a base, unless the framework lacks one.
func onTop(base, more, offered []string) ([]string, bool) {
	if slices.Equal(more, []string{None}) {
		return base, true
	}
	if slices.Contains(more, dynamicGraph) {
		base = nil
	}
	set := slices.Clone(base)
	for _, o := range more {
		if !slices.Contains(offered, o) {
			return nil, false
		}
		set = append(set, o)
	}
	slices.Sort(set)
	return slices.Compact(set), true
}

// NameFiles names the models of some files, whose paths are relative to a
// folder: by the file alone where that tells them apart from each other and from
// the catalogue's models.
func NameFiles(sources []string, catalogue *spec.Spec) []File {
	files := make([]File, len(sources))
	count := map[string]int{}
	short := func(source string) string { return strings.TrimSuffix(path.Base(source), path.Ext(source)) }
	for _, source := range sources {
		count[short(source)]++
	}
	for i, source := range sources {
		name := short(source)
		if _, taken := catalogue.Models.Get(name); taken || count[name] > 1 || name == "" {
			name = source
		}
		files[i] = File{name, source}
	}
	return files
}
