package cli

import (
	"errors"
	"fmt"
	"testing"

	"edgebench/executor"
	"edgebench/executor/journal"
)

// TestFlagsFor: errors of libraries say what helps, and this program how.
func TestFlagsFor(t *testing.T) {
	for want, err := range map[string]error{
		"":                       errors.New("anything"),
		" (--retry)":             fmt.Errorf("job: %w", &executor.LostError{Times: 2}),
		" (--resume, --out DIR)": errors.Join(&journal.RemedyError{Remedies: []journal.Remedy{journal.OtherFolder, journal.Resume}}),
	} {
		if got := flagsFor(err); got != want {
			t.Errorf("%T: %q, want %q", err, got, want)
		}
	}
}
