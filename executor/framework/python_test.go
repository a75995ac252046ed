package framework

import (
	"testing"
	"time"

	"edgebench/compiler/spec"
	"edgebench/compiler/spec/policy"
	"edgebench/executor/deviation"
	"edgebench/executor/framework/python"
)

// TestONNXRuntime runs a model in a foreign framework, where that is installed.
func TestONNXRuntime(t *testing.T) {
	if !python.Named() {
		t.Setenv(python.Variable, "python3")
	}
	const minute = policy.Duration(time.Minute)
	p := Process{Name: "ONNX Runtime", Runner: &spec.Runner{Command: []string{"{python}", "{runners}/edgebench_onnxruntime.py"}, Format: "onnx"}}
	p.Runner.Limits = spec.RunnerLimits{Start: minute, Load: minute, Run: minute}
	probe, err := p.Probe(t.Context())
	if err != nil {
		t.Skipf("ONNX Runtime is not run: %v", err)
	}
	if probe.Framework != "ONNX Runtime" || probe.Version == "" {
		t.Errorf("it is %+v", probe)
	}
	r := Request{Model: small(t), Seed: 7, Threads: 1, Optimizations: []string{"fusion"}}
	reference, err := p.Reference(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.Load(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, err := s.Outputs(t.Context())
	if err != nil || !(deviation.Largest(reference.Outputs, got) < 1e-6) {
		t.Errorf("outputs %v, expected %v, %v", got, reference.Outputs, err)
	}
	samples, err := s.Infer(t.Context(), 20)
	if err != nil || len(samples) != 20 || s.Usage() == nil {
		t.Errorf("samples %v, usage %v, %v", samples, s.Usage(), err)
	}
}
