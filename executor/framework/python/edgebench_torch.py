"""PyTorch: the network is built as modules from the layer graph."""
import torch
from torch import nn

import edgebench_cuda
import edgebench_layers as layers
import edgebench_modules
import edgebench_runner

FORMATS = {"half_precision": torch.float16, "mixed_precision": torch.bfloat16}
NAMES = {torch.float32: "fp32", torch.float16: "fp16", torch.bfloat16: "bf16"}


class PyTorch:
    """Without dynamic_graph the network is traced to TorchScript and frozen. Fusion folds batch
    norms into convolutions; freezing does that too."""

    def hello(self):
        half = torch.cuda.is_available() or convolves(torch.float16)
        devices, names, missing = edgebench_cuda.seen(self.lacks_cuda())
        return {
            "framework": "PyTorch",
            "version": torch.__version__,
            "devices": ["cpu"] + devices,
            "device_names": names,
            "missing_devices": missing,
            "optimizations": ["dynamic_graph", "fusion", "mixed_precision"] + ["half_precision"] * half,
            "precisions": ["fp32"] + ["fp16"] * half,
        }

    def lacks_cuda(self):
        """Why this build cannot use the driver's devices; empty where it can."""
        if torch.version.cuda is None:
            return "this build of PyTorch is for the processor alone: install the one for CUDA, which is PyPI's for Linux"
        return ""

    def load(self, request):
        model = edgebench_runner.Model(request)
        model.only("dynamic_graph", "fusion", "half_precision", "mixed_precision")
        torch.set_num_threads(model.threads)
        torch.set_grad_enabled(False)
        device = torch.device(model.device or "cpu")
        # Else fp32 is multiplied in TF32 there.
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
        kind = next((FORMATS[o] for o in FORMATS if o in model.optimizations), torch.float32)
        network = edgebench_modules.Network(layers.Graph(model)).eval()
        nodes = len(network.graph.nodes)
        if "fusion" in model.optimizations:
            network.fold_norms()
        network = network.to(device, kind)
        self.input = torch.from_numpy(model.input).to(device, kind)
        dynamic = "dynamic_graph" in model.optimizations
        if not dynamic:
            network = torch.jit.freeze(torch.jit.trace(network, self.input, check_trace=False))
        self.network = network
        # From here on, rather than around each inference, whose time it would be part of.
        self.mode = torch.inference_mode()
        self.mode.__enter__()
        if device.type == "cuda":
            self.infer = self.infer_and_wait
        for _ in range(2):  # TorchScript optimizes at its second call
            self.infer()
        return {
            # An operator runs where its tensors are, and with those of two devices it fails.
            "placement": [{"device": self.computed[0].device.type, "by": "ATen", "nodes": nodes}],
            "transfers": "none: input and outputs stay in the device's memory" if device.type == "cuda" else "",
            "kernels": "eager" if dynamic else "TorchScript, frozen",
            "precision": NAMES[kind],
            "threads": torch.get_num_threads(),
        }

    def infer(self):
        self.computed = self.network(self.input)

    def infer_and_wait(self):
        """A call only queues its kernels: the inference ends when they have."""
        self.computed = self.network(self.input)
        torch.cuda.synchronize()

    def outputs(self):
        return [y.float().cpu().numpy() for y in self.computed]


def convolves(kind):
    """Whether the processor's convolutions have a number format: PyTorch 1's lack fp16."""
    try:
        nn.Conv2d(1, 1, 1).to(kind)(torch.zeros(1, 1, 1, 1, dtype=kind))
    except RuntimeError:
        return False
    return True


edgebench_runner.serve(PyTorch)
