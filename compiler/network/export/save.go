package export

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"edgebench/compiler/network/weights"
	"edgebench/internal/atomicfile"
)

// bufferBytes gathers small writes; tensors are written past it.
const bufferBytes = 1 << 16

// save writes all files under temporary names first, so that a failure leaves
// an earlier export as it was.
func save(dir string, files []file, w *weights.Set) (written []File, err error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("the folder cannot be made: %w; choose another with -o", err)
	}
	var temporary []string
	defer func() {
		for _, name := range temporary {
			err = errors.Join(err, removeIfThere(name))
		}
	}()
	for _, f := range files {
		name, size, err := saveTemporary(dir, f, w)
		if name != "" {
			temporary = append(temporary, name)
		}
		if err != nil {
			return nil, fmt.Errorf("%s cannot be written: %w", filepath.Join(dir, f.name), remedied(err))
		}
		written = append(written, File{Path: filepath.Join(dir, f.name), Bytes: size})
	}
	for i, f := range written {
		if err := os.Rename(temporary[i], f.Path); err != nil {
			return nil, fmt.Errorf("%s cannot be replaced: %w", f.Path, err)
		}
	}
	return written, nil
}

// remedied says what to do about a full disk.
func remedied(err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("%w: free some space, or choose a folder on another disk with -o", err)
	}
	return err
}

func removeIfThere(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// saveTemporary writes one file and returns its temporary name and its size.
// A name comes with an error too, if there is something to remove.
func saveTemporary(dir string, f file, w *weights.Set) (name string, size int64, err error) {
	to, err := atomicfile.CreateTemp(dir)
	if err != nil {
		return "", 0, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	buffer := bufio.NewWriterSize(to, bufferBytes)
	if err := f.write(buffer, w); err != nil {
		return to.Name(), 0, err
	}
	if err := buffer.Flush(); err != nil {
		return to.Name(), 0, err
	}
	size, err = to.Seek(0, io.SeekCurrent)
	if err != nil {
		return to.Name(), 0, err
	}
	return to.Name(), size, to.Sync()
}
