"""The loop that every runner in Python shares: docs/runner-protocol.md.

A runner is a file with a class that has

    hello(self)         -> a dict: framework, version, devices, optimizations, precisions; the
                           spec's options are in self.options
    load(self, request) -> a dict of what the reply tells, or None; the input is bound
    infer(self)         what is timed: one inference, its output ready
    outputs(self)       -> the arrays of the last inference, in the order of the request

and that ends with `edgebench_runner.serve(Class)`. Where a load takes long, self.tell(words)
says what it is at; serve() gives it to the object. Import the framework within
the class: what it prints meanwhile does no harm. This file and edgebench_layers.py
run in Python 3.7, for the frameworks that have no newer one.
"""
import array
import gc
import json
import os
import sys
import threading
import time

try:
    import resource  # Unix
except ImportError:
    resource = None

PROTOCOL = 1


class Unsupported(Exception):
    """What a framework cannot do, in words for the user."""


class Model:
    """What a load asks for, read: files by their ending, and the input."""

    def __init__(self, request):
        self.format = request["model"].get("format", "")
        self.files = request["model"].get("files") or []
        self.outputs = request["model"].get("outputs") or []  # their names
        self.elements = request["model"].get("elements") or []  # of each
        self.threads = request["threads"]
        self.device = request.get("device") or ""
        self.optimizations = set(request.get("optimizations") or [])
        self.options = request.get("options") or {}
        self.input_file, self.input_shape = request["input"]["file"], request["input"]["shape"]
        self.values = None  # of the input, once they are read

    @property
    def input(self):
        """An array of float32, channels first and with the batch of 1."""
        if self.values is None:
            import numpy

            self.values = numpy.fromfile(self.input_file, "<f4").reshape(self.input_shape)
        return self.values

    def file(self, ending):
        for name in self.files:
            if name.endswith(ending):
                return name
        raise Unsupported("it needs a file that ends in %s, and was given %s" % (ending, self.files))

    def only(self, *known):
        """Refuses optimizations that are not among those known."""
        for name in sorted(self.optimizations - set(known)):
            raise Unsupported("it has no %s" % name)

    def needs(self, name, why):
        """Refuses to go without an optimization that the framework cannot leave out."""
        if name not in self.optimizations:
            raise Unsupported("%s: name %s among the optimizations" % (why, name))

    def calibration(self, count=8):
        """Inputs to calibrate with: the input, and others whose values are drawn from it by
        fixed seeds."""
        import numpy

        yield self.input
        for seed in range(1, count):
            drawn = numpy.random.default_rng(seed).choice(self.input.ravel(), self.input.size)
            yield drawn.reshape(self.input.shape)


def channels_last(values):
    """[N C ...] to [N ... C]."""
    import numpy

    return numpy.ascontiguousarray(numpy.moveaxis(values, 1, -1))


def channels_first(values):
    """[N ... C] to [N C ...]."""
    import numpy

    return numpy.ascontiguousarray(numpy.moveaxis(values, -1, 1))


def serve(framework_class):
    """Answers requests until one closes the session or they end."""
    requests, replies = _pipes()
    _Server(framework_class, replies).answer_all(requests)
    # Rather than to take the interpreter and a large library down, which takes seconds.
    sys.stdout.flush()
    os._exit(0)


def _pipes():
    where = os.environ.get("EDGEBENCH_RUNNER_PIPES", "")
    if where == "stdio":
        requests = os.fdopen(os.dup(0), "r", encoding="utf-8", newline="\n")
        replies = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    elif where:
        first, second = (int(number) for number in where.split(","))
        requests = os.fdopen(first, "r", encoding="utf-8", newline="\n")
        replies = os.fdopen(second, "w", encoding="utf-8", newline="\n")
        os.set_inheritable(first, False)
        os.set_inheritable(second, False)
    else:
        sys.exit("this is a runner, which edgebench starts itself")
    os.dup2(2, 1)  # what a library prints, from C too, goes to standard error
    return requests, replies


class _Server:
    def __init__(self, framework_class, replies):
        self.framework_class = framework_class
        self.framework = None
        self.devices = []
        self.loaded = False
        self.replies = replies
        self.ended = threading.Event()

    def answer_all(self, requests):
        # A thread of its own reads, so that the end of the requests is seen
        # during a run. It waits in the kernel and costs nothing meanwhile.
        lines, ready = [], threading.Semaphore(0)

        def read():
            for line in requests:
                if '"op":"close"' in line:
                    self.ended.set()
                lines.append(line)
                ready.release()
            self.ended.set()
            lines.append(None)
            ready.release()

        threading.Thread(target=read, daemon=True).start()
        while True:
            ready.acquire()
            line = lines.pop(0)
            if line is None:
                return
            request = json.loads(line)
            self.reply(request)
            if request["op"] == "close":
                return

    def reply(self, request):
        self.id = request["id"]
        answer = {"id": self.id}
        try:
            perform = getattr(self, "do_" + request["op"], None)
            if perform is None:
                raise NotImplementedError("this runner has no operation %r" % request["op"])
            answer["result"] = perform(request.get("params") or {})
        except Unsupported as e:
            answer["error"] = str(e)
        except Exception as e:  # whatever a framework raises is the operation's failure
            answer["error"] = "%s: %s" % (type(e).__name__, e)
        self.write(answer)

    def tell(self, words):
        self.write({"id": self.id, "progress": words})

    def write(self, line):
        self.replies.write(json.dumps(line, separators=(",", ":")) + "\n")
        self.replies.flush()

    def do_hello(self, params):
        if params.get("protocol") != PROTOCOL:
            raise ValueError("this runner speaks version %d of the protocol" % PROTOCOL)
        self.framework = self.framework_class()
        self.framework.options = params.get("options") or {}
        self.framework.tell = self.tell
        hello = dict(self.framework.hello(), protocol=PROTOCOL)
        self.devices = hello["devices"]
        return hello

    def do_load(self, params):
        device = params.get("device") or ""
        if device and device not in self.devices:  # rather than on another one, unasked
            raise Unsupported("it sees no device %s, only %s" % (device, ", ".join(self.devices) or "none"))
        start = time.perf_counter_ns()
        loaded = self.framework.load(params) or {}
        loaded.setdefault("load_ns", time.perf_counter_ns() - start)
        loaded.setdefault("threads", params["threads"])
        gc.collect()
        gc.freeze()  # rather now than in the middle of an inference
        gc.disable()
        self.loaded = True
        return loaded

    def do_run(self, params):
        if not self.loaded:
            raise ValueError("no model is loaded")
        if params["n"] < 1:
            raise ValueError("a run has 1 inference at least, not %d" % params["n"])
        n, infer, clock, ended = params["n"], self.framework.infer, time.perf_counter_ns, self.ended
        starts, ends = [0] * n, [0] * n
        before = _usage()
        done = 0
        for i in range(n):
            starts[i] = clock()
            infer()
            ends[i] = clock()
            done = i + 1
            if ended.is_set():
                break
        after = _usage()
        result = {
            "start_ns": starts[:done],
            "duration_ns": [end - start for start, end in zip(starts[:done], ends)],
        }
        if before is not None:
            result["usage"] = {name: after[name] - before[name] for name in before}
        return result

    def do_output(self, params):
        elements = []
        with open(params["file"], "wb") as file:
            for values in self.framework.outputs():
                data = _float32(values)
                elements.append(len(data) // 4)
                file.write(data)
        return {"elements": elements}

    def do_close(self, params):
        return {}


def _float32(values):
    """The bytes of an array, of numpy or of Python's own, as little-endian float32."""
    if isinstance(values, array.array):
        return little_endian(values).tobytes()
    import numpy

    return numpy.ascontiguousarray(values, "<f4").tobytes()


def little_endian(values):
    """An array of Python's own in the other order of bytes, where that is not this machine's."""
    if sys.byteorder == "big":
        values = values[:]
        values.byteswap()
    return values


def _usage():
    if resource is None:
        return None
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "cpu_ns": int((used.ru_utime + used.ru_stime) * 1e9),
        "involuntary_switches": used.ru_nivcsw,
        "major_faults": used.ru_majflt,
        "minor_faults": used.ru_minflt,
    }
