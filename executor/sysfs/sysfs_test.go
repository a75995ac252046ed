package sysfs_test

import (
	"io/fs"
	"slices"
	"syscall"
	"testing"
	"testing/fstest"

	"edgebench/executor/sysfs"
)

// TestTree: texts without what surrounds them, numbers in their unit, names in the order of their numbers.
func TestTree(t *testing.T) {
	tree := sysfs.Tree{Root: fstest.MapFS{
		"a/cpu10/freq": {Data: []byte("1500000\n")}, "a/cpu2/freq": {Data: []byte("many\n")}, "model": {Data: []byte("Pi 4\x00")},
	}}
	if got, want := tree.Glob("a/cpu*/freq"), []string{"a/cpu2/freq", "a/cpu10/freq"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := tree.Word("model"); got != "Pi 4" || tree.Word("absent") != "" {
		t.Errorf("%q", got)
	}
	if v, err := tree.Number("a/cpu10/freq", 1e3); v != 1500 || err != nil {
		t.Errorf("%g, %v", v, err)
	}
	if _, err := tree.Number("a/cpu2/freq", 1); err == nil || err.Error() != `"many" is not a number` {
		t.Errorf("%v", err)
	}
}

// TestWhy: each kind of failure in words.
func TestWhy(t *testing.T) {
	for err, want := range map[error]string{
		fs.ErrNotExist:   "this system does not have it",
		fs.ErrPermission: "no permission to read it",
		syscall.ENODATA:  "the driver does not answer: " + syscall.ENODATA.Error(),
	} {
		if got := sysfs.Why(&fs.PathError{Op: "read", Path: "x", Err: err}); got != want {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
}
