"""OpenVINO on its CPU plugin."""

import openvino

import runner

# Number formats by what asks for them. Without one the plugin would choose by
# itself, and calculates in bf16 where the processor has it.
HINTS = {"fp32": "f32", "fp16": "f16"}


class Framework:
    def __init__(self):
        self.core = openvino.Core()

    def hello(self):
        capabilities = self.core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        optimizations, precisions = ["fusion"], ["fp32"]
        if "BF16" in capabilities:
            optimizations.append("mixed_precision")
        if "FP16" in capabilities:
            optimizations.append("half_precision")
            precisions.append("fp16")
        if _has_quantization():
            optimizations.append("quantization")
            precisions.append("int8")
        return {
            "framework": "OpenVINO",
            "version": openvino.get_version(),
            "devices": [d.lower() for d in self.core.available_devices],
            "optimizations": optimizations,
            "precisions": precisions,
        }

    def load(self, request):
        request.only("fusion", "mixed_precision", "half_precision", "quantization")
        if "fusion" not in request.optimizations:
            raise runner.Unsupported("its CPU plugin always fuses")
        model = self.core.read_model(request.file(".onnx"))
        hint = HINTS["fp16" if "half_precision" in request.optimizations else "fp32"]
        if "mixed_precision" in request.optimizations:
            hint = "bf16"
        if "quantization" in request.optimizations:
            model = _quantized(request, model)
        compiled = self.core.compile_model(model, (request.device or "cpu").upper(), {
            "INFERENCE_NUM_THREADS": request.threads,
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": hint,
        })
        return Session(request, compiled)


class Session:
    def __init__(self, request, compiled):
        self.request = compiled.create_infer_request()
        self.input = openvino.Tensor(request.input, shared_memory=True)
        self.request.set_input_tensor(self.input)
        self.infer = self.request.infer
        self.infer()
        self.names = request.output_names or [o.any_name for o in compiled.outputs]
        used = compiled.get_property("INFERENCE_PRECISION_HINT").to_string()
        precision = {"f32": "fp32", "f16": "fp16", "bf16": "bf16"}.get(used, used)
        if "quantization" in request.optimizations:
            precision = "int8"
        self.loaded = {
            "precision": precision,
            "threads": int(compiled.get_property("INFERENCE_NUM_THREADS")),
            "placement": [{"device": d, "nodes": 0} for d in compiled.get_property("EXECUTION_DEVICES")],
        }

    def outputs(self):
        return [self.request.get_tensor(name).data for name in self.names]


def _has_quantization():
    import importlib.util

    return importlib.util.find_spec("nncf") is not None


def _quantized(request, model):
    import nncf

    return nncf.quantize(model, nncf.Dataset(list(request.calibration())), subset_size=8)


if __name__ == "__main__":
    runner.serve(Framework())
