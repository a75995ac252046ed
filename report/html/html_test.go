package html_test

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"edgebench/report/document"
	"edgebench/report/figure"
	"edgebench/report/html"
	"edgebench/report/table"
)

const source = `---
title: A <report>
subtitle: Tom & Jerry
---

![](contents:)

# First *section*

Text with **strong**, ` + "`a<b`" + ` and [](#table:t).

1. one
2. two

![](table:t)

![](figure:f)
`

func parsed(t testing.TB) *document.Document {
	exhibits := document.Exhibits{
		Tables: []*table.Table{{
			ID: "t", Caption: "Some <values>", Notes: []string{"a the mark's note"},
			Columns: []table.Column{{Name: "Name"}, {Name: "Value", Align: table.Right, Group: "G"}},
			Rows: []table.Row{
				{Cells: []table.Cell{{Text: "x<y", Mark: "a"}, {Text: "1.5", Strong: true, Tone: table.Bad}}},
				table.Text("z", "2"),
			},
		}},
		Figures: []*figure.Figure{{
			ID: "f", Caption: "A \"figure\"", Form: figure.Bars, Categories: []string{"one", "two"},
			Series: []figure.Series{{Name: "s", Points: []figure.Point{{Value: 1, Present: true}, {Value: 2, Present: true}}}},
		}},
	}
	doc, err := document.Parse([]byte(source), "test.md", exhibits)
	if err != nil {
		t.Fatal(err)
	}
	doc.Date = time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	return doc
}

func render(t testing.TB, doc *document.Document) string {
	var b bytes.Buffer
	if err := html.Write(&b, doc); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWrite(t *testing.T) {
	got := render(t, parsed(t))
	for _, want := range []string{
		"<title>A &lt;report&gt;: Tom &amp; Jerry</title>",
		`<time datetime="2026-01-02">2 January 2026</time>`,
		`<a href="#first-section">First section</a>`,
		`<h2 id="first-section">First section</h2>`,
		"<strong>strong</strong>", "<code>a&lt;b</code>",
		"<a href=\"#table:t\">Table\u00a0E1</a>",
		`<ol start="1">`,
		`<figure class="table" id="table:t"><figcaption><b>Table E1.</b> Some &lt;values&gt;</figcaption>`,
		`<table class="sortable">`,
		`<td>x&lt;y<sup>a</sup></td><td class="bad right"><strong>1.5</strong></td>`,
		`<p class="note"><sup>a</sup> the mark&#39;s note</p>`,
		`role="img" aria-label="Figure E1. A &#34;figure&#34;"><svg`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if got != render(t, parsed(t)) {
		t.Error("the same document gives different pages")
	}
}

// TestSelfContained: the page asks for nothing from elsewhere.
func TestSelfContained(t *testing.T) {
	outside := regexp.MustCompile(`(?:src|href)="(?:https?:)?//|url\(|@import`)
	if at := outside.FindString(render(t, parsed(t))); at != "" {
		t.Errorf("the page has %s", at)
	}
}

// TestRefusesWhatCannotBeShown: nothing is written of a document with a figure
// that cannot be drawn.
func TestRefusesWhatCannotBeShown(t *testing.T) {
	doc := &document.Document{Title: "x", Blocks: []document.Block{&document.Figure{Figure: &figure.Figure{ID: "empty", Form: figure.Bars}}}}
	var b bytes.Buffer
	if err := html.Write(&b, doc); err == nil || !strings.Contains(err.Error(), "empty") || b.Len() > 0 {
		t.Errorf("the error is %v, and %d bytes are written", err, b.Len())
	}
}

// TestSmallScreens: a figure is drawn once more for them, where it can be.
func TestSmallScreens(t *testing.T) {
	bar := func(categories int) *document.Figure {
		f := &figure.Figure{ID: "f", Form: figure.Bars, Series: []figure.Series{{}}}
		for c := range categories {
			f.Categories = append(f.Categories, fmt.Sprint(c))
			f.Series[0].Points = append(f.Series[0].Points, figure.Point{Value: 1, Present: true})
		}
		return &document.Figure{Figure: f}
	}
	pies := bar(1)
	pies.Form = figure.Pies
	pies.WidthMM = 60
	for _, c := range []struct {
		fig  *document.Figure
		want []string
	}{
		{bar(3), []string{"453.54", "260.79"}},
		{pies, []string{"170.08"}},
	} {
		page := render(t, &document.Document{Title: "x", Blocks: []document.Block{c.fig}})
		var widths []string
		for _, m := range regexp.MustCompile(`viewBox="0 0 ([\d.]+)`).FindAllStringSubmatch(page, -1) {
			widths = append(widths, m[1])
		}
		if !slices.Equal(widths, c.want) || strings.Contains(page, `class="drawing twice"`) != (len(widths) == 2) {
			t.Errorf("the figure is drawn %v points wide, want %v", widths, c.want)
		}
	}
}
