// Package engine runs neural networks on the CPU, in float32, one input at a
// time: EdgeBench's framework "native". It needs nothing installed, and runs
// on every architecture that Go compiles for, with assembly kernels where they
// are written (package kernel).
//
// Compile turns a graph into a program in these steps:
//
//  1. Check the graph and its weights (check.go).
//  2. Make a layer of each node, and rewrite the layers (passes.go).
//  3. Choose how each activation is stored, and place all of them in one arena
//     by their lifetimes (arena.go).
//  4. Make an operation of each layer: choose an algorithm, lay out its weights
//     and its tables of addresses (conv.go, fc.go, pool.go, pointwise.go ...).
//
// Run executes the operations in order. Each is divided into tasks, which a
// team of goroutines takes from a common counter (team.go). Running allocates
// nothing.
//
// Activations are stored channels innermost (NHWC or NDHWC), so that vectors
// run over channels, and every pixel's channels are padded to a multiple of 16
// elements, so that no kernel has a remainder. Padding lanes hold finite
// numbers that nothing reads. Windows find their pixels through tables of
// offsets into the arena, which begins with zeros for the taps that fall into
// the padding: no image is copied (the indirection buffer of Dukhan 2019,
// arXiv:1907.02129).
//
// Convolutions of 3 by 3 taps with steps of 1 are computed by minimal filtering
// (winograd.go) where they are large enough to gain by it.
//
// Note: fully connected layers keep their weights in the order of the graph,
// and a flatten copies the input to channel-first order instead. The copy is
// small; permuted weights would be a second copy of the largest tensor that
// many networks have.
package engine
