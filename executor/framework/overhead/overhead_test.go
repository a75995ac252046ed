package main

import (
	"bytes"
	"regexp"
	"slices"
	"testing"
	"time"

	"edgebench/compiler/load"
	"edgebench/executor/framework/install"
)

// TestTools: each tool is of a framework with a runner, has the optimizations that the framework has,
// and is found by its name.
func TestTools(t *testing.T) {
	catalogue, err := load.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range tools {
		f, ok := catalogue.Frameworks.Get(tool.framework)
		if !ok || f.Runner == nil {
			t.Errorf("%s: the catalogue has no runner for it", tool.framework)
			continue
		}
		for _, o := range tool.optimizations {
			if _, ok := f.Optimizations.Get(o); !ok {
				t.Errorf("%s has no %s", tool.framework, o)
			}
		}
	}
	if all, err := choose(nil); err != nil || len(all) != len(tools) {
		t.Errorf("%d of %d tools, %v", len(all), len(tools), err)
	}
	if two, err := choose([]string{"LiteRT"}); err != nil || len(two) != 2 || two[1].name != "litert-benchmark" {
		t.Errorf("%v, %v", two, err)
	}
	if _, err := choose([]string{"OpenVino"}); err == nil {
		t.Error("a framework without a tool is taken")
	}
}

// TestSameVersion: LoadGen is around the ONNX Runtime that EdgeBench measures.
func TestSameVersion(t *testing.T) {
	p, ok := install.ByName("ONNX Runtime")
	if !ok {
		t.Fatal("setup has no ONNX Runtime")
	}
	theirs, err := p.Requirements()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"onnxruntime", "numpy"} {
		pin := regexp.MustCompile(`(?m)^` + name + `==\S+`)
		if want, got := pin.Find(theirs), pin.Find(loadgenRequirements); want == nil || !bytes.Equal(got, want) {
			t.Errorf("LoadGen's environment has %q, and the framework's %q: compile requirements.txt anew", got, want)
		}
	}
}

func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		tool, printed string
		want          time.Duration // 0: an error
	}{
		{"benchmark_app", "[ INFO ] Latency:\n[ INFO ]    Median:        12.34 ms\n[ INFO ]    Average:       13.00 ms\n", 12340 * time.Microsecond},
		{"benchmark_app", "[ INFO ]    Median:        187.25 us\n", 187250},
		{"litert-benchmark", "Inference (min):       81.19 ms\nInference (median):    96.45 ms\n", 96450 * time.Microsecond},
		{"litert-benchmark", "Traceback\n", 0},
		{"benchmark_app", "[ ERROR ] no such model\n", 0},
		{"bare loop", "INFO: of a library\n{\"median_ns\": 1234567.5}\n", 1234567},
		{"bare loop", "Traceback\n", 0},
		{"bare loop", "", 0},
	} {
		i := slices.IndexFunc(tools, func(t tool) bool { return t.name == c.tool })
		if got, err := tools[i].median([]byte(c.printed)); got != c.want || (err != nil) != (c.want == 0) {
			t.Errorf("%q is read as %v, want %v (%v)", c.printed, got, c.want, err)
		}
	}
}

// TestMedianInterval: among 12 values the median lies between the third and the tenth with 96 %, and
// 5 do not bound it with 95 %.
func TestMedianInterval(t *testing.T) {
	values := []float64{12, 1, 11, 2, 10, 3, 9, 4, 8, 5, 7, 6}
	if median, low, high := medianInterval(values); median != 6.5 || low != 3 || high != 10 {
		t.Errorf("%g, from %g to %g", median, low, high)
	}
	if median, low, high := medianInterval(values[:5]); median != 10 || low != 0 || high != 0 {
		t.Errorf("%g, from %g to %g", median, low, high)
	}
}
