// Command overhead compares the time that EdgeBench reports of an inference with what a framework's
// own tool reports of the same model, threads and number of inferences:
//
//	go run ./executor/framework/overhead [-models M,...] [-frameworks F,...] [-rounds N] [-threads N]
//
// The tools are OpenVINO's benchmark_app, MLPerf's LoadGen (single stream) around ONNX Runtime,
// torch.utils.benchmark, and for LiteRT its litert-benchmark and a bare loop. They run in the environments that
// `edgebench setup` made; LoadGen's is made here, in the same folder. A framework that is not installed
// is left out by name.
//
//  1. the model is written once, with seeded weights, in the framework's format;
//  2. in each round a fresh runner is measured as a job is ([measure.Run]), and a fresh process of the
//     tool, in alternating order;
//  3. a round in which the machine was busy with something else is measured again, up to as many as
//     were asked for; where fewer than six were quiet all count, and the line says so;
//  4. the table has the medians over the rounds, and the median of the rounds' ratios with the
//     distribution-free interval of a median.
//
// Fresh processes of one program differ by 1 to 4 %, which is why a round starts new ones and many
// rounds are needed.
package main
