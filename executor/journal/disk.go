package journal

import (
	"os"
	"path/filepath"
	"strings"
)

const tempPrefix = ".writing-"

// file is what the journal needs of an open file; tests put a failing one in its place.
type file interface {
	WriteAt(p []byte, offset int64) (int, error)
	Truncate(size int64) error
	Sync() error
	Close() error
}

// replaceFile writes path so that after a crash it holds its old content or the new, never a part.
func replaceFile(path string, data []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(path), tempPrefix+"*")
	if err != nil {
		return err
	}
	if err := fill(temp, data); err != nil {
		return discard(temp, err)
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return discard(temp, err)
	}
	return syncDir(filepath.Dir(path))
}

func fill(f *os.File, data []byte) error {
	_, err := f.Write(data)
	if err == nil {
		err = f.Chmod(0o644) // CreateTemp's 0600 would hide the run from others
	}
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

func discard(f *os.File, err error) error {
	os.Remove(f.Name())
	return err
}

// removeLeftovers deletes what a killed writer did not finish: no record names those files.
func removeLeftovers(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), tempPrefix) {
			continue
		}
		if removed := os.Remove(filepath.Join(dir, e.Name())); err == nil {
			err = removed
		}
	}
	return err
}
