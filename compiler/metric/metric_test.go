package metric_test

import (
	"slices"
	"strings"
	"testing"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/parser"
	"github.com/google/go-cmp/cmp"

	"edgebench/compiler/metric"
	"edgebench/specs"
)

// TestSchema: the schema accepts the metrics of the table, and no other.
func TestSchema(t *testing.T) {
	text, err := specs.Files.ReadFile("schema/experiment.cue")
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile("experiment.cue", text)
	if err != nil {
		t.Fatal(err)
	}
	var accepted []string
	for _, d := range file.Decls {
		f, isField := d.(*ast.Field)
		if !isField {
			continue
		}
		if name, _, err := ast.LabelName(f.Label); err == nil && name == "#Metric" {
			accepted = texts(f.Value)
		}
	}
	if diff := cmp.Diff(metric.Names(), accepted); diff != "" {
		t.Errorf("specs/schema/experiment.cue: #Metric: -table +schema:\n%s", diff)
	}
}

// texts are the literal texts of a disjunction.
func texts(e ast.Expr) []string {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return append(texts(e.X), texts(e.Y)...)
	case *ast.BasicLit:
		text, err := literal.Unquote(e.Value)
		if err == nil {
			return []string{text}
		}
	}
	return nil
}

// TestRefused: what cannot be measured says what it would take.
func TestRefused(t *testing.T) {
	for _, m := range metric.All {
		why := m.Refused("host")
		measured := slices.Contains([]string{"time_per_inference", "load_time", "session_memory", "peak_memory"}, m.Name)
		if measured != (why == "") {
			t.Errorf("%s: %q", m.Name, why)
		}
		if m.Needs != "" && !strings.Contains(why, m.Needs) {
			t.Errorf("%s: %q does not say that it needs %s", m.Name, why, m.Needs)
		}
		if m.Meaning == "" || m.Unit == "" || m.Label == "" || m.Kind == "" {
			t.Errorf("%s is not told whole: %+v", m.Name, m)
		}
	}
}
