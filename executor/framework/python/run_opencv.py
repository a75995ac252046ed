"""OpenCV's dnn module: ONNX, and with OpenCV 4 Caffe and Darknet too."""

import cv2

import runner


class Framework:
    def hello(self):
        return {
            "framework": "OpenCV",
            "version": cv2.__version__,
            "devices": ["cpu"],
            "optimizations": ["fusion"],
            "precisions": ["fp32"],
        }

    def load(self, request):
        request.only("fusion")
        cv2.setNumThreads(request.threads)
        return Session(request)


def read(request):
    if request.format == "caffe":
        return cv2.dnn.readNetFromCaffe(request.file(".prototxt"), request.file(".caffemodel"))
    if request.format == "darknet":
        return cv2.dnn.readNetFromDarknet(request.file(".cfg"), request.file(".weights"))
    return cv2.dnn.readNetFromONNX(request.file(".onnx"))


class Session:
    def __init__(self, request):
        self.net = read(request)
        self.net.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
        self.net.setPreferableTarget(cv2.dnn.DNN_TARGET_CPU)
        self.net.enableFusion("fusion" in request.optimizations)
        self.names = request.output_names or list(self.net.getUnconnectedOutLayersNames())
        self.input = request.input
        self.infer()
        self.loaded = {}

    def infer(self):
        # The input is set each time: without that the network returns what it has.
        self.net.setInput(self.input)
        self.computed = self.net.forward(self.names)

    def outputs(self):
        return self.computed


if __name__ == "__main__":
    runner.serve(Framework())
