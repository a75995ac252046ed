"""ONNX Runtime, on its CPU or CUDA provider."""

import os
import tempfile

import numpy
import onnxruntime

import runner


def providers():
    return [p for p in ("CPUExecutionProvider", "CUDAExecutionProvider") if p in onnxruntime.get_available_providers()]


class Framework:
    def hello(self):
        optimizations = ["fusion"]
        if _has_quantization():
            optimizations.append("quantization")
        devices = ["cuda" if p.startswith("CUDA") else "cpu" for p in providers()]
        return {
            "framework": "ONNX Runtime",
            "version": onnxruntime.__version__,
            "devices": devices,
            "optimizations": optimizations,
            "precisions": ["fp32"] + (["int8"] if _has_quantization() else []),
        }

    def load(self, request):
        request.only("fusion", "quantization")
        model = request.file(".onnx")
        if "quantization" in request.optimizations:
            model = _quantized(request, model)
        return Session(request, model)


class Session:
    def __init__(self, request, model):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = request.threads
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        level = onnxruntime.GraphOptimizationLevel
        options.graph_optimization_level = level.ORT_ENABLE_ALL if "fusion" in request.optimizations else level.ORT_DISABLE_ALL
        # Workers that spin after an inference take the processor from the sessions that take turns with this one.
        options.add_session_config_entry("session.force_spinning_stop", "1")
        cuda = request.device == "cuda"
        chosen = ["CUDAExecutionProvider", "CPUExecutionProvider"] if cuda else ["CPUExecutionProvider"]
        self.session = onnxruntime.InferenceSession(model, options, providers=chosen)
        device = "cuda" if cuda else "cpu"
        self.binding = self.session.io_binding()
        declared = self.session.get_inputs()[0]
        self.input = onnxruntime.OrtValue.ortvalue_from_numpy(request.input, device, 0)
        self.binding.bind_ortvalue_input(declared.name, self.input)
        names = request.output_names or [o.name for o in self.session.get_outputs()]
        for name in names:
            self.binding.bind_output(name, device)
        self.infer()
        # Bound to the buffers of a first inference, later ones allocate nothing.
        self.values = self.binding.get_outputs()
        for name, value in zip(names, self.values):
            self.binding.bind_ortvalue_output(name, value)
        self.loaded = {"placement": [{"device": p, "nodes": 0} for p in self.session.get_providers()][:1]}

    def infer(self):
        # With bound outputs the call returns when they are ready, on a GPU too.
        self.session.run_with_iobinding(self.binding)

    def outputs(self):
        return [v.numpy() for v in self.values]


def _has_quantization():
    try:
        import onnx  # noqa: F401
        import onnxruntime.quantization  # noqa: F401
    except ImportError:
        return False
    return True


def _quantized(request, model):
    """Writes the model with 8-bit weights, a scale a channel, and activations calibrated on inputs."""
    from onnxruntime import quantization

    class Inputs(quantization.CalibrationDataReader):
        def __init__(self):
            name = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"]).get_inputs()[0].name
            self.inputs = iter([{name: x} for x in request.calibration()])

        def get_next(self):
            return next(self.inputs, None)

    folder = tempfile.mkdtemp(dir=request.options.get("scratch"))
    prepared, path = os.path.join(folder, "prepared.onnx"), os.path.join(folder, "int8.onnx")
    quantization.quant_pre_process(model, prepared, skip_symbolic_shape=True)
    quantization.quantize_static(
        prepared,
        path,
        Inputs(),
        quant_format=quantization.QuantFormat.QDQ,
        per_channel=True,
        activation_type=quantization.QuantType.QUInt8,
        weight_type=quantization.QuantType.QInt8,
        extra_options={"ActivationSymmetric": False, "WeightSymmetric": True},
    )
    os.remove(prepared)
    return path


if __name__ == "__main__":
    runner.serve(Framework())
