package equivalence

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"edgebench/compiler/network/export"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/compiler/spec/policy"
	"edgebench/executor/framework"
	"edgebench/executor/framework/python"
)

// foreign is a runtime of one format.
type foreign struct {
	format    export.Format
	framework string // as `edgebench setup` names it
	script    string // its runner
	install   string // how to get it where setup does not
}

// runtimes lists the runtimes in the order of results.
var runtimes = []foreign{
	{export.ONNX, "ONNX Runtime", "edgebench_onnxruntime.py", "or `pip install onnxruntime numpy`"},
	{export.Darknet, "Darknet", "edgebench_darknet.py", "install it with `apt-get install darknet` (Debian), or build libdarknet.so from https://github.com/pjreddie/darknet"},
	{export.Caffe, "OpenCV", "edgebench_opencv.py", "or `apt-get install python3-opencv` (Debian), or `pip install 'opencv-python-headless<5' numpy`"},
	{export.TFLite, "LiteRT", "edgebench_litert.py", "or `pip install ai-edge-litert numpy`"},
	{export.NCNN, "ncnn", "edgebench_ncnn.py", "or `pip install ncnn numpy`"},
}

// Formats lists the formats that have a runtime.
func Formats() []export.Format {
	var list []export.Format
	for _, r := range runtimes {
		list = append(list, r.format)
	}
	return list
}

func runtimeOf(f export.Format) (foreign, bool) {
	i := slices.IndexFunc(runtimes, func(r foreign) bool { return r.format == f })
	if i < 0 {
		return foreign{}, false
	}
	return runtimes[i], true
}

const probeTimeout = time.Minute

// adapter runs the runtime as a framework of a spec would be.
func (r foreign) adapter(limit time.Duration) framework.Process {
	return framework.Process{Name: r.framework, Runner: &spec.Runner{
		Command: []string{"{python}", "{runners}/" + r.script},
		Format:  string(r.format),
		Limits:  spec.RunnerLimits{Start: policy.Duration(probeTimeout), Load: policy.Duration(limit), Run: policy.Duration(limit)},
	}}
}

// found is a runtime that was looked for, or will be.
type found struct {
	foreign
	adapter framework.Process
	looked  bool
	name    string   // with its version
	offers  []string // optimizations
	err     error    // why there is none
}

// find looks for an interpreter that has the runtime, once: that of the
// environment which setup made, or else those of the user.
func (r *found) find(ctx context.Context) error {
	if r.looked {
		return r.err
	}
	r.looked = true
	if r.err = r.probe(ctx); r.err == nil {
		return nil
	}
	for _, interpreter := range python.Interpreters() {
		r.adapter.Python = interpreter
		if r.probe(ctx) == nil {
			r.err = nil
			return nil
		}
	}
	r.err = fmt.Errorf("%w; %s", r.err, r.install)
	return r.err
}

func (r *found) probe(ctx context.Context) error {
	probe, err := r.adapter.Probe(ctx)
	if err != nil {
		return err
	}
	r.name, r.offers = probe.Framework, probe.Optimizations
	if probe.Version != unknownVersion {
		r.name += " " + probe.Version
	}
	return nil
}

// unknownVersion is what a runner says of a library that has no version.
const unknownVersion = "unknown"

// outputs runs a model, with the optimizations that its users get unasked.
func (r *found) outputs(ctx context.Context, m *model) ([][]float32, error) {
	request := framework.Request{
		Model: &plan.Model{Name: m.graph.Name, Input: m.graph.Input(), Graph: m.graph},
		Seed:  m.seed, Threads: runtime.GOMAXPROCS(0),
	}
	if slices.Contains(r.offers, "fusion") {
		request.Optimizations = []string{"fusion"}
	}
	s, err := r.adapter.LoadWeights(ctx, request, m.weights)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return s.Outputs(ctx)
}
