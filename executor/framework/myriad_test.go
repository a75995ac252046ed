package framework

import (
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	specs "edgebench/compiler/load"
	"edgebench/executor/framework/python"
)

// fakeOpenVINO is OpenVINO 2021's interface as far as the runner uses it, with
// the sticks that FAKE_STICKS lists. Like the real plugin it refuses a load
// without one, and keys of another device's configuration.
const fakeOpenVINO = `
import os
import numpy

STICKS = os.environ["FAKE_STICKS"].split()

def get_version():
    return "2021.4.2-fake"

class Blob:
    def __init__(self, size):
        self.buffer = numpy.zeros((1, size), "f4")

class Request:
    def __init__(self):
        self.input_blobs, self.output_blobs = {"input": Blob(4)}, {"layer": Blob(2)}

    def infer(self):
        self.output_blobs["layer"].buffer[:] = self.input_blobs["input"].buffer[:, :2]

class Executable:
    def __init__(self):
        self.requests, self.input_info = [Request()], {"input": None}

class Network:
    def get_ov_name_for_tensor(self, tensor):
        return "layer"

class IECore:
    def get_metric(self, device, name):
        return {"MYRIAD": {"AVAILABLE_DEVICES": STICKS}}[device][name]

    def read_network(self, model):
        return Network()

    def load_network(self, network, device, config):
        if device != "MYRIAD" or config or not STICKS:
            raise RuntimeError("Can not init Myriad device: NC_ERROR")
        return Executable()
`

// myriad is the catalogue's adapter of the Movidius stick over a fake OpenVINO.
func myriad(t *testing.T, sticks string) Process {
	t.Helper()
	interpreter, err := exec.LookPath(python.Interpreter())
	if err == nil {
		err = exec.Command(interpreter, "-c", "import numpy").Run()
	}
	if err != nil {
		t.Skipf("OpenVINO Myriad is not run over a fake: it needs a Python with numpy: %v", err)
	}
	catalogue, err := specs.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	f, ok := catalogue.Frameworks.Get("OpenVINO Myriad")
	if !ok {
		t.Fatal("the catalogue lacks it")
	}
	folder := filepath.Join(t.TempDir(), "openvino")
	if err := os.Mkdir(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"__init__.py": "", "inference_engine.py": fakeOpenVINO} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	r := *f.Runner
	r.Environment = map[string]string{"PYTHONPATH": filepath.Dir(folder), "FAKE_STICKS": sticks}
	maps.Copy(r.Environment, f.Runner.Environment)
	return Process{Name: f.Name, Runner: &r, Python: interpreter}
}

// TestMyriad: with a stick that is listed, the network is loaded onto it, in
// fp16.
func TestMyriad(t *testing.T) {
	p := myriad(t, "1.4-ma2450")
	probe, err := p.Probe(t.Context())
	if err != nil || probe.Version != "2021.4.2" || probe.Offers([]string{"fusion", "half_precision"}) != nil {
		t.Fatalf("it is %+v, %v", probe, err)
	}
	r := Request{Model: small(t), Seed: 7, Threads: 2, Precision: "fp16", Optimizations: []string{"fusion", "half_precision"}}
	s, err := p.Load(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got := s.Software(); got.Precision != "fp16" || got.Kernels != "1.4-ma2450" || s.Placement().Device != "myriad" {
		t.Errorf("it ran in %+v on %q", got, s.Placement().Device)
	}
	if got, err := s.Outputs(t.Context()); err != nil || len(got[0]) != 2 {
		t.Errorf("outputs %v, %v", got, err)
	}
	r.Optimizations = []string{"fusion"}
	if _, err := p.Load(t.Context(), r); err == nil || !strings.Contains(err.Error(), "fp16 alone") {
		t.Errorf("in fp32: %v", err)
	}
}

// TestNoMyriad: without a stick, what is missing is told when the framework is
// looked for, as something that is not here rather than as a failure.
func TestNoMyriad(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("which USB devices there are is read on Linux")
	}
	_, err := myriad(t, "").Probe(t.Context())
	if !errors.Is(err, ErrNoDevice) || !Absent(err) {
		t.Fatalf("the error is %v", err)
	}
	const begin, end = "OpenVINO 2021.4.2: no MYRIAD device: ", "; not run on the device"
	if text := err.Error(); !strings.HasPrefix(text, begin) || !strings.HasSuffix(text, end) {
		t.Errorf("the error is %q", text)
	}
}
