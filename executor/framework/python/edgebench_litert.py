"""LiteRT, or the TensorFlow Lite runtime before it. Its models are fused when they are
written, so that fusion can only be on. Quantization is LiteRT's own, after training: 8-bit
weights with a scale a channel, and activations calibrated on inputs; a softmax at the end stays
float. With half precision the
file has 16-bit weights; XNNPACK computes with them in 16 bits where the processor is made for
it, and in 32 elsewhere. The option xnnpack=off takes its builtin kernels."""
import copy
import importlib.metadata
import platform

import edgebench_runner


class LiteRT:
    def __init__(self):
        self.quantizer = None
        try:
            from ai_edge_litert import interpreter

            self.name, package = "LiteRT", "ai-edge-litert"
            self.quantizer = quantizer()
        except ModuleNotFoundError:
            from tflite_runtime import interpreter

            self.name, package = "TensorFlow Lite", "tflite-runtime"
        self.tflite, self.version = interpreter, importlib.metadata.version(package)

    def hello(self):
        quantizes = self.quantizer is not None
        return {
            "framework": self.name,
            "version": self.version,
            "devices": ["cpu"],
            "optimizations": ["fusion", "half_precision"] + ["quantization"] * quantizes,
            "precisions": ["fp32", "fp16"] + ["int8"] * quantizes,
        }

    def load(self, request):
        model = edgebench_runner.Model(request)
        model.only("fusion", "half_precision", "quantization")
        model.needs("fusion", "its models are fused when they are written")
        xnnpack = model.options.get("xnnpack", "on") == "on"
        kinds = self.tflite.OpResolverType
        quantized, half = "quantization" in model.optimizations, "half_precision" in model.optimizations
        if quantized and half:
            raise edgebench_runner.Unsupported("its weights have 8 bits or 16: choose quantization or half_precision")
        self.interpreter = self.tflite.Interpreter(
            **self.quantize(model) if quantized else {"model_path": model.file(".tflite")},
            num_threads=model.threads,
            experimental_op_resolver_type=kinds.AUTO if xnnpack else kinds.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        )
        self.interpreter.allocate_tensors()
        self.interpreter.set_tensor(self.interpreter.get_input_details()[0]["index"], edgebench_runner.channels_last(model.input))
        self.infer = self.interpreter.invoke
        self.infer()
        indices = {d["name"]: d["index"] for d in self.interpreter.get_output_details()}
        self.indices = [indices[name] for name in model.outputs]
        kernels = "XNNPACK" if xnnpack else "builtin"
        if half and not (xnnpack and computes_in_half()):
            kernels += ", 16-bit weights computed with in 32 bits"
        return {
            "precision": "int8" if quantized else "fp16" if half else "fp32",
            "kernels": kernels,
            "placement": self.placement(),
        }

    def quantize(self, model):
        """The model with 8-bit integers between a float input and float outputs. Operators that
        have no 8-bit form, such as local response normalization, stay float."""
        import numpy

        if self.quantizer is None:
            raise edgebench_runner.Unsupported("its package has no quantizer")
        with open(model.file(".tflite"), "rb") as file:
            content = file.read()  # the quantizer has no copy of its own
        quantizer = self.quantizer(content, [], [])
        quantizer.Prepare()
        for values in model.calibration():
            quantizer.FeedTensor([edgebench_runner.channels_last(values)])
        quantizer.Calibrate()
        float32, int8, int32 = (numpy.dtype(kind).num for kind in ("float32", "int8", "int32"))
        self.content = with_float_softmax(quantizer.QuantizeModel(
            float32, float32,
            True,  # where they have to, operators stay float
            int8, int32,
            False, False,  # a scale a channel, of convolutions and of dense layers
        ))
        return {"model_content": self.content}

    def placement(self):
        """How many of the model's nodes delegates took over. The interpreter lists all of its
        nodes and those of delegates after them; a delegate took what lies between its inputs
        and its outputs. Not told where a version does not list them."""
        if not hasattr(self.interpreter, "_get_ops_details"):
            return []
        nodes = self.interpreter._get_ops_details()
        producer = {t: n["index"] for n in nodes if n["op_name"] != "DELEGATE" for t in n["outputs"]}
        inputs = {n["index"]: n["inputs"] for n in nodes}
        taken = set()
        for delegate in (n for n in nodes if n["op_name"] == "DELEGATE"):
            given, wanted = set(delegate["inputs"]), list(delegate["outputs"])
            while wanted:
                tensor = wanted.pop()
                made = producer.get(tensor)
                if made is None or made in taken or tensor in given:
                    continue
                taken.add(made)
                wanted.extend(inputs[made])
        own = len(inputs) - sum(n["op_name"] == "DELEGATE" for n in nodes) - len(taken)
        parts = [{"device": "cpu", "by": "XNNPACK", "nodes": len(taken)}, {"device": "cpu", "by": "builtin", "nodes": own}]
        return [part for part in parts if part["nodes"] > 0]

    def outputs(self):
        return [edgebench_runner.channels_first(self.interpreter.get_tensor(i)) for i in self.indices]


def computes_in_half():
    """Whether XNNPACK follows a model's word that 16 bits do: only on ARM with that arithmetic."""
    if platform.machine() not in ("aarch64", "arm64"):
        return False
    try:
        with open("/proc/cpuinfo") as file:
            return "asimdhp" in file.read()
    except OSError:
        return True  # Apple's have it, all of them


def quantizer():
    """LiteRT's, where its package has it: it is not of the documented ones."""
    try:
        from ai_edge_litert import _pywrap_tensorflow_lite_calibration_wrapper as calibration
        from ai_edge_litert.tools import flatbuffer_utils  # noqa: F401, for with_float_softmax

        return calibration.CalibrationWrapper
    except (ImportError, AttributeError):
        return None


DEQUANTIZE, SOFTMAX = 6, 25  # of the schema's operators


def with_float_softmax(content):
    """The model with each softmax of 8 bits that is an output computed in floats. The step of 8-bit
    ones is 1/256 whatever the values are: a thousand classes that are about alike would all be 0."""
    from ai_edge_litert.tools import flatbuffer_utils

    model = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    graph = model.subgraphs[0]

    def code(operator):
        known = model.operatorCodes[operator.opcodeIndex]
        return max(known.builtinCode, known.deprecatedBuiltinCode)

    for softmax in [operator for operator in graph.operators if code(operator) == SOFTMAX]:
        readers = [operator for operator in graph.operators if softmax.outputs[0] in operator.inputs]
        if [code(reader) for reader in readers] != [DEQUANTIZE] or readers[0].outputs[0] not in graph.outputs:
            continue
        dequantize = readers[0]
        logits = copy.copy(graph.tensors[dequantize.outputs[0]])  # as floats; the shape is the same
        logits.name = b"logits"
        graph.tensors.append(logits)
        between = [len(graph.tensors) - 1]
        dequantize.inputs, dequantize.outputs, softmax.inputs, softmax.outputs = (
            softmax.inputs, between, between, dequantize.outputs)
        # They are in the order in which they run.
        first, second = graph.operators.index(softmax), graph.operators.index(dequantize)
        graph.operators[first], graph.operators[second] = dequantize, softmax
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


edgebench_runner.serve(LiteRT)
