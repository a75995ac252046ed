package spreadsheet_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"edgebench/report/spreadsheet"
)

func TestCell(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "",
		"ResNet-18":                     "ResNet-18",
		"-1.5":                          "-1.5",
		"+2e3":                          "+2e3",
		"-2+3":                          "'-2+3",
		`=HYPERLINK("http://evil","x")`: `'=HYPERLINK("http://evil","x")`,
		"+1+cmd|' /C calc'!A0":          "'+1+cmd|' /C calc'!A0",
		"@SUM(1)":                       "'@SUM(1)",
		"\t=1":                          "'\t=1",
		"\r=1":                          `'\u000d=1`,
		" =1":                           "' =1",
		"＝1":                            "'＝1",
		"\x1b[31mRED\x1b]0;title\a":     `\u001b[31mRED\u001b]0;title\u0007`,
		"a\nb":                          "a\nb",
		"a\x00b":                        `a\u0000b`,
		"\u202ertl":                     `\u202ertl`,
		"–":                             "–",
		"→ 漢字 é":                        "→ 漢字 é",
	} {
		if got := spreadsheet.Cell(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// FuzzWrite: CSV is read as it was written, and no text begins like a formula.
func FuzzWrite(f *testing.F) {
	f.Add("=1", "-5")
	f.Fuzz(func(t *testing.T, a, b string) {
		var text strings.Builder
		if err := spreadsheet.Write(&text, [][]string{{"head", "of"}, {a, b}}); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(text.String())).ReadAll()
		if err != nil || len(rows) != 2 {
			t.Fatalf("%q: %v, %v", text.String(), rows, err)
		}
		for i, cell := range rows[1] {
			if cell != spreadsheet.Cell([]string{a, b}[i]) {
				t.Errorf("%q is read as %q", []string{a, b}[i], cell)
			}
		}
	})
}
