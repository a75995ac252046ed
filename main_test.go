package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestDataLinksNoMachinery: plans, results and reports are data that can be read
// without the spec language and without the importer of models.
func TestDataLinksNoMachinery(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("there is no go command")
	}
	cue := func(dep string) bool { return strings.HasPrefix(dep, "cuelang.org/") }
	importer := func(dep string) bool { return strings.HasPrefix(dep, "edgebench/compiler/network/onnx") }
	for _, c := range []struct {
		pkg       string
		forbidden func(dep string) bool
	}{
		{"./compiler/plan", cue}, {"./compiler/plan", importer},
		{"./executor/result", cue}, {"./executor/result", importer},
		{"./executor/journal", cue}, {"./executor/journal", importer},
		{"./report/...", cue}, {"./report/...", importer},
	} {
		out, err := exec.Command("go", "list", "-deps", c.pkg).Output()
		if err != nil {
			t.Fatalf("%s: %v", c.pkg, err)
		}
		if deps := strings.Fields(string(out)); slices.ContainsFunc(deps, c.forbidden) {
			t.Errorf("%s links %s", c.pkg, deps[slices.IndexFunc(deps, c.forbidden)])
		}
	}
}
