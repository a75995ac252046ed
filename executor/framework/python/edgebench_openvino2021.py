"""OpenVINO 2021's inference engine, on the CPU, or by the option device=MYRIAD on a Movidius
stick. It always fuses. On the CPU bf16 is off unless mixed_precision asks for it; a stick
calculates in fp16 alone, which half_precision asks for."""
import glob
import os

import edgebench_runner

USB = "/sys/bus/usb/devices"
VENDOR = "03e7"  # Intel Movidius


class OpenVINO:
    def __init__(self):
        from openvino import inference_engine

        self.core, self.version = inference_engine.IECore(), inference_engine.get_version()

    def hello(self):
        device = self.device(self.options)
        return dict(device.hello(), framework="OpenVINO", version=self.version.split("-")[0])

    def device(self, options):
        name = options.get("device", "CPU")
        if name not in DEVICES:
            raise edgebench_runner.Unsupported("the option device is %s, and may be %s" % (name, " or ".join(DEVICES)))
        return DEVICES[name](self.core)

    def load(self, request):
        model = edgebench_runner.Model(request)
        device = self.device(model.options)
        model.needs("fusion", "it always fuses")
        config = device.configuration(model)
        network = self.core.read_network(model.file(".onnx"))
        executable = self.core.load_network(network, device.name, config)
        self.executable = executable  # a request does not keep it
        self.request = executable.requests[0]
        (name,) = executable.input_info
        self.request.input_blobs[name].buffer[:] = model.input
        self.names = [network.get_ov_name_for_tensor(output) for output in model.outputs]
        self.infer = self.request.infer
        self.infer()
        return device.used(executable)

    def outputs(self):
        return [self.request.output_blobs[name].buffer for name in self.names]


class CPU:
    name = "CPU"

    def __init__(self, core):
        self.core = core

    def hello(self):
        bf16 = "BF16" in self.core.get_metric(self.name, "OPTIMIZATION_CAPABILITIES")
        return {"devices": ["cpu"], "optimizations": ["fusion"] + ["mixed_precision"] * bf16, "precisions": ["fp32"]}

    def configuration(self, model):
        model.only("fusion", "mixed_precision")
        return {
            "CPU_THREADS_NUM": str(model.threads),
            "CPU_THROUGHPUT_STREAMS": "1",
            "ENFORCE_BF16": "YES" if "mixed_precision" in model.optimizations else "NO",
        }

    def used(self, executable):
        return {
            "precision": "bf16" if executable.get_config("ENFORCE_BF16") == "YES" else "fp32",
            "threads": int(executable.get_config("CPU_THREADS_NUM")),
        }


class Myriad:
    name = "MYRIAD"

    def __init__(self, core):
        # Asked first: without a stick, loading waits for seconds and says NC_ERROR.
        self.connected = core.get_metric(self.name, "AVAILABLE_DEVICES")

    def hello(self):
        said = {"devices": ["myriad"], "optimizations": ["fusion", "half_precision"], "precisions": ["fp16"]}
        if not self.connected:
            said["unavailable"] = absent()
        return said

    def configuration(self, model):
        if not self.connected:
            raise edgebench_runner.Unsupported(absent())
        model.only("fusion", "half_precision")
        model.needs("half_precision", "it calculates in fp16 alone")
        return {}

    def used(self, executable):
        # Its name tells a Myriad 2, ma2450, from a Myriad X, ma2480. The process only waits for it.
        return {"precision": "fp16", "kernels": self.connected[0], "threads": 1}


DEVICES = {kind.name: kind for kind in (CPU, Myriad)}


def absent():
    """Why the plugin lists no stick, and what to do."""
    seen = [n for n in (usb_number(d) for d in sorted(glob.glob(USB + "/*"))) if n.startswith(VENDOR)]
    if seen:
        return "no MYRIAD device: its plugin cannot open the USB device %s: let this user write to it, by OpenVINO's udev rules for USB's %s" % (seen[0], VENDOR)
    return "no MYRIAD device: its plugin lists none, and no USB device is Intel Movidius' (%s): connect the stick, and hand it to the container or virtual machine" % VENDOR


def usb_number(device):
    """VENDOR:PRODUCT; empty where the entry is no device."""
    try:
        return ":".join(open(os.path.join(device, name)).read().strip() for name in ("idVendor", "idProduct"))
    except OSError:
        return ""


edgebench_runner.serve(OpenVINO)
