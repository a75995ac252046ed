// Package table is a report's tables as data: what a renderer sets in type
// and what CSV writes. A Table is checked before either (Check).
package table

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"edgebench/report/spreadsheet"
)

// Align is how a column's cells stand in it.
type Align int

// The alignments; numbers belong to the right.
const (
	Left Align = iota
	Right
	Center
)

// Tone is a cell's light background. The tones differ in lightness, so that
// they survive grey printing: the worse, the darker.
type Tone int

// The tones.
const (
	None Tone = iota
	Good
	Warn
	Bad
)

// Table is a grid with a head.
type Table struct {
	ID      string
	Number  string // as printed, e.g. "V"; the document numbers a table without one
	Caption string
	Columns []Column
	Rows    []Row
	// Notes stand below the table. One that begins with a mark of a cell and
	// a blank is that mark's footnote.
	Notes []string
}

// Column is a column's head.
type Column struct {
	Name  string
	Align Align
	Group string // heading over this column and neighbours of the same group
	// Weight is the column's share of the width when content must wrap;
	// zero leaves it to the content.
	Weight float64
}

// Row is one row. A Heading row has one cell, which spans the columns and
// names the block of rows below.
type Row struct {
	Cells   []Cell
	Heading bool
}

// Cell is one text of the grid.
type Cell struct {
	Text   string
	Full   string // what CSV has in place of a Text that was rounded for reading
	Mark   string // superscript, of a footnote
	Strong bool
	Tone   Tone
}

// Text makes a row of plain cells.
func Text(cells ...string) Row {
	row := Row{Cells: make([]Cell, len(cells))}
	for i, s := range cells {
		row.Cells[i].Text = s
	}
	return row
}

// Check returns every reason why the table cannot be shown, each naming the
// table and the place; nil when it can.
func (t *Table) Check() error {
	var errs []error
	report := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("table %q: "+format, append([]any{t.ID}, args...)...))
	}
	if len(t.Columns) == 0 {
		report("has no columns; give at least one")
	}
	for i, c := range t.Columns {
		if !(c.Weight >= 0) || math.IsInf(c.Weight, 0) {
			report("column %d %q: weight %g is not usable; give a positive one, or zero", i+1, c.Name, c.Weight)
		}
	}
	for i, r := range t.Rows {
		if want := t.cells(r); len(r.Cells) != want {
			report("row %d: has %d cells, wants %d", i+1, len(r.Cells), want)
		}
	}
	for _, m := range t.Marks() {
		if !slices.ContainsFunc(t.Notes, func(n string) bool { return strings.HasPrefix(n, m+" ") }) {
			report("mark %q has no footnote; add a note that begins with %q", m, m+" ")
		}
	}
	return errors.Join(errs...)
}

func (t *Table) cells(r Row) int {
	if r.Heading {
		return 1
	}
	return len(t.Columns)
}

// Marks are the cells' footnote marks in order of appearance.
func (t *Table) Marks() []string {
	var marks []string
	seen := map[string]bool{}
	for _, r := range t.Rows {
		for _, c := range r.Cells {
			if c.Mark != "" && !seen[c.Mark] {
				seen[c.Mark] = true
				marks = append(marks, c.Mark)
			}
		}
	}
	return marks
}

// SplitNote parts a note into the one of the marks that it belongs to and its
// text; the mark is empty for a note on the whole table.
func SplitNote(note string, marks []string) (mark, text string) {
	mark, text, ok := strings.Cut(note, " ")
	if ok && slices.Contains(marks, mark) {
		return mark, text
	}
	return "", note
}

// MaxRows is how many rows of a table a document shows.
const MaxRows = 300

// Shown is the table as a document shows it: cut after MaxRows, with a note
// that names the file of all rows, which lies beside the document. A table
// without an ID has no such file, and stays whole.
func (t *Table) Shown() *Table {
	if len(t.Rows) <= MaxRows || t.ID == "" {
		return t
	}
	cut := *t
	cut.Rows = t.Rows[:MaxRows]
	if cut.Rows[MaxRows-1].Heading {
		cut.Rows = cut.Rows[:MaxRows-1]
	}
	cut.Notes = []string{fmt.Sprintf("These are the first %d of %d rows. All are in tables/%s.csv, beside this document.", len(cut.Rows), len(t.Rows), t.ID)}
	all, shown := t.Marks(), cut.Marks()
	for _, n := range t.Notes {
		if mark, _ := SplitNote(n, all); mark == "" || slices.Contains(shown, mark) {
			cut.Notes = append(cut.Notes, n)
		}
	}
	return &cut
}

// HasGroups reports whether the head has a row of groups.
func (t *Table) HasGroups() bool {
	return slices.ContainsFunc(t.Columns, func(c Column) bool { return c.Group != "" })
}

// Records are the column names, with their groups before a slash, and the cells'
// texts, a record a row; of a heading row the first cell.
func (t *Table) Records() ([][]string, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	head := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		head[i] = c.Name
		if c.Group != "" {
			head[i] = c.Group + " / " + c.Name
		}
	}
	records := [][]string{head}
	for _, r := range t.Rows {
		record := make([]string, len(t.Columns))
		for i, c := range r.Cells {
			record[i] = cmp.Or(c.Full, c.Text)
		}
		records = append(records, record)
	}
	return records, nil
}

// CSV writes the records.
func (t *Table) CSV(w io.Writer) error {
	records, err := t.Records()
	if err != nil {
		return err
	}
	return spreadsheet.Write(w, records)
}
