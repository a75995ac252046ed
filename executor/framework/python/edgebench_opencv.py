"""OpenCV's dnn module: ONNX, and with OpenCV 4 Caffe and Darknet too."""
import edgebench_runner


class OpenCV:
    def __init__(self):
        import cv2

        self.cv2 = cv2

    def hello(self):
        readers = {"onnx": "readNetFromONNX", "caffe": "readNetFromCaffe", "darknet": "readNetFromDarknet"}
        return {
            "framework": "OpenCV",
            "version": self.cv2.__version__,
            "devices": ["cpu"],
            "optimizations": ["fusion"],
            "precisions": ["fp32"],
            "formats": [name for name, reader in readers.items() if hasattr(self.cv2.dnn, reader)],
        }

    def load(self, request):
        model = edgebench_runner.Model(request)
        model.only("fusion")
        self.cv2.setNumThreads(model.threads)
        self.net = self.read(model)
        self.net.setPreferableBackend(self.cv2.dnn.DNN_BACKEND_OPENCV)
        self.net.setPreferableTarget(self.cv2.dnn.DNN_TARGET_CPU)
        self.net.enableFusion("fusion" in model.optimizations)
        self.names = model.outputs or list(self.net.getUnconnectedOutLayersNames())
        self.input = model.input
        self.infer()
        return {"precision": "fp32", "threads": self.cv2.getNumThreads()}

    def read(self, model):
        dnn = self.cv2.dnn
        if model.format == "caffe":
            return dnn.readNetFromCaffe(model.file(".prototxt"), model.file(".caffemodel"))
        if model.format == "darknet":
            return dnn.readNetFromDarknet(model.file(".cfg"), model.file(".weights"))
        return dnn.readNetFromONNX(model.file(".onnx"))

    def infer(self):
        # The input is set each time: a network whose input did not change returns what it has.
        self.net.setInput(self.input)
        self.computed = self.net.forward(self.names)

    def outputs(self):
        return self.computed


edgebench_runner.serve(OpenCV)
