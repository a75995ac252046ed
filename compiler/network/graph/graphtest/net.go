// Package graphtest builds networks for tests.
package graphtest

import (
	"testing"

	"edgebench/compiler/network/graph"
)

// Net is a network that layers are added to. What is wrong with one ends the
// test.
type Net struct {
	t     testing.TB
	Graph *graph.Graph
}

// New begins a network with its input.
func New(t testing.TB, name string, input ...int) Net {
	t.Helper()
	g, err := graph.New(name, input)
	if err != nil {
		t.Fatal(err)
	}
	return Net{t, g}
}

// Add adds a layer that reads others, and returns its number.
func (n Net) Add(name string, op graph.Op, inputs ...int) int {
	n.t.Helper()
	node, err := n.Graph.Add(name, op, inputs...)
	if err != nil {
		n.t.Fatal(err)
	}
	return node.ID
}

// Last is the number of the layer that was added last.
func (n Net) Last() int { return len(n.Graph.Nodes) - 1 }

// Finish names the outputs.
func (n Net) Finish(outputs ...int) *graph.Graph {
	n.t.Helper()
	if err := n.Graph.Finish(outputs...); err != nil {
		n.t.Fatal(err)
	}
	return n.Graph
}

// Single is a network of one layer, which is named for its operator.
func Single(t testing.TB, name string, op graph.Op, input ...int) *graph.Graph {
	t.Helper()
	n := New(t, name, input...)
	return n.Finish(n.Add(op.Kind(), op, 0))
}

// Window is the same in all of its dimensions.
func Window(rank, kernel, stride int, pad graph.Pad) graph.Window {
	var w graph.Window
	for range rank {
		w.Kernel, w.Stride, w.Dilation = append(w.Kernel, kernel), append(w.Stride, stride), append(w.Dilation, 1)
		w.Pad = append(w.Pad, pad)
	}
	return w
}
