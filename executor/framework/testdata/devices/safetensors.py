"""Reads safetensors, as the package of that name does."""
import contextlib
import json
import struct

import numpy


class File:
    def __init__(self, data):
        (size,) = struct.unpack("<Q", data[:8])
        self.header, self.values = json.loads(data[8 : 8 + size]), data[8 + size :]
        self.header.pop("__metadata__", None)

    def keys(self):
        return self.header.keys()

    def get_tensor(self, name):
        entry = self.header[name]
        begin, end = entry["data_offsets"]
        return numpy.frombuffer(self.values[begin:end], "<f4").reshape(entry["shape"])


@contextlib.contextmanager
def safe_open(path, framework):
    with open(path, "rb") as file:
        yield File(file.read())
