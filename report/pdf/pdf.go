// Package pdf sets a document in type as PDF, with gofpdf.
//
//  1. The document is laid out once without ink, to learn its page numbers
//     (flow.go, block.go, table.go, figure.go).
//  2. It is laid out again on gofpdf, with the contents and the "page x of
//     y" filled in; this repeats until no number changes.
//  3. gofpdf writes the bytes: the same for the same document.
//
// The PDF is not tagged: gofpdf writes no structure tree, nor a catalogue that
// could name one, so that a screen reader gets the text in the order it is set
// but neither headings nor table cells as such. What it does get is the
// metadata, an outline of the headings, the pages' language, and a description of
// each figure, as properties of marked content; report.html has all the rest.
//
// text.go breaks lines, sheet.go draws them, canvas.go lets gonum/plot draw
// figures as vectors on the same page.
package pdf

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jung-kurt/gofpdf"

	"edgebench/report/document"
	"edgebench/report/figure/face"
)

// Options are how a document is printed.
type Options struct {
	Paper string // "A4" (the default) or "Letter"

	plain bool // leaves page contents uncompressed, for tests to read
}

// undated is the creation date of a document without one: a clock would
// make every run's bytes differ.
var undated = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// maxPasses bounds the layouts; page numbers settle after two.
const maxPasses = 4

// Write writes doc as PDF. Errors name the figure, table or link that
// cannot be set, before anything is written.
func Write(w io.Writer, doc *document.Document, opt Options) error {
	geometry, err := opt.geometry()
	if err != nil {
		return err
	}
	if doc.Title == "" && len(doc.Blocks) == 0 {
		return fmt.Errorf("pdf: the document is empty; give it a title or a block")
	}
	if err := check(doc); err != nil {
		return err
	}
	sizes := newSizes()
	numbers, err := layOut(doc, newSheet(geometry, nil), pageNumbers{}, sizes)
	if err != nil {
		return err
	}
	for range maxPasses {
		out := newPDF(doc, opt, geometry)
		now, err := layOut(doc, newSheet(geometry, out), numbers, sizes)
		if err != nil {
			return err
		}
		if now.equal(numbers) {
			return out.Output(w)
		}
		numbers = now
	}
	return fmt.Errorf("pdf: page numbers do not settle in %d passes; shorten the headings in the contents", maxPasses)
}

// geometry is a page, in points.
type geometry struct {
	width, height            float64
	left, right, top, bottom float64 // edges of the text
}

const (
	mm         = 72 / 25.4
	sideMargin = 25 * mm
)

func (o Options) geometry() (geometry, error) {
	g := geometry{width: 210 * mm, height: 297 * mm}
	switch strings.ToLower(o.Paper) {
	case "", "a4":
	case "letter":
		g.width, g.height = 8.5*72, 11*72
	default:
		return g, fmt.Errorf("pdf: paper %q is not known; use A4 or Letter", o.Paper)
	}
	g.left, g.right = g.pageLeft(), g.pageRight()
	g.top, g.bottom = 27*mm, g.height-25*mm
	return g, nil
}

// check refuses tables and figures with wrong data.
func check(doc *document.Document) error {
	var err error
	document.Walk(doc.Blocks, func(b document.Block) {
		if err != nil {
			return
		}
		switch b := b.(type) {
		case *document.Figure:
			err = b.Check()
		case *document.Table:
			err = b.Check()
		}
	})
	return err
}

func newPDF(doc *document.Document, opt Options, g geometry) *gofpdf.Fpdf {
	out := gofpdf.NewCustom(&gofpdf.InitType{
		UnitStr: "pt",
		Size:    gofpdf.SizeType{Wd: g.width, Ht: g.height},
	})
	out.SetCompression(!opt.plain)
	out.SetCatalogSort(true)
	out.SetAutoPageBreak(false, 0)
	out.SetMargins(0, 0, 0)
	setMetadata(out, doc)
	return out
}

func setMetadata(out *gofpdf.Fpdf, doc *document.Document) {
	clean := func(s string) string { return strings.ReplaceAll(face.Sans.Clean(s), "\n", " ") }
	out.SetTitle(clean(doc.Title), true)
	out.SetSubject(clean(doc.Subject), true)
	out.SetAuthor(clean(strings.Join(doc.Authors, ", ")), true)
	out.SetKeywords(clean(strings.Join(doc.Keywords, ", ")), true)
	out.SetCreator("EdgeBench", true)
	date := doc.Date.UTC()
	if doc.Date.IsZero() {
		date = undated
	}
	out.SetCreationDate(date)
	out.SetModificationDate(date)
}
