package report

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"

	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/internal/atomicfile"
	"edgebench/report/data"
	"edgebench/report/html"
	"edgebench/report/pdf"

	"golang.org/x/sync/errgroup"
)

// Options say what is written where.
type Options struct {
	PDF       string // path of the document; empty: none is written
	HTML      string // path of the same document as a page; empty: none is written
	Dir       string // folder for figures/ and tables/; empty: none are written
	Paper     string // "A4" or "Letter"
	Templates fs.FS  // nil: the built-in ones
	// Specs whose figures, tables and claims are shown in place of those that
	// the run was started with, see data.Run.Mend; nil: none.
	Specs *plan.Plan
}

// Load reads a run directory, or several, with the figures, tables and claims of
// some specs where these are not nil.
func Load(runDirs []string, specs *plan.Plan) (*data.Run, error) {
	run, err := data.Load(runDirs...)
	if err != nil || specs == nil {
		return run, err
	}
	return run, run.Mend(specs)
}

// Write makes the report of a run directory, or of several, and writes it. It
// returns the report, for what the caller wants to say of it.
func Write(runDirs []string, opt Options) (*Report, error) {
	run, err := Load(runDirs, opt.Specs)
	if err != nil {
		return nil, err
	}
	r, err := Build(run, opt.Templates)
	if err != nil {
		return nil, err
	}
	return r, r.write(opt)
}

// write writes what the options ask for, several files at a time: the longest
// first, since drawing pixels takes longer than all the rest.
func (r *Report) write(opt Options) error {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	write := func(path string, content func(io.Writer) error) {
		g.Go(func() error { return writeFile(path, content) })
	}
	if opt.PDF != "" {
		write(opt.PDF, func(w io.Writer) error { return pdf.Write(w, r.Document, pdf.Options{Paper: opt.Paper}) })
	}
	if opt.HTML != "" {
		write(opt.HTML, func(w io.Writer) error { return html.Write(w, r.Document) })
	}
	if opt.Dir != "" {
		r.writeExhibits(opt.Dir, write)
	}
	return g.Wait()
}

// writeExhibits writes every figure as SVG and PNG, and the data of every figure
// and table as CSV and JSON.
func (r *Report) writeExhibits(dir string, write func(path string, content func(io.Writer) error)) {
	for _, f := range r.Exhibits.Figures {
		base := filepath.Join(dir, "figures", f.ID)
		write(base+".png", f.PNG)
		write(base+".svg", f.SVG)
		write(filepath.Join(dir, "tables", f.ID+".csv"), f.CSV)
		write(filepath.Join(dir, "tables", f.ID+".json"), asJSON(f.Records))
	}
	for _, t := range r.Exhibits.Tables {
		write(filepath.Join(dir, "tables", t.ID+".csv"), t.CSV)
		write(filepath.Join(dir, "tables", t.ID+".json"), asJSON(t.Records))
	}
}

// asJSON makes a list of objects of a table's records: one per row, its fields in
// the order of the columns, and numbers as numbers.
func asJSON(records func() ([][]string, error)) func(io.Writer) error {
	return func(w io.Writer) error {
		rows, err := records()
		if err != nil {
			return err
		}
		list := make([]spec.Named[any], 0, len(rows))
		for _, row := range rows[1:] {
			var object spec.Named[any]
			for i, field := range row {
				object.Add(rows[0][i], jsonValue(field))
			}
			list = append(list, object)
		}
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		return e.Encode(list)
	}
}

// jsonValue is a field as a number where it is one.
func jsonValue(field string) any {
	x, err := strconv.ParseFloat(field, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return field
	}
	return x
}

// writeFile writes a file as a whole or not at all: a report that could not be
// finished does not replace an older one.
func writeFile(path string, content func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	err := atomicfile.Write(path, func(w io.Writer) error {
		buffered := bufio.NewWriter(w)
		return errors.Join(content(buffered), buffered.Flush())
	})
	if err != nil {
		return fmt.Errorf("%s could not be written: %w", path, err)
	}
	return nil
}
