"""Stands in for TensorRT 10: a network of one input of 4 values and one output of 2, which its
device computes when it is waited for."""
import ctypes
import enum
import struct

from cuda.bindings import runtime
from device_log import record

__version__ = "10.16.1.11"
float32 = "float32"


class Logger:
    WARNING = 2

    def __init__(self, severity):
        pass


class BuilderFlag(enum.Enum):
    FP16, INT8, TF32 = range(3)


class TensorIOMode(enum.Enum):
    NONE, INPUT, OUTPUT = range(3)


class IInt8EntropyCalibrator2:
    pass


class ParserError:
    def desc(self):
        return "no such operator"


class OnnxParser:
    def __init__(self, network, logger):
        self.num_errors = 0

    def parse_from_file(self, model):
        with open(model, "rb") as file:
            record("parse" if file.read(1) == b"\x08" else "parse garbage")
        return True

    def get_error(self, index):
        return ParserError()


class Config:
    int8_calibrator = None

    def __init__(self):
        self.flags = {BuilderFlag.TF32}

    def set_flag(self, flag):
        self.flags.add(flag)

    def clear_flag(self, flag):
        self.flags.discard(flag)


class Builder:
    def __init__(self, logger):
        pass

    def create_network(self, flags=0):
        return object()

    def create_builder_config(self):
        return Config()

    def build_serialized_network(self, network, config):
        record("build", *sorted(flag.name for flag in config.flags))
        batch = config.int8_calibrator and config.int8_calibrator.read_calibration_cache()
        while config.int8_calibrator:
            batch = config.int8_calibrator.get_batch(["input"])
            if not batch:
                config.int8_calibrator.write_calibration_cache(b"scales")
                break
            record("calibrate", len(set(struct.unpack("4f", ctypes.string_at(batch[0], 16)))) > 1)
        return b"engine"


class Context:
    def __init__(self):
        self.addresses = {}

    def set_tensor_address(self, name, memory):
        record("bind", name)
        self.addresses[name] = memory
        return True

    def execute_async_v3(self, stream_handle):
        assert stream_handle == 7 and set(self.addresses) == {"input", "fc.out"}
        record("queue")
        runtime.queue.append(lambda: ctypes.memmove(self.addresses["fc.out"], struct.pack("2f", 0.25, 0.75), 8))
        return True


class Engine:
    num_io_tensors, num_layers = 2, 3

    def get_tensor_name(self, index):
        return ("input", "fc.out")[index]

    def get_tensor_mode(self, name):
        return TensorIOMode.INPUT if name == "input" else TensorIOMode.OUTPUT

    def get_tensor_dtype(self, name):
        return float32

    def get_tensor_shape(self, name):
        return (1, 4) if name == "input" else (1, 2)

    def create_execution_context(self):
        return Context()


class Runtime:
    def __init__(self, logger):
        pass

    def deserialize_cuda_engine(self, serialized_engine):
        assert serialized_engine == b"engine"
        return Engine()
