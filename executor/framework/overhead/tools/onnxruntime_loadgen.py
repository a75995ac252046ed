"""MLPerf LoadGen's single stream around ONNX Runtime. Its one argument is a request as JSON."""
import json
import os
import re
import sys
import tempfile

import mlperf_loadgen as loadgen
import numpy
import onnxruntime


def main(request):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = request["threads"], 1
    session = onnxruntime.InferenceSession(request["files"][0], options, providers=["CPUExecutionProvider"])
    binding = session.io_binding()
    values = numpy.fromfile(request["input"], "<f4").reshape(request["shape"])
    bound = onnxruntime.OrtValue.ortvalue_from_numpy(values)
    binding.bind_ortvalue_input(session.get_inputs()[0].name, bound)
    for output in session.get_outputs():
        binding.bind_output(output.name)
    for _ in range(request["warmup"]):
        session.run_with_iobinding(binding)

    def issue(queries):
        for query in queries:
            session.run_with_iobinding(binding)
            loadgen.QuerySamplesComplete([loadgen.QuerySampleResponse(query.id, 0, 0)])

    print(json.dumps({"median_ns": single_stream(issue, request["count"])}))


def single_stream(issue, count):
    """The median that LoadGen's own summary has."""
    settings = loadgen.TestSettings()
    settings.scenario, settings.mode = loadgen.TestScenario.SingleStream, loadgen.TestMode.PerformanceOnly
    settings.min_query_count = settings.max_query_count = count
    settings.min_duration_ms = 0
    with tempfile.TemporaryDirectory() as folder:
        log = loadgen.LogSettings()
        log.log_output.outdir = folder
        log.enable_trace = False
        sut = loadgen.ConstructSUT(issue, lambda: None)
        samples = loadgen.ConstructQSL(1, 1, lambda indices: None, lambda indices: None)
        loadgen.StartTestWithLogSettings(sut, samples, settings, log)
        loadgen.DestroyQSL(samples)
        loadgen.DestroySUT(sut)
        with open(os.path.join(folder, "mlperf_log_summary.txt")) as file:
            return int(re.search(r"50\.00 percentile latency \(ns\)\s*:\s*(\d+)", file.read()).group(1))


main(json.loads(sys.argv[1]))
