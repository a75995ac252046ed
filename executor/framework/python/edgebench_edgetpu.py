"""Google's EdgeTPU, by the delegate of TensorFlow Lite. It runs 8-bit integers alone: TensorFlow
converts the network to them, with scales of seeded inputs, and edgetpu_compiler puts together
what the device can run. What it cannot stays on the CPU."""
import os
import re
import shutil
import subprocess

import numpy
import tensorflow as tf

import edgebench_layers as layers
import edgebench_runner
from edgebench_tensorflow_layers import Network

LIBRARY = "libedgetpu.so.1"
COMPILER = "edgetpu_compiler"


class EdgeTPU:
    def hello(self):
        missing = self.missing()
        return {
            "framework": "EdgeTPU",
            "version": tf.__version__,
            "devices": [] if missing else ["edgetpu"],
            "missing_devices": {"edgetpu": missing} if missing else {},
            "optimizations": ["fusion", "quantization"],
            "precisions": ["int8"],
        }

    def missing(self):
        """What there is not, and how to get it; empty where all is there."""
        if shutil.which(COMPILER) is None:
            return "%s is not in PATH: it compiles models for the device, on x86-64; install Coral's package edgetpu-compiler" % COMPILER
        try:
            self.delegate = tf.lite.experimental.load_delegate(LIBRARY)
        except OSError as e:
            return "%s is not installed: install Coral's package libedgetpu1-std (%s)" % (LIBRARY, e)
        except ValueError as e:
            return "%s sees no EdgeTPU: is it plugged in, and may this user open it? (%s)" % (LIBRARY, e)
        return ""

    def load(self, request):
        model = edgebench_runner.Model(request)
        model.only("fusion", "quantization")
        model.needs("fusion", "its models are fused when they are converted")
        model.needs("quantization", "it runs 8-bit integers alone")
        folder = os.path.dirname(model.input_file)
        path = os.path.join(folder, "int8.tflite")
        with open(path, "wb") as file:
            file.write(self.convert(model))
        compiled, log = self.compile(folder, path)
        self.interpreter = tf.lite.Interpreter(
            compiled,
            num_threads=model.threads,
            experimental_delegates=[self.delegate],
            # XNNPACK does not take all that the converter writes, and is less exact.
            experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        )
        self.interpreter.allocate_tensors()
        entry = self.interpreter.get_input_details()[0]
        self.interpreter.set_tensor(entry["index"], self.quantized(edgebench_runner.channels_last(model.input), entry))
        self.infer = self.interpreter.invoke
        self.infer()
        return {
            "precision": "int8",
            "placement": placement(log),
            "transfers": "the input to the device, and its outputs from it",
        }

    def convert(self, model):
        """The network as a flat buffer whose operators, input and outputs are int8."""
        network = Network(layers.Graph(model))
        shape = edgebench_runner.channels_last(model.input).shape
        function = tf.function(lambda x: network.run(x, network.constants())).get_concrete_function(tf.TensorSpec(shape, tf.float32))
        converter = tf.lite.TFLiteConverter.from_concrete_functions([function])
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([edgebench_runner.channels_last(x)] for x in model.calibration())
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
        return converter.convert()

    def compile(self, folder, path):
        done = subprocess.run(
            [COMPILER, "-s", "-o", folder, path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        compiled = path[: -len(".tflite")] + "_edgetpu.tflite"
        if done.returncode != 0 or not os.path.exists(compiled):
            said = [line for line in done.stdout.splitlines() if line.strip()]
            raise edgebench_runner.Unsupported("%s refuses the model: %s" % (COMPILER, " / ".join(said[-3:])))
        return compiled, done.stdout

    def quantized(self, values, entry):
        scale, zero = entry["quantization"]
        return numpy.clip(numpy.round(values / scale) + zero, -128, 127).astype(numpy.int8)

    def outputs(self):
        return [edgebench_runner.channels_first(self.output(entry)) for entry in self.interpreter.get_output_details()]

    def output(self, entry):
        scale, zero = entry["quantization"]
        return (self.interpreter.get_tensor(entry["index"]).astype(numpy.float32) - zero) * numpy.float32(scale)


def placement(log):
    """How many of the model's operators the compiler mapped to the device. It tells them apart
    only where there are some of each kind."""
    def count(what):
        found = re.search(r"^%s: (\d+)$" % what, log, re.MULTILINE)
        return int(found.group(1)) if found else None

    total, cpu = count("Total number of operations"), count("Number of operations that will run on CPU")
    if total is None:
        return []
    parts = [
        {"device": "edgetpu", "by": "edgetpu_compiler", "nodes": total - (cpu or 0)},
        {"device": "cpu", "by": "TensorFlow Lite", "nodes": cpu or 0},
    ]
    return [part for part in parts if part["nodes"] > 0]


edgebench_runner.serve(EdgeTPU)
