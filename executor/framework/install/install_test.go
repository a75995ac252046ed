package install

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestLook follows an environment from nothing to ready, and each way in which
// it is not.
func TestLook(t *testing.T) {
	s, p := Store(t.TempDir()), Packages()[0]
	expect := func(want State) {
		t.Helper()
		if got, err := s.Look(p); err != nil || got != want {
			t.Errorf("it is %q (%v), want %q", got, err, want)
		}
	}
	write := func(path, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	mark := filepath.Join(s.Dir(p), markFile)
	wanted, err := p.Requirements()
	if err != nil {
		t.Fatal(err)
	}
	expect(Missing)
	write(s.Python(p), "")
	expect(Incomplete)
	write(mark, "{torn")
	expect(Incomplete)
	write(mark, `{"requirements": "of another version"}`)
	expect(Outdated)
	write(mark, `{"requirements": "`+digest(wanted)+`"}`)
	expect(Ready)
	if err := os.Remove(s.Python(p)); err != nil {
		t.Fatal(err)
	}
	expect(Damaged)
	if err := s.Remove(p); err != nil {
		t.Fatal(err)
	}
	expect(Missing)
}

// TestInstallFails runs an installer that fails as real ones do: its last words
// are told with what to do, and what is there stays incomplete, so that it is
// gone on with.
func TestInstallFails(t *testing.T) {
	p := Packages()[0]
	if runtime.GOOS == "windows" || !p.Fits() {
		t.Skip("the scripted Python is a shell script, for a machine that the package has builds for")
	}
	bin := t.TempDir()
	script := `#!/bin/sh
case "$*" in
*version_info*) echo ` + p.Pythons[0] + ` ;;
*venv*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
*) echo 'Collecting things'; echo 'ERROR: [Errno 28] No space left on device' >&2; exit 1 ;;
esac
`
	if err := os.WriteFile(filepath.Join(bin, "python3"), []byte(script), 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":/usr/bin:/bin")
	if _, err := os.Stat("/usr/bin/uv"); err == nil {
		t.Skip("uv is installed where the shell's own tools are")
	}
	s := Store(t.TempDir())
	err := s.Install(t.Context(), p, func(Step) {})
	if err == nil || !strings.Contains(err.Error(), "No space left on device") || !strings.Contains(err.Error(), "it goes on where it stopped") {
		t.Errorf("the error is %v", err)
	}
	if state, err := s.Look(p); err != nil || state != Incomplete {
		t.Errorf("what is left is %q (%v)", state, err)
	}
}

// TestNoPython says what to install.
func TestNoPython(t *testing.T) {
	p := Packages()[0]
	if !p.Fits() {
		t.Skip("the package has no builds for this machine")
	}
	t.Setenv("PATH", t.TempDir())
	t.Setenv("PYENV_ROOT", t.TempDir())
	s := Store(filepath.Join(t.TempDir(), "store"))
	err := s.Install(t.Context(), p, func(Step) {})
	if err == nil || !strings.HasPrefix(err.Error(), "no Python was found: install Python "+p.Pythons[0]) {
		t.Errorf("the error is %v", err)
	}
	if _, err := os.Stat(string(s)); err == nil {
		t.Error("it left a folder")
	}
}

// TestPyenv: an interpreter that pyenv keeps is found although PATH lacks it,
// and one of another version is not taken.
func TestPyenv(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the scripted Pythons are shell scripts")
	}
	root := t.TempDir()
	for version, says := range map[string]string{"3.1.4": "3.1", "3.10.13": "3.10"} {
		bin := filepath.Join(root, "versions", version, "bin")
		if err := os.MkdirAll(bin, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(bin, "python"), []byte("#!/bin/sh\necho "+says+"\n"), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", t.TempDir())
	t.Setenv("PYENV_ROOT", root)
	got, err := find(Package{Name: "old", Pythons: []string{"3.10"}})
	if want := filepath.Join(root, "versions", "3.10.13", "bin", "python"); err != nil || got.python != want {
		t.Errorf("found %q (%v), want %q", got.python, err, want)
	}
	if got, err := find(Package{Name: "older", Pythons: []string{"3.7"}}); err == nil || !strings.Contains(err.Error(), "install Python 3.7") {
		t.Errorf("found %q (%v)", got.python, err)
	}
}
