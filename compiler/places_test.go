package compiler

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"edgebench/compiler/plan"
)

// placeOf finds a place of a model in a framework on a platform.
func placeOf(t *testing.T, places []plan.Place, platform, framework string) plan.Place {
	t.Helper()
	i := slices.IndexFunc(places, func(p plan.Place) bool { return p.Platform == platform && p.Framework == framework })
	if i < 0 {
		t.Fatalf("no place on %s in %s", platform, framework)
	}
	return places[i]
}

// TestPlace tells apart what cannot run somewhere and what this machine does not
// reach.
func TestPlace(t *testing.T) {
	cases := []struct {
		model, platform, framework string
		optimizations, verdict     string
		reason, unreached          string // beginnings
	}{
		{"ResNet-50", "host", "native", "", "ok", "", ""},
		{"ResNet-50", "Jetson TX2", "PyTorch", "", "ok", "needs 267 of 7680 MiB", "no device backend reaches Jetson TX2"},
		{"VGG16", "Raspberry Pi 3B", "native", "fusion", "skip memory_error", "native needs 1100 MiB, and Raspberry Pi 3B has 948 MiB", "no device backend reaches Raspberry Pi 3B"},
		{"VGG16", "Raspberry Pi 3B", "TensorFlow", "quantization", "ok", "needs 602 of 848 MiB", "no device backend"},
		{"C3D", "Raspberry Pi 3B", "TFLite", "fusion+quantization", "skip unsupported_operator", "TFLite has no conv3d", "no device backend"},
		{"VGG16", "EdgeTPU", "TFLite", "quantization", "ok", "", "no device backend"},
		{"ResNet-50", "Movidius NCS", "NCSDK", "half_precision", "ok", "", "edgebench has no adapter for NCSDK"},
		{"ResNet-50", "Movidius NCS", "OpenVINO Myriad", "fusion+half_precision", "ok", "", ""},
		{"ResNet-50", "host", "LiteRT", "fusion", "ok", "", ""},
		{"MobileNet-v2", "host", "Darknet 2018", "", "skip format", "layer \"conv1.bn.relu6\" (activation) cannot be written as darknet: Darknet has no activation function relu6", ""},
	}
	for _, c := range cases {
		placed, err := Place(t.Context(), c.model)
		if err != nil {
			t.Fatal(err)
		}
		p := placeOf(t, placed.Places, c.platform, c.framework)
		verdict := p.Verdict.Name
		reason := strings.Join(p.Facts, "; ")
		if !p.Runs() {
			verdict, reason = verdict+" "+p.Verdict.Code, p.Verdict.Reason
		}
		if verdict != c.verdict || strings.Join(p.Optimizations, "+") != c.optimizations ||
			!strings.HasPrefix(reason, c.reason) || c.reason == "" && reason != "" {
			t.Errorf("%s on %s in %s: %s with %v: %q", c.model, c.platform, c.framework, verdict, p.Optimizations, reason)
		}
		if p.Reached != (c.unreached == "") || !strings.HasPrefix(p.Unreached, c.unreached) {
			t.Errorf("%s on %s in %s: reached %v: %q", c.model, c.platform, c.framework, p.Reached, p.Unreached)
		}
	}
}

// TestPlaceFile judges an ONNX file, and says of one that is none what it is.
func TestPlaceFile(t *testing.T) {
	dir := specFolder(t, fileSpec, net(7))
	placed, err := PlaceFile(t.Context(), filepath.Join(dir, "net.onnx"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if placed.Model.Graph == nil || placed.Model.Name != "net.onnx" {
		t.Errorf("the model is %+v", placed.Model)
	}
	if p := placeOf(t, placed.Places, "Raspberry Pi 3B", "TFLite"); !p.Runs() || p.Reached {
		t.Errorf("on Raspberry Pi in TFLite: %+v", p)
	}
	if err := os.WriteFile(filepath.Join(dir, "net.onnx"), []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	want := "net.onnx: this file is no ONNX model, or damaged"
	if _, err := PlaceFile(t.Context(), filepath.Join(dir, "net.onnx"), nil); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the error is %v, want %s", err, want)
	}
}

// TestTableOfFit plans the places that a table shows: of the models that it
// names, or else of those that the study's experiments select.
func TestTableOfFit(t *testing.T) {
	models := func(rows string) []string {
		table := "tables: fit: {caption: \"Fit\", of: \"fit\"" + rows + "}\n"
		var models []string
		for _, p := range compileFolder(t, specFolder(t, fileSpec+table, net(7))).Places {
			models = append(models, p.Model)
		}
		return slices.Compact(models)
	}
	if got := models(""); !slices.Equal(got, []string{"Net"}) {
		t.Errorf("without rows the models are %v", got)
	}
	if got := models(`, rows: ["VGG16", "C3D"]`); !slices.Equal(got, []string{"VGG16", "C3D"}) {
		t.Errorf("the models are %v", got)
	}
}
