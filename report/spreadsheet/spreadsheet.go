// Package spreadsheet writes tables as CSV that is safe to open in a
// spreadsheet: a text that begins like a formula is shown, not computed.
package spreadsheet

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"edgebench/internal/visible"
)

// Write writes rows as CSV.
func Write(w io.Writer, rows [][]string) error {
	safe := make([]string, 0, 16)
	out := csv.NewWriter(w)
	for _, row := range rows {
		safe = safe[:0]
		for _, text := range row {
			safe = append(safe, Cell(text))
		}
		if err := out.Write(safe); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// formula are the characters that make a spreadsheet compute a cell.
const formula = "=+-@\t\r\n＝＋－＠"

// Cell is a cell's text with an apostrophe before what a spreadsheet would
// compute, as OWASP advises against CSV injection, and with escapes in place of
// characters that are not visible. Numbers stay as they are.
func Cell(text string) string {
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return text
	}
	if strings.IndexAny(strings.TrimLeft(text, " "), formula) == 0 {
		text = "'" + text
	}
	return visible.Text(text)
}
