"""A bare loop around LiteRT's interpreter. Its one argument is a request as JSON."""
import json
import statistics
import sys
import time

import numpy
from ai_edge_litert.interpreter import Interpreter


def main(request):
    interpreter = Interpreter(request["files"][0], num_threads=request["threads"])
    interpreter.allocate_tensors()
    values = numpy.fromfile(request["input"], "<f4").reshape(request["shape"])
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], numpy.ascontiguousarray(numpy.moveaxis(values, 1, -1)))
    for _ in range(request["warmup"]):
        interpreter.invoke()
    durations = []
    for _ in range(request["count"]):
        start = time.perf_counter()
        interpreter.invoke()
        durations.append(time.perf_counter() - start)
    print(json.dumps({"median_ns": statistics.median(durations) * 1e9}))


main(json.loads(sys.argv[1]))
