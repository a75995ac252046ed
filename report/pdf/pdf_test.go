package pdf

import (
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"edgebench/report/document"
	"edgebench/report/figure"
	"edgebench/report/table"
)

const prose = "Deep neural networks are what *edge devices* are bought for, and `which` device should run a network " +
	"is a question of **evidence**; see [the paper](https://doi.org/10.1109/IISWC47752.2019.9041955). "

// bars is a figure of categories x series bars.
func bars(id string, categories, series int) *figure.Figure {
	f := &figure.Figure{ID: id, Caption: "Caption of " + id, Form: figure.GroupedBars, GroupRules: true, ValueLabels: true,
		Notes: []string{"Note on " + id + "."}, Y: figure.Axis{Label: "Time", Unit: "ms", Max: 200, Step: 50},
		Symbols: []figure.Symbol{{Name: "gone", Glyph: "△", Meaning: "not available"}}}
	for c := range categories {
		f.Categories = append(f.Categories, fmt.Sprintf("Model-%d", c))
	}
	for s := range series {
		points := make([]figure.Point, categories)
		for c := range points {
			n := (c*37 + s*11) % 29
			points[c] = figure.Point{Value: float64(n * n), Present: n%7 != 3}
			if n%7 == 3 {
				points[c].Symbol = "gone"
			}
		}
		f.Series = append(f.Series, figure.Series{Name: fmt.Sprintf("Platform %d", s), Points: points})
	}
	return f
}

// rows is a table of n rows.
func rows(id string, n int) *table.Table {
	t := &table.Table{ID: id, Caption: "Caption of " + id, Notes: []string{"a The footnote of " + id + "."},
		Columns: []table.Column{{Name: "Model"}, {Name: "Latency", Align: table.Right, Group: "Measured"},
			{Name: "Energy", Align: table.Right, Group: "Measured"}, {Name: "Reason"}}}
	for i := range n {
		t.Rows = append(t.Rows, table.Row{Cells: []table.Cell{
			{Text: fmt.Sprintf("row%03d", i), Mark: map[bool]string{true: "a"}[i == 1]},
			{Text: fmt.Sprint(i * 17), Tone: table.Tone(i % 4)}, {Text: "✗"}, {Text: strings.Repeat("why it was skipped ", i%5)}}})
	}
	return t
}

func parse(t testing.TB, markdown string, e document.Exhibits) *document.Document {
	t.Helper()
	doc, err := document.Parse([]byte(markdown), "t.md", e)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// report is a document with everything in it.
func report(t testing.TB) *document.Document {
	doc := parse(t, "---\ntitle: A report (of 100 %)\nsubtitle: Über △\nauthors: A. Author; B. Böttcher\nkeywords: edge; dnn\nsubject: a test\n---\n"+
		"![](contents:)\n\n# First\n\n"+prose+"See [](#figure:f1), [](#table:t1) and [below](#third).\n\n## Second\n\n"+
		"- one\n- two\n  1. nested\n  2. "+prose+"\n\n> "+prose+"\n\n```\ncode  x\n\tindented\n```\n\n![](figure:f1)\n\n"+prose+"\n\n"+
		"![](table:t1)\n\n---\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n<!-- pagebreak -->\n\n# Third\n\n#### Deep\n\n"+prose+"\n\n![](figure:f2)\n",
		document.Exhibits{Figures: []*figure.Figure{bars("f1", 9, 6), bars("f2", 60, 1)}, Tables: []*table.Table{rows("t1", 5)}})
	doc.Date = time.Date(2026, 11, 23, 10, 0, 0, 0, time.FixedZone("", 3600))
	return doc
}

func write(t testing.TB, doc *document.Document) output {
	t.Helper()
	var buf bytes.Buffer
	if err := Write(&buf, doc, Options{plain: true}); err != nil {
		t.Fatal(err)
	}
	return read(t, buf.Bytes())
}

func TestSameDocumentSameBytes(t *testing.T) {
	var a, b bytes.Buffer
	doc := report(t)
	if err := Write(&a, doc, Options{}); err != nil {
		t.Fatal(err)
	}
	if err := Write(&b, report(t), Options{}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("two runs differ")
	}
}

func TestEverythingIsOnThePages(t *testing.T) {
	out := write(t, report(t))
	text := strings.Join(out.pages, "\n")
	for _, want := range []string{
		"A report (of 100 %)", "Über △", "A. Author, B. Böttcher", "23 November 2026", "Contents",
		"Figure\u00a0E1", "Table\u00a0E1", "below", "1.", "•", "code\u00a0\u00a0x", "\u00a0\u00a0\u00a0\u00a0indented",
		"Figure E1. ", "Caption of f1", "Note on f1.", "Platform 5", "Model-8", "784", "not available", "△",
		"Table E1. ", "Caption of t1", "Measured", "Latency", "row004", "✗", "The footnote of t1.", "Deep", "Model-59",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is on no page", want)
		}
	}
	if len(out.pages) != 3 {
		t.Fatalf("%d pages, want 3", len(out.pages))
	}
	for i, page := range out.pages {
		if foot := fmt.Sprintf("Page %d of 3", i+1); !strings.Contains(page, foot) {
			t.Errorf("page %d lacks %q", i+1, foot)
		}
		if head := strings.Count(page, "A report (of 100 %)"); head != 1 {
			t.Errorf("page %d has the title %d times", i+1, head)
		}
	}
}

func TestContentsNameTheRightPages(t *testing.T) {
	out := write(t, report(t))
	for _, h := range []string{"First", "Second", "Third"} {
		on := slices.IndexFunc(out.pages[1:], func(p string) bool { return slices.Contains(strings.Split(p, "\n"), h) }) + 2
		if on == 1 {
			on = 1 // on the contents' own page
		}
		lines := strings.Split(out.pages[0], "\n")
		at := slices.Index(lines, h)
		// The page number is written before its entry's dots and text.
		before := slices.DeleteFunc(slices.Clone(lines[:at]), func(s string) bool { return s == "." })
		if got := before[len(before)-1]; got != fmt.Sprint(on) {
			t.Errorf("%s is on page %d, the contents say %s", h, on, got)
		}
	}
}

func TestLinksBookmarksMetadata(t *testing.T) {
	out := write(t, report(t))
	if got := out.count(`/URI \(https://doi\.org/10\.1109/IISWC47752\.2019\.9041955\)`); got < 4 {
		t.Errorf("%d links to the paper, want one a line that names it", got)
	}
	// Three references and three lines of contents.
	if got := out.count(`/Border \[0 0 0\] /Dest \[`); got != 6 {
		t.Errorf("%d links inside the document, want 6", got)
	}
	if got := out.bookmarks(); !slices.Equal(got, []string{"First", "Second", "Third", "Deep"}) {
		t.Errorf("bookmarks %q", got)
	}
	for _, want := range []string{"D:20261123090000", utf16BE("A report (of 100 %)"), utf16BE("A. Author, B. Böttcher"),
		utf16BE("edge, dnn"), utf16BE("a test"), utf16BE("EdgeBench")} {
		if !bytes.Contains(out.raw, []byte(escape(want))) {
			t.Errorf("metadata lack %q", want)
		}
	}
}

// TestMarkedContent: each page states its language and each figure its
// description, and what is begun on a page ends there.
func TestMarkedContent(t *testing.T) {
	fig := bars("f", 3, 2)
	fig.Caption = "Größe ≈ 3"
	raw := write(t, parse(t, "# One\n\n![](figure:f)\n\n<!-- pagebreak -->\n\n# Two\n", document.Exhibits{Figures: []*figure.Figure{fig}})).raw
	for _, m := range pageStream.FindAllSubmatch(raw, -1) {
		page := object(t, raw, string(m[1]))
		begun, ended := bytes.Count(page, []byte(" BDC\n")), bytes.Count(page, []byte("\nEMC"))
		if begun == 0 || begun != ended || !bytes.Contains(page, []byte("/Span <</Lang (en)>> BDC\n")) {
			t.Errorf("a page begins %d marked contents and ends %d", begun, ended)
		}
	}
	if want := "/Span <</Alt " + hexText("Figure E1. Größe ≈ 3") + ">> BDC\n"; !bytes.Contains(raw, []byte(want)) {
		t.Errorf("the figure has no description %s", want)
	}
}

func TestUndatedIsNotNow(t *testing.T) {
	out := write(t, &document.Document{Title: "x"})
	if got := out.count(`/(Creation|Mod)Date \(D:20000101000000\)`); got != 2 {
		t.Errorf("%d fixed dates, want 2", got)
	}
}

// TestLongTable: every row once, the head on every page, marks raised.
func TestLongTable(t *testing.T) {
	doc := parse(t, "# Tables\n\n![](table:long)\n", document.Exhibits{Tables: []*table.Table{rows("long", 200)}})
	out := write(t, doc)
	if len(out.pages) < 5 {
		t.Fatalf("%d pages for 200 rows", len(out.pages))
	}
	text := strings.Join(out.pages, "\n")
	for i := range 200 {
		if n := strings.Count(text, fmt.Sprintf("row%03d", i)); n != 1 {
			t.Errorf("row %d is there %d times", i, n)
		}
	}
	for i, p := range out.pages {
		if !strings.Contains(p, "Latency") || !strings.Contains(p, "Measured") {
			t.Errorf("page %d lacks the table's head", i+1)
		}
		if got := strings.Contains(p, "Table E1 (continued)"); got != (i > 0) {
			t.Errorf("page %d says continued: %v", i+1, got)
		}
	}
}

// TestATableEndsWithItsNotes: the last rows and the notes below them stand on
// one page, wherever on a page the table begins.
func TestATableEndsWithItsNotes(t *testing.T) {
	for above := range 30 {
		tb := rows("t", 20)
		tb.Notes = append(tb.Notes, strings.Repeat("What the symbols mean. ", 30))
		doc := parse(t, strings.Repeat("above\n\n", above)+"![](table:t)\n", document.Exhibits{Tables: []*table.Table{tb}})
		for _, page := range write(t, doc).pages {
			if strings.Contains(page, "The footnote of t") != strings.Contains(page, "row019") || strings.Contains(page, "row019") && !strings.Contains(page, "row017") {
				t.Errorf("%d lines above: the notes or the last row stand alone on a page", above)
			}
		}
	}
}

// TestAHeadingStaysWithItsExhibit, and with the short paragraph between them,
// wherever on a page it falls.
func TestAHeadingStaysWithItsExhibit(t *testing.T) {
	for _, exhibit := range []string{"table:t", "figure:f"} {
		for above := 15; above < 30; above++ {
			doc := parse(t, strings.Repeat("above\n\n", above)+"# A heading\n\nAn introduction.\n\n![]("+exhibit+")\n",
				document.Exhibits{Tables: []*table.Table{rows("t", 5)}, Figures: []*figure.Figure{bars("f", 4, 2)}})
			for _, page := range write(t, doc).pages {
				first := strings.Contains(page, "row000") || strings.Contains(page, "Caption of f")
				if strings.Contains(page, "A heading") != first {
					t.Errorf("%s, %d lines above: the heading stands without it", exhibit, above)
				}
			}
		}
	}
}

// TestFiguresShareAPage: they are drawn lower where that saves a page, unless
// they state their height.
func TestFiguresShareAPage(t *testing.T) {
	pages := func(heightMM float64) int {
		var e document.Exhibits
		text := ""
		for i := range 3 {
			f := bars(fmt.Sprint("f", i), 4, 2)
			f.HeightMM = heightMM
			e.Figures = append(e.Figures, f)
			text += fmt.Sprintf("![](figure:f%d)\n\n", i)
		}
		return len(write(t, parse(t, text, e)).pages)
	}
	if free, stated := pages(0), pages(75); free != 1 || stated != 2 {
		t.Errorf("three figures take %d pages, and %d where they state their height; want 1 and 2", free, stated)
	}
}

// TestHardTables: whatever the content, each cell's text is there and no
// text leaves the page.
func TestHardTables(t *testing.T) {
	wide := func(columns int, cell string) *table.Table {
		tb := &table.Table{ID: "t", Rows: []table.Row{{}}}
		for i := range columns {
			tb.Columns = append(tb.Columns, table.Column{Name: fmt.Sprintf("Column number %d", i), Group: fmt.Sprint("Group ", i/3)})
			tb.Rows[0].Cells = append(tb.Rows[0].Cells, table.Cell{Text: fmt.Sprint(cell, i)})
		}
		return tb
	}
	weighted := rows("t", 3)
	weighted.Columns[3].Weight = 1
	weighted.Rows[2].Cells[3].Text = strings.Repeat("reason ", 300)
	tests := map[string]*table.Table{
		"one column":            {ID: "t", Columns: []table.Column{{Name: "only"}}, Rows: []table.Row{table.Text("cell0")}},
		"no rows":               {ID: "t", Columns: []table.Column{{Name: "a"}, {Name: "b"}}},
		"turned headings":       wide(14, "7.25 c"),
		"split columns":         wide(60, "12345.6 c"),
		"unbreakable":           wide(4, strings.Repeat("x", 300)),
		"one unbreakable":       wide(1, strings.Repeat("y", 3000)),
		"a row beyond a page":   {ID: "t", Columns: []table.Column{{Name: "a"}, {Name: "b"}}, Rows: []table.Row{table.Text(strings.Repeat("many words ", 3000), "short"), table.Text("after", "it")}},
		"weights":               weighted,
		"headings and line end": {ID: "t", Columns: []table.Column{{Name: "a"}, {Name: "b"}}, Rows: []table.Row{{Heading: true, Cells: []table.Cell{{Text: strings.Repeat("Optimizations ", 30)}}}, table.Text("x\ny", "")}},
	}
	for name, tb := range tests {
		t.Run(name, func(t *testing.T) {
			doc := &document.Document{Blocks: []document.Block{&document.Table{Table: tb}}}
			doc.Number()
			out := write(t, doc)
			text := squeezed(strings.Join(out.pages, ""))
			for _, r := range tb.Rows {
				for _, c := range r.Cells {
					// A cell that is broken over pages is looked for by its start.
					if want := squeezed(c.Text); !strings.Contains(text, want[:min(len(want), 20)]) {
						t.Errorf("cell %.20q is missing", c.Text)
					}
				}
			}
			out.checkMargins(t)
		})
	}
}

func TestTablesFitTheColumn(t *testing.T) {
	f := &flow{sheet: newSheet(must(Options{}.geometry()), nil), sizes: newSizes()}
	for columns := 1; columns < 70; columns += 4 {
		tb := &table.Table{Rows: []table.Row{{}}}
		for i := range columns {
			tb.Columns = append(tb.Columns, table.Column{Name: strings.Repeat("Name ", i%5+1)})
			tb.Rows[0].Cells = append(tb.Rows[0].Cells, table.Cell{Text: strings.Repeat("abcdefg_", i%6)})
		}
		var shown []int
		for _, g := range f.fit(tb) {
			if w := g.full(); w > f.column()+1 {
				t.Errorf("%d columns: %.0f points wide, %.0f are there", columns, w, f.column())
			}
			if g.size < 6.5 {
				t.Errorf("%d columns: set at %g points", columns, g.size)
			}
			shown = append(shown, g.cols...)
		}
		slices.Sort(shown)
		if got := len(slices.Compact(shown)); got != columns {
			t.Errorf("%d of %d columns are shown", got, columns)
		}
	}
}

func TestHardDocuments(t *testing.T) {
	deep := strings.Repeat("> ", 12) + "quoted " + prose
	list := ""
	for i := range 12 {
		list += strings.Repeat("   ", i) + "1. level " + fmt.Sprint(i) + "\n"
	}
	tests := []struct {
		name, markdown, want string
	}{
		{"title alone", "---\ntitle: Title\n---\n", "Title"},
		{"long title", "---\ntitle: " + strings.Repeat("Title ", 60) + "\n---\n\n# x\n\n<!-- pagebreak -->\n\ny", "y"},
		{"contents of nothing", "![](contents:)", "Contents"},
		{"long headings", "![](contents:)\n\n# " + strings.Repeat("Heading ", 50) + "\n\n# " + strings.Repeat("z", 400), "Heading"},
		{"deep first heading", "###### Deep\n\n# Top\n\n#### Deeper\n", "Deeper"},
		{"deep quotations", deep, "quoted"},
		{"deep lists", list, "level 11"},
		{"empty items", "-\n-\n- a\n", "a"},
		{"unbreakable word", strings.Repeat("w", 5000), "www"},
		{"long address", "<https://example.org/" + strings.Repeat("path/", 100) + ">", "path/path/"},
		{"missing characters", "模型 \U0001F600 e\u0301 a\u200bb", "\uFFFD\uFFFD \uFFFD é ab"},
		{"brackets", `( \\ ) \( and more`, `( \ ) ( and more`},
		{"long code", "```\n" + strings.Repeat(strings.Repeat("code ", 60)+"\n", 90) + "```\n", "code"},
		{"styles inside a word", "pre**bold**post", "bold"},
		{"figure in a list", "- a\n\n  ![](figure:f)\n\n- b", "Caption of f"},
		{"figures one after another", "x\n\n![](figure:f)\n\n![](figure:g)\n\n![](figure:h)\n\n" + strings.Repeat(prose, 20), "Caption of h"},
	}
	exhibits := document.Exhibits{Figures: []*figure.Figure{bars("f", 5, 2), bars("g", 5, 2), bars("h", 5, 2)}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out := write(t, parse(t, tt.markdown, exhibits))
			if !strings.Contains(strings.Join(out.pages, "\n"), tt.want) {
				t.Errorf("%q is missing in %q", tt.want, out.pages)
			}
			out.checkMargins(t)
			for i, p := range out.pages {
				if strings.Count(p, "\n") < 1 { // only the foot
					t.Errorf("page %d is empty", i+1)
				}
			}
		})
	}
}

// TestTextOvertakesAFigure that does not fit, but a heading does not.
func TestTextOvertakesAFigure(t *testing.T) {
	high := bars("f", 5, 2)
	high.HeightMM = 180
	out := write(t, parse(t, strings.Repeat(prose+"\n\n", 6)+"![](figure:f)\n\novertaking\n\n# Next\n", document.Exhibits{Figures: []*figure.Figure{high}}))
	if len(out.pages) != 2 || !strings.Contains(out.pages[0], "overtaking") ||
		!strings.Contains(out.pages[1], "Caption of f") || !strings.Contains(out.pages[1], "Next") {
		t.Errorf("pages %q", out.pages)
	}
}

func TestErrors(t *testing.T) {
	figureOf := func(f *figure.Figure) *document.Document {
		return &document.Document{Blocks: []document.Block{&document.Figure{Figure: f}}}
	}
	tests := []struct {
		name string
		doc  *document.Document
		opt  Options
		want string
	}{
		{"nothing", &document.Document{}, Options{}, "pdf: the document is empty; give it a title or a block"},
		{"paper", &document.Document{Title: "x"}, Options{Paper: "A3"}, `pdf: paper "A3" is not known; use A4 or Letter`},
		{"empty figure", figureOf(&figure.Figure{ID: "f", Form: figure.Bars}), Options{}, "figure \"f\": has no categories; name at least one\nfigure \"f\": has no series; give at least one"},
		{"figure that cannot be drawn", figureOf(func() *figure.Figure { f := bars("f", 3, 2); f.WidthMM = 9; return f }()), Options{}, `figure "f": 9 mm is too narrow for its axis and names; make it wider`},
		{"table", &document.Document{Blocks: []document.Block{&document.Quote{Blocks: []document.Block{&document.Table{Table: &table.Table{ID: "t"}}}}}}, Options{}, `table "t": has no columns; give at least one`},
		{"link", &document.Document{Blocks: []document.Block{&document.Paragraph{Spans: []document.Span{{Text: "x", Link: "#nowhere"}}}}}, Options{}, "pdf: a link leads to #nowhere, which the document does not have; remove it, or add its target"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var buf bytes.Buffer
			err := Write(&buf, tt.doc, tt.opt)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
			if buf.Len() > 0 {
				t.Errorf("%d bytes are written beside the error", buf.Len())
			}
		})
	}
}

func TestPaper(t *testing.T) {
	for paper, want := range map[string]string{"": "595.28 841.89", "A4": "595.28 841.89", "letter": "612.00 792.00"} {
		var buf bytes.Buffer
		if err := Write(&buf, &document.Document{Title: "x"}, Options{Paper: paper}); err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(buf.Bytes(), []byte("/MediaBox [0 0 "+want+"]")) {
			t.Errorf("paper %q is not %s", paper, want)
		}
	}
}

// TestBreakLines: no line is wider than asked, and no character is lost.
func TestBreakLines(t *testing.T) {
	text := strings.Repeat("word "+strings.Repeat("long", 30)+" a/b-c_d https://example.org/a/b/c?d=e&f ", 5)
	rs := []run{{text, body}, {"bold", body.bold()}, {" and more " + text, body}}
	for _, width := range []float64{3, 20, 77, 200, 453} {
		var got strings.Builder
		for _, l := range breakLines(rs, width) {
			if l.width > width+0.01 && len([]rune(l.runs[0].text)) > 1 {
				t.Errorf("width %g: %q takes %.1f", width, l.runs[0].text, l.width)
			}
			for _, r := range l.runs {
				got.WriteString(r.text)
			}
		}
		if want := squeezed(text + "bold and more " + text); squeezed(got.String()) != want {
			t.Errorf("width %g: text is lost", width)
		}
	}
}

// TestPoppler reads the compressed file with another implementation.
func TestPoppler(t *testing.T) {
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext (Debian: poppler-utils) is not installed")
	}
	var buf bytes.Buffer
	if err := Write(&buf, report(t), Options{}); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(tool, "-", "-")
	cmd.Stdin = &buf
	text, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"edge devices are bought for", "Caption of f1", "Platform 5", "row004", "not available", "△"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("pdftotext finds no %q", want)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	var markdown strings.Builder
	var e document.Exhibits
	markdown.WriteString("---\ntitle: Twelve pages\n---\n\n![](contents:)\n\n")
	for i := range 14 {
		id := fmt.Sprintf("f%d", i)
		e.Figures = append(e.Figures, bars(id, 9, 6))
		fmt.Fprintf(&markdown, "# Section %d\n\n%s\n\n![](figure:%s)\n\n%s\n\n", i, strings.Repeat(prose, 5), id, strings.Repeat(prose, 4))
	}
	e.Tables = append(e.Tables, rows("t", 40))
	markdown.WriteString("![](table:t)\n")
	doc := parse(b, markdown.String(), e)
	b.ReportAllocs()
	for b.Loop() {
		if err := Write(io.Discard, doc, Options{}); err != nil {
			b.Fatal(err)
		}
	}
	var buf bytes.Buffer
	if err := Write(&buf, doc, Options{}); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(len(regexp.MustCompile(`/Type /Page\n`).FindAll(buf.Bytes(), -1))), "pages")
	b.ReportMetric(float64(buf.Len()), "file-bytes")
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func squeezed(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\n' || r == '\u00a0' }), "")
}
