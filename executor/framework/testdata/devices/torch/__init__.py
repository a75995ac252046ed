"""Stands in for PyTorch, as far as a fully connected network needs it. As on a GPU, a call only
queues what the device computes, which is not there until it is waited for."""
import contextlib
import types

import numpy

from device_log import record

__version__ = "2.15.0+cu130"
float32, float16, bfloat16 = "float32", "float16", "bfloat16"
version = types.SimpleNamespace(cuda="13.0")
_queue = []


class device:
    def __init__(self, kind):
        self.type = kind


CPU = device("cpu")


class Tensor:
    def __init__(self, values, device=CPU):
        self.values, self.device = values, device

    def to(self, device, kind=float32):
        record("copy to", device.type, self.values.size)
        return Tensor(self.values, device)

    def float(self):
        return self

    def cpu(self):
        record("copy from", self.device.type)
        return Tensor(self.values)

    def numpy(self):
        return self.values


def compute(device, shape, function):
    """A tensor with what the function returns: once the device is waited for, where it is none of
    the processor."""
    result = Tensor(numpy.full(shape, numpy.nan, numpy.float32), device)

    def run():
        result.values[...] = function()

    if device.type == "cpu":
        run()
    else:
        record("queue")
        _queue.append(run)
    return result


def from_numpy(values):
    return Tensor(values)


def flatten(x, axis):
    return compute(x.device, (1, x.values.size), lambda: x.values.reshape(1, -1))


sigmoid = tanh = None  # names that the runner lists
_threads = 1


def set_num_threads(n):
    global _threads
    _threads = n


def get_num_threads():
    return _threads


def set_grad_enabled(on):
    pass


@contextlib.contextmanager
def inference_mode():
    yield


def _synchronize():
    record("wait")
    while _queue:
        _queue.pop(0)()


cuda = types.SimpleNamespace(synchronize=_synchronize, is_available=lambda: True)
backends = types.SimpleNamespace(
    cuda=types.SimpleNamespace(matmul=types.SimpleNamespace(allow_tf32=False)), cudnn=types.SimpleNamespace(allow_tf32=True))


def _trace(network, example, check_trace=True):
    record("trace, TF32", backends.cuda.matmul.allow_tf32 or backends.cudnn.allow_tf32)
    network(example)
    return network


jit = types.SimpleNamespace(trace=_trace, freeze=lambda network: network)

from torch import nn  # noqa: E402
