package framework

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"edgebench/compiler/spec"
	"edgebench/compiler/spec/policy"
	"edgebench/executor/deviation"
	"edgebench/executor/framework/install"
	"edgebench/executor/framework/python"
	"edgebench/executor/result"
)

// recorded is a framework on a device that this machine need not have: its
// runner is the real one, and the packages that it imports are those of
// testdata/devices, which record what is asked of the device, and when.
type recorded struct {
	Process
	log string
}

func newRecorded(t *testing.T, interpreter, runner, format string, environment ...string) recorded {
	t.Helper()
	if err := exec.Command(interpreter, "-c", "import sys, numpy; assert sys.version_info >= (3, 8)").Run(); err != nil {
		t.Skipf("the recorded device is not run: %s has no numpy, or is older than Python 3.8: %v", interpreter, err)
	}
	fakes, err := filepath.Abs("testdata/devices")
	if err != nil {
		t.Fatal(err)
	}
	const minute = policy.Duration(time.Minute)
	log := filepath.Join(t.TempDir(), "log")
	r := recorded{log: log, Process: Process{Name: "recorded", Python: interpreter, Runner: &spec.Runner{
		Command: []string{"{python}", "{runners}/" + runner}, Format: format,
		Environment: map[string]string{"PYTHONPATH": fakes, "EDGEBENCH_DEVICE_LOG": log, "PYTHONDONTWRITEBYTECODE": "1"},
		Limits:      spec.RunnerLimits{Start: minute, Load: minute, Run: minute},
	}}}
	for _, e := range environment {
		name, value, _ := strings.Cut(e, "=")
		r.Runner.Environment[name] = value
	}
	return r
}

// events are what happened since they were last asked for.
func (r recorded) events(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(r.log)
	if err == nil {
		err = os.Truncate(r.log, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// expected is what is asked of a device. What load names has to be among what
// happens while a model is loaded, in its order; the rest is all that happens.
type expected struct {
	device                  string // what it is called
	load, inference, output []string
	values                  [][]float32
	bound                   float64 // of the outputs' relative error
}

// check loads a model, times two inferences, and asks for the outputs.
func (r recorded) check(t *testing.T, request Request, want expected) result.Placement {
	t.Helper()
	probe, err := r.Probe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := probe.Sees(request.Device); err != nil {
		t.Fatal(err)
	}
	s, err := r.Load(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	all := r.events(t)
	if left := inOrder(want.load, all); len(left) > 0 {
		t.Errorf("load is %q, and lacks, in this order, %q", all, left)
	}
	if _, err := s.Infer(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if got := r.events(t); !slices.Equal(got, slices.Concat(want.inference, want.inference)) {
		t.Errorf("two inferences are %q, want each to be %q", got, want.inference)
	}
	outputs, err := s.Outputs(t.Context())
	if err != nil || !(deviation.Largest(want.values, outputs) <= want.bound) {
		t.Errorf("the outputs are %v, want %v (%v)", outputs, want.values, err)
	}
	if got := r.events(t); !slices.Equal(got, slices.Concat(want.inference, want.output)) {
		t.Errorf("the outputs took %q, want an inference and %q", got, want.output)
	}
	placement := s.Placement()
	if placement.Device != request.Device || placement.Name != want.device {
		t.Errorf("it ran on %q, %q", placement.Device, placement.Name)
	}
	return placement
}

// gpu is what the recorded driver calls its device.
const gpu = "Recorded GPU"

// inOrder returns those of some events that are not among others in their order.
func inOrder(events, among []string) []string {
	for _, e := range among {
		if len(events) > 0 && e == events[0] {
			events = events[1:]
		}
	}
	return events
}

// TestONNXRuntimeOnCUDA: input and outputs are bound in the device's memory
// before an inference is timed, and the clock stops after the device did.
func TestONNXRuntimeOnCUDA(t *testing.T) {
	r := newRecorded(t, python.Interpreter(), "edgebench_onnxruntime.py", "onnx")
	request := Request{Model: small(t), Seed: 7, Threads: 1, Device: "cuda", Optimizations: []string{"fusion"}}
	placement := r.check(t, request, expected{
		device: gpu,
		load: []string{
			"session ('CUDAExecutionProvider', {'use_tf32': '0'}) CPUExecutionProvider", "copy to cuda 4", "bind input input cuda", "wait for inputs",
			"bind output fc.out cuda", "queue", "wait for outputs", "bind output fc.out cuda kept",
		},
		inference: []string{"clock", "queue", "wait for outputs", "clock"}, output: []string{"copy from cuda"}, values: [][]float32{{0.25, 0.75}},
	})
	share, known := placement.Share()
	if share != 0.75 || !known || !strings.HasPrefix(placement.Transfers, "none") {
		t.Errorf("the placement is %+v", placement)
	}
	request.Device = "edgetpu"
	if _, err := r.Load(t.Context(), request); err == nil || !strings.Contains(err.Error(), "it sees no device edgetpu, only cpu, cuda") {
		t.Errorf("a device that there is not: %v", err)
	}
}

// TestONNXRuntimeWithoutCUDA: where its CUDA provider does not start, ONNX
// Runtime goes on on the CPU, which is not what was asked for.
func TestONNXRuntimeWithoutCUDA(t *testing.T) {
	r := newRecorded(t, python.Interpreter(), "edgebench_onnxruntime.py", "onnx", "EDGEBENCH_DEVICE_LIBRARIES=none")
	_, err := r.Load(t.Context(), Request{Model: small(t), Seed: 7, Threads: 1, Device: "cuda", Optimizations: []string{"fusion"}})
	if err == nil || !strings.Contains(err.Error(), "could not start its CUDA provider") {
		t.Errorf("it was loaded: %v", err)
	}
}

// TestPyTorchOnCUDA: the network and its input are on the device before an
// inference is timed, without TF32, and the clock stops after the device did.
func TestPyTorchOnCUDA(t *testing.T) {
	r := newRecorded(t, python.Interpreter(), "edgebench_torch.py", "safetensors")
	for _, optimizations := range [][]string{nil, {"dynamic_graph"}} {
		request := Request{Model: small(t), Seed: 7, Threads: 1, Device: "cuda", Optimizations: optimizations}
		reference, err := r.Reference(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		load := []string{"copy to cuda 8", "copy to cuda 2", "copy to cuda 4", "queue", "wait"}
		if optimizations == nil {
			load = slices.Insert(load, 3, "trace, TF32 False")
		}
		placement := r.check(t, request, expected{
			device: gpu, load: load, inference: []string{"clock", "queue", "queue", "wait", "clock"}, output: []string{"copy from cuda"},
			values: reference.Outputs, bound: 1e-6,
		})
		if share, known := placement.Share(); share != 1 || !known {
			t.Errorf("the placement is %+v", placement)
		}
	}
}

// TestTensorRT: the engine is built and bound before an inference is timed, int8
// with scales of 8 seeded inputs, and the clock stops after the device did.
func TestTensorRT(t *testing.T) {
	r := newRecorded(t, python.Interpreter(), "edgebench_tensorrt.py", "onnx")
	request := Request{Model: small(t), Seed: 7, Threads: 1, Device: "cuda", Optimizations: []string{"fusion"}}
	want := expected{
		device: gpu, inference: []string{"clock", "queue", "wait", "clock"}, output: []string{"copy from device 8"}, values: [][]float32{{0.25, 0.75}},
	}
	bind := []string{"allocate 16", "bind input", "copy to device 16", "allocate 8", "bind fc.out", "queue", "wait"}
	calibrate := slices.Repeat([]string{"copy to device 16", "calibrate True"}, 8)
	for optimization, build := range map[string][]string{
		"fusion":         {"parse", "build"},
		"half_precision": {"parse", "build FP16"},
		"quantization":   slices.Concat([]string{"parse", "allocate 16", "build INT8"}, calibrate),
	} {
		request.Optimizations = slices.Compact([]string{"fusion", optimization})
		want.load = slices.Concat(build, bind)
		placement := r.check(t, request, want)
		if share, known := placement.Share(); share != 1 || !known {
			t.Errorf("%s: the placement is %+v", optimization, placement)
		}
	}
}

// TestEdgeTPU: a network is converted to 8-bit integers by TensorFlow itself,
// where that is installed, compiled for the device, and computes with them what
// it should; what the compiler leaves to the CPU is told.
func TestEdgeTPU(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("EdgeTPU is not run: its compiler's stand-in is a shell script")
	}
	interpreter, state := Process{Name: "TensorFlow 2", Runner: &spec.Runner{}}.python()
	if state != install.Ready {
		t.Skip("EdgeTPU is not run: it needs `edgebench setup \"TensorFlow 2\"`")
	}
	bin, err := filepath.Abs("testdata/devices/bin")
	if err != nil {
		t.Fatal(err)
	}
	of := func(environment ...string) recorded {
		environment = append(environment, "EDGEBENCH_DEVICE=edgetpu", "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
		return newRecorded(t, interpreter, "edgebench_edgetpu.py", "safetensors", environment...)
	}
	r := of()
	request := Request{Model: small(t), Seed: 7, Threads: 1, Device: "edgetpu", Optimizations: []string{"fusion", "quantization"}}
	reference, err := r.Reference(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	placement := r.check(t, request, expected{
		load:      []string{"open libedgetpu.so.1", "compile int8.tflite", "delegate Delegate", "input int8", "invoke"},
		inference: []string{"clock", "invoke", "clock"}, output: []string{"output int8"}, values: reference.Outputs, bound: policy.DefaultTolerance.Of("int8"),
	})
	if share, known := placement.Share(); share != 0.75 || !known || placement.Transfers == "" {
		t.Errorf("the placement is %+v", placement)
	}
	if _, err := of("EDGEBENCH_DEVICE_COMPILES=no").Load(t.Context(), request); err == nil || !strings.Contains(err.Error(), "edgetpu_compiler refuses the model: ") || !strings.Contains(err.Error(), "Model not quantized") {
		t.Errorf("a model that the compiler refuses: %v", err)
	}
	probe, err := of("EDGEBENCH_DEVICE_PLUGGED=no").Probe(t.Context())
	if why := probe.Sees(""); err != nil || why == nil || !strings.HasPrefix(why.Error(), "no edgetpu device here: skipped, not run on the device: libedgetpu.so.1 sees no EdgeTPU") {
		t.Errorf("without a device: %v, %v", why, err)
	}
}

// TestSees: a job's device is compared with those that are seen, and what is
// missing is said in the runner's words.
func TestSees(t *testing.T) {
	both := Probe{Framework: "F", Version: "1", Devices: []string{"cpu", "cuda"}}
	without := Probe{Framework: "F", Version: "1", Devices: []string{"cpu"}, MissingDevices: map[string]string{"cuda": "install a driver"}}
	alone := Probe{Framework: "F", Version: "1", Devices: []string{}, MissingDevices: map[string]string{"cuda": "install a driver"}}
	for _, c := range []struct {
		of   Probe
		kind string
		want string
	}{
		{both, "", ""},
		{both, "cuda", ""},
		{Probe{}, "cuda", ""}, // it does not say
		{without, "", ""},
		{without, "cuda", "no cuda device here: skipped, not run on the device: install a driver"},
		{without, "npu", "no npu device here: skipped, not run on the device: F 1 sees cpu alone, and does not know another"},
		{alone, "", "no cuda device here: skipped, not run on the device: install a driver"},
		{Probe{Framework: "F", Version: "1", Devices: []string{}}, "", "no device here: skipped, not run on the device: F 1 sees none"},
	} {
		err := c.of.Sees(c.kind)
		if c.want == "" && err != nil || c.want != "" && (!errors.Is(err, ErrNoDevice) || !Absent(err) || err.Error() != c.want) {
			t.Errorf("%v, asked for %q: %v", c.of, c.kind, err)
		}
	}
	if both.Digest() != without.Digest() {
		t.Error("which devices are seen is no other software")
	}
	both.DeviceNames = map[string]string{"cuda": "GPU"}
	if both.Digest() == without.Digest() {
		t.Error("a device has results of its own")
	}
}
