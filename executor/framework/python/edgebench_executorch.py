"""ExecuTorch on XNNPACK: the network is built as PyTorch modules, exported, and what XNNPACK can
compute is delegated to it; the rest runs on ExecuTorch's own kernels, which are slow. The
delegate always fuses, so that fusion can only be on. Quantization is PT2E's static one, with a
scale a channel of the weights."""
import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
from executorch.exir import to_edge_transform_and_lower
from executorch.extension.pybindings import portable_lib
from executorch.version import __version__

import edgebench_layers as layers
import edgebench_modules
import edgebench_runner


def local_response(node, graph):
    """PyTorch's own averages by avg_pool3d where there are two spatial dimensions, which
    ExecuTorch does not have, and by avg_pool2d where there is one."""
    norm = edgebench_modules.local_response(node, graph)
    return edgebench_modules.Function(lambda x: norm(x.flatten(2)).reshape(x.shape))


edgebench_modules.MODULES["lrn"] = local_response


class ExecuTorch:
    def hello(self):
        return {
            "framework": "ExecuTorch",
            "version": __version__,
            "devices": ["cpu"],
            "optimizations": ["fusion", "quantization"],
            "precisions": ["fp32", "int8"],
        }

    def load(self, request):
        model = edgebench_runner.Model(request)
        model.only("fusion", "quantization")
        model.needs("fusion", "XNNPACK always fuses")
        torch.set_num_threads(model.threads)
        torch.set_grad_enabled(False)
        network = edgebench_modules.Network(layers.Graph(model)).eval()
        self.inputs = (torch.from_numpy(model.input),)
        quantized = "quantization" in model.optimizations
        if quantized:
            network = self.quantize(network, model)
        lowered = to_edge_transform_and_lower(torch.export.export(network, self.inputs), partitioner=[XnnpackPartitioner()])
        placement = placed(lowered.exported_program().graph_module)
        self.program = lowered.to_executorch().buffer  # the module reads it in place
        portable_lib._unsafe_reset_threadpool(model.threads)
        self.module = portable_lib._load_for_executorch_from_buffer(self.program)
        self.infer()
        return {
            "kernels": "XNNPACK",
            "precision": "int8" if quantized else "fp32",
            "threads": portable_lib._threadpool_get_thread_count(),
            "placement": placement,
        }

    def infer(self):
        self.computed = self.module.forward(self.inputs, clone_outputs=False)

    def outputs(self):
        return [y.numpy() for y in self.computed]

    def quantize(self, network, model):
        """The network with 8-bit weights, and activations calibrated on inputs."""
        from executorch.backends.xnnpack.quantizer import xnnpack_quantizer
        from torchao.quantization.pt2e import quantize_pt2e

        quantizer = xnnpack_quantizer.XNNPACKQuantizer()
        quantizer.set_global(xnnpack_quantizer.get_symmetric_quantization_config(is_per_channel=True))
        prepared = quantize_pt2e.prepare_pt2e(torch.export.export(network, self.inputs).module(), quantizer)
        for x in model.calibration():
            prepared(torch.from_numpy(x))
        return quantize_pt2e.convert_pt2e(prepared)


def placed(graph_module):
    """How many operators were delegated, and which were not: those are named."""
    from executorch.devtools.backend_debug import get_delegation_info

    operators = get_delegation_info(graph_module).delegation_by_operator.values()
    # A getitem takes one of a delegate's outputs, and computes nothing.
    own = {o.op_type: o.non_delegated for o in operators if o.non_delegated and o.op_type != "getitem"}
    parts = [{"device": "cpu", "by": "XNNPACK", "nodes": sum(o.delegated for o in operators)}]
    if own:
        by = "ExecuTorch's own kernels (%s)" % ", ".join(sorted(own))
        parts.append({"device": "cpu", "by": by, "nodes": sum(own.values())})
    return parts


edgebench_runner.serve(ExecuTorch)
