"""Runs an ONNX model in ONNX Runtime. See package equivalence."""
import json
import sys

import numpy
import onnxruntime


def main():
    if sys.argv[1] == "--probe":
        print(json.dumps({"name": "ONNX Runtime " + onnxruntime.__version__}))
        return
    with open(sys.argv[1], encoding="utf-8") as file:
        request = json.load(file)
    session = onnxruntime.InferenceSession(request["files"][-1], providers=["CPUExecutionProvider"])
    x = numpy.fromfile(request["input"], "<f4").reshape(request["shape"])
    outputs = session.run(request["outputs"], {session.get_inputs()[0].name: x})
    with open(request["output"], "wb") as file:
        for y in outputs:
            file.write(numpy.ascontiguousarray(y, "<f4").tobytes())


main()
