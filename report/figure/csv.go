package figure

import (
	"io"
	"slices"
	"strconv"

	"edgebench/report/spreadsheet"
)

// Records are a header and one record a point, category by category, then one a
// point of the lines. A point that is not present has no value; an interval
// that is not known is empty. A scatter has its other value and its unit
// before the value; pies have only the slices that they show.
func (f *Figure) Records() ([][]string, error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	rows := [][]string{{"figure", "category", "series", "value", "low", "high", "unit", "symbol", "origin", "note"}}
	add := func(category int, s *Series, p *Point, unit string) {
		value, low, high := p.numbers()
		rows = append(rows, []string{f.ID, oneLine(f.Categories[category]), oneLine(s.Name), value, low, high,
			unit, p.Symbol, string(s.provenance(p)), p.Note})
	}
	f.form().points(f, func(c int, s *Series, p *Point) { add(c, s, p, f.Y.Unit) })
	for i := range f.Lines {
		for c := range f.Lines[i].Points {
			add(c, &f.Lines[i], &f.Lines[i].Points[c], f.Right.Unit)
		}
	}
	if f.form().xValues {
		f.insertX(rows)
	}
	return rows, nil
}

// CSV writes the records.
func (f *Figure) CSV(w io.Writer) error {
	records, err := f.Records()
	if err != nil {
		return err
	}
	return spreadsheet.Write(w, records)
}

// insertX puts the columns of a scatter's other value before the value.
func (f *Figure) insertX(rows [][]string) {
	rows[0] = slices.Insert(rows[0], 3, "x", "x unit")
	i := 1
	f.eachPoint(func(_, _ int, _ *Series, p *Point) {
		x := ""
		if p.Present {
			x = exact(p.X)
		}
		rows[i] = slices.Insert(rows[i], 3, x, f.X.Unit)
		i++
	})
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

// exact writes a value with all digits that mean anything: the last ones of a
// computed value differ between architectures.
func exact(v float64) string {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 12, 64), 64)
	if err != nil {
		rounded = v
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}
