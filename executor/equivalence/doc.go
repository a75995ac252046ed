// Package equivalence proves that an exported model computes what the native
// engine computes, by running it in a runtime that shares no code with either.
//
// The steps for one model:
//
//  1. draw an input from a seed, and run the native engine;
//  2. export the model to each format (package export);
//  3. run it on the same input in the format's runtime, whose runner is that of
//     measurements (package framework): ONNX Runtime, Darknet, OpenCV for Caffe,
//     or LiteRT;
//  4. compare every output (package deviation): relative L2 error, and the
//     largest element.
//
// A runtime is taken from the environment that `edgebench setup` made for it,
// or else from the user's Python. One that is missing, crashes or hangs is one
// result; the others go on.
package equivalence
