package compat

import (
	"fmt"

	"github.com/expr-lang/expr"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/spec"
)

// Model is what rules know of a model.
type Model struct {
	Name            string   `expr:"name"`
	Task            string   `expr:"task"`
	Parameters      int64    `expr:"parameters"`
	MACs            int64    `expr:"macs"`
	Operators       []string `expr:"operators"`
	HasLayers       bool     `expr:"has_layers"`
	weightValues    int64    // parameters and buffers
	activationElems int64    // alive at once
}

// NewModel takes a model's facts from its graph, or, without layers, from its
// claim; macs then are the claimed FLOP as they are printed.
func NewModel(m *spec.Model, g *graph.Graph) Model {
	facts := Model{Name: m.Name, Task: m.Task, Operators: []string{}}
	switch {
	case g != nil:
		cost := g.Cost()
		facts.HasLayers = true
		facts.Parameters, facts.MACs = cost.Params, cost.MACs
		facts.Operators = g.Kinds()
		facts.weightValues = cost.Params + cost.Buffers
		facts.activationElems = cost.PeakElems
	case m.Claimed != nil:
		facts.Parameters = int64(m.Claimed.ParametersMillion * 1e6)
		facts.MACs = int64(m.Claimed.FLOPGiga * 1e9)
		facts.weightValues = facts.Parameters
	}
	return facts
}

type frameworkFacts struct {
	Name                 string   `expr:"name"`
	DynamicGraph         bool     `expr:"dynamic_graph"`
	WeightCopies         float64  `expr:"weight_copies"`
	RuntimeBytes         int64    `expr:"runtime_bytes"`
	UnsupportedOperators []string `expr:"unsupported_operators"`
	Adapter              string   `expr:"adapter"`
}

func newFramework(f *spec.Framework) frameworkFacts {
	return frameworkFacts{
		Name:                 f.Name,
		DynamicGraph:         supports(f, "dynamic_graph"),
		WeightCopies:         f.Memory.WeightCopies,
		RuntimeBytes:         f.Memory.RuntimeBytes,
		UnsupportedOperators: f.UnsupportedOperators,
		Adapter:              f.Adapter,
	}
}

func supports(f *spec.Framework, optimization string) bool {
	s, named := f.Optimizations.Get(optimization)
	return named && s.Support != "no"
}

type platformFacts struct {
	Name                 string   `expr:"name"`
	Category             string   `expr:"category"`
	MemoryBytes          int64    `expr:"memory_bytes"`
	SwapBytes            int64    `expr:"swap_bytes"`
	AcceleratorBytes     int64    `expr:"accelerator_bytes"`
	UnsupportedOperators []string `expr:"unsupported_operators"`
	Precisions           []string `expr:"precisions"`
	Backend              string   `expr:"backend"`
}

func newPlatform(p *spec.Platform) platformFacts {
	return platformFacts{
		Name: p.Name, Category: p.Category,
		MemoryBytes: p.MemoryBytes, SwapBytes: p.SwapBytes, AcceleratorBytes: p.AcceleratorBytes,
		UnsupportedOperators: p.UnsupportedOps, Precisions: p.Precisions, Backend: p.Backend,
	}
}

// env is what the expressions of a rule see.
type env struct {
	Model           Model          `expr:"model"`
	Framework       frameworkFacts `expr:"framework"`
	Platform        platformFacts  `expr:"platform"`
	Optimizations   []string       `expr:"optimizations"`
	Precision       string         `expr:"precision"`
	WeightBytes     int64          `expr:"weight_bytes"`
	ActivationBytes int64          `expr:"activation_bytes"`
}

// BytesOf is the size of one value in a number format.
var BytesOf = map[string]int64{"fp32": 4, "fp16": 2, "int8": 1}

// options of every expression over an env.
func options() []expr.Option {
	return []expr.Option{
		expr.Env(env{}),
		expr.Function("mib", func(args ...any) (any, error) {
			switch n := args[0].(type) {
			case int64:
				return MiB(float64(n)), nil
			case int:
				return MiB(float64(n)), nil
			case float64:
				return MiB(n), nil
			}
			return nil, fmt.Errorf("mib takes a number of bytes, not %T", args[0])
		}, new(func(int64) string), new(func(int) string), new(func(float64) string)),
	}
}

// MiB writes a number of bytes in mebibytes.
func MiB(bytes float64) string { return fmt.Sprintf("%.0f MiB", bytes/(1<<20)) }
