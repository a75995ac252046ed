package comparison

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"edgebench/compiler/plan"
	"edgebench/compiler/spec/policy"
	"edgebench/executor/measure"
	"edgebench/executor/measure/conditions"
	"edgebench/executor/result"
	"edgebench/executor/sensor"
	"edgebench/report/data"
)

// Kind is what two results were measured differently in.
type Kind string

// Kinds that a user may ask across. What remains is never asked across: results
// of different models do not compare.
const (
	Machine    Kind = "machine"    // processor, board, memory, cores, limits
	Conditions Kind = "conditions" // a loaded, throttled or otherwise disturbed machine
	Policy     Kind = "policy"     // how the samples were taken
	model      Kind = "model"
	software   Kind = "software"
)

// Kinds are those that a user may ask across.
var Kinds = []Kind{Machine, Conditions, Policy}

// difference is one way in which two results were measured differently.
type difference struct {
	kind  Kind
	text  string
	fatal bool // they do not compare, unless that is what is asked
}

func differences(old, new *data.Run, a, b *data.Row) []difference {
	var list []difference
	list = append(list, modelDiffers(old.Model(a.Model), new.Model(b.Model))...)
	list = append(list, policyDiffers(a.Job, b.Job)...)
	list = append(list, machineDiffers(environment(old, a), environment(new, b))...)
	list = append(list, softwareDiffers(a.Measurement.Software, b.Measurement.Software)...)
	list = append(list, disturbed("old", a.Measurement)...)
	return append(list, disturbed("new", b.Measurement)...)
}

func environment(r *data.Run, row *data.Row) sensor.Environment {
	for _, e := range r.Environments {
		if e.ID == row.EnvironmentID {
			return e.Environment
		}
	}
	return sensor.Environment{}
}

// modelDiffers compares what is inferred: layers and weights, not the words about them.
func modelDiffers(a, b *plan.Model) []difference {
	if same(a.Graph, b.Graph) && same(files(a), files(b)) {
		return nil
	}
	return []difference{{model, "the model is another: its layers or weights differ", true}}
}

func files(m *plan.Model) []plan.File {
	if m.Source == nil {
		return nil
	}
	return m.Source.Files
}

func policyDiffers(a, b *plan.Job) []difference {
	var list []difference
	if what := policyParts(*a.Policy, *b.Policy); len(what) > 0 {
		// Other numbers of samples do not bias; another headline is another number.
		list = append(list, difference{Policy, "the policy is another: " + strings.Join(what, ", "), a.Policy.Headline != b.Policy.Headline || a.Policy.IncludeWarmup != b.Policy.IncludeWarmup})
	}
	if a.Seed != b.Seed {
		list = append(list, difference{model, fmt.Sprintf("the weights are drawn from other seeds, %d and %d", a.Seed, b.Seed), true})
	}
	return list
}

// policyParts names what two policies differ in, beyond their names.
func policyParts(a, b policy.Policy) []string {
	fields := func(p policy.Policy) map[string]json.RawMessage {
		p.Processes = p.ProcessCount()
		text, _ := json.Marshal(p) // texts and finite numbers only
		m := map[string]json.RawMessage{}
		_ = json.Unmarshal(text, &m)
		delete(m, "name")
		delete(m, "about")
		return m
	}
	x, y := fields(a), fields(b)
	var parts []string
	for name := range x {
		if string(x[name]) != string(y[name]) {
			parts = append(parts, name)
		}
	}
	for name := range y {
		if _, ok := x[name]; !ok {
			parts = append(parts, name)
		}
	}
	slices.Sort(parts)
	return parts
}

// fact is one thing about a machine, in words.
type fact struct {
	name, old, new string
	fatal          bool
}

func machineDiffers(a, b sensor.Environment) []difference {
	quota := func(e sensor.Environment) string {
		if e.CPUQuota == nil {
			return "none"
		}
		return e.CPUQuota.String()
	}
	const gib = 1 << 30
	var list []difference
	for _, f := range []fact{
		{"processor", a.CPU.Model, b.CPU.Model, true},
		{"board", a.Board, b.Board, true},
		{"architecture", a.OS + "/" + a.Arch, b.OS + "/" + b.Arch, true},
		{"processor features", strings.Join(a.CPU.Features, " "), strings.Join(b.CPU.Features, " "), true},
		{"cores", fmt.Sprint(a.CPU.LogicalCores), fmt.Sprint(b.CPU.LogicalCores), true},
		{"GOMAXPROCS", fmt.Sprint(a.GOMAXPROCS), fmt.Sprint(b.GOMAXPROCS), true},
		{"memory", fmt.Sprintf("%.1f GiB", a.Memory.Value/gib), fmt.Sprintf("%.1f GiB", b.Memory.Value/gib), true},
		{"processor quota", quota(a), quota(b), true},
		{"virtualization", a.Virtualization, b.Virtualization, true},
		{"kernel", a.Kernel, b.Kernel, false},
		{"system", a.System, b.System, false},
		{"host", a.Hostname, b.Hostname, false},
		{"EdgeBench", a.Program, b.Program, false},
		{"Go", a.Go, b.Go, false},
	} {
		if f.old != f.new {
			list = append(list, difference{Machine, fmt.Sprintf("%s: %s, then %s", f.name, named(f.old), named(f.new)), f.fatal})
		}
	}
	return list
}

func named(text string) string {
	if text == "" {
		return "unknown"
	}
	return text
}

// softwareDiffers tells of other versions. They are no reason against comparing:
// whether a version is faster is what most comparisons ask.
func softwareDiffers(a, b result.Software) []difference {
	var list []difference
	for _, f := range []fact{
		{name: a.Framework, old: a.Version, new: b.Version},
		{name: "kernels", old: a.Kernels, new: b.Kernels},
	} {
		if f.old != f.new {
			list = append(list, difference{software, fmt.Sprintf("%s: %s, then %s", f.name, named(f.old), named(f.new)), false})
		}
	}
	if a.Threads != b.Threads {
		// The target asks for the same: one a core, on machines of other cores.
		list = append(list, difference{Machine, fmt.Sprintf("threads: %d, then %d", a.Threads, b.Threads), true})
	}
	if a.Precision != b.Precision {
		list = append(list, difference{model, fmt.Sprintf("precision: %s, then %s", named(a.Precision), named(b.Precision)), true})
	}
	return list
}

// disturbing are the warnings after which a time is not the machine's own.
var disturbing = []string{
	conditions.WarnBusy, conditions.WarnStarved, conditions.WarnSteal, conditions.WarnClock, conditions.WarnThrottled,
	measure.WarnNotSteady, measure.WarnBelowMinimum,
}

func disturbed(which string, m *result.Measurement) []difference {
	var list []difference
	for _, w := range m.Summary.Warnings {
		if slices.Contains(disturbing, w.Code) {
			list = append(list, difference{Conditions, fmt.Sprintf("the %s result: %s", which, w.Message), true})
		}
	}
	return list
}

// same compares what is written of two values.
func same(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}
