// Package atomicfile replaces files as a whole or not at all.
//
// Note: google/renameio exports nothing on Windows, and natefinch/atomic leaves
// new files readable by their owner alone, whatever the umask says.
package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// tempPrefix starts the names of files that are being written.
const tempPrefix = ".writing-"

// Write gives a file the content that is written: whoever reads it meanwhile, or
// after a failure, finds the old content, not a part of the new.
func Write(path string, content func(io.Writer) error) error { return write(path, content, false) }

// WriteSynced is Write for content that must also outlast a failure of power
// once it returns.
func WriteSynced(path string, content func(io.Writer) error) error { return write(path, content, true) }

func write(path string, content func(io.Writer) error, synced bool) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return into(path, content) // such as /dev/stdout, which must stay what it is
	}
	temp, err := CreateTemp(filepath.Dir(path))
	if err != nil {
		return err
	}
	err = content(temp)
	if err == nil && synced {
		err = temp.Sync()
	}
	err = errors.Join(err, temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		os.Remove(temp.Name())
		return err
	}
	if synced {
		return SyncDir(filepath.Dir(path))
	}
	return nil
}

func into(path string, content func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(content(f), f.Close())
}

// CreateTemp opens a new file in a folder, for a caller that renames it itself.
// It differs from os.CreateTemp in the file's mode, which is as the umask wants
// it.
func CreateTemp(dir string) (*os.File, error) {
	for {
		name := filepath.Join(dir, fmt.Sprintf("%s%016x", tempPrefix, rand.Uint64()))
		f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

// RemoveLeftovers deletes what a killed process did not finish in a folder.
func RemoveLeftovers(dir string) error {
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
