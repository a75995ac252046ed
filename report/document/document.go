// Package document is what a report says, between the templates that say it
// and the renderers that set it in type.
//
//  1. Parse reads Markdown (the output of a template) into blocks; images
//     and links with figure: and table: addresses become the figures and
//     tables that the Lookup knows, and references to them (parse.go,
//     inline.go).
//  2. Number gives each figure and table its printed number (number.go).
//  3. A renderer walks Blocks.
package document

import (
	"strings"
	"time"

	"edgebench/report/figure"
	"edgebench/report/table"
)

// Document is a whole report.
type Document struct {
	Title    string
	Subtitle string
	Authors  []string
	Subject  string
	Keywords []string
	Date     time.Time // zero where the document has none
	Blocks   []Block
}

// Block is one of the block types of this package.
type Block interface{ isBlock() }

type (
	// Heading opens a section. Level is 1 to 6; ID is its anchor.
	Heading struct {
		Level int
		Text  string
		ID    string
	}
	// Paragraph is running text.
	Paragraph struct{ Spans []Span }
	// List is a list of items, each of blocks. An ordered one counts from Start.
	List struct {
		Ordered bool
		Start   int
		Items   [][]Block
	}
	// Code is preformatted text.
	Code struct{ Text string }
	// Quote is set off from the text around it.
	Quote struct{ Blocks []Block }
	// Table is a table with its printed number; a table written in the text
	// has neither number nor ID.
	Table struct {
		*table.Table
		Number string
	}
	// Figure is a figure with its printed number.
	Figure struct {
		*figure.Figure
		Number string
	}
	// PageBreak begins a new page where there are pages.
	PageBreak struct{}
	// Contents is the table of contents.
	Contents struct{}
	// Rule is a line across the text.
	Rule struct{}
)

func (*Heading) isBlock()   {}
func (*Paragraph) isBlock() {}
func (*List) isBlock()      {}
func (*Code) isBlock()      {}
func (*Quote) isBlock()     {}
func (*Table) isBlock()     {}
func (*Figure) isBlock()    {}
func (*PageBreak) isBlock() {}
func (*Contents) isBlock()  {}
func (*Rule) isBlock()      {}

// Span is text of one style. A Text of "\n" is a line break. Link is empty,
// an http, https or mailto address, or "#" and an anchor: a heading's ID,
// "figure:ID" or "table:ID".
type Span struct {
	Text   string
	Strong bool
	Emph   bool
	Code   bool
	Link   string
}

// Anchor is what links to the figure name.
func (f *Figure) Anchor() string { return "figure:" + f.ID }

// Label is "Figure" and the number.
func (f *Figure) Label() string { return strings.TrimSpace("Figure " + f.Number) }

// Anchor is what links to the table name; empty for a table written in the text.
func (t *Table) Anchor() string {
	if t.ID == "" {
		return ""
	}
	return "table:" + t.ID
}

// Label is "Table" and the number; empty for a table written in the text.
func (t *Table) Label() string {
	if t.ID == "" {
		return ""
	}
	return strings.TrimSpace("Table " + t.Number)
}

// Lookup finds the figures and tables that a template names.
type Lookup interface {
	Figure(id string) (*figure.Figure, bool)
	Table(id string) (*table.Table, bool)
	// Notice finds what stands in the place of one that cannot be shown.
	Notice(anchor string) (Notice, bool)
	// FigureIDs and TableIDs are all known ids, for error messages.
	FigureIDs() []string
	TableIDs() []string
}

// Notice stands in the place of a figure or a table that cannot be shown.
type Notice struct {
	Anchor string // of what it stands for, such as "figure:ID"
	Label  string // what it stands for, in words
	Text   string // why, and what to do
}

// Exhibits is a Lookup in lists.
type Exhibits struct {
	Figures []*figure.Figure
	Tables  []*table.Table
	Notices []Notice
}

// Notice returns the notice that stands in the place of a figure or a table.
func (e Exhibits) Notice(anchor string) (Notice, bool) {
	for _, n := range e.Notices {
		if n.Anchor == anchor {
			return n, true
		}
	}
	return Notice{}, false
}

// Figure returns the figure with an id.
func (e Exhibits) Figure(id string) (*figure.Figure, bool) {
	for _, f := range e.Figures {
		if f.ID == id {
			return f, true
		}
	}
	return nil, false
}

// Table returns the table with an id.
func (e Exhibits) Table(id string) (*table.Table, bool) {
	for _, t := range e.Tables {
		if t.ID == id {
			return t, true
		}
	}
	return nil, false
}

// FigureIDs are the figures' ids in their order.
func (e Exhibits) FigureIDs() []string {
	ids := make([]string, len(e.Figures))
	for i, f := range e.Figures {
		ids[i] = f.ID
	}
	return ids
}

// TableIDs are the tables' ids in their order.
func (e Exhibits) TableIDs() []string {
	ids := make([]string, len(e.Tables))
	for i, t := range e.Tables {
		ids[i] = t.ID
	}
	return ids
}
