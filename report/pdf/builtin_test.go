package pdf_test

import (
	"testing"

	"edgebench/internal/reporttest"
	"edgebench/report"
	"edgebench/report/pdf"
)

// TestPagesAreFull: but for a section's last, no page of the built-in studies'
// report is a third empty.
func TestPagesAreFull(t *testing.T) {
	r, err := report.Build(reporttest.Run(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	used, err := pdf.PagesUsed(r.Document)
	if err != nil {
		t.Fatal(err)
	}
	if len(used) < 15 {
		t.Fatalf("the report has %d pages", len(used))
	}
	for i, part := range used {
		if part < 0.65 {
			t.Errorf("page %d is %.0f %% full", i+1, 100*part)
		}
	}
}
