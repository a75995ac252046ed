"""MNN, from ONNX that its own converter turns into its format and fuses. Quantization is the
converter's 8-bit weights, which it unpacks when it loads them."""
import os

import edgebench_runner


class MNN:
    def __init__(self):
        import MNN as mnn
        from MNN import expr, nn

        self.version, self.expr, self.nn = mnn.version(), expr, nn

    def hello(self):
        return {
            "framework": "MNN",
            "version": self.version,
            "devices": ["cpu"],
            "optimizations": ["fusion", "quantization"],
            "precisions": ["fp32", "int8"],
        }

    def load(self, request):
        model = edgebench_runner.Model(request)
        model.only("fusion", "quantization")
        model.needs("fusion", "its converter always fuses")
        quantized = "quantization" in model.optimizations
        written = convert(model.file(".onnx"), ["--weightQuantBits", "8"] if quantized else [])
        how = {"backend": "CPU", "numThread": model.threads, "precision": "high"}
        self.runtime = self.nn.create_runtime_manager((how,))
        # Note: not a Session, whose memory plan lets later layers overwrite the input.
        self.module = self.nn.load_module_from_file(written, [request["input"].get("name") or "input"], model.outputs, runtime_manager=self.runtime)
        self.input = self.expr.placeholder(list(model.input.shape), self.expr.NCHW)
        self.input.write(model.input)
        self.inputs = [self.input]
        self.infer()
        if len(self.computed) != len(model.outputs):
            raise edgebench_runner.Unsupported("it loads the model and computes nothing of it: it lacks an operator")
        return {"precision": "int8" if quantized else "fp32"}

    def infer(self):
        self.computed = self.module.onForward(self.inputs)

    def outputs(self):
        return [self.expr.convert(y, self.expr.NCHW).read() for y in self.computed]


def convert(path, options):
    """Writes the model in MNN's format. The command line tool of the package is left alone: it
    installs another package, and sends what it is used for to its maker."""
    import _tools

    written = os.path.splitext(path)[0] + ".mnn"
    _tools.mnnconvert(["mnnconvert", "-f", "ONNX", "--modelFile", path, "--MNNModel", written, "--bizCode", "edgebench", *options])
    if not os.path.exists(written):
        raise edgebench_runner.Unsupported("its converter did not take the model")
    return written


edgebench_runner.serve(MNN)
