package docs

import (
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
)

// TestArchitectureNamesEveryPackage: packages for tests alone need no line.
func TestArchitectureNamesEveryPackage(t *testing.T) {
	text, err := os.ReadFile("architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	root := os.DirFS("..")
	for _, tree := range []string{"compiler", "executor", "report", "internal", "specs", "templates"} {
		err := fs.WalkDir(root, tree, func(dir string, d fs.DirEntry, err error) error {
			if err != nil || !d.IsDir() || strings.HasSuffix(dir, "test") || !hasCode(t, root, dir) {
				return err
			}
			if !strings.Contains(string(text), "`"+dir+"`") && !strings.Contains(string(text), "`"+path.Base(dir)+"`") {
				t.Errorf("architecture.md does not name %s", dir)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// hasCode reports whether a folder is a package, and not only of tests.
func hasCode(t *testing.T, root fs.FS, dir string) bool {
	t.Helper()
	files, err := fs.Glob(root, dir+"/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f, "_test.go") {
			return true
		}
	}
	return false
}
