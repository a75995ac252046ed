package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// advise names the path that an operation failed on, and says what to do.
func advise(err error, path string) error {
	if err == nil {
		return nil
	}
	if file, ok := fileInTheWay(path); ok {
		return fmt.Errorf("%s: %s is a file, not a folder: choose another --out: %w", path, file, cause(err))
	}
	if advice := adviceFor(err); advice != "" {
		return fmt.Errorf("%s: %w: %s", path, cause(err), advice)
	}
	return fmt.Errorf("%s: %w", path, cause(err))
}

func adviceFor(err error) string {
	switch {
	case isFull(err):
		return "free space there, then go on with --resume"
	case errors.Is(err, syscall.EFBIG):
		return "raise the limit on file sizes (ulimit -f), then go on with --resume"
	case isReadOnly(err):
		return "it is on a read-only file system: choose a writable folder with --out"
	case errors.Is(err, fs.ErrPermission):
		return "change its permissions, or choose a folder of your own with --out"
	}
	return ""
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
