"""TensorFlow 1: a session over a frozen graph, whose weights are constants, or eager where
dynamic_graph is asked for. Fusion is Grappler's remapper. The input is fed with every call, as
the sessions of this version take it, and the outputs are numpy's."""
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import warnings

warnings.simplefilter("ignore", FutureWarning)  # a line for each of its types, of a newer numpy

import tensorflow as tf
from tensorflow.core.protobuf.rewriter_config_pb2 import RewriterConfig

import edgebench_layers as layers
import edgebench_runner
from edgebench_tensorflow_layers import Network


class TensorFlow:
    def hello(self):
        return {
            "framework": "TensorFlow",
            "version": tf.__version__,
            "devices": ["cpu"],
            "optimizations": ["dynamic_graph", "fusion"],
            "precisions": ["fp32"],
        }

    def load(self, request):
        model = edgebench_runner.Model(request)
        model.only("dynamic_graph", "fusion")
        dynamic, fused = (o in model.optimizations for o in ("dynamic_graph", "fusion"))
        if dynamic and fused:
            raise edgebench_runner.Unsupported("what it does to a graph it cannot do to eager execution: leave out dynamic_graph, or fusion")
        tf.compat.v1.enable_v2_tensorshape()  # dimensions are numbers
        network = Network(layers.Graph(model))
        self.input, self.dynamic = edgebench_runner.channels_last(model.input), dynamic
        if dynamic:
            tf.compat.v1.enable_eager_execution(configuration(model.threads, fused))
            self.input = tf.constant(self.input)
            self.network = network.eager()
        else:
            self.network = in_session(network, self.input.shape, configuration(model.threads, fused))
        for _ in range(2):  # a graph is optimized at its first call
            self.infer()
        return {"kernels": "eager" if dynamic else "frozen graph", "precision": "fp32", "threads": model.threads}

    def infer(self):
        self.computed = self.network(self.input)

    def outputs(self):
        return [edgebench_runner.channels_first(y.numpy() if self.dynamic else y) for y in self.computed]


def configuration(threads, fused):
    config = tf.compat.v1.ConfigProto(intra_op_parallelism_threads=threads, inter_op_parallelism_threads=1)
    config.graph_options.rewrite_options.remapping = RewriterConfig.ON if fused else RewriterConfig.OFF
    return config


def in_session(network, shape, config):
    with tf.Graph().as_default() as graph:
        x = tf.compat.v1.placeholder(tf.float32, shape)
        outputs = network.run(x, network.constants())
    return tf.compat.v1.Session(graph=graph, config=config).make_callable(outputs, [x])


edgebench_runner.serve(TensorFlow)
