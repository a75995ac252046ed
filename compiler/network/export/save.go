package export

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
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
func save(to Destination, files []file, w *weights.Set) (written []File, err error) {
	for _, f := range files {
		if err := to.free(f); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(to.Dir, 0o777); err != nil {
		return nil, fmt.Errorf("the folder cannot be made: %w; choose another with -o", err)
	}
	var temporary []string
	defer func() {
		for _, name := range temporary {
			err = errors.Join(err, removeIfThere(name))
		}
	}()
	for _, f := range files {
		name, size, err := saveTemporary(to, f, w)
		if name != "" {
			temporary = append(temporary, name)
		}
		if err != nil {
			return nil, fmt.Errorf("%s cannot be written: %w", to.path(f), remedied(err))
		}
		written = append(written, File{Path: to.path(f), Bytes: size})
	}
	for i, f := range written {
		if err := os.Rename(temporary[i], f.Path); err != nil {
			return nil, fmt.Errorf("%s cannot be replaced: %w", f.Path, err)
		}
	}
	return written, nil
}

func (d Destination) path(f file) string { return filepath.Join(d.Dir, d.Name+"."+f.ext) }

// free reports, as an error, a file that must not be replaced.
func (d Destination) free(f file) error {
	if d.Replace {
		return nil
	}
	_, err := os.Lstat(d.path(f))
	switch {
	case err == nil:
		return fmt.Errorf("%s: %w", d.path(f), fs.ErrExist)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return fmt.Errorf("%w; choose another folder with -o", err)
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
func saveTemporary(dest Destination, f file, w *weights.Set) (name string, size int64, err error) {
	to, err := atomicfile.CreateTemp(dest.Dir)
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
