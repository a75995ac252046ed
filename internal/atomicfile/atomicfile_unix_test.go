//go:build !windows

package atomicfile_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"edgebench/internal/atomicfile"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

// TestWrite: a failure leaves the old content and nothing else, and a new file
// is for those whom the umask lets read it.
func TestWrite(t *testing.T) {
	old := syscall.Umask(0o027)
	defer syscall.Umask(old)
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	for _, write := range []func(string, func(io.Writer) error) error{atomicfile.Write, atomicfile.WriteSynced} {
		if err := write(path, text("old")); err != nil {
			t.Fatal(err)
		}
		failure := errors.New("no more")
		err := write(path, func(w io.Writer) error { return errors.Join(text("ne")(w), failure) })
		if !errors.Is(err, failure) {
			t.Errorf("the error is %v", err)
		}
		if data, err := os.ReadFile(path); err != nil || string(data) != "old" {
			t.Errorf("after a failure the file holds %q (%v)", data, err)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the file's mode is %v (%v)", info.Mode(), err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%v are left (%v)", entries, err)
	}
}

// TestWriteKeepsADevice: what is no file is written into, not replaced.
func TestWriteKeepsADevice(t *testing.T) {
	if err := atomicfile.Write(os.DevNull, text("x")); err != nil {
		t.Error(err)
	}
}
