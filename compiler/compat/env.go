package compat

import (
	"edgebench/compiler/expression"
	"edgebench/compiler/network/graph"
	"edgebench/compiler/spec"
)

// Model is what rules know of a model, and what the bytes of its weights and
// activations follow from.
type Model struct {
	expression.Model
	weightValues    expression.Number // parameters and buffers
	activationElems expression.Number // alive at once
}

// NewModel takes a model's facts from its graph. Without layers only what is
// claimed is known, from which the number of weights is taken.
func NewModel(m *spec.Model, g *graph.Graph) Model {
	facts := Model{Model: expression.Model{Name: m.Name, Task: m.Task}}
	if c := m.Claimed; c != nil {
		facts.ClaimedFLOPGiga = expression.Num(c.FLOPGiga)
		facts.ClaimedParametersMillion = expression.Num(c.ParametersMillion)
		facts.FLOPPerParameter = stated(c.FLOPPerParameter)
		facts.weightValues = expression.Num(c.ParametersMillion * 1e6)
	}
	if g != nil {
		cost := g.Cost()
		facts.HasLayers, facts.Operators = true, expression.ListOf(g.Kinds())
		facts.Parameters, facts.MACs = whole(cost.Params), whole(cost.MACs)
		facts.weightValues, facts.activationElems = whole(cost.Params+cost.Buffers), whole(cost.PeakElems)
	}
	return facts
}

// WithParameters is a model of which only the number of its parameters was
// counted.
func (m Model) WithParameters(n int64) Model {
	m.Parameters, m.weightValues = whole(n), whole(n)
	return m
}

func whole(n int64) expression.Number { return expression.Num(float64(n)) }

// stated is a number that a spec may leave out, and that cannot be 0.
func stated[T int64 | float64](n T) expression.Number {
	if n == 0 {
		return expression.Number{}
	}
	return expression.Num(float64(n))
}

func newFramework(f *spec.Framework) *expression.Framework {
	return &expression.Framework{
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

func newPlatform(p *spec.Platform) *expression.Platform {
	return &expression.Platform{
		Name: p.Name, Category: p.Category,
		MemoryBytes: stated(p.MemoryBytes), SwapBytes: p.SwapBytes, AcceleratorBytes: stated(p.AcceleratorBytes),
		IdlePowerW: stated(p.IdlePowerW), AveragePowerW: stated(p.AveragePowerW),
		UnsupportedOperators: p.UnsupportedOps, Precisions: p.Precisions, Backend: p.Backend,
	}
}

// inBytes is the size of a number of values.
func inBytes(values expression.Number, precision string) expression.Number {
	if !values.Known() {
		return values
	}
	return expression.Num(values.Float() * float64(spec.BytesOf[precision]))
}
