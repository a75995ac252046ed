"""LiteRT, and the TensorFlow Lite runtime before it."""

import importlib.metadata

import runner

try:
    from ai_edge_litert import interpreter as tflite

    NAME, PACKAGE = "LiteRT", "ai-edge-litert"
except ModuleNotFoundError:
    from tflite_runtime import interpreter as tflite

    NAME, PACKAGE = "TensorFlow Lite", "tflite-runtime"


class Framework:
    def hello(self):
        return {
            "framework": NAME,
            "version": importlib.metadata.version(PACKAGE),
            "devices": ["cpu"],
            "optimizations": ["fusion"],
            "precisions": ["fp32"],
        }

    def load(self, request):
        request.only("fusion")
        if "fusion" not in request.optimizations:
            raise runner.Unsupported("its models are fused when they are written")
        return Session(request)


class Session:
    def __init__(self, request):
        # The builtin kernels are the ones before XNNPACK took over.
        kinds = tflite.OpResolverType
        xnnpack = request.options.get("xnnpack", "on") == "on"
        self.interpreter = tflite.Interpreter(
            request.file(".tflite"),
            num_threads=request.threads,
            experimental_op_resolver_type=kinds.AUTO if xnnpack else kinds.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        )
        self.interpreter.allocate_tensors()
        index = self.interpreter.get_input_details()[0]["index"]
        self.interpreter.set_tensor(index, runner.channels_last(request.input))
        self.infer = self.interpreter.invoke
        self.infer()
        details = {d["name"]: d["index"] for d in self.interpreter.get_output_details()}
        names = request.output_names or list(details)
        self.indices = [details[name] for name in names]
        self.loaded = {"kernels": "XNNPACK" if xnnpack else "builtin"}

    def outputs(self):
        return [runner.channels_first(self.interpreter.get_tensor(i)) for i in self.indices]


if __name__ == "__main__":
    runner.serve(Framework())
