package framework

import (
	"cmp"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	specs "edgebench/compiler/load"
	"edgebench/executor/framework/install"
	"edgebench/executor/framework/python"
)

// TestCatalogue: what the catalogue's runners need is there: their files, and
// a package with the framework's Python, or words that say what the system
// must have. Each package is of a framework, and each runner's file is used.
func TestCatalogue(t *testing.T) {
	catalogue, err := specs.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := python.Write(dir); err != nil {
		t.Fatal(err)
	}
	used := []string{"edgebench_cuda.py", "edgebench_layers.py", "edgebench_modules.py", "edgebench_runner.py", "edgebench_tensorflow_layers.py"} // by others
	for _, f := range catalogue.Frameworks.All() {
		if f.Runner == nil {
			continue
		}
		for _, argument := range f.Runner.Command {
			if name, ok := strings.CutPrefix(argument, "{runners}/"); ok {
				used = append(used, name)
			}
		}
		_, installed := install.ByName(cmp.Or(f.Runner.Setup, f.Name))
		if slices.Contains(f.Runner.Command, "{python}") && installed == (f.Runner.Needs != "") {
			t.Errorf("%s: setup installs it: %t, and it needs %q: one of the two", f.Name, installed, f.Runner.Needs)
		}
	}
	for _, p := range install.Packages() {
		if f, ok := catalogue.Frameworks.Get(p.Name); !ok || f.Runner == nil {
			t.Errorf("setup installs %s, which the catalogue has no runner for", p.Name)
		}
	}
	slices.Sort(used)
	there, err := fs.Glob(os.DirFS(dir), "*.py")
	if used = slices.Compact(used); err != nil || !slices.Equal(there, used) {
		t.Errorf("the runners' files are %q, and %q are used, %v", there, used, err)
	}
}
