"""OpenVINO's CPU plugin. The number format is always stated: without that it calculates in
bf16 where the processor has it. What it always does, fusion, can only be on."""
import collections
import importlib.util

import edgebench_runner

# INFERENCE_PRECISION_HINT by the optimization that asks for it.
HINTS = {"mixed_precision": "bf16", "half_precision": "f16"}
ENDS = ("Const", "Input", "Output")
PRECISIONS = {"f32": "fp32", "f16": "fp16"}


class OpenVINO:
    def __init__(self):
        import openvino

        self.openvino, self.core = openvino, openvino.Core()

    def hello(self):
        able = self.core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        optimizations, precisions = ["fusion"], ["fp32"]
        if "BF16" in able:
            optimizations.append("mixed_precision")
        if "FP16" in able:
            optimizations.append("half_precision")
            precisions.append("fp16")
        if importlib.util.find_spec("nncf") is not None:
            optimizations.append("quantization")
            precisions.append("int8")
        return {
            "framework": "OpenVINO",
            "version": self.openvino.get_version().split("-")[0],
            "devices": ["cpu"],
            "optimizations": optimizations,
            "precisions": precisions,
        }

    def load(self, request):
        model = edgebench_runner.Model(request)
        model.only("fusion", "mixed_precision", "half_precision", "quantization")
        model.needs("fusion", "it always fuses")
        network = self.core.read_model(model.file(".onnx"))
        quantized = "quantization" in model.optimizations
        if quantized:
            import nncf

            network = nncf.quantize(network, nncf.Dataset(list(model.calibration())), subset_size=8)
        hint = next((HINTS[o] for o in HINTS if o in model.optimizations), "f32")
        compiled = self.core.compile_model(network, "CPU", {
            "INFERENCE_NUM_THREADS": model.threads,
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": hint,
        })
        self.request, self.names = compiled.create_infer_request(), model.outputs
        self.input = self.openvino.Tensor(model.input, shared_memory=True)
        self.request.set_input_tensor(self.input)
        self.start, self.wait = self.request.start_async, self.request.wait
        self.infer()
        used = compiled.get_property("INFERENCE_PRECISION_HINT").to_string()
        return {
            "precision": "int8" if quantized else PRECISIONS.get(used, used),
            "threads": int(compiled.get_property("INFERENCE_NUM_THREADS")),
            "placement": self.placement(compiled),
        }

    def placement(self, compiled):
        """How many nodes of the compiled network each kind of kernel calculates; constants and
        the network's ends calculate nothing."""
        device = "+".join(compiled.get_property("EXECUTION_DEVICES")).lower()
        kernels = collections.Counter()
        for node in compiled.get_runtime_model().get_ops():
            info = node.get_rt_info()
            if info["layerType"].astype(str) not in ENDS:
                kernels[info["primitiveType"].astype(str)] += 1
        return [{"device": device, "by": name, "nodes": n} for name, n in sorted(kernels.items())]

    def infer(self):
        # The request's own infer() also makes a dictionary of copies of the outputs, each time.
        self.start()
        self.wait()

    def outputs(self):
        return [self.request.get_tensor(name).data for name in self.names]


edgebench_runner.serve(OpenVINO)
