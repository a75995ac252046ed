package report_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"edgebench/compiler"
	"edgebench/executor"
	"edgebench/report"
)

// replay runs the study of the paper, which only replays published values.
func replay(t testing.TB) string {
	p, err := compiler.Compile("paper")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	o, err := executor.Run(t.Context(), p, executor.Options{Dir: dir, Program: "test"})
	if err != nil || o.Failed > 0 {
		t.Fatalf("%d jobs failed (%v)", o.Failed, err)
	}
	return dir
}

// TestPaper makes the report of the published study, twice.
func TestPaper(t *testing.T) {
	dir := replay(t)
	write := func(pdf string) ([]byte, *report.Report) {
		path := filepath.Join(dir, pdf)
		r, err := report.Write(dir, report.Options{PDF: path, Dir: dir, Paper: "A4"})
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return data, r
	}
	first, r := write("a.pdf")
	second, _ := write("b.pdf")
	if !bytes.Equal(first, second) {
		t.Error("the same run gives different reports")
	}
	verdicts := map[string]string{}
	for _, j := range r.Judgements {
		verdicts[j.Claim.Name] = j.Verdict
	}
	for claim, want := range map[string]string{
		"fig2-edgetpu-mobilenet": report.Holds,
		"fig2-no-best-device":    report.Holds,
		"fig2-rpi-generality":    report.Fails, // SSD MobileNet-v1 does not run on it
	} {
		if verdicts[claim] != want {
			t.Errorf("the claim %s %s, want %s", claim, verdicts[claim], want)
		}
	}
	for _, name := range []string{"tables/table-1.csv", "tables/table-5.csv", "tables/figure-2.csv", "figures/figure-1.svg", "figures/figure-2.png"} {
		if info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name))); err != nil || info.Size() == 0 {
			t.Errorf("%s was not written (%v)", name, err)
		}
	}
}

// TestTemplateErrors: an error in a user's template names the file and the
// line.
func TestTemplateErrors(t *testing.T) {
	run, err := report.Load(replay(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, text, want string }{
		{"no such field", "line 1\n{{.Nothing}}\n", "report.md:2"},
		{"not closed", "line 1\n\n{{range .Studies}}\n", "report.md:"},
		{"no such figure", "# Title\n\n![](figure:none)\n", "report.md:3"},
	} {
		_, err := report.Build(run, fstest.MapFS{"report.md": {Data: []byte(c.text)}})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v, want one with %q", c.name, err, c.want)
		}
	}
}

// BenchmarkReport measures the report of the published study, from its run
// directory to the PDF and every figure and table.
func BenchmarkReport(b *testing.B) {
	dir := replay(b)
	opt := report.Options{PDF: filepath.Join(dir, "report.pdf"), Dir: dir, Paper: "A4"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := report.Write(dir, opt); err != nil {
			b.Fatal(err)
		}
	}
}
