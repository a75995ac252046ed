package framework

import (
	"testing"
	"time"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/graph/graphtest"
	"edgebench/compiler/plan"
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

// TestLiteRTPrecisions runs a model that ends in a softmax with 16-bit weights
// and with 8-bit integers, where LiteRT is installed.
func TestLiteRTPrecisions(t *testing.T) {
	const minute = policy.Duration(time.Minute)
	p := Process{Name: "LiteRT", Runner: &spec.Runner{Command: []string{"{python}", "{runners}/edgebench_litert.py"}, Format: "tflite"}}
	p.Runner.Limits = spec.RunnerLimits{Start: minute, Load: minute, Run: minute}
	probe, err := p.Probe(t.Context())
	if err != nil {
		t.Skipf("LiteRT is not run: %v", err)
	}
	for optimization, precision := range map[string]string{"half_precision": "fp16", "quantization": "int8"} {
		if err := probe.Offers([]string{optimization}); err != nil {
			t.Logf("not run: %v", err)
			continue
		}
		r := Request{Model: classifier(t), Seed: 7, Threads: 1, Optimizations: []string{"fusion", optimization}}
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
		e := deviation.Largest(reference.Outputs, got)
		if err != nil || s.Software().Precision != precision || !(e < policy.DefaultTolerance.Of(precision)) || e < 1e-6 {
			t.Errorf("%s: precision %q, error %g, %v", optimization, s.Software().Precision, e, err)
		}
	}
}

// classifier has a thousand classes that are about alike.
func classifier(t *testing.T) *plan.Model {
	t.Helper()
	n := graphtest.New(t, "classifier", 3, 8, 8)
	x := n.Add("conv", graph.Conv{Out: 8, Window: graphtest.Window(2, 3, 1, graph.Pad{}), Groups: 1, Bias: true}, 0)
	x = n.Add("relu", graph.Activation{Fn: graph.ReLU}, x)
	x = n.Add("fc", graph.FC{Out: 1000, Bias: true}, n.Add("flatten", graph.Flatten{}, x))
	g := n.Finish(n.Add("softmax", graph.Softmax{}, x))
	return &plan.Model{Name: g.Name, Input: g.Input(), Graph: g}
}
