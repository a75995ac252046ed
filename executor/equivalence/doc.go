// Package equivalence proves that an exported model computes what the native
// engine computes, by running it in a runtime that shares no code with either.
//
// The steps for one model:
//
//  1. draw an input from a seed, and run the native engine;
//  2. export the model to each format (package export);
//  3. run it on the same input in the format's runtime, a process of its own:
//     ONNX Runtime, Darknet, or OpenCV for Caffe;
//  4. compare every output: relative L2 error, and the largest element.
//
// The runtimes are driven by small Python scripts. EDGEBENCH_PYTHON names the
// interpreter; without it, the first of python3 and /usr/bin/python3 that has
// the runtime's modules is taken. Input and outputs are files of little-endian
// float32. A runtime that is missing, crashes or hangs is one result; the
// others go on.
package equivalence
