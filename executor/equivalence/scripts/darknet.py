"""Runs a Darknet model in libdarknet. See package equivalence."""
import array
import ctypes
import ctypes.util
import json
import os
import sys

PLACES = [
    os.environ.get("EDGEBENCH_DARKNET"),
    ctypes.util.find_library("darknet"),
    "/usr/lib/darknet/libdarknet.so",
    "/usr/local/lib/libdarknet.so",
]


def load():
    for place in filter(None, PLACES):
        try:
            return ctypes.CDLL(place)
        except OSError as error:
            if place == PLACES[0]:
                sys.exit("EDGEBENCH_DARKNET: %s" % error)
    sys.exit("there is no libdarknet.so; EDGEBENCH_DARKNET can say where it is")


def floats(values):
    if sys.byteorder == "big":
        values.byteswap()
    return values


def main():
    library = load()
    if sys.argv[1] == "--probe":
        print(json.dumps({"name": "Darknet"}))
        return
    with open(sys.argv[1], encoding="utf-8") as file:
        request = json.load(file)
    weights, text = (name.encode() for name in request["files"])
    library.load_network.restype = ctypes.c_void_p
    library.network_predict.restype = ctypes.POINTER(ctypes.c_float)
    net = ctypes.c_void_p(library.load_network(text, weights, 0))
    library.set_batch_network(net, 1)
    x = array.array("f")
    with open(request["input"], "rb") as file:
        x.frombytes(file.read())
    x = floats(x)
    y = library.network_predict(net, (ctypes.c_float * len(x)).from_buffer(x))
    with open(request["output"], "wb") as file:
        file.write(floats(array.array("f", y[: request["elements"]])).tobytes())


main()
