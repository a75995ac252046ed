package journal

import (
	"errors"
	"io"
	"os"

	"edgebench/internal/atomicfile"
)

// file is what the journal needs of an open file; tests put a failing one in its place.
type file interface {
	WriteAt(p []byte, offset int64) (int, error)
	Truncate(size int64) error
	Sync() error
	Close() error
}

// replaceFile writes path so that after a crash it holds its old content or the new, never a part.
func replaceFile(path string, data []byte) error {
	return atomicfile.WriteSynced(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

func fill(f *os.File, data io.Reader) error {
	_, err := io.Copy(f, data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func discard(f *os.File, err error) error {
	os.Remove(f.Name())
	return err
}
