package table

import (
	"bytes"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// compatibility is the shape of the paper's table V.
func compatibility() *Table {
	return &Table{
		ID:      "V",
		Caption: "Models and platforms",
		Columns: []Column{{Name: "Model"}, {Name: "RPi3", Group: "IoT"}, {Name: "Nano", Group: "GPU"}, {Name: "TX2", Group: "GPU"}},
		Rows: []Row{
			{Heading: true, Cells: []Cell{{Text: "Recognition"}}},
			Text("ResNet-18", "✓", "✓", "✓"),
			{Cells: []Cell{{Text: "AlexNet"}, {Text: "◇", Mark: "a", Tone: Warn}, {Text: "✓"}, {Text: "✓"}}},
		},
		Notes: []string{"a Memory is short.", "Status as of 2019."},
	}
}

func ExampleTable_CSV() {
	compatibility().CSV(os.Stdout)
	// Output:
	// Model,IoT / RPi3,GPU / Nano,GPU / TX2
	// Recognition,,,
	// ResNet-18,✓,✓,✓
	// AlexNet,◇,✓,✓
}

func TestSplitNote(t *testing.T) {
	for note, want := range map[string][2]string{
		"a Memory is short.":         {"a", "Memory is short."},
		"Status as of 2019.":         {"", "Status as of 2019."},
		"b This mark is not in use.": {"", "b This mark is not in use."},
	} {
		mark, text := SplitNote(note, compatibility().Marks())
		if mark != want[0] || text != want[1] {
			t.Errorf("SplitNote(%q) = %q, %q; want %q", note, mark, text, want)
		}
	}
}

func TestCheckNamesWhatIsWrong(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Table)
		want   string
	}{
		{"fine", func(*Table) {}, ""},
		{"no columns", func(t *Table) { t.Columns, t.Rows = nil, nil }, `table "V": has no columns; give at least one`},
		{"short row", func(t *Table) { t.Rows[1].Cells = t.Rows[1].Cells[:3] }, `table "V": row 2: has 3 cells, wants 4`},
		{"heading with a grid", func(t *Table) { t.Rows[1].Heading = true }, `table "V": row 2: has 4 cells, wants 1`},
		{"mark without note", func(t *Table) { t.Notes = nil }, `table "V": mark "a" has no footnote; add a note that begins with "a "`},
		{"weight", func(t *Table) { t.Columns[2].Weight = math.NaN() }, `table "V": column 3 "Nano": weight NaN is not usable; give a positive one, or zero`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			table := compatibility()
			tt.change(table)
			got := ""
			if err := table.Check(); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if err := table.CSV(&bytes.Buffer{}); (err == nil) != (tt.want == "") {
				t.Errorf("CSV and Check disagree: %v", err)
			}
		})
	}
}

func TestCSVQuotes(t *testing.T) {
	table := &Table{Columns: []Column{{Name: "a,b"}}, Rows: []Row{Text("line 1\n\"line\" 2")}}
	var got strings.Builder
	if err := table.CSV(&got); err != nil {
		t.Fatal(err)
	}
	if want := "\"a,b\"\n\"line 1\n\"\"line\"\" 2\"\n"; got.String() != want {
		t.Errorf("got %q, want %q", got.String(), want)
	}
}

// TestLongTableIsCut: a document shows the first rows, the notes that belong to
// them, and where the others are; the CSV has them all.
func TestLongTableIsCut(t *testing.T) {
	long := &Table{ID: "long", Columns: []Column{{Name: "n"}}, Notes: []string{"a of the first row", "b of the last row", "on all"}}
	for i := range 10 * MaxRows {
		long.Rows = append(long.Rows, Text(strconv.Itoa(i)))
	}
	long.Rows[0].Cells[0].Mark, long.Rows[len(long.Rows)-1].Cells[0].Mark = "a", "b"
	long.Rows[MaxRows-1] = Row{Heading: true, Cells: []Cell{{Text: "of rows that are cut"}}}
	cut := long.Shown()
	want := []string{"These are the first 299 of 3000 rows. All are in tables/long.csv, beside this document.", "a of the first row", "on all"}
	if len(cut.Rows) != MaxRows-1 || !slices.Equal(cut.Notes, want) {
		t.Errorf("%d rows are shown, with the notes %q", len(cut.Rows), cut.Notes)
	}
	if err := cut.Check(); err != nil {
		t.Error(err)
	}
	var csv bytes.Buffer
	if err := long.CSV(&csv); err != nil || strings.Count(csv.String(), "\n") != 10*MaxRows+1 {
		t.Errorf("the CSV has not all rows (%v)", err)
	}
	long.Rows = long.Rows[:MaxRows-1]
	if long.Shown() != long {
		t.Error("a table that is not too long is cut")
	}
}
