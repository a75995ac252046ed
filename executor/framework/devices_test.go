package framework

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"edgebench/compiler/spec"
	"edgebench/compiler/spec/policy"
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

func newRecorded(t *testing.T, runner, format string, environment ...string) recorded {
	t.Helper()
	interpreter := python.Interpreter()
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

// check loads a model on the device, and compares what happened meanwhile, in
// two timed inferences and as the outputs were asked for. What load
// names has to be in it, in its order.
func (r recorded) check(t *testing.T, request Request, load, inference, output []string, want [][]float32) result.Placement {
	t.Helper()
	probe, err := r.Probe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := probe.Sees(request.Device); err != nil {
		t.Fatal(err)
	}
	if probe.DeviceNames["cuda"] != "Recorded GPU" {
		t.Errorf("the devices are %v, %v", probe.Devices, probe.DeviceNames)
	}
	s, err := r.Load(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	all := r.events(t)
	if left := inOrder(load, all); len(left) > 0 {
		t.Errorf("load is %q, and lacks, in this order, %q", all, left)
	}
	if _, err := s.Infer(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if got := r.events(t); !slices.Equal(got, slices.Concat(inference, inference)) {
		t.Errorf("two inferences are %q, want each to be %q", got, inference)
	}
	outputs, err := s.Outputs(t.Context())
	if err != nil || !slices.EqualFunc(outputs, want, slices.Equal[[]float32]) {
		t.Errorf("the outputs are %v, want %v (%v)", outputs, want, err)
	}
	if got := r.events(t); !slices.Equal(got, slices.Concat(inference, output)) {
		t.Errorf("the outputs took %q, want an inference and %q", got, output)
	}
	return s.Placement()
}

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
	r := newRecorded(t, "edgebench_onnxruntime.py", "onnx")
	request := Request{Model: small(t), Seed: 7, Threads: 1, Device: "cuda", Optimizations: []string{"fusion"}}
	placement := r.check(t, request,
		[]string{
			"session ('CUDAExecutionProvider', {'use_tf32': '0'}) CPUExecutionProvider", "copy to cuda 4", "bind input input cuda", "wait for inputs",
			"bind output fc.out cuda", "queue", "wait for outputs", "bind output fc.out cuda kept",
		},
		[]string{"clock", "queue", "wait for outputs", "clock"}, []string{"copy from cuda"}, [][]float32{{0.25, 0.75}})
	share, known := placement.Share()
	if share != 0.75 || !known || placement.Name != "Recorded GPU" || !strings.HasPrefix(placement.Transfers, "none") {
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
	r := newRecorded(t, "edgebench_onnxruntime.py", "onnx", "EDGEBENCH_DEVICE_LIBRARIES=none")
	_, err := r.Load(t.Context(), Request{Model: small(t), Seed: 7, Threads: 1, Device: "cuda", Optimizations: []string{"fusion"}})
	if err == nil || !strings.Contains(err.Error(), "could not start its CUDA provider") {
		t.Errorf("it was loaded: %v", err)
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
