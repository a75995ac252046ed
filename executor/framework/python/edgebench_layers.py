"""A network as EdgeBench's layer graph: a JSON file, with its weights in a safetensors file.

Shapes are channels first and without the batch: [C, H, W], or [C] of a vector.
"""

import json

from safetensors import safe_open

import edgebench_runner


class Node:
    def __init__(self, id, entry, inputs):
        self.id, self.name, self.op, self.attr = id, entry["name"], entry["op"], entry["attr"]
        self.inputs = inputs  # ids
        self.shape = entry["shape"]
        self.weights = {}  # numpy arrays by role: weight, bias, scale, shift, mean, variance


class Graph:
    """Nodes in an order in which each comes after those that it reads; node 0 is the input."""

    def __init__(self, model):
        with open(model.file(".json"), encoding="utf-8") as file:
            stated = json.load(file)
        self.input = stated["input"]
        self.outputs = stated["outputs"]
        self.nodes = {}
        for id, entry in enumerate(stated["nodes"], 1):
            self.nodes[id] = Node(id, entry, entry["inputs"])
        with safe_open(model.file(".safetensors"), "numpy") as tensors:
            by_name = {node.name: node for node in self.nodes.values()}
            for key in tensors.keys():
                name, role = key.rsplit(".", 1)
                by_name[name].weights[role] = tensors.get_tensor(key)

    def shape(self, id):
        return self.input if id == 0 else self.nodes[id].shape

    def last_use(self):
        """The ids of values that no later node reads, by the node after which they can go."""
        last = {}
        for node in self.nodes.values():
            for id in node.inputs:
                last[id] = node.id
        gone = {}
        for id, node in last.items():
            if id not in self.outputs:
                gone.setdefault(node, []).append(id)
        return gone


def unknown(node):
    return edgebench_runner.Unsupported(f"it has no translation of the layer {node.name} ({node.op})")


def same(pads):
    """Whether both ends of every dimension are padded alike."""
    return all(p["begin"] == p["end"] for p in pads)


def flat_pads(pads):
    """As torch and numpy want them, the last dimension first: [begin, end, ...]."""
    return [n for p in reversed(pads) for n in (p["begin"], p["end"])]
