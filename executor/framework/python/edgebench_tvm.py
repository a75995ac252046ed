"""TVM on the CPU, from ONNX: compiled by LLVM as its operators are written, in one thread and
slow, or, with auto_tuning, as MetaSchedule's trials on this machine found fastest. Tuning takes
minutes to hours: its records are kept in the user's cache folder, for the same network, processor,
number of threads, trials and version of TVM."""
import hashlib
import json
import os
import shutil
import tempfile
import time

import edgebench_runner

TRIALS = 16  # of each kernel; the option trials says another number
TRIAL_LIMIT_S = 600  # to build or to time some: what is slow here is no error


class TVM:
    def __init__(self):
        import tvm
        from tvm import relax

        self.tvm, self.relax = tvm, relax

    def hello(self):
        return {
            "framework": "TVM",
            "version": self.tvm.__version__,
            "devices": ["cpu"],
            "optimizations": ["auto_tuning", "fusion"],
            "precisions": ["fp32"],
        }

    def load(self, request):
        model = edgebench_runner.Model(request)
        model.only("auto_tuning", "fusion")
        every_core = 1  # of the runtime's two modes; the other takes small ones
        self.tvm.get_global_func("runtime.config_threadpool")(every_core, model.threads)
        processor = self.tvm.target.codegen.llvm_get_system_cpu()
        target = self.tvm.target.Target({"kind": "llvm", "mcpu": processor, "num-cores": model.threads})
        network = self.kernels(self.read(model.file(".onnx")), "fusion" in model.optimizations)
        kernels = "LLVM for " + processor
        if "auto_tuning" in model.optimizations:
            records = Records(network, processor, model.threads, int(model.options.get("trials", TRIALS)), self.tvm.__version__)
            kernels += ", " + records.tune(network, target, self.tell)
            network = records.apply(network, target)
        self.bind(network, target, model)
        return {"kernels": kernels, "precision": "fp32", "threads": self.tvm.get_global_func("runtime.NumThreads")()}

    def read(self, path):
        import onnx
        from tvm.relax.frontend.onnx import from_onnx

        return from_onnx(onnx.load(path))

    def kernels(self, network, fused):
        """The network as kernels: one an operator, or one a group of operators."""
        passes = self.relax.transform
        steps = [passes.DecomposeOpsForInference(), passes.CanonicalizeBindings(), passes.FoldConstant(), passes.LegalizeOps()]
        if fused:
            steps += [passes.AnnotateTIROpPattern(), passes.FoldConstant(), passes.FuseOps(), passes.FuseTIR()]
        return self.tvm.transform.Sequential(steps)(network)

    def bind(self, network, target, model):
        from tvm.relax.backend.cpu_generic import pipeline

        lower = self.tvm.transform.Sequential(pipeline.dataflow_lower_passes(target) + pipeline.finalize_passes(target))
        with target, self.tvm.transform.PassContext(opt_level=3):
            executable = self.relax.build(network, target=target, relax_pipeline=lower)
        self.machine = self.relax.VirtualMachine(executable, self.tvm.cpu())
        self.machine.set_input("main", self.tvm.runtime.tensor(model.input))
        self.infer()

    def infer(self):
        self.machine.invoke_stateful("main")

    def outputs(self):
        computed = self.machine.get_outputs("main")
        return [y.numpy() for y in ([computed] if hasattr(computed, "numpy") else computed)]


class Records:
    """What tuning found for one network on one processor, in a folder of its own. It appears
    whole or not at all, so that an interrupted tuning is made anew."""

    def __init__(self, network, processor, threads, trials, version):
        self.trials = trials
        decisive = "\n".join([version, processor, str(threads), str(trials), network.script(show_meta=False)])
        cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
        self.folder = os.path.join(cache, "edgebench", "tvm", hashlib.sha256(decisive.encode()).hexdigest()[:32])
        self.summary = os.path.join(self.folder, "edgebench.json")

    def tune(self, network, target, tell):
        """Tunes, unless that was done before, and says what was done."""
        if not os.path.exists(self.summary):
            os.makedirs(os.path.dirname(self.folder), exist_ok=True)
            work = tempfile.mkdtemp(dir=os.path.dirname(self.folder), prefix="unfinished-")
            try:
                self.search(network, target, work, tell)
                shutil.rmtree(self.folder, ignore_errors=True)
                os.rename(work, self.folder)
            finally:
                shutil.rmtree(work, ignore_errors=True)
        with open(self.summary, encoding="utf-8") as file:
            done = json.load(file)
        return "%(kernels)d kernels in at most %(trials)d trials, which took %(seconds)d s" % done

    def search(self, network, target, work, tell):
        from tvm.s_tir import meta_schedule

        start = time.monotonic()
        tasks = meta_schedule.relax_integration.extract_tasks(network, target)
        contexts, weights = meta_schedule.relax_integration.extracted_tasks_to_tune_contexts(tasks, work, seed=1)
        trials = self.trials * len(contexts)
        tell("tuning %d kernels in %d trials" % (len(contexts), trials))
        meta_schedule.tune.tune_tasks(
            tasks=contexts,
            task_weights=weights,
            work_dir=work,
            max_trials_global=trials,
            max_trials_per_task=self.trials,
            num_trials_per_iter=self.trials,
            builder=builder(tell, trials),
            runner=meta_schedule.runner.LocalRunner(timeout_sec=TRIAL_LIMIT_S),
        )
        done = {"kernels": len(contexts), "trials": trials, "seconds": round(time.monotonic() - start)}
        with open(os.path.join(work, "edgebench.json"), "w", encoding="utf-8") as file:
            json.dump(done, file)

    def apply(self, network, target):
        from tvm import relax
        from tvm.s_tir import meta_schedule

        database = meta_schedule.database.JSONDatabase(work_dir=self.folder)
        with target, database:
            return relax.transform.MetaScheduleApplyDatabase(enable_warning=True)(network)


def builder(tell, trials):
    """The tuner's builder, which tells how many of the trials came before. A callback of the
    tuner would not do: they are called once all kernels have had a turn."""
    from tvm.ir.utils import derived_object
    from tvm.s_tir import meta_schedule

    local = meta_schedule.builder.LocalBuilder(timeout_sec=TRIAL_LIMIT_S)

    @derived_object
    class Builder(meta_schedule.builder.PyBuilder):
        def __init__(self):
            super().__init__()
            self.done = 0

        def build(self, build_inputs):
            tell("tuning, %d of %d trials done" % (self.done, trials))
            self.done += len(build_inputs)
            return local.build(build_inputs)

    return Builder()


edgebench_runner.serve(TVM)
