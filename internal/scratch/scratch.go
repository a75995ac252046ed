// Package scratch makes temporary folders that do not outlive their process for long. One that is killed
// leaves its folders behind, with models of hundreds of megabytes in them; the next that makes a folder removes
// those.
//
// A folder is its process's as long as that holds the lock on a file in it. The operating system frees
// the lock however the process ends, and so it is told from one that lives, in another container too. Note: the number of
// the process was rejected: it says nothing across containers, and is given out again.
package scratch

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

const (
	prefix   = "edgebench-"
	lockName = "owner.lock"
	// grace is how long a folder may be between being made and being locked.
	grace = time.Minute
)

var (
	sweeping sync.Once
	mu       sync.Mutex
	locks    = map[string]*flock.Flock{} // by folder
)

// Make makes a temporary folder of this process, "edgebench-NAME-*". The first call removes what
// dead processes have left.
func Make(name string) (string, error) {
	sweeping.Do(func() { Sweep(os.TempDir()) })
	dir, err := os.MkdirTemp("", prefix+name+"-*")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, lockName)
	lock := flock.New(path)
	if locked, err := lock.TryLock(); err != nil || !locked {
		// A file system without locks: nobody can tell when the folder is left, so it is never removed for that.
		return dir, errors.Join(lock.Close(), removeIfThere(path))
	}
	mu.Lock()
	defer mu.Unlock()
	locks[dir] = lock
	return dir, nil
}

func removeIfThere(path string) error {
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// Remove removes a folder with all that is in it.
func Remove(dir string) error {
	mu.Lock()
	lock := locks[dir]
	delete(locks, dir)
	mu.Unlock()
	if lock == nil {
		return os.RemoveAll(dir)
	}
	// Note: first the lock, since Windows removes no open file.
	return errors.Join(lock.Close(), os.RemoveAll(dir))
}

// Sweep removes what dead processes have left in a folder, and returns what it removed. What cannot be
// removed, as it is another user's, is left.
func Sweep(in string) (removed []string) {
	entries, err := os.ReadDir(in)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		dir := filepath.Join(in, e.Name())
		if e.IsDir() && strings.HasPrefix(e.Name(), prefix) && left(dir) && os.RemoveAll(dir) == nil {
			removed = append(removed, dir)
		}
	}
	return removed
}

// left reports whether a folder is a dead process's. One without a lock's file is of nobody that can be
// told.
func left(dir string) bool {
	path := filepath.Join(dir, lockName)
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || time.Since(info.ModTime()) < grace {
		return false
	}
	lock := flock.New(path, flock.SetFlag(os.O_RDWR)) // not created where it is gone meanwhile
	locked, err := lock.TryLock()
	return errors.Join(err, lock.Close()) == nil && locked
}
