"""TensorFlow 2: the network is a function over the layer graph, channels last. Without
dynamic_graph it is traced to a graph whose weights are constants. Fusion is Grappler's: a
convolution with its batch norm and activation. The option xla=on compiles with XLA instead."""
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import tensorflow as tf

import edgebench_layers as layers
import edgebench_runner
from edgebench_tensorflow_layers import Network


class TensorFlow:
    def hello(self):
        return {
            "framework": "TensorFlow",
            "version": tf.__version__,
            "devices": ["cpu"],
            "optimizations": ["dynamic_graph", "fusion", "mixed_precision"],
            "precisions": ["fp32"],
        }

    def load(self, request):
        model = edgebench_runner.Model(request)
        model.only("dynamic_graph", "fusion", "mixed_precision")
        dynamic, fused, mixed = (o in model.optimizations for o in ("dynamic_graph", "fusion", "mixed_precision"))
        if dynamic and (fused or mixed):
            raise edgebench_runner.Unsupported("what it does to a graph it cannot do to eager execution: leave out dynamic_graph, or the others")
        tf.config.threading.set_intra_op_parallelism_threads(model.threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        tf.config.optimizer.set_experimental_options({"remapping": fused, "auto_mixed_precision_onednn_bfloat16": mixed})
        xla = model.options.get("xla") == "on"
        network = Network(layers.Graph(model))
        self.input = tf.constant(edgebench_runner.channels_last(model.input))
        self.network = network.eager() if dynamic else traced(network, self.input, xla)
        for _ in range(2):  # a graph is optimized at its first call
            self.infer()
        return {
            "kernels": "eager" if dynamic else "graph, XLA" if xla else "graph",
            "precision": "bf16" if mixed else "fp32",
            "threads": tf.config.threading.get_intra_op_parallelism_threads(),
        }

    def infer(self):
        self.computed = self.network(self.input)

    def outputs(self):
        return [edgebench_runner.channels_first(y.numpy()) for y in self.computed]


def traced(network, x, xla):
    # The constants are made within the trace, and so are part of the graph.
    function = tf.function(lambda x: network.run(x, network.constants()), jit_compile=xla or None)
    return function.get_concrete_function(tf.TensorSpec(x.shape, x.dtype))


edgebench_runner.serve(TensorFlow)
