"""A layer graph in TensorFlow's operators, channels last: what the runners of its versions share."""
import numpy
import tensorflow as tf

import edgebench_layers as layers


class Network:
    """A step a node: a function of its inputs and of its constants."""

    def __init__(self, graph):
        self.graph = graph
        self.gone = graph.last_use()
        self.steps = {node.id: step(node, graph) for node in graph.nodes.values()}

    def eager(self):
        constants = self.constants()
        return lambda x: self.run(x, constants)

    def constants(self):
        return {id: [tf.constant(value) for value in values] for id, (_, values) in self.steps.items()}

    def run(self, x, constants):
        values = {0: x}
        for node in self.graph.nodes.values():
            function, _ = self.steps[node.id]
            values[node.id] = function(*(values[i] for i in node.inputs), *constants[node.id])
            for id in self.gone.get(node.id, []):
                del values[id]
        return [values[id] for id in self.graph.outputs]


def step(node, graph):
    make = STEPS.get(node.op)
    if make is None:
        raise layers.unknown(node)
    made = make(node, graph)
    return made if isinstance(made, tuple) else (made, [])


def around(pads):
    """Padding of each dimension of an activation, the batch and the channels too."""
    return [[0, 0], *([p["begin"], p["end"]] for p in pads), [0, 0]]


def padding(shape, a):
    """The rule that gives a window's padding, None if neither does. TensorFlow has kernels of
    its own for the two."""
    if all(p["begin"] == p["end"] == 0 for p in a["pad"]):
        return "VALID"
    for size, kernel, stride, dilation, pad in zip(shape[1:], a["kernel"], a["stride"], a["dilation"], a["pad"]):
        total = max((-(-size // stride) - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)
        if (pad["begin"], pad["end"]) != (total // 2, total - total // 2):
            return None
    return "SAME"


def convolution(node, graph):
    a, weight = node.attr, node.weights["weight"]
    shape, spatial = graph.shape(node.inputs[0]), len(a["kernel"])
    rule, groups, outputs = padding(shape, a), a["groups"], weight.shape[0]
    pads = around(a["pad"]) if rule is None else None
    depthwise = groups == shape[0] and groups > 1 and spatial == 2 and len(set(a["stride"])) == 1
    if depthwise:
        weight = weight.reshape(groups, outputs // groups, *a["kernel"]).transpose(2, 3, 0, 1)
    else:
        weight = numpy.moveaxis(weight, (0, 1), (-1, -2))
    constants = [numpy.ascontiguousarray(weight)] + ([node.weights["bias"]] if a["bias"] else [])
    strides = [1, *a["stride"], 1]

    def convolve(x, w):
        if spatial == 3:
            return tf.nn.conv3d(x, w, strides, rule or "VALID", dilations=[1, *a["dilation"], 1])
        if depthwise:
            return tf.nn.depthwise_conv2d(x, w, strides, rule or "VALID", dilations=a["dilation"])
        return tf.nn.conv2d(x, w, strides, rule or "VALID", dilations=a["dilation"])

    def function(x, w, bias=None):
        if pads:
            x = tf.pad(x, pads)
        if depthwise or groups == 1:
            y = convolve(x, w)
        else:  # not every kernel of it has groups
            y = tf.concat([convolve(*part) for part in zip(tf.split(x, groups, -1), tf.split(w, groups, -1))], -1)
        return y if bias is None else tf.nn.bias_add(y, bias)

    return function, constants


def batch_norm(node, graph):
    w, epsilon = node.weights, node.attr["epsilon"]
    if len(node.shape) == 3:
        def fused(x, *w):
            return tf.compat.v1.nn.fused_batch_norm(x, *w, epsilon=epsilon, is_training=False)[0]

        return fused, [w["scale"], w["shift"], w["mean"], w["variance"]]
    factor = w["scale"] / numpy.sqrt(w["variance"] + epsilon)
    return lambda x, factor, offset: x * factor + offset, [factor, w["shift"] - factor * w["mean"]]


def dense(node, graph):
    weight = node.weights["weight"]
    constants = [numpy.ascontiguousarray(weight.reshape(weight.shape[0], -1).T)] + ([node.weights["bias"]] if node.attr["bias"] else [])

    def function(x, w, bias=None):
        y = tf.matmul(flat(x), w)
        return y if bias is None else tf.nn.bias_add(y, bias)

    return function, constants


def flat(x):
    """In the order of channels first."""
    size = numpy.prod(x.shape)
    if len(x.shape) > 2 and size != x.shape[-1]:
        x = tf.transpose(x, [0, len(x.shape) - 1, *range(1, len(x.shape) - 1)])
    return tf.reshape(x, [1, size])


def pool(node, graph):
    a, shape = node.attr, graph.shape(node.inputs[0])
    largest = a["fn"] == "maxpool"
    if any(d != 1 for d in a["dilation"]):
        raise layers.unknown(node)
    # Windows may hang over the end.
    geometry = list(zip(node.shape[1:], shape[1:], a["kernel"], a["stride"], a["pad"]))
    over = [max(0, (n - 1) * s + k - size - p["begin"] - p["end"]) for n, size, k, s, p in geometry]
    rule = None if any(over) else padding(shape, a)
    if not largest and rule == "SAME" and not a["exclude_pad"]:
        rule = None  # its average leaves padding out
    kernels = {
        (2, True): tf.nn.max_pool2d, (3, True): tf.nn.max_pool3d, (2, False): tf.nn.avg_pool2d, (3, False): tf.nn.avg_pool3d,
    }
    kernel = kernels[len(a["kernel"]), largest]
    if rule:
        return lambda x: kernel(x, a["kernel"], a["stride"], rule)
    pads = around([{"begin": p["begin"], "end": p["end"] + more} for p, more in zip(a["pad"], over)])
    if largest:
        # After a ReLU no value is below 0, for which 8-bit integers need no range beyond its own.
        before = graph.nodes.get(node.inputs[0])
        rectified = before is not None and before.op == "activation" and before.attr["fn"] in ("relu", "relu6")
        lowest = 0.0 if rectified else float(numpy.finfo(numpy.float32).min)
        return lambda x: kernel(tf.pad(x, pads, constant_values=lowest), a["kernel"], a["stride"], "VALID")
    share = numpy.ones([1] * (len(shape) + 1), numpy.float32)
    for i, axis in enumerate(geometry, 1):
        share = share * counted(*axis, a["exclude_pad"]).reshape([-1 if d == i else 1 for d in range(len(shape) + 1)])
    return lambda x, share: kernel(tf.pad(x, pads), a["kernel"], a["stride"], "VALID") * share, [share]


def counted(windows, size, kernel, stride, pad, exclude_pad):
    """What the windows' averages over all of the kernel are to be multiplied with along one
    axis, as they count only some positions."""
    low, high = (pad["begin"], pad["begin"] + size) if exclude_pad else (0, pad["begin"] + size + pad["end"])
    starts = numpy.arange(windows) * stride
    return (kernel / (numpy.minimum(starts + kernel, high) - numpy.maximum(starts, low))).astype(numpy.float32)


ACTIVATIONS = {
    "relu": tf.nn.relu, "relu6": tf.nn.relu6, "sigmoid": tf.sigmoid, "tanh": tf.tanh, "silu": tf.nn.swish,
    "hardsigmoid": lambda x: tf.nn.relu6(x + 3) / 6, "hardswish": lambda x: x * tf.nn.relu6(x + 3) / 6,
}


def activation(node, graph):
    a = node.attr
    if a["fn"] == "leaky":
        return lambda x: tf.nn.leaky_relu(x, a["slope"])
    if a["fn"] == "clip":
        return lambda x: tf.clip_by_value(x, a.get("low", 0.0), a.get("high", 0.0))
    return ACTIVATIONS[a["fn"]]


def total(first, *others):
    for other in others:
        first = first + other
    return first


def multiply(node, graph):
    factor, rank = graph.shape(node.inputs[1]), len(node.shape)
    if len(factor) == rank:
        return lambda x, factor: x * factor
    return lambda x, factor: x * tf.reshape(factor, [1] * rank + [-1])


def zero_pad(node, graph):
    pads = around(node.attr["pad"])
    return lambda x: tf.pad(x, pads)


def channel_affine(node, graph):
    scaled, shifted = node.attr["scale"], node.attr["shift"]
    constants = [node.weights[role] for role, there in (("scale", scaled), ("shift", shifted)) if there]

    def function(x, *w):
        x = x * w[0] if scaled else x
        return x + w[-1] if shifted else x

    return function, constants


def local_response(node, graph):
    a = node.attr
    if a["size"] % 2 == 0 or len(node.shape) != 3:
        raise layers.unknown(node)
    # Its alpha is not divided by the size.
    return lambda x: tf.nn.local_response_normalization(x, a["size"] // 2, a["k"], a["alpha"] / a["size"], a["beta"])


def reshape(node, graph):
    shape = node.attr["shape"]
    if len(shape) == 1:
        return flat
    return lambda x: tf.transpose(tf.reshape(flat(x), [1, *shape]), [0, *range(2, len(shape) + 1), 1])


def upsample(node, graph):
    if len(node.shape) != 3:
        raise layers.unknown(node)
    return lambda x: tf.raw_ops.ResizeNearestNeighbor(images=x, size=node.shape[1:], half_pixel_centers=True)


def channel_shuffle(node, graph):
    groups, channels = node.attr["groups"], node.shape[0]
    rank = len(node.shape)

    def function(x):
        split = tf.reshape(x, [1, *node.shape[1:], groups, channels // groups])
        return tf.reshape(tf.transpose(split, [*range(rank), rank + 1, rank]), x.shape)

    return function


STEPS = {
    "conv": convolution, "fc": dense, "batchnorm": batch_norm, "lrn": local_response, "maxpool": pool, "avgpool": pool,
    "activation": activation, "mul": multiply, "zeropad": zero_pad, "channelaffine": channel_affine, "reshape": reshape,
    "upsample": upsample, "channelshuffle": channel_shuffle,
    "globalavgpool": lambda n, g: lambda x: tf.reduce_mean(x, list(range(1, len(n.shape))), keepdims=True),
    "softmax": lambda n, g: tf.nn.softmax,
    "add": lambda n, g: total,
    "concat": lambda n, g: lambda *x: tf.concat(x, -1),
    "flatten": lambda n, g: flat,
    "affine": lambda n, g: lambda x: x * n.attr["factor"] + n.attr["offset"],
    "slicechannels": lambda n, g: lambda x: x[..., n.attr["begin"]:n.attr["end"]],
}
