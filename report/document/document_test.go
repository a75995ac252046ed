package document

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"edgebench/report/figure"
	"edgebench/report/table"
)

var exhibits = Exhibits{
	Figures: []*figure.Figure{{ID: "speed"}, {ID: "heat"}, {ID: "paper-2", Number: "2"}},
	Tables:  []*table.Table{{ID: "models"}, {ID: "paper-5", Number: "V"}},
}

// TestNotices: a notice stands where the template places what cannot be shown,
// and what refers to that says so without a link.
func TestNotices(t *testing.T) {
	lookup := Exhibits{Notices: []Notice{{Anchor: "figure:bad", Label: "figure bad", Text: "It is infinite."}}}
	doc, err := Parse([]byte("See [](#figure:bad).\n\n![](figure:bad)\n"), "report.md", lookup)
	if err != nil {
		t.Fatal(err)
	}
	want := []Block{
		&Paragraph{Spans: []Span{{Text: "See "}, {Text: "figure bad"}, {Text: "."}}},
		&Quote{Blocks: []Block{&Paragraph{Spans: []Span{{Text: "No figure bad. ", Strong: true}, {Text: "It is infinite."}}}}},
	}
	if diff := cmp.Diff(want, doc.Blocks); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestParseBlocks(t *testing.T) {
	tests := []struct {
		name     string
		markdown string
		want     []Block
	}{
		{"nothing", "", nil},
		{"heading with its own anchor", "## Results {#res}\n", []Block{&Heading{Level: 2, Text: "Results", ID: "res"}}},
		{"heading with styles", "# A `b` *c*", []Block{&Heading{Level: 1, Text: "A b c", ID: "a-b-c"}}},
		{"styles nest", "a **b *c* `d`**", []Block{&Paragraph{Spans: []Span{
			{Text: "a "}, {Text: "b ", Strong: true}, {Text: "c", Strong: true, Emph: true},
			{Text: " ", Strong: true}, {Text: "d", Strong: true, Code: true}}}}},
		{"lines join, breaks stay", "a\nb  \nc", []Block{&Paragraph{Spans: []Span{{Text: "a b"}, {Text: "\n"}, {Text: "c"}}}}},
		{"escapes and entities", `1 \* 2 &lt; 3 &amp; \&amp; "q"`, []Block{&Paragraph{Spans: []Span{{Text: `1 * 2 < 3 & &amp; "q"`}}}}},
		{"links", "[a](https://b.c) <https://d.e> <f@g.h>", []Block{&Paragraph{Spans: []Span{
			{Text: "a", Link: "https://b.c"}, {Text: " "}, {Text: "https://d.e", Link: "https://d.e"}, {Text: " "},
			{Text: "f@g.h", Link: "mailto:f@g.h"}}}}},
		{"nested list", "3. a\n   - b\n4. c", []Block{&List{Ordered: true, Start: 3, Items: [][]Block{
			{&Paragraph{Spans: []Span{{Text: "a"}}}, &List{Items: [][]Block{{&Paragraph{Spans: []Span{{Text: "b"}}}}}}},
			{&Paragraph{Spans: []Span{{Text: "c"}}}}}}}},
		{"code", "```go\nx := 1 // *a*\n\n```\n", []Block{&Code{Text: "x := 1 // *a*"}}},
		{"quote", "> a", []Block{&Quote{Blocks: []Block{&Paragraph{Spans: []Span{{Text: "a"}}}}}}},
		{"rule, page break, comment", "---\n\n<!-- pagebreak -->\n\n<!-- a note\nto myself -->\n", []Block{&Rule{}, &PageBreak{}}},
		{"contents", "![](contents:)", []Block{&Contents{}}},
		{"table in the text", "| a | **b** |\n|:-:|--:|\n| 1 | **2** |", []Block{&Table{Table: &table.Table{
			Columns: []table.Column{{Name: "a", Align: table.Center}, {Name: "b", Align: table.Right}},
			Rows:    []table.Row{{Cells: []table.Cell{{Text: "1"}, {Text: "2", Strong: true}}}}}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc, err := Parse([]byte(tt.markdown), "t.md", exhibits)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, doc.Blocks); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestParseHead(t *testing.T) {
	doc, err := Parse([]byte("---\r\ntitle: EdgeBench: a report\nauthors: A. B; C\nkeywords: edge; dnn\nsubtitle: s\nsubject: x\n\n---\n# H\n"), "t.md", exhibits)
	if err != nil {
		t.Fatal(err)
	}
	want := &Document{Title: "EdgeBench: a report", Subtitle: "s", Subject: "x", Authors: []string{"A. B", "C"},
		Keywords: []string{"edge", "dnn"}, Blocks: []Block{&Heading{Level: 1, Text: "H", ID: "h"}}}
	if diff := cmp.Diff(want, doc); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// References may stand before what they refer to; a source's own numbers are
// kept, the others count apart.
func TestNumbersAndReferences(t *testing.T) {
	doc, err := Parse([]byte(`See [](#figure:heat), [](#figure:paper-2), [](#figure:speed),
**[](#table:paper-5)** and [these](#table:models).

![](figure:speed)

![](figure:paper-2)

> ![](figure:heat)

![](table:paper-5)

- ![](table:models)
`), "t.md", exhibits)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, s := range doc.Blocks[0].(*Paragraph).Spans {
		text.WriteString(s.Text)
	}
	if want := "See Figure\u00a0E2, Figure\u00a02, Figure\u00a0E1, Table\u00a0V and these."; text.String() != want {
		t.Errorf("got  %s\nwant %s", text.String(), want)
	}
	var labels []string
	Walk(doc.Blocks, func(b Block) {
		switch b := b.(type) {
		case *Figure:
			labels = append(labels, b.Label()+" "+b.Anchor())
		case *Table:
			labels = append(labels, b.Label()+" "+b.Anchor())
		}
	})
	want := []string{"Figure E1 figure:speed", "Figure 2 figure:paper-2", "Figure E2 figure:heat",
		"Table V table:paper-5", "Table E1 table:models"}
	if diff := cmp.Diff(want, labels); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestParseErrorsSayWhereAndWhatToDo(t *testing.T) {
	tests := []struct{ name, markdown, want string }{
		{"unknown figure", "text\n\n![](figure:spead)", `t.md:3: no figure "spead"; known: speed, heat, paper-2`},
		{"unknown table", "![](table:x)", `t.md:1: no table "x"; known: models, paper-5`},
		{"after a head", "---\ntitle: x\n---\n\n![](table:x)", `t.md:5: no table "x"; known: models, paper-5`},
		{"head", "---\ntitel: x\n---\n", `t.md:2: "titel: x" is no line of a document's head; use title, subtitle, authors, subject or keywords, or begin the text without dashes`},
		{"other image", "![a](b.png)", `t.md:1: image "b.png": only figure:ID, table:ID and contents: can be shown`},
		{"image in text", "a\nb ![](figure:heat) c", `t.md:2: image "figure:heat" must stand alone in a paragraph`},
		{"twice", "![](figure:heat)\n\n![](figure:heat)", `t.md:3: figure:heat already stands at line 1; refer to it with [](#figure:heat)`},
		{"reference to what is not shown", "![](figure:heat)\n\na\nb [](#figure:speed)", `t.md:4: link to #figure:speed leads nowhere: the document's figure ids are heat`},
		{"link to no heading", "# Top\n\n[a](#bottom)", `t.md:3: link to #bottom leads nowhere: the document's heading ids are top`},
		{"link without text", "# Top\n\n[](#top)", `t.md:3: link to #top has no text; write [text](#top)`},
		{"reference in a heading", "# As in [](#figure:heat)\n\n![](figure:heat)", `t.md:1: reference to #figure:heat stands in a heading or table; give it a text, or move it to a paragraph`},
		{"other address", "[a](javascript:alert)", `t.md:1: link "javascript:alert": use an http, https or mailto address, or # and an anchor`},
		{"HTML", "a\n\n<div>\nb\n</div>", `t.md:3: HTML is not rendered; use Markdown`},
		{"HTML in text", "a <b>c", `t.md:1: HTML "<b>" is not rendered; use Markdown`},
		{"all are reported", "![](table:x)\n\n![](table:y)", "t.md:1: no table \"x\"; known: models, paper-5\nt.md:3: no table \"y\"; known: models, paper-5"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse([]byte(tt.markdown), "t.md", exhibits)
			if err == nil {
				t.Fatalf("no error, want %s", tt.want)
			}
			if err.Error() != tt.want {
				t.Errorf("got  %s\nwant %s", err, tt.want)
			}
		})
	}
}

func TestLookupOfNothing(t *testing.T) {
	_, err := Parse([]byte("![](figure:a)"), "t.md", Exhibits{})
	if want := `t.md:1: no figure "a"; known: none`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// FuzzParse: templates are users' files; no text may bring the parser down.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"# a\n[](#figure:heat)", "---\ntitle: x\n---\n", "| a |\n|--|\n| b |", "![](figure:heat)", "<!-- pagebreak -->", "[a]: b\n[a]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, markdown string) {
		doc, err := Parse([]byte(markdown), "t.md", exhibits)
		if (doc == nil) == (err == nil) {
			t.Errorf("document %v with error %v", doc, err)
		}
	})
}
