package load

import (
	"bytes"
	"edgebench/compiler/spec/policy"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"edgebench/specs"
)

// update asks to rewrite the decoded form of the built-in specs.
func update() bool { return os.Getenv("EDGEBENCH_UPDATE") != "" }

func builtinPackages() []string { return append([]string{"catalog"}, specs.Studies...) }

// TestDecoded checks the embedded packages against the schema, and that their
// decoded form, which is what commands read, is what they say.
func TestDecoded(t *testing.T) {
	for _, pkg := range builtinPackages() {
		value, err := evaluateBuiltin(pkg)
		if err != nil {
			t.Errorf("%s: %v", pkg, err)
			continue
		}
		var indented bytes.Buffer
		if err := json.Indent(&indented, value, "", " "); err != nil {
			t.Fatal(err)
		}
		if update() {
			file := filepath.Join("..", "..", "specs", filepath.FromSlash(decodedFile(pkg)))
			if err := os.WriteFile(file, indented.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		have, err := specs.Files.ReadFile(decodedFile(pkg))
		if err != nil || !bytes.Equal(have, indented.Bytes()) {
			t.Errorf("specs/%s is not what specs/%s says (%v): run `go generate ./compiler/load`", decodedFile(pkg), pkg, err)
		}
	}
}

// TestBuiltinPositions: the built-in specs can say where they state a value,
// although they are not evaluated.
func TestBuiltinPositions(t *testing.T) {
	s, err := builtinStudy("host")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at   []any
		want string
	}{
		{[]any{"study", "name"}, "edgebench.dev/specs/host/study.cue"},
		{[]any{"models", "VGG16", "layers"}, "edgebench.dev/specs/catalog/catalog.cue"},
	} {
		if pos, _ := s.At(c.at...); pos.File != c.want || pos.Line == 0 {
			t.Errorf("%v stands at %v, want in %s", c.at, pos, c.want)
		}
	}
}

// BenchmarkBuiltin measures what every command pays at its start.
func BenchmarkBuiltin(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decoded("catalog", nil); err != nil {
			b.Fatal(err)
		}
	}
}

// TestDefaultTolerance: what a spec has by default is what a plan without a tolerance is held to.
func TestDefaultTolerance(t *testing.T) {
	s, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range s.Policies.All() {
		if p.Tolerance != policy.DefaultTolerance {
			t.Errorf("policy %s tolerates %+v, and the default is %+v", name, p.Tolerance, policy.DefaultTolerance)
		}
	}
}
