package engine

import "testing"

// TestRevision: the digest covers the assembly too, and is the same each time.
func TestRevision(t *testing.T) {
	if _, err := sources.ReadFile("kernel/conv_amd64.s"); err != nil {
		t.Error(err)
	}
	if r := Revision(); len(r) != 12 || r != Revision() {
		t.Errorf("the revision is %q", r)
	}
}
