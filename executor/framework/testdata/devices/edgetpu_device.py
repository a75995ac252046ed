"""Stands in for the EdgeTPU's delegate: what the interpreter would hand to it runs on the CPU."""
import os

import tensorflow as tf

from device_log import record


class Delegate:
    pass


def load_delegate(library, options=None):
    record("open", library)
    if os.environ.get("EDGEBENCH_DEVICE_PLUGGED") == "no":
        raise ValueError("Failed to load delegate from %s" % library)  # as TensorFlow says it
    return Delegate()


class Interpreter(tf.lite.Interpreter):
    def __init__(self, model_path, experimental_delegates, **options):
        record("delegate", *(type(d).__name__ for d in experimental_delegates))
        super().__init__(model_path, **options)

    def set_tensor(self, index, values):
        record("input", values.dtype)
        super().set_tensor(index, values)

    def invoke(self):
        record("invoke")
        super().invoke()

    def get_tensor(self, index):
        record("output", self._get_tensor_details(index, 0)["dtype"].__name__)
        return super().get_tensor(index)


tf.lite.experimental.load_delegate, tf.lite.Interpreter = load_delegate, Interpreter
