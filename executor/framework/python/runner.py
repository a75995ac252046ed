"""The loop of a runner: it answers requests and times inferences.

A framework's runner is one small file, which calls serve() with an object of

    hello() -> dict          framework, version, devices, optimizations, precisions
    load(Request) -> Session raises Unsupported for what it cannot do

and a Session has

    infer()                  computes the outputs once; only this is timed
    outputs() -> list        of arrays in the order of the request's names, channels first
    loaded: dict             kernels, precision, placement, memory_bytes: what is known of them

The protocol is explained in docs/runner-protocol.md.
"""

import gc
import json
import os
import sys
import time

import numpy

PROTOCOL = 1

clock = time.perf_counter_ns


class Unsupported(Exception):
    """What the framework cannot do, in words for the user."""


class Request:
    """A model to load, with its input in memory: float32, channels first."""

    def __init__(self, params):
        model = params["model"]
        self.name = model.get("name", "")
        self.format = model.get("format", "")
        self.files = model.get("files", [])
        self.output_names = model.get("outputs", [])
        self.threads = params["threads"]
        self.precision = params.get("precision") or "fp32"
        self.optimizations = set(params.get("optimizations") or [])
        self.options = params.get("options") or {}
        self.device = params.get("device") or ""
        shape = params["input"]["shape"]
        self.input = numpy.fromfile(params["input"]["file"], "<f4").reshape(shape)

    def file(self, ending):
        """The model's file whose name ends so."""
        for name in self.files:
            if name.endswith(ending):
                return name
        raise Unsupported(f"it needs the model as {ending}, and was given {self.files}")

    def calibration(self, count=8):
        """Inputs to calibrate with: the input, and others drawn like it from fixed seeds."""
        yield self.input
        values = self.input.ravel()
        for seed in range(1, count):
            drawn = numpy.random.default_rng(seed).choice(values, values.size)
            yield drawn.reshape(self.input.shape).astype(numpy.float32)

    def only(self, *known):
        """Refuses optimizations that are not among those known."""
        for name in sorted(self.optimizations - set(known)):
            raise Unsupported(f"it has no {name}")


def channels_last(array):
    """[N C ...] to [N ... C]."""
    return numpy.ascontiguousarray(numpy.moveaxis(array, 1, -1))


def channels_first(array):
    """[N ... C] to [N C ...]."""
    return numpy.ascontiguousarray(numpy.moveaxis(array, -1, 1))


def serve(framework):
    """Answers requests until one closes the session."""
    requests, replies = _pipes()
    server = _Server(framework)
    for line in requests:
        request = json.loads(line)
        reply = {"id": request["id"]}
        try:
            reply["result"] = server.answer(request["op"], request.get("params") or {})
        except Exception as error:  # the session goes on: it is the operation's failure
            reply["error"] = _words(error)
        replies.write(json.dumps(reply) + "\n")
        replies.flush()
        if request["op"] == "close":
            break
    # A framework's own threads may not end by themselves.
    sys.stderr.flush()
    os._exit(0)


def _words(error):
    if isinstance(error, Unsupported):
        return str(error)
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else 'no more is known'}"[:2000]


def _pipes():
    """Opens the pipes, and sends what libraries print to standard error."""
    named = os.environ.get("EDGEBENCH_RUNNER_PIPES", "")
    if named == "stdio":
        read, write = os.dup(0), os.dup(1)
    else:
        try:
            read, write = (int(fd) for fd in named.split(","))
        except ValueError:
            sys.exit(f"EDGEBENCH_RUNNER_PIPES is {named!r}: this is a runner, which edgebench starts itself")
        os.set_inheritable(read, False)
        os.set_inheritable(write, False)
    os.dup2(2, 1)
    return os.fdopen(read, "r", encoding="utf-8"), os.fdopen(write, "w", encoding="utf-8")


class _Server:
    def __init__(self, framework):
        self.framework = framework
        self.session = None

    def answer(self, op, params):
        if op == "hello":
            return {"protocol": PROTOCOL, **self.framework.hello()}
        if op == "load":
            return self.load(params)
        if op == "close":
            return {}
        if op not in ("run", "output"):
            raise Unsupported(f"this runner has no operation {op!r}")
        if self.session is None:
            raise Unsupported("no model is loaded")
        return self.run(params["n"]) if op == "run" else self.output(params["file"])

    def load(self, params):
        request = Request(params)
        start = clock()
        self.session = self.framework.load(request)
        took = clock() - start
        gc.collect()
        gc.freeze()
        gc.disable()  # rather no collection than one in the middle of an inference
        loaded = {"load_ns": took, "threads": request.threads, "precision": request.precision}
        loaded.update(self.session.loaded)
        return loaded

    def run(self, n):
        infer = self.session.infer
        starts, durations = [0] * n, [0] * n
        before = _usage()
        for i in range(n):
            start = clock()
            infer()
            durations[i] = clock() - start
            starts[i] = start
        batch = {"start_ns": starts, "duration_ns": durations}
        if before is not None:
            after = _usage()
            batch["usage"] = {key: after[key] - before[key] for key in before}
        return batch

    def output(self, path):
        self.session.infer()
        elements = []
        with open(path, "wb") as file:
            for array in self.session.outputs():
                array = numpy.ascontiguousarray(array, "<f4")
                file.write(array.tobytes())
                elements.append(array.size)
        return {"elements": elements}


def _usage():
    """What the process used so far; None where the system does not tell."""
    try:
        import resource
    except ImportError:
        return None
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "cpu_ns": round((used.ru_utime + used.ru_stime) * 1e9),
        "involuntary_switches": used.ru_nivcsw,
        "major_faults": used.ru_majflt,
        "minor_faults": used.ru_minflt,
    }
