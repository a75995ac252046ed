package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Remedy is something that an error's text asks for, and that a program can say
// how to do.
type Remedy string

// The remedies.
const (
	OtherFolder Remedy = "choose another folder"
	Resume      Remedy = "resume the run"
)

// RemedyError is an error that something helps against.
type RemedyError struct {
	error
	Remedies []Remedy
}

// Unwrap returns the error without what helps.
func (e *RemedyError) Unwrap() error { return e.error }

// remediable is an error whose text asks for remedies.
func remediable(err error, remedies ...Remedy) error { return &RemedyError{err, remedies} }

// advise names the path that an operation failed on, and says what to do.
func advise(err error, path string) error {
	if err == nil {
		return nil
	}
	if file, ok := fileInTheWay(path); ok {
		return remediable(fmt.Errorf("%s: %s is a file, not a folder: choose another folder: %w", path, file, cause(err)), OtherFolder)
	}
	if advice, remedy := adviceFor(err); advice != "" {
		return remediable(fmt.Errorf("%s: %w: %s", path, cause(err), advice), remedy)
	}
	return fmt.Errorf("%s: %w", path, cause(err))
}

func adviceFor(err error) (string, Remedy) {
	switch {
	case isFull(err):
		return "free space there, then resume the run", Resume
	case errors.Is(err, syscall.EFBIG):
		return "raise the limit on file sizes (ulimit -f), then resume the run", Resume
	case isReadOnly(err):
		return "it is on a read-only file system: choose a writable folder", OtherFolder
	case errors.Is(err, fs.ErrPermission):
		return "change its permissions, or choose a folder of your own", OtherFolder
	}
	return "", ""
}

// cause drops the path that *fs.PathError repeats.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	var l *os.LinkError
	if errors.As(err, &l) {
		return l.Err
	}
	return err
}

// fileInTheWay finds the component above path that exists and is no folder.
func fileInTheWay(path string) (string, bool) {
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err == nil {
			return dir, !info.IsDir()
		}
		if dir == filepath.Dir(dir) {
			return "", false
		}
	}
}
