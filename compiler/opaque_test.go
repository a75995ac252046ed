package compiler

import (
	"slices"
	"strings"
	"testing"

	"edgebench/compiler/network/onnx/onnxtest"
	"edgebench/compiler/plan"
)

// opaque is a model with an operator that the importer does not know.
func opaque(outputs ...int64) []byte {
	return onnxtest.New(17, 0, 4, 6, 6).Floats("w", 4, 4, 1, 1).Ints("axes", 1).
		Node("Conv", "x w", "c").Node("Mish", "c", "y").Declare(outputs...).Bytes()
}

// TestUnknownOperator: a file that the importer refuses is a job of the
// frameworks that read it themselves, and a skip with the node's name elsewhere.
func TestUnknownOperator(t *testing.T) {
	spec := strings.Replace(fileSpec, `["native"]`, `["native", "ONNX Runtime", "LiteRT"]`, 1)
	p := compileFolder(t, specFolder(t, spec, opaque(0, 4, 6, 6)))
	if len(p.Jobs) != 1 || p.Jobs[0].Framework != "ONNX Runtime" {
		t.Errorf("the jobs are %+v, want one of ONNX Runtime", p.Jobs)
	}
	var skipped []string
	for _, s := range p.Skips {
		skipped = append(skipped, s.Framework)
		if want := `node "y" (Mish), opset 17`; s.Verdict.Code != codeNoFormat || !strings.Contains(s.Verdict.Reason, want) {
			t.Errorf("%s is skipped as %s: %s; want %s", s.Framework, s.Verdict.Code, s.Verdict.Reason, want)
		}
	}
	if !slices.Equal(skipped, []string{"native", "LiteRT"}) {
		t.Errorf("skipped are %v", skipped)
	}
	m, _ := p.Catalog.Models.Get("Net")
	if m.Audit != nil || m.Graph != nil {
		t.Error("layers or multiply-adds are told of a model whose layers are unknown")
	}
	if o := m.Opaque; o == nil || o.Parameters != 16 || o.InputName != "x" || !slices.Equal(o.Outputs, []plan.Output{{Name: "y", Elements: 144}}) {
		t.Errorf("the file is told as %+v", o)
	}
}

// TestUnknownOperatorWithOpenOutput: what cannot be compared is refused, with
// what to do.
func TestUnknownOperatorWithOpenOutput(t *testing.T) {
	_, err := Compile(t.Context(), specFolder(t, fileSpec, opaque(0, 4, 0, 6)))
	if want := `models.Net.source: net.onnx: output "y": its dimension 2 ("n") is open: export the model with static shapes`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the error is %v, want %s", err, want)
	}
}
