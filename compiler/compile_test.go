package compiler

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"edgebench/compiler/plan"
)

// update asks to rewrite the expected output in testdata.
func update() bool { return os.Getenv("EDGEBENCH_UPDATE") != "" }

// TestErrors compiles the specs in testdata/errors, each of which is wrong in
// one way, and compares what the user is told with the file `want`.
func TestErrors(t *testing.T) {
	eachArchive(t, "testdata/errors/*.txtar", func(t *testing.T) string {
		_, err := Compile(t.Context(), "spec")
		if err == nil {
			t.Fatal("the spec compiles")
		}
		return err.Error() + "\n"
	})
}

// TestPlans compiles the specs in testdata/plans and compares jobs and skips
// with the file `want`.
func TestPlans(t *testing.T) {
	eachArchive(t, "testdata/plans/*.txtar", func(t *testing.T) string {
		p, err := Compile(t.Context(), "spec")
		if err != nil {
			t.Fatal(err)
		}
		return outline(p)
	})
}

// eachArchive unpacks each archive in a folder of its own, runs a test there
// and compares its output with the archive's file `want`.
func eachArchive(t *testing.T, pattern string, run func(*testing.T) string) {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives match %s (%v)", pattern, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			path, err := filepath.Abs(file)
			if err != nil {
				t.Fatal(err)
			}
			want := unpack(t, archive)
			got := run(t)
			if update() {
				rewrite(t, path, archive, got)
			} else if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// unpack writes an archive's files to a temporary working folder and returns
// the content of `want`.
func unpack(t *testing.T, archive *txtar.Archive) (want string) {
	t.Chdir(t.TempDir())
	if err := os.MkdirAll("spec", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.Files {
		if f.Name == "want" {
			want = string(f.Data)
			continue
		}
		if err := os.WriteFile(filepath.Join("spec", f.Name), f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return want
}

func rewrite(t *testing.T, path string, archive *txtar.Archive, got string) {
	files := archive.Files[:0]
	for _, f := range archive.Files {
		if f.Name != "want" {
			files = append(files, f)
		}
	}
	archive.Files = append(files, txtar.File{Name: "want", Data: []byte(got)})
	if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// outline writes a plan's jobs and skips, a line each.
func outline(p *plan.Plan) string {
	var b bytes.Buffer
	line := func(kind string, target plan.Target, verdict, reason string) {
		fmt.Fprintf(&b, "%s %s, %s, %s, [%s], %s, threads %d: %s", kind, target.Model, target.Platform, target.Framework,
			strings.Join(target.Optimizations, " "), target.Precision, target.Threads, verdict)
		if reason != "" {
			fmt.Fprintf(&b, ": %s", reason)
		}
		b.WriteByte('\n')
	}
	for _, j := range p.Jobs {
		line("job "+string(j.Origin), j.Target, j.Verdict.Name, j.Verdict.Reason)
	}
	for _, s := range p.Skips {
		line("skip", s.Target, s.Verdict.Code, s.Verdict.Reason)
	}
	for _, c := range p.Contradictions {
		fmt.Fprintf(&b, "contradiction %s\n", c)
	}
	return b.String()
}

// TestBuiltinStudies vets everything that is built in.
func TestBuiltinStudies(t *testing.T) {
	p, err := Compile(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n := p.Catalog.Models.Len(); n != 16 {
		t.Errorf("the catalogue has %d models, table I has 16", n)
	}
	for name, m := range p.Catalog.Models.All() {
		if m.Audit == nil {
			t.Errorf("%s states no layers", name)
		}
	}
}

// TestSamePlan compiles twice: the same specs give the same bytes.
func TestSamePlan(t *testing.T) {
	var plans [2]bytes.Buffer
	for i := range plans {
		p, err := Compile(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Encode(&plans[i]); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(plans[0].Bytes(), plans[1].Bytes()) {
		t.Error("the same specs give different plans")
	}
	decoded, err := plan.Decode(plans[0].Bytes())
	if err != nil {
		t.Fatalf("the plan does not read back: %v", err)
	}
	var again bytes.Buffer
	if err := decoded.Encode(&again); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(plans[0].Bytes(), again.Bytes()) {
		t.Error("a plan that was read is written differently")
	}
}

// TestRaspberryPiMemory checks that the computed rules alone, without the
// explicit cells, give the memory verdicts that table V prints for the
// Raspberry Pi.
func TestRaspberryPiMemory(t *testing.T) {
	p, err := Compile(t.Context(), "paper")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"ResNet-18": "ok", "ResNet-50": "ok", "MobileNet-v2": "ok", "Inception-v4": "ok", "TinyYolo": "ok",
		"AlexNet": "dynamic_graph", "VGG16": "dynamic_graph", "C3D": "dynamic_graph",
		"SSD MobileNet-v1": "ok", // table V has it as incompatible: its code, not its memory
	}
	got := map[string]string{}
	for _, c := range p.Cells {
		if c.Number == "V" && c.Platform == "Raspberry Pi 3B" {
			got[c.Model] = c.Computed.Code
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-table V +rules:\n%s", diff)
	}
}

// TestTableV counts the cells of table V.
func TestTableV(t *testing.T) {
	p, err := Compile(t.Context(), "paper")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(p.Cells); n != 9*6 {
		t.Errorf("the plan has %d cells, table V has 54", n)
	}
}

// TestAuditConventions pins which convention each claim of table I follows.
func TestAuditConventions(t *testing.T) {
	models, err := Audits(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"VGG16": "multiply-add counted once", "VGG-S 32x32": "multiply-add counted twice", "YOLOv3": "neither convention",
	} {
		m, _ := models.Get(name)
		if got := string(m.Audit.Convention); got != want {
			t.Errorf("%s follows %q, want %q", name, got, want)
		}
	}
}

// TestTwoSpecsOneName: a plan cannot have one name for two things, even where
// only a claim is stated of them.
func TestTwoSpecsOneName(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"a", "b"} {
		spec := fmt.Sprintf(`package %[1]s
study: {name: "%[1]s", title: "%[1]s"}
models: Same: {task: "image recognition", reference: "%[1]s", input: [3, 8, 8], claimed: {flop_giga: 1, parameters_million: 1, source: "%[1]s"}}
`, name)
		if err := os.WriteFile(name+".cue", []byte(spec), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Compile(t.Context(), "a.cue", "b.cue")
	if err == nil || !strings.Contains(err.Error(), `b.cue:3:9: models.Same: another spec of this plan has a "Same" in models of its own`) {
		t.Errorf("the error is %v", err)
	}
}
