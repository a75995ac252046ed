"""TensorRT 10, on an NVIDIA GPU. The engine is built when a model is loaded: it always fuses,
and tries kernels on the device for each layer. Half precision and quantization allow it fp16
and int8, where its kernels are then faster; fp32 is without TF32. Versions from 11 on have no
calibrator for int8 any more."""
import edgebench_cuda
import edgebench_runner


class TensorRT:
    def __init__(self):
        import tensorrt
        from cuda.bindings import runtime

        self.tensorrt, self.cuda = tensorrt, runtime
        self.logger = tensorrt.Logger(tensorrt.Logger.WARNING)

    def hello(self):
        calibrates = hasattr(self.tensorrt, "IInt8EntropyCalibrator2")
        devices, names, missing = edgebench_cuda.seen()
        return {
            "framework": "TensorRT",
            "version": self.tensorrt.__version__,
            "devices": devices,
            "device_names": names,
            "missing_devices": missing,
            "optimizations": ["fusion", "half_precision"] + (["quantization"] if calibrates else []),
            "precisions": ["fp32", "fp16"] + (["int8"] if calibrates else []),
        }

    def load(self, request):
        model = edgebench_runner.Model(request)
        model.only("fusion", "half_precision", "quantization")
        model.needs("fusion", "it always fuses")
        self.engine = self.tensorrt.Runtime(self.logger).deserialize_cuda_engine(self.build(model))
        self.context = self.engine.create_execution_context()
        self.bind(model)
        reduced = self.reduced(model)
        return {
            "precision": "" if reduced else "fp32",  # the builder chooses, layer by layer
            "kernels": "chosen among fp32, " + reduced if reduced else "",
            "placement": [{"device": "cuda", "by": "TensorRT", "nodes": self.engine.num_layers}],
            "transfers": "none: input and outputs stay in the device's memory",
        }

    def reduced(self, model):
        allowed = {"half_precision": "fp16", "quantization": "int8"}
        return ", ".join(allowed[name] for name in sorted(model.optimizations & set(allowed)))

    def build(self, model):
        """The engine, serialized."""
        trt = self.tensorrt
        builder = trt.Builder(self.logger)
        network = builder.create_network(0)
        parser = trt.OnnxParser(network, self.logger)
        if not parser.parse_from_file(model.file(".onnx")):
            why = "; ".join(parser.get_error(i).desc() for i in range(parser.num_errors))
            raise edgebench_runner.Unsupported("TensorRT cannot read the model: " + why)
        config = builder.create_builder_config()
        config.clear_flag(trt.BuilderFlag.TF32)
        if "half_precision" in model.optimizations:
            config.set_flag(trt.BuilderFlag.FP16)
        if "quantization" in model.optimizations:
            config.set_flag(trt.BuilderFlag.INT8)
            # Note: the configuration does not keep it alive.
            self.calibrator = config.int8_calibrator = self.calibrator_of(model)
        built = builder.build_serialized_network(network, config)
        if built is None:
            raise edgebench_runner.Unsupported("TensorRT built no engine: its last words are on standard error")
        return built

    def calibrator_of(self, model):
        """Feeds the seeded inputs one after another through a buffer on the device."""
        trt, buffer, inputs = self.tensorrt, self.allocate(model.input.nbytes), model.calibration()

        class Calibrator(trt.IInt8EntropyCalibrator2):
            def __init__(self):
                trt.IInt8EntropyCalibrator2.__init__(self)

            def get_batch_size(calibrator):
                return 1

            def get_batch(calibrator, names):
                values = next(inputs, None)
                if values is None:
                    return None
                self.to_device(buffer, values)
                return [buffer]

            def read_calibration_cache(calibrator):
                return None

            def write_calibration_cache(calibrator, cache):
                pass

        return Calibrator()

    def bind(self, model):
        """Gives each of the engine's ends its buffer, and the input its values."""
        import numpy

        trt, self.results = self.tensorrt, {}
        for i in range(self.engine.num_io_tensors):
            name = self.engine.get_tensor_name(i)
            if self.engine.get_tensor_dtype(name) != trt.float32:
                raise edgebench_runner.Unsupported("%s is not of float32" % name)
            values = numpy.empty(tuple(self.engine.get_tensor_shape(name)), numpy.float32)
            buffer = self.allocate(values.nbytes)
            self.context.set_tensor_address(name, buffer)
            if self.engine.get_tensor_mode(name) == trt.TensorIOMode.INPUT:
                self.to_device(buffer, model.input)
            else:
                self.results[name] = buffer, values
        self.names = model.outputs
        self.stream = self.call(self.cuda.cudaStreamCreate())
        self.handle = int(self.stream)
        self.infer()

    def infer(self):
        queued = self.context.execute_async_v3(self.handle)
        failed = self.cuda.cudaStreamSynchronize(self.stream)[0]
        if not queued or failed:
            raise RuntimeError("the inference failed: %s" % failed)

    def outputs(self):
        return [self.from_device(*self.results[name]) for name in self.names]

    def allocate(self, size):
        return int(self.call(self.cuda.cudaMalloc(size)))

    def to_device(self, buffer, values):
        import numpy

        values = numpy.ascontiguousarray(values, numpy.float32)
        kind = self.cuda.cudaMemcpyKind.cudaMemcpyHostToDevice
        self.call(self.cuda.cudaMemcpy(buffer, values.ctypes.data, values.nbytes, kind))

    def from_device(self, buffer, values):
        kind = self.cuda.cudaMemcpyKind.cudaMemcpyDeviceToHost
        self.call(self.cuda.cudaMemcpy(values.ctypes.data, buffer, values.nbytes, kind))
        return values

    def call(self, answer):
        """What a function of CUDA's runtime gives beside its error."""
        if answer[0] != self.cuda.cudaError_t.cudaSuccess:
            raise RuntimeError("CUDA: %s" % answer[0])
        return answer[1] if len(answer) > 1 else None


edgebench_runner.serve(TensorRT)
