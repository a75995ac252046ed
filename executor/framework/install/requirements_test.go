package install

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
)

// TestRequirements: each package has a file of requirements, and each file a
// package. All that they name is pinned and has hashes.
func TestRequirements(t *testing.T) {
	var want []string
	for _, p := range Packages() {
		want = append(want, "requirements/"+p.Folder+".txt")
		text, err := p.Requirements()
		if err != nil {
			t.Error(err)
			continue
		}
		for _, line := range unpinned(string(text)) {
			t.Errorf("%s: %q is not pinned with a hash", p.Name, line)
		}
	}
	slices.Sort(want)
	got, err := fs.Glob(requirements, "requirements/*")
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("files %q, expected %q, %v", got, want, err)
	}
}

// unpinned lists the requirements without a version or a hash.
func unpinned(text string) []string {
	var list []string
	for _, entry := range strings.Split(strings.ReplaceAll(text, "\\\n", ""), "\n") {
		if entry == "" || strings.HasPrefix(strings.TrimSpace(entry), "#") {
			continue
		}
		if !strings.Contains(entry, "==") || !strings.Contains(entry, "--hash=sha256:") {
			list = append(list, entry)
		}
	}
	return list
}
