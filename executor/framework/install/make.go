package install

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gofrs/flock"
	"github.com/shirou/gopsutil/v4/disk"
)

// Step is what an installation is at.
type Step struct {
	Package Package
	Words   string
}

// tool makes environments: uv, or Python's own venv and pip.
type tool struct {
	uv     string // empty: there is none
	python string // of a version that the package runs in; empty: uv finds one
}

// Install makes a package's environment, or completes it. tell is told each
// step and what the installer says. The error says what to do.
func (s Store) Install(ctx context.Context, p Package, tell func(Step)) error {
	if !p.Fits() {
		return fmt.Errorf("%s has no builds for this machine; it has them for %s", p.Name, strings.Join(p.Machines, ", "))
	}
	t, err := find(p)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(string(s), 0o777); err != nil {
		return err
	}
	lock := flock.New(s.Dir(p) + ".lock")
	if free, err := lock.TryLock(); err != nil || !free {
		return errors.Join(err, fmt.Errorf("another process installs %s: wait for it", p.Name))
	}
	defer lock.Unlock()
	state, err := s.Look(p)
	if err != nil || state == Ready {
		return err
	}
	if err := s.room(p, state); err != nil {
		return err
	}
	if state != Incomplete { // what was interrupted is gone on with
		if err := s.Remove(p); err != nil {
			return err
		}
	}
	return s.fill(ctx, p, t, tell)
}

// room checks that the disk has enough.
func (s Store) room(p Package, state State) error {
	usage, err := disk.Usage(string(s))
	if err != nil || state == Incomplete {
		return nil // then the installer finds out
	}
	if need := p.Download + p.Disk; usage.Free < uint64(need) {
		return fmt.Errorf("%s takes about %d MB while it is installed, and %s has %d MB free: free some, or name another folder in EDGEBENCH_FRAMEWORKS",
			p.Name, need/mb, string(s), usage.Free/mb)
	}
	return nil
}

// find chooses the tool.
func find(p Package) (tool, error) {
	var t tool
	t.uv, _ = exec.LookPath("uv")
	var met []string
	for _, path := range candidates(p) {
		version, err := versionOf(path)
		if err != nil {
			continue
		}
		if slices.Contains(p.Pythons, version) {
			t.python = path
			return t, nil
		}
		met = append(met, filepath.Base(path)+" is "+version)
	}
	wanted := strings.Join(p.Pythons, ", ")
	switch {
	case t.uv != "":
		return t, nil // uv fetches an interpreter where it can
	case len(met) == 0:
		return t, fmt.Errorf("no Python was found: install Python %s (such as `apt-get install python3 python3-venv`), or uv", wanted)
	}
	return t, fmt.Errorf("%s needs Python %s, and %s: install one of these, or uv", p.Name, wanted, strings.Join(met, ", "))
}

// candidates are interpreters that the package may run in: those on PATH, then
// those that pyenv keeps, which are on PATH only where somebody chose them.
func candidates(p Package) []string {
	var paths []string
	for _, name := range pythonNames(p) {
		if path, err := exec.LookPath(name); err == nil {
			paths = append(paths, path)
		}
	}
	root := pyenvRoot()
	for _, version := range p.Pythons {
		kept, _ := fs.Glob(os.DirFS(root), "versions/"+version+".*/bin/python") // the pattern is well-formed
		for _, path := range kept {
			paths = append(paths, filepath.Join(root, path))
		}
	}
	return paths
}

// pyenvRoot is where pyenv keeps its versions; empty where there is no home.
func pyenvRoot() string {
	if named := os.Getenv("PYENV_ROOT"); named != "" {
		return named
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".pyenv")
}

func pythonNames(p Package) []string {
	names := []string{"python3", "python"}
	for _, version := range p.Pythons {
		names = append(names, "python"+version)
	}
	return names
}

func versionOf(python string) (string, error) {
	out, err := exec.Command(python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])").Output()
	return strings.TrimSpace(string(out)), err
}

// fill installs the packages and marks the environment complete.
func (s Store) fill(ctx context.Context, p Package, t tool, tell func(Step)) error {
	dir := s.Dir(p)
	wanted, err := p.Requirements()
	if err != nil {
		return err
	}
	run := func(words string, command []string) error {
		tell(Step{p, words})
		return execute(ctx, func(line string) { tell(Step{p, line}) }, command)
	}
	if _, err := os.Stat(s.Python(p)); err != nil {
		if err := run("making an environment", t.make(p, dir)); err != nil {
			return fmt.Errorf("the environment of %s cannot be made: %w", p.Name, err)
		}
	}
	list := filepath.Join(dir, "requirements.txt")
	if err := os.WriteFile(list, wanted, 0o666); err != nil {
		return err
	}
	if err := run(fmt.Sprintf("installing about %d MB", p.Disk/mb), t.install(s.Python(p), list)); err != nil {
		return fmt.Errorf("the packages of %s cannot be installed: %w", p.Name, err)
	}
	version, err := versionOf(s.Python(p))
	if err != nil {
		return err
	}
	data, err := json.Marshal(mark{Requirements: digest(wanted), Python: version})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, markFile), append(data, '\n'), 0o666)
}

// make is the command that makes an environment.
func (t tool) make(p Package, dir string) []string {
	if t.uv == "" {
		return []string{t.python, "-m", "venv", dir}
	}
	python := t.python
	if python == "" {
		python = p.Pythons[0]
	}
	return []string{t.uv, "venv", "--quiet", "--allow-existing", "--python", python, dir}
}

// install is the command that installs what a list has, and only that: a list is
// complete, and leaves out what a framework names and does not need here.
func (t tool) install(python, list string) []string {
	if t.uv == "" {
		return []string{python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--only-binary=:all:", "--no-deps", "--require-hashes", "-r", list}
	}
	return []string{t.uv, "pip", "install", "--python", python, "--only-binary", ":all:", "--no-deps", "--require-hashes", "-r", list}
}

// lastWords are kept of an installer that fails.
const lastWords = 5

// execute runs a command and passes on what it says, line by line.
func execute(ctx context.Context, tell func(string), command []string) error {
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	read, write := io.Pipe()
	c.Stdout, c.Stderr = write, write
	said := make(chan []string)
	go func() {
		said <- listen(read, tell)
	}()
	err := c.Run()
	write.Close()
	last := <-said
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("%w\n  %s%s", err, strings.Join(last, "\n  "), remedy(last))
	}
	return nil
}

// listen passes on lines and returns the last ones.
func listen(r io.Reader, tell func(string)) (last []string) {
	lines := bufio.NewScanner(r)
	lines.Split(anyLine)
	for lines.Scan() {
		text := strings.TrimSpace(lines.Text())
		if text == "" {
			continue
		}
		tell(text)
		if last = append(last, text); len(last) > lastWords {
			last = last[1:]
		}
	}
	io.Copy(io.Discard, r) // behind a line too long to scan
	return last
}

// anyLine ends a line at a newline, or at the carriage return of a progress
// bar.
func anyLine(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if i := bytes.IndexAny(data, "\r\n"); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

const (
	noNetwork = "there is no way to the package index: run it again once there is a network"
	// uv's own interpreters come from there.
	noInterpreter = "install a Python of that version, such as by `pyenv install`, or by `uv python install` where github.com can be reached"
	badHash       = "what the index serves is not what was pinned: nothing of it was used"
)

// remedies say what to do about what an installer says.
var remedies = []struct{ sign, words string }{
	{"no interpreter found", noInterpreter},
	{"python-build-standalone", noInterpreter},
	{"no space left", "free space there, and run it again: it goes on where it stopped"},
	{"name resolution", noNetwork},
	{"dns error", noNetwork},
	{"connect", noNetwork},
	{"ensurepip", "install the module venv too, such as `apt-get install python3-venv`"},
	{"do not match the hash", badHash},
	{"hash mismatch", badHash},
}

func remedy(words []string) string {
	text := strings.ToLower(strings.Join(words, " "))
	for _, r := range remedies {
		if strings.Contains(text, r.sign) {
			return "\n  " + r.words
		}
	}
	return ""
}
