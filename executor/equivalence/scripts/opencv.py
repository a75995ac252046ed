"""Runs a Caffe model in OpenCV's dnn module. See package equivalence."""
import json
import sys

import cv2
import numpy


def main():
    if not hasattr(cv2.dnn, "readNetFromCaffe"):
        sys.exit("OpenCV %s reads no Caffe models" % cv2.__version__)
    if sys.argv[1] == "--probe":
        print(json.dumps({"name": "OpenCV " + cv2.__version__}))
        return
    with open(sys.argv[1], encoding="utf-8") as file:
        request = json.load(file)
    values, text = request["files"]
    net = cv2.dnn.readNetFromCaffe(text, values)
    net.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
    net.setInput(numpy.fromfile(request["input"], "<f4").reshape(request["shape"]))
    with open(request["output"], "wb") as file:
        for y in net.forward(request["outputs"]):
            file.write(numpy.ascontiguousarray(y, "<f4").tobytes())


main()
