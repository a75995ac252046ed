"""torch.utils.benchmark around the module that the runner of PyTorch builds. Its one argument is
a request as JSON."""
import json
import sys

import edgebench_runner

edgebench_runner.serve = lambda framework: None  # edgebench_torch is imported for its network alone
import edgebench_torch
from torch.utils import benchmark


def main(request):
    torch = edgebench_torch.PyTorch()
    torch.load({
        "model": {"files": request["files"]},
        "input": {"file": request["input"], "shape": request["shape"]},
        "threads": request["threads"],
        "optimizations": request["optimizations"],
    })
    for _ in range(request["warmup"]):
        torch.infer()
    timer = benchmark.Timer(
        "network(x)", "torch.set_grad_enabled(False)",
        globals={"network": torch.network, "x": torch.input, "torch": edgebench_torch.torch},
        num_threads=request["threads"],
    )
    measured = timer.blocked_autorange(min_run_time=request["seconds"])
    print(json.dumps({"median_ns": measured.median * 1e9}))


main(json.loads(sys.argv[1]))
