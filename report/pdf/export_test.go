package pdf

import "edgebench/report/document"

// PagesUsed is the part of each page's height that a document's content takes;
// 1 for the last page before a page break that the document states.
func PagesUsed(doc *document.Document) ([]float64, error) {
	numbers, err := layOut(doc, newSheet(must(Options{}.geometry()), nil), pageNumbers{}, newSizes())
	return numbers.used, err
}
