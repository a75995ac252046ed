//go:build !windows

package regular_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"edgebench/internal/regular"
)

// TestReadFile: what is no regular file, or too large, is refused at once.
func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	pipe, file := filepath.Join(dir, "pipe"), filepath.Join(dir, "file")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path, want string
		limit      int64
	}{
		{pipe, "it is a pipe, not a regular file", 9},
		{"/dev/zero", "it is a device, not a regular file", 9},
		{dir, "it is a folder, not a regular file", 9},
		{file, "it has more than 4 bytes", 4},
		{filepath.Join(dir, "none"), "no such file", 9},
	} {
		if _, err := regular.ReadFile(c.path, c.limit); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v, want one with %q", c.path, err, c.want)
		}
	}
	if data, err := regular.ReadFile(file, 5); err != nil || string(data) != "12345" {
		t.Errorf("%q, %v", data, err)
	}
}
