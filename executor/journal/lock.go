package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// ErrLocked is what Create returns, wrapped, where another process writes the run.
var ErrLocked = errors.New("is being written by another process")

// holder names the process that has the lock.
type holder struct {
	PID  int    `json:"pid"`
	Host string `json:"host"`
}

// holderAt is where the holder stands in the lock file: Windows locks the first byte against
// readers too.
const holderAt = 1

// acquire takes the run's lock, or says who has it. The operating system frees it when its process
// ends, however it ends; the file stays, since removing it would race with the next writer.
func acquire(dir string) (*flock.Flock, error) {
	path := filepath.Join(dir, lockFile)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return nil, advise(err, path)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, remediable(fmt.Errorf("%s is no regular file: remove it, or choose another folder", path), OtherFolder)
	}
	lock := flock.New(path)
	got, err := lock.TryLock()
	if err != nil {
		return nil, remediable(fmt.Errorf("%s: the file system cannot lock it: %w: choose a local folder", path, cause(err)), OtherFolder)
	}
	if !got {
		return nil, remediable(fmt.Errorf("%s %w%s: wait for it to end, or choose another folder", dir, ErrLocked, readHolder(f)), OtherFolder)
	}
	if err := writeHolder(f); err != nil {
		lock.Unlock()
		return nil, advise(err, path)
	}
	return lock, nil
}

func writeHolder(f *os.File) error {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	text, err := json.Marshal(holder{os.Getpid(), host})
	if err != nil {
		return err
	}
	n, err := f.WriteAt(append(text, '\n'), holderAt)
	if err != nil {
		return err
	}
	return f.Truncate(int64(holderAt + n))
}

// readHolder is " (process 12 on host h)", or nothing where the holder has not written it yet.
func readHolder(f *os.File) string {
	buf := make([]byte, 1024)
	n, _ := f.ReadAt(buf, holderAt) // io.EOF is the rule here
	line, _, _ := bytes.Cut(buf[:n], []byte("\n"))
	var h holder
	if json.Unmarshal(line, &h) != nil {
		return ""
	}
	return fmt.Sprintf(" (process %d on host %s)", h.PID, h.Host)
}
