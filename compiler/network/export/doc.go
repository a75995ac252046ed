// Package export writes a graph and its weights in the formats of other
// frameworks, so that each of them runs the same network.
//
// The steps of Write:
//
//  1. check that the weights hold every parameter;
//  2. lower the graph to the format's own layers; a layer that the format
//     cannot express exactly is an UnsupportedError, and one that it can
//     express only with more work leaves a note;
//  3. stream each file to a temporary name, tensor by tensor, and give it its
//     own name when it is complete.
//
// Each format is lowered in files of its own: onnx.go, darknet.go, caffe.go, tflite.go,
// ncnn.go and weights.go for safetensors. The same graph and weights give the same
// bytes.
package export
