"""DeepSparse, from ONNX. It always fuses, so that fusion can only be on. Weights that are to be
pruned come so: it skips the zeros that it finds."""
import os

import edgebench_runner

# Without this it sends what it is used for to its maker.
os.environ["NM_DISABLE_ANALYTICS"] = "1"


class DeepSparse:
    def __init__(self):
        import deepsparse

        self.deepsparse = deepsparse

    def hello(self):
        return {
            "framework": "DeepSparse",
            "version": self.deepsparse.__version__,
            "devices": ["cpu"],
            "optimizations": ["fusion", "pruning"],
            "precisions": ["fp32"],
        }

    def load(self, request):
        model = edgebench_runner.Model(request)
        model.only("fusion", "pruning")
        model.needs("fusion", "it always fuses")
        self.engine = self.deepsparse.compile_model(model.file(".onnx"), batch_size=1, num_cores=model.threads)
        self.order = [self.engine.output_names.index(name) for name in model.outputs]
        self.inputs = [model.input]
        self.infer()
        return {"precision": "fp32", "kernels": self.engine.cpu_avx_type, "threads": self.engine.num_cores}

    def infer(self):
        self.computed = self.engine.run(self.inputs, val_inp=False)

    def outputs(self):
        return [self.computed[i] for i in self.order]


edgebench_runner.serve(DeepSparse)
