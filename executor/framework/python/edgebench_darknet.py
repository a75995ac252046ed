"""Darknet, through its library: EDGEBENCH_DARKNET names the file, where it is none of the
usual ones. It computes in one thread, and needs no numpy."""
import array
import ctypes
import ctypes.util
import os
import subprocess

import edgebench_runner

NAMED = os.environ.get("EDGEBENCH_DARKNET")
DEBIAN = "/usr/lib/darknet/libdarknet.so"
USUAL = [ctypes.util.find_library("darknet"), DEBIAN, "/usr/local/lib/libdarknet.so"]


class Darknet:
    def __init__(self):
        os.environ["OMP_NUM_THREADS"] = "1"  # a library that was built with OpenMP reads it
        self.library = self.find()
        self.library.load_network.restype = ctypes.c_void_p
        self.library.network_predict.restype = ctypes.POINTER(ctypes.c_float)

    def find(self):
        for path in [NAMED] if NAMED else filter(None, USUAL):
            try:
                library = ctypes.CDLL(path)
                self.version = version(path)
                return library
            except OSError as error:
                if NAMED:
                    raise edgebench_runner.Unsupported("EDGEBENCH_DARKNET: %s" % error)
        raise edgebench_runner.Unsupported("there is no libdarknet.so; EDGEBENCH_DARKNET can say where it is")

    def hello(self):
        return {
            "framework": "Darknet",
            "version": self.version,
            "devices": ["cpu"],
            "optimizations": [],
            "precisions": ["fp32"],
        }

    def load(self, request):
        model = edgebench_runner.Model(request)
        model.only()
        text, weights = model.file(".cfg").encode(), model.file(".weights").encode()
        self.net = ctypes.c_void_p(self.library.load_network(text, weights, 0))
        self.library.set_batch_network(self.net, 1)
        values = array.array("f")
        with open(model.input_file, "rb") as file:
            values.frombytes(file.read())
        values = edgebench_runner.little_endian(values)
        self.input = (ctypes.c_float * len(values)).from_buffer(values)
        self.elements = model.elements
        self.infer()
        return {"precision": "fp32", "threads": 1}

    def infer(self):
        self.computed = self.library.network_predict(self.net, self.input)

    def outputs(self):
        begin, parts = 0, []
        for count in self.elements:
            parts.append(array.array("f", self.computed[begin : begin + count]))
            begin += count
        return parts


def version(path):
    """That of Debian's package, if the library is from it: the library has none."""
    if path != DEBIAN:
        return "unknown"
    asked = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "darknet"], stdout=subprocess.PIPE)
    return asked.stdout.decode() or "unknown"


edgebench_runner.serve(Darknet)
