"""ONNX Runtime, on its CPU or CUDA provider. Fusion is all of its graph optimizations, or
none; quantization its static one, with a scale a channel of the weights."""
import collections
import importlib.util
import os

import edgebench_cuda
import edgebench_runner

# Devices by the provider that runs nodes there.
DEVICES = {"CPUExecutionProvider": "cpu", "CUDAExecutionProvider": "cuda"}

NO_CUDA = (
    "this build of ONNX Runtime has no CUDA provider: put onnxruntime-gpu[cuda,cudnn] into an environment of your own, "
    "name its interpreter in EDGEBENCH_PYTHON, and remove the other one with `edgebench setup --remove \"ONNX Runtime\"`"
)


class ONNXRuntime:
    def __init__(self):
        import onnxruntime

        self.onnxruntime = onnxruntime

    def hello(self):
        quantizes = importlib.util.find_spec("onnx") is not None
        cuda = "CUDAExecutionProvider" in self.onnxruntime.get_available_providers()
        devices, names, missing = edgebench_cuda.seen("" if cuda else NO_CUDA)
        return {
            "framework": "ONNX Runtime",
            "version": self.onnxruntime.__version__,
            "devices": ["cpu"] + devices,
            "device_names": names,
            "missing_devices": missing,
            "optimizations": ["fusion", "quantization"] if quantizes else ["fusion"],
            "precisions": ["fp32", "int8"] if quantizes else ["fp32"],
        }

    def load(self, request):
        model = edgebench_runner.Model(request)
        model.only("fusion", "quantization")
        path = model.file(".onnx")
        quantized = "quantization" in model.optimizations
        if quantized:
            path = self.quantize(model, path)
        options = self.onnxruntime.SessionOptions()
        options.intra_op_num_threads = model.threads
        options.inter_op_num_threads = 1
        level = self.onnxruntime.GraphOptimizationLevel
        fused = "fusion" in model.optimizations
        options.graph_optimization_level = level.ORT_ENABLE_ALL if fused else level.ORT_DISABLE_ALL
        # Workers that spin after an inference would take the processor from the sessions that
        # take turns with this one.
        options.add_session_config_entry("session.force_spinning_stop", "1")
        options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
        cuda = model.device == "cuda"
        self.session = self.on_cuda(path, options) if cuda else self.on_cpu(path, options)
        self.bind(model, "cuda" if cuda else "cpu")
        return {
            "precision": "int8" if quantized else "fp32",
            "kernels": self.session.get_providers()[0],
            "placement": self.placement(),
            "transfers": "none: input and outputs stay in the device's memory" if cuda else "",
        }

    def on_cpu(self, path, options):
        return self.onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def on_cuda(self, path, options):
        """Nodes that the device cannot run are the CPU's. Without TF32, in which the provider
        would else multiply fp32."""
        if hasattr(self.onnxruntime, "preload_dlls"):
            self.onnxruntime.preload_dlls()  # CUDA and cuDNN of the environment's packages
        cuda = ("CUDAExecutionProvider", {"use_tf32": "0"})
        session = self.onnxruntime.InferenceSession(path, options, providers=[cuda, "CPUExecutionProvider"])
        if "CUDAExecutionProvider" not in session.get_providers():  # it goes on without, and only prints that
            raise edgebench_runner.Unsupported(
                "ONNX Runtime could not start its CUDA provider, mostly for want of CUDA or cuDNN in the version that it "
                "needs: put onnxruntime-gpu[cuda,cudnn] into its environment")
        return session

    def placement(self):
        """How many nodes each provider was given; older versions do not tell."""
        if not hasattr(self.session, "get_provider_graph_assignment_info"):
            return []
        nodes = collections.Counter()
        for part in self.session.get_provider_graph_assignment_info():
            nodes[part.ep_name] += len(part.get_nodes())
        return [{"device": DEVICES.get(name, name), "by": name, "nodes": n} for name, n in nodes.items()]

    def bind(self, model, device):
        """Binds the buffers once: a plain run() copies and allocates each time."""
        self.binding = self.session.io_binding()
        self.input = self.onnxruntime.OrtValue.ortvalue_from_numpy(model.input, device, 0)
        self.binding.bind_ortvalue_input(self.session.get_inputs()[0].name, self.input)
        self.binding.synchronize_inputs()
        for name in model.outputs:
            self.binding.bind_output(name, device)
        if device == "cuda":
            self.infer = self.infer_and_wait
        self.infer()
        self.values = self.binding.get_outputs()
        for name, value in zip(model.outputs, self.values):
            self.binding.bind_ortvalue_output(name, value)

    def infer(self):
        self.session.run_with_iobinding(self.binding)

    def infer_and_wait(self):
        """The inference ends when its outputs are in the device's memory."""
        self.session.run_with_iobinding(self.binding)
        self.binding.synchronize_outputs()

    def outputs(self):
        return [value.numpy() for value in self.values]

    def quantize(self, model, path):
        """Writes the model with 8-bit weights, and activations calibrated on inputs."""
        from onnxruntime import quantization

        name = self.onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).get_inputs()[0].name

        class Inputs(quantization.CalibrationDataReader):
            def __init__(self):
                self.inputs = ({name: x} for x in model.calibration())

            def get_next(self):
                return next(self.inputs, None)

        folder = os.path.dirname(path)
        prepared, written = os.path.join(folder, "prepared.onnx"), os.path.join(folder, "int8.onnx")
        quantization.quant_pre_process(path, prepared, skip_symbolic_shape=True)
        quantization.quantize_static(
            prepared,
            written,
            Inputs(),
            quant_format=quantization.QuantFormat.QDQ,
            per_channel=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
        )
        os.remove(prepared)
        return written


edgebench_runner.serve(ONNXRuntime)
