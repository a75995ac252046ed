"""A network as PyTorch modules, built from the layer graph: for the runners that are PyTorch
or start from it."""
import numpy
import torch
from torch import nn
from torch.nn import functional

import edgebench_layers as layers


class Network(nn.Module):
    def __init__(self, graph):
        super().__init__()
        self.graph = graph
        self.gone = graph.last_use()
        self.steps = nn.ModuleDict({str(n.id): module(n, graph) for n in graph.nodes.values()})
        self.folded = set()

    def forward(self, x):
        values = {0: x}
        for node in self.graph.nodes.values():
            inputs = [values[i] for i in node.inputs]
            values[node.id] = inputs[0] if node.id in self.folded else self.steps[str(node.id)](*inputs)
            for id in self.gone.get(node.id, []):
                del values[id]
        return tuple(values[id] for id in self.graph.outputs)

    def fold_norms(self):
        """Puts each batch norm into the one convolution that it follows."""
        readers = {}
        for node in self.graph.nodes.values():
            for id in node.inputs:
                readers.setdefault(id, []).append(node)
        for node in self.graph.nodes.values():
            if node.op != "batchnorm" or node.inputs[0] == 0:
                continue
            before = node.inputs[0]
            conv, norm = self.steps[str(before)], self.steps[str(node.id)]
            alone = len(readers[before]) == 1 and before not in self.graph.outputs
            if alone and isinstance(conv, Conv):
                conv.conv = nn.utils.fuse_conv_bn_eval(conv.conv, norm)
                self.folded.add(node.id)


def module(node, graph):
    make = MODULES.get(node.op)
    if make is None:
        raise layers.unknown(node)
    return make(node, graph)


def tensor(array):
    return torch.from_numpy(numpy.ascontiguousarray(array))


def parameter(array):
    return nn.Parameter(tensor(array), requires_grad=False)


class Conv(nn.Module):
    def __init__(self, node, graph):
        super().__init__()
        a, channels = node.attr, graph.shape(node.inputs[0])[0]
        symmetric = layers.same(a["pad"])
        kind = {2: nn.Conv2d, 3: nn.Conv3d}[len(a["kernel"])]
        self.pads = None if symmetric else layers.flat_pads(a["pad"])
        self.conv = kind(
            channels, a["out"], a["kernel"], a["stride"], [p["begin"] for p in a["pad"]] if symmetric else 0,
            a["dilation"], a["groups"], a["bias"],
        )
        self.conv.weight = parameter(node.weights["weight"])
        if a["bias"]:
            self.conv.bias = parameter(node.weights["bias"])

    def forward(self, x):
        return self.conv(x if self.pads is None else functional.pad(x, self.pads))


def batch_norm(node, graph):
    kind = {1: nn.BatchNorm1d, 3: nn.BatchNorm2d, 4: nn.BatchNorm3d}[len(node.shape)]
    norm = kind(node.shape[0], node.attr["epsilon"])
    w = node.weights
    norm.weight, norm.bias = parameter(w["scale"]), parameter(w["shift"])
    norm.running_mean, norm.running_var = tensor(w["mean"]), tensor(w["variance"])
    return norm


class Linear(nn.Module):
    def __init__(self, node, graph):
        super().__init__()
        weight = node.weights["weight"]
        self.linear = nn.Linear(weight.reshape(weight.shape[0], -1).shape[1], weight.shape[0], node.attr["bias"])
        self.linear.weight = parameter(weight.reshape(weight.shape[0], -1))
        if node.attr["bias"]:
            self.linear.bias = parameter(node.weights["bias"])

    def forward(self, x):
        return self.linear(torch.flatten(x, 1))


class Pool(nn.Module):
    def __init__(self, node, graph):
        super().__init__()
        a = node.attr
        rank, largest = len(a["kernel"]), a["fn"] == "maxpool"
        if any(d != 1 for d in a["dilation"]) and not largest:
            raise layers.unknown(node)
        pads, half = a["pad"], [k // 2 for k in a["kernel"]]
        own = layers.same(pads) and all(p["begin"] <= h for p, h in zip(pads, half))
        if not own and not largest and a["exclude_pad"]:
            raise layers.unknown(node)
        self.pads = None if own else layers.flat_pads(pads)
        self.fill = float("-inf") if largest else 0.0
        padding = [p["begin"] for p in pads] if own else 0
        if largest:
            self.pool = {2: nn.MaxPool2d, 3: nn.MaxPool3d}[rank](a["kernel"], a["stride"], padding, a["dilation"], ceil_mode=a["ceil"])
        else:
            self.pool = {2: nn.AvgPool2d, 3: nn.AvgPool3d}[rank](
                a["kernel"], a["stride"], padding, a["ceil"], not a["exclude_pad"])

    def forward(self, x):
        return self.pool(x if self.pads is None else functional.pad(x, self.pads, value=self.fill))


class Function(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *inputs):
        return self.function(*inputs)


ACTIVATIONS = {
    "relu": functional.relu, "relu6": functional.relu6, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "silu": functional.silu,
    "hardsigmoid": functional.hardsigmoid, "hardswish": functional.hardswish,
}


def activation(node, graph):
    a = node.attr
    if a["fn"] == "leaky":
        return nn.LeakyReLU(a["slope"])
    if a["fn"] == "clip":
        return Function(lambda x: torch.clamp(x, a.get("low", 0.0), a.get("high", 0.0)))
    return Function(ACTIVATIONS[a["fn"]])


def add(node, graph):
    def total(first, *others):
        for other in others:
            first = first + other
        return first

    return Function(total)


def multiply(node, graph):
    missing = len(node.shape) - len(graph.shape(node.inputs[1]))
    return Function(lambda x, factor: x * factor.reshape(*factor.shape, *[1] * missing))


def zero_pad(node, graph):
    pads = layers.flat_pads(node.attr["pad"])
    return Function(lambda x: functional.pad(x, pads))


class ChannelAffine(nn.Module):
    def __init__(self, node, graph):
        super().__init__()
        shape = [-1] + [1] * (len(node.shape) - 1)
        self.scale = parameter(node.weights["scale"].reshape(shape)) if node.attr["scale"] else None
        self.shift = parameter(node.weights["shift"].reshape(shape)) if node.attr["shift"] else None

    def forward(self, x):
        x = x if self.scale is None else x * self.scale
        return x if self.shift is None else x + self.shift


def global_average(node, graph):
    axes = list(range(2, len(node.shape) + 1))
    return Function(lambda x: x.mean(axes, keepdim=True))


def local_response(node, graph):
    a = node.attr
    return nn.LocalResponseNorm(a["size"], a["alpha"], a["beta"], a["k"])


MODULES = {
    "conv": Conv, "fc": Linear, "batchnorm": batch_norm, "lrn": local_response, "maxpool": Pool, "avgpool": Pool,
    "globalavgpool": global_average, "activation": activation, "add": add, "mul": multiply, "zeropad": zero_pad,
    "channelaffine": ChannelAffine,
    "softmax": lambda n, g: nn.Softmax(1),
    "concat": lambda n, g: Function(lambda *x: torch.cat(x, 1)),
    "flatten": lambda n, g: nn.Flatten(1),
    "reshape": lambda n, g: Function(lambda x: x.reshape(1, *n.attr["shape"])),
    "upsample": lambda n, g: nn.Upsample(scale_factor=n.attr["scale"], mode="nearest"),
    "affine": lambda n, g: Function(lambda x: x * n.attr["factor"] + n.attr["offset"]),
    "channelshuffle": lambda n, g: nn.ChannelShuffle(n.attr["groups"]),
    "slicechannels": lambda n, g: Function(lambda x: x[:, n.attr["begin"]:n.attr["end"]]),
}
