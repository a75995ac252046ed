// Package graph is the compiler's intermediate form of a neural network: a
// list of nodes in topological order, each an operator with its inputs and the
// shape of its output.
//
// A graph is made in these steps:
//
//  1. New starts a graph from the shape of its input.
//  2. Add appends an operator; its output shape is inferred at once, so that a
//     shape that does not fit is reported at the layer that causes it.
//  3. Finish names the outputs and checks that every node serves one.
//
// From then on a graph is read only. Costs (multiply-adds, other operations,
// parameters, bytes) are computed from it and never stored.
//
// Shapes leave out the batch dimension, which is 1 throughout: [C], [C H W] or
// [C D H W]. One multiply-add counts once here; whether a report prints it as
// one FLOP or two is decided where it is printed.
package graph
