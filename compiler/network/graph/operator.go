package graph

import (
	"bytes"
	"encoding/json"
	"slices"
)

// Operator is a kind of operator: how it is read from a file, and examples of
// it. Each operator's file holds its shape, cost, parameters and its Operator;
// what the other stages make of it (the reference, the engine, each export and
// the import) lies with those stages, and one test, TestOperatorsEverywhere of
// package engine, walks every example through all of them.
type Operator struct {
	Kind     string
	Examples []Example
	decode   func(json.RawMessage) (Op, error)
}

// Example is one use of an operator.
type Example struct {
	Input Shape // the graph's
	// Before are operators that each read the input; Op reads their outputs, or
	// the input itself where there are none.
	Before []Op
	Op     Op
}

// Graph is a network of the example alone.
func (e Example) Graph() (*Graph, error) {
	g, err := New(e.Op.Kind(), e.Input)
	if err != nil {
		return nil, err
	}
	inputs := []int{0}
	if len(e.Before) > 0 {
		inputs = nil
	}
	for i, op := range e.Before {
		n, err := g.Add("before"+string(rune('A'+i)), op, 0)
		if err != nil {
			return nil, err
		}
		inputs = append(inputs, n.ID)
	}
	n, err := g.Add("op", e.Op, inputs...)
	if err != nil {
		return nil, err
	}
	return g, g.Finish(n.ID)
}

// operators are all kinds that a graph may have besides its input.
var operators = []Operator{
	convOperator, fcOperator, batchNormOperator, lrnOperator,
	maxPoolOperator, avgPoolOperator, globalAvgPoolOperator,
	activationOperator, softmaxOperator, addOperator, mulOperator, concatOperator,
	flattenOperator, reshapeOperator, upsampleOperator, zeroPadOperator,
	affineOperator, channelAffineOperator, channelShuffleOperator, sliceChannelsOperator,
}

// Operators lists all kinds of operator.
func Operators() []Operator { return slices.Clone(operators) }

// operatorOf finds a kind of operator.
func operatorOf(kind string) (Operator, bool) {
	i := slices.IndexFunc(operators, func(o Operator) bool { return o.Kind == kind })
	if i < 0 {
		return Operator{}, false
	}
	return operators[i], true
}

// operator makes the Operator of a type. Kinds that share a type, as the two
// poolings do, are told apart by the type's attributes.
func operator[T Op](kind string, examples ...Example) Operator {
	return Operator{Kind: kind, Examples: examples, decode: decode[T]}
}

func decode[T Op](attr json.RawMessage) (Op, error) {
	var op T
	d := json.NewDecoder(bytes.NewReader(attr))
	d.DisallowUnknownFields()
	err := d.Decode(&op)
	return op, err
}

// AllKinds lists the names that Kinds gives: of every operator, with those of
// activations and of three spatial dimensions apart.
func AllKinds() []string {
	kinds := []string{"depthwise", "conv3d", "maxpool3d", "avgpool3d"}
	for _, o := range operators {
		if o.Kind != activationOperator.Kind {
			kinds = append(kinds, o.Kind)
		}
	}
	for fn := range opsOf {
		kinds = append(kinds, string(fn))
	}
	slices.Sort(kinds)
	return kinds
}
