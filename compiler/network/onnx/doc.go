// Package onnx reads ONNX files: the operators that image classification
// networks are exported with by PyTorch, timm and others, from opset 9 on.
//
// Read takes these steps:
//
//  1. check the file's structure and parse it (parse.go);
//  2. find the nodes that lead to an output, and the one input (importer.go);
//  3. take these nodes in order: what has constant inputs is computed, and the
//     others become operators of package graph, with their weights (operator.go
//     and the files named for kinds of operators). Reshapes and transposes are
//     collected in views (view.go), so that a channel shuffle is one operator,
//     and padding moves into the convolution that reads it;
//  4. rewrite what exporters spell out in several operators, such as HardSwish
//     (passes.go);
//  5. build the graph and its weights (emit.go).
//
// A file may be anything: nothing is allocated on the word of a declared size,
// and external data is read only from the model's own folder and below.
//
// Note: batch norms are kept as they are, for the engine folds them and the
// audit counts their parameters. An exporter may have folded them already.
package onnx
