// Package python has EdgeBench's runners in Python: one shared loop,
// and a small file per framework.
package python

import (
	"embed"
	"io/fs"
	"os"
	"path/filepath"
)

//go:embed *.py
var files embed.FS

// Variable is the environment's name of the interpreter.
const Variable = "EDGEBENCH_PYTHON"

// Named reports whether the environment names an interpreter.
func Named() bool { return os.Getenv(Variable) != "" }

// Interpreter is the one that the environment names, or python3.
func Interpreter() string { return Interpreters()[0] }

// Interpreters lists those to look for a framework in: the one that the
// environment names, or else python3 and the system's, whose packages are those
// of the distribution.
func Interpreters() []string {
	if p := os.Getenv(Variable); p != "" {
		return []string{p}
	}
	return []string{"python3", "/usr/bin/python3"}
}

// Write puts the runners into a folder.
func Write(dir string) error {
	names, err := fs.Glob(files, "*.py")
	if err != nil {
		return err
	}
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
