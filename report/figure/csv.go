package figure

import (
	"encoding/csv"
	"io"
	"strconv"
)

// CSV writes a header and one row a point, category by category. A point
// that is not present has no value; an interval that is not known is empty.
func (f *Figure) CSV(w io.Writer) error {
	if err := f.Check(); err != nil {
		return err
	}
	rows := [][]string{{"figure", "category", "series", "value", "low", "high", "unit", "symbol", "origin", "note"}}
	f.eachPoint(func(c, _ int, s *Series, p *Point) {
		value, low, high := p.numbers()
		rows = append(rows, []string{f.ID, f.Categories[c], s.Name, value, low, high,
			f.Y.Unit, p.Symbol, string(s.origin(p)), p.Note})
	})
	// WriteAll flushes and reports the writer's error.
	return csv.NewWriter(w).WriteAll(rows)
}

func (p *Point) numbers() (value, low, high string) {
	if !p.Present {
		return "", "", ""
	}
	value = exact(p.Value)
	if p.hasInterval() {
		low, high = exact(p.Low), exact(p.High)
	}
	return value, low, high
}

func exact(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
