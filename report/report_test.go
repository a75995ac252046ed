package report_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"edgebench/compiler"
	"edgebench/executor"
	"edgebench/report"
	"edgebench/report/data"
	"edgebench/report/exhibit"
)

// replay runs a study that only replays published values: a built-in one's
// name, or a folder.
func replay(t testing.TB, study string) string {
	p, err := compiler.Compile(t.Context(), study)
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
	dir := replay(t, "paper")
	write := func(pdf string) ([]byte, *report.Report) {
		path := filepath.Join(dir, pdf)
		r, err := report.Write([]string{dir}, report.Options{PDF: path, Dir: dir, Paper: "A4"})
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
		"fig2-edgetpu-mobilenet": exhibit.Holds,
		"fig2-no-best-device":    exhibit.Holds,
		"fig2-rpi-generality":    exhibit.Fails, // SSD MobileNet-v1 does not run on it
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

// hostileNames is a study whose names are formulas and escape sequences.
const hostileNames = `package study

study: {name: "s", title: "\u001b[2J\n---\n# Not a heading"}
let names = ["=HYPERLINK(\"http://evil\",\"x\")", "@SUM(1)", "-2+3", "\u001b[31mRED\u0007"]
platforms: {for n in names {(n): {category: "bench", source: "this file", frameworks: ["native"]}}}
sources: mine: {title: "Mine", file: "data.csv"}
experiments: e: {
	title:  "e"
	metric: "time_per_inference"
	origin: "published"
	source: "mine"
	rows:   "1"
	models: ["CifarNet"]
	targets: [{platforms: names, frameworks: ["native"]}]
}
figures: f: {caption: "c", category: "r.model", series: "r.platform", value: "r.value - 3", y: label: "y"}
tables: t: {caption: "c", of: "platforms", rows: names}
`

// TestHostileNames: no spreadsheet computes a name, numbers stay numbers, and
// control characters reach no file.
func TestHostileNames(t *testing.T) {
	study := t.TempDir()
	data := `figure,model,platform,framework,environment,metric,value,unit,status,origin,note
1,CifarNet,"=HYPERLINK(""http://evil"",""x"")",native,bare metal,time_per_inference,1,ms,ok,label,=1
1,CifarNet,@SUM(1),native,bare metal,time_per_inference,2,ms,ok,label,
1,CifarNet,-2+3,native,bare metal,time_per_inference,3,ms,ok,label,
1,CifarNet,` + "\x1b[31mRED\a" + `,native,bare metal,time_per_inference,4,ms,ok,label,
`
	for name, text := range map[string]string{"study.cue": hostileNames, "data.csv": data} {
		if err := os.WriteFile(filepath.Join(study, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	dir := replay(t, study)
	if _, err := report.Write([]string{dir}, report.Options{PDF: filepath.Join(dir, "report.pdf"), HTML: filepath.Join(dir, "report.html"), Dir: dir, Paper: "A4"}); err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range "\x1b\a" {
			if bytes.ContainsRune(text, r) {
				t.Errorf("%s has the character %U", name, r)
			}
		}
		return string(text)
	}
	for _, name := range []string{"report.html", "figures/f.svg", "tables/t.csv", "tables/f.json"} {
		read(name)
	}
	points := read("tables/f.csv")
	for _, want := range []string{"\"'=HYPERLINK(\"\"http://evil\"\",\"\"x\"\")\",-2,", ",'@SUM(1),-1,", ",'-2+3,0,", `,\u001b[31mRED\u0007,1,`} {
		if !strings.Contains(points, want) {
			t.Errorf("tables/f.csv has no %s:\n%s", want, points)
		}
	}
	if objects := read("tables/f.json"); !strings.Contains(objects, `"series": "@SUM(1)"`) {
		t.Errorf("JSON is no spreadsheet:\n%s", objects)
	}
}

// TestTemplateErrors: an error in a user's template names the file and the
// line.
func TestTemplateErrors(t *testing.T) {
	run, err := data.Load(replay(t, "paper"))
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
	dir := replay(b, "paper")
	opt := report.Options{PDF: filepath.Join(dir, "report.pdf"), Dir: dir, Paper: "A4"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := report.Write([]string{dir}, opt); err != nil {
			b.Fatal(err)
		}
	}
}

// manyResults is a study of published values with a figure and a claim over
// them.
const manyResults = `package study

study: {name: "many", title: "Many results"}

let boards = ["board 0", "board 1", "board 2", "board 3", "board 4", "board 5", "board 6", "board 7", "board 8", "board 9"]

platforms: {for b in boards {(b): {category: "bench", source: "this file", frameworks: ["native"]}}}
sources: mine: {title: "Made for this benchmark", file: "data.csv"}
experiments: all: {
	title:  "All of them"
	metric: "energy_per_inference"
	origin: "published"
	source: "mine"
	rows:   "1"
	models: ["ResNet-18", "ResNet-50", "ResNet-101", "Xception", "MobileNet-v2", "Inception-v4", "AlexNet", "VGG16", "VGG19", "CifarNet"]
	targets: [{platforms: boards, frameworks: ["native"]}]
}
figures: first: {
	caption:  "The first value of each"
	where:    "r.note == '0'"
	category: "r.model"
	series:   "r.platform"
	value:    "r.value"
	y: label: "Energy (mJ)"
}
claims: mean: {
	statement: "The geometric mean is positive"
	source:    "this file"
	holds:     "geomean(map(results, .value)) > 0"
}
`

// BenchmarkManyResults measures the report of 100,000 results.
func BenchmarkManyResults(b *testing.B) {
	const results = 100_000
	study := b.TempDir()
	var data bytes.Buffer
	data.WriteString("figure,model,platform,framework,environment,metric,value,unit,status,origin,note\n")
	models := []string{"ResNet-18", "ResNet-50", "ResNet-101", "Xception", "MobileNet-v2", "Inception-v4", "AlexNet", "VGG16", "VGG19", "CifarNet"}
	for i := range results {
		fmt.Fprintf(&data, "1,%s,board %d,native,bare metal,energy_per_inference,%d,mJ,ok,label,%d\n", models[i%10], i/10%10, 1+i, i/100)
	}
	for name, text := range map[string]string{"study.cue": manyResults, "data.csv": data.String()} {
		if err := os.WriteFile(filepath.Join(study, name), []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	dir := replay(b, study)
	opt := report.Options{PDF: filepath.Join(dir, "report.pdf"), Paper: "A4"}
	b.ReportAllocs()
	for b.Loop() {
		r, err := report.Write([]string{dir}, opt)
		if err != nil {
			b.Fatal(err)
		}
		if len(r.Rows) != results {
			b.Fatalf("%d results, want %d", len(r.Rows), results)
		}
	}
}
