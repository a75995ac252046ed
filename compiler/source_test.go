package compiler

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"edgebench/compiler/network/onnx/onnxtest"
	"edgebench/compiler/plan"
)

// fileSpec is a spec whose model is a file.
const fileSpec = `package mine

models: Net: {
	task:      "image recognition"
	reference: "a file"
	input: [4, 6, 6]
	source: "net.onnx"
}
study: {name: "mine", title: "Mine"}
experiments: latency: {
	title:  "Latency"
	metric: "time_per_inference"
	models: ["Net"]
	targets: [{platforms: ["host"], frameworks: ["native"], optimizations: [["fusion"]]}]
}
`

// net is a model of one convolution, whose last weight is given.
func net(last float32) []byte {
	weights := make([]float32, 2*4*3*3)
	weights[len(weights)-1] = last
	return onnxtest.New(13, 0, 4, 6, 6).Values("w", []int64{2, 4, 3, 3}, weights...).Node("Conv", "x w", "y").Bytes()
}

func specFolder(t *testing.T, spec string, model []byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range map[string][]byte{"study.cue": []byte(spec), "net.onnx": model} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func compileFolder(t *testing.T, dir string) *plan.Plan {
	t.Helper()
	p, err := Compile(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestModelFile plans a model of an ONNX file, writes the plan and reads it again.
func TestModelFile(t *testing.T) {
	dir := specFolder(t, fileSpec, net(7))
	var file bytes.Buffer
	if err := compileFolder(t, dir).Encode(&file); err != nil {
		t.Fatal(err)
	}
	p, err := plan.Decode(file.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	m, _ := p.Catalog.Models.Get("Net")
	if m.Audit == nil || m.Audit.Cost.Params != 72 || m.Audit.Cost.MACs != 72*16 || !slices.Equal(m.Graph.Kinds(), []string{"conv"}) {
		t.Errorf("the model is audited as %+v", m.Audit)
	}
	want := &plan.Source{Path: "net.onnx", Files: []plan.File{{
		Name: "net.onnx", Bytes: int64(len(net(7))), SHA256: fmt.Sprintf("%x", sha256.Sum256(net(7))),
	}}}
	if diff := cmp.Diff(want, m.Source); diff != "" {
		t.Errorf("the source: -want +got:\n%s", diff)
	}
}

// TestAPlanIsTheSameAnywhere: no folder of a machine is in it.
func TestAPlanIsTheSameAnywhere(t *testing.T) {
	var first, second bytes.Buffer
	for _, b := range []*bytes.Buffer{&first, &second} {
		if err := compileFolder(t, specFolder(t, fileSpec, net(7))).Encode(b); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Errorf("one spec in two folders: -one +other:\n%s", cmp.Diff(first.String(), second.String()))
	}
}

// TestModelFileIdentity checks that a job is the same wherever the file is, and
// another if a single weight is.
func TestModelFileIdentity(t *testing.T) {
	identity := func(model []byte) string { return compileFolder(t, specFolder(t, fileSpec, model)).Jobs[0].Identity }
	first := identity(net(7))
	if identity(net(7)) != first {
		t.Error("a copy of the model makes another job")
	}
	if identity(net(8)) == first {
		t.Error("other weights make the same job")
	}
}

// TestModelFileFaults reports what is wrong at the field `source`.
func TestModelFileFaults(t *testing.T) {
	replace := func(old, new string) string { return strings.Replace(fileSpec, old, new, 1) }
	cases := []struct {
		name, spec, want string
	}{
		{"missing file", replace("net.onnx", "models/gone.onnx"), "study.cue:7:10: models.Net.source: models/gone.onnx: this file cannot be opened"},
		{"file outside", replace("net.onnx", "../net.onnx"), "study.cue:7:10: models.Net.source: ../net.onnx leads out of the spec's folder"},
		{"no model", replace("net.onnx", "study.cue"), "study.cue:7:10: models.Net.source: study.cue: this file is no ONNX model, or damaged"},
		{"another input", replace("[4, 6, 6]", "[4, 6, 7]"), `study.cue:7:10: models.Net.source: net.onnx: input "x": its dimension 3 is 6, and the declared shape is 4x6x7`},
		{"layers too", replace("\tsource:", "\tlayers: [{op: \"flatten\"}]\n\tsource:"), "study.cue:8:10: models.Net.source: the model has `layers` too: state one of both"},
		{"outputs too", replace("\tsource:", "\toutputs: [\"a\"]\n\tsource:"), "study.cue:8:10: models.Net.source: `outputs` name taps of `layers`"},
		{"claim that is wrong", replace("\tsource:", "\tclaimed: {flop_giga: 1, parameters_million: 0.000072, source: \"me\"}\n\tsource:"), "study.cue:7:23: models.Net.claimed.flop_giga: 1 GFLOP are claimed"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := Compile(t.Context(), specFolder(t, c.spec, net(7)))
			if err == nil || !strings.Contains(filepath.ToSlash(err.Error()), c.want) {
				t.Errorf("the error is %v, want %s", err, c.want)
			}
		})
	}
}
