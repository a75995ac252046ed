"""ncnn. Its models are fused when they are written, so that fusion can only be on; Winograd
and packed layouts are its defaults. Mixed precision keeps bf16 and computes in fp32."""
import edgebench_runner


class NCNN:
    def __init__(self):
        import ncnn

        self.ncnn = ncnn

    def hello(self):
        return {
            "framework": "ncnn",
            "version": self.ncnn.__version__,
            "devices": ["cpu"],
            "optimizations": ["fusion", "mixed_precision"],
            "precisions": ["fp32"],
        }

    def load(self, request):
        model = edgebench_runner.Model(request)
        model.only("fusion", "mixed_precision")
        model.needs("fusion", "its models are fused when they are written")
        mixed = "mixed_precision" in model.optimizations
        self.net = self.ncnn.Net()
        options = self.net.opt
        options.num_threads = model.threads
        options.use_vulkan_compute = False
        options.use_fp16_packed = options.use_fp16_storage = options.use_fp16_arithmetic = False
        options.use_bf16_storage = mixed
        if self.net.load_param(model.file(".param")) or self.net.load_model(model.file(".bin")):
            raise edgebench_runner.Unsupported("it does not read the model")
        self.input = self.ncnn.Mat(model.input[0]).clone()
        self.names = model.outputs
        self.infer()
        return {"precision": "bf16" if mixed else "fp32"}

    def infer(self):
        # An extractor computes once. It has the options of the net.
        extractor = self.net.create_extractor()
        extractor.input("input", self.input)
        self.computed = [extractor.extract(name) for name in self.names]

    def outputs(self):
        import numpy

        for name, (status, _) in zip(self.names, self.computed):
            if status:
                raise RuntimeError("%s cannot be computed: status %d" % (name, status))
        return [numpy.array(y) for _, y in self.computed]


edgebench_runner.serve(NCNN)
