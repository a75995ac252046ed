"""Stands in for onnxruntime-gpu: as the real one it queues what a session runs on the device,
and without CUDA's libraries it goes on on the CPU. Outputs are wrong until they were waited for."""
import os

import numpy

from device_log import record

__version__ = "1.31.1"
LIBRARIES = os.environ.get("EDGEBENCH_DEVICE_LIBRARIES") != "none"


def get_available_providers():
    return ["CUDAExecutionProvider", "CPUExecutionProvider"]


def preload_dlls():
    record("preload")


class GraphOptimizationLevel:
    ORT_ENABLE_ALL, ORT_DISABLE_ALL = 99, 0


class SessionOptions:
    def add_session_config_entry(self, key, value):
        pass


class OrtValue:
    def __init__(self, values, device):
        self.values, self.device = values, device

    @staticmethod
    def ortvalue_from_numpy(values, device_type="cpu", device_id=0, vendor_id=-1):
        record("copy to", device_type, values.size)
        return OrtValue(values, device_type)

    def numpy(self):
        record("copy from", self.device)
        return self.values.copy()


class Binding:
    def __init__(self):
        self.outputs, self.queued = {}, False

    def bind_ortvalue_input(self, name, value):
        record("bind input", name, value.device)

    def synchronize_inputs(self):
        record("wait for inputs")

    def bind_output(self, name, device_type="cpu", device_id=0, element_type=None, shape=None, buffer_ptr=None):
        record("bind output", name, device_type)
        self.outputs[name] = OrtValue(numpy.full((1, 2), numpy.nan, numpy.float32), device_type)

    def bind_ortvalue_output(self, name, value):
        record("bind output", name, value.device, "kept")

    def get_outputs(self):
        return list(self.outputs.values())

    def synchronize_outputs(self):
        record("wait for outputs")
        if self.queued:
            for value in self.outputs.values():
                value.values[...] = [0.25, 0.75]


class Named:
    def __init__(self, name):
        self.name = name


class Nodes:
    def __init__(self, ep_name, count):
        self.ep_name, self.count = ep_name, count

    def get_nodes(self):
        return [None] * self.count


class InferenceSession:
    def __init__(self, path, options=None, providers=()):
        assert os.path.getsize(path) > 0
        self.providers = [p if isinstance(p, str) else p[0] for p in providers]
        record("session", *providers)
        if not LIBRARIES:
            self.providers = ["CPUExecutionProvider"]

    def get_providers(self):
        return self.providers

    def get_provider_graph_assignment_info(self):
        return [Nodes("CUDAExecutionProvider", 3), Nodes("CPUExecutionProvider", 1)]

    def get_inputs(self):
        return [Named("input")]

    def io_binding(self):
        return Binding()

    def run_with_iobinding(self, binding):
        record("queue")
        binding.queued = True
