import numpy
import torch
from torch.nn import functional  # noqa: F401


class Module:
    def __call__(self, *inputs):
        return self.forward(*inputs)

    def eval(self):
        return self

    def to(self, device, kind):
        for name, value in list(vars(self).items()):
            if isinstance(value, (Module, torch.Tensor)):
                setattr(self, name, value.to(device, kind))
        return self


class ModuleDict(Module):
    def __init__(self, modules):
        self.__dict__.update(modules)

    def __getitem__(self, name):
        return self.__dict__[name]


def Parameter(tensor, requires_grad=True):
    return tensor


class Linear(Module):
    def __init__(self, inputs, outputs, bias):
        self.weight = self.bias = None

    def forward(self, x):
        w, b = self.weight, self.bias
        assert w.device.type == x.device.type
        return torch.compute(x.device, (1, w.values.shape[0]), lambda: x.values @ w.values.T + numpy.asarray(b.values))
