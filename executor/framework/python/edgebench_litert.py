"""LiteRT, or the TensorFlow Lite runtime before it. Its models are fused when they are
written, so that fusion can only be on. The option xnnpack=off takes its builtin kernels."""
import importlib.metadata

import edgebench_runner


class LiteRT:
    def __init__(self):
        try:
            from ai_edge_litert import interpreter

            self.name, package = "LiteRT", "ai-edge-litert"
        except ModuleNotFoundError:
            from tflite_runtime import interpreter

            self.name, package = "TensorFlow Lite", "tflite-runtime"
        self.tflite, self.version = interpreter, importlib.metadata.version(package)

    def hello(self):
        return {
            "framework": self.name,
            "version": self.version,
            "devices": ["cpu"],
            "optimizations": ["fusion"],
            "precisions": ["fp32"],
        }

    def load(self, request):
        model = edgebench_runner.Model(request)
        model.only("fusion")
        model.needs("fusion", "its models are fused when they are written")
        xnnpack = model.options.get("xnnpack", "on") == "on"
        kinds = self.tflite.OpResolverType
        self.interpreter = self.tflite.Interpreter(
            model.file(".tflite"),
            num_threads=model.threads,
            experimental_op_resolver_type=kinds.AUTO if xnnpack else kinds.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        )
        self.interpreter.allocate_tensors()
        self.interpreter.set_tensor(self.interpreter.get_input_details()[0]["index"], edgebench_runner.channels_last(model.input))
        self.infer = self.interpreter.invoke
        self.infer()
        indices = {d["name"]: d["index"] for d in self.interpreter.get_output_details()}
        self.indices = [indices[name] for name in model.outputs]
        return {"precision": "fp32", "kernels": "XNNPACK" if xnnpack else "builtin"}

    def outputs(self):
        return [edgebench_runner.channels_first(self.interpreter.get_tensor(i)) for i in self.indices]


edgebench_runner.serve(LiteRT)
