"""tract, from ONNX. Its Python package always optimizes what it runs, though the Rust crate
need not, so that fusion can only be on; and it computes in one thread."""
import edgebench_runner


class Tract:
    def __init__(self):
        import tract

        self.tract = tract

    def hello(self):
        return {
            "framework": "tract",
            "version": self.tract.version(),
            "devices": ["cpu"],
            "optimizations": ["fusion"],
            "precisions": ["fp32"],
        }

    def load(self, request):
        model = edgebench_runner.Model(request)
        model.only("fusion")
        model.needs("fusion", "its package always fuses")
        try:
            network = self.tract.onnx().load(model.file(".onnx"))
            self.state = network.into_model().into_runnable().spawn_state()
            self.inputs = [self.tract.Tensor.from_numpy(model.input)]
            self.infer()
        except self.tract.TractError as error:
            # Its messages end in a trace of calls.
            raise edgebench_runner.Unsupported(str(error).split("\n\nStack backtrace")[0])
        if len(self.computed) != len(model.outputs):
            raise edgebench_runner.Unsupported("it finds %d outputs, and the model has %d" % (len(self.computed), len(model.outputs)))
        return {"precision": "fp32", "threads": 1}

    def infer(self):
        self.computed = self.state.run(self.inputs)

    def outputs(self):
        return [y.to_numpy() for y in self.computed]


edgebench_runner.serve(Tract)
