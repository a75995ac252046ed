package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// This file decides which places commands may write to: nothing that the user
// made is overwritten or mixed with output.

// runFiles are those of a run that ended while its directory was being made.
var runFiles = []string{"samples", "models", "run.lock", "environment.json", "results.jsonl"}

// checkRunDir reports, as an error, a folder that must not become a run
// directory, or, with resume, that holds no run to go on with.
func checkRunDir(dir string, resume bool) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		entries = nil
	} else if err != nil {
		return fmt.Errorf("--out %s cannot be a run directory: %w", dir, err)
	}
	if i := slices.IndexFunc(entries, isSpec); i >= 0 {
		return fmt.Errorf("--out %s is a folder of specs: it holds %s. Choose a folder for the run alone, such as %s",
			dir, entries[i].Name(), filepath.Join(dir, "run"))
	}
	if slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == "plan.json" }) {
		return nil
	}
	if resume {
		return fmt.Errorf("--out %s holds no run to go on with (it has no plan.json). Leave --resume out to start one there", dir)
	}
	if i := slices.IndexFunc(entries, isForeign); i >= 0 {
		return fmt.Errorf("--out %s is no run directory and is not empty: it holds %s. Choose a new or empty folder", dir, entries[i].Name())
	}
	return nil
}

func isSpec(e fs.DirEntry) bool {
	return filepath.Ext(e.Name()) == ".cue" || e.Name() == "cue.mod"
}

// isForeign reports whether a file is not one that starting a run makes. What
// is hidden, such as .gitignore, does not matter.
func isForeign(e fs.DirEntry) bool {
	return !strings.HasPrefix(e.Name(), ".") && !slices.Contains(runFiles, e.Name())
}

// checkReplace reports, as an error, a file that must not be overwritten: one
// that is not of the kind that is written there.
func checkReplace(path, kind string, isKind func(head []byte) bool) error {
	info, err := os.Stat(path)
	if err != nil {
		return nil // writing says what is wrong
	}
	switch {
	case info.IsDir():
		return fmt.Errorf("-o %s is a folder: name a file in it", path)
	case !info.Mode().IsRegular():
		return nil // a device or a pipe takes what it is given
	}
	head, err := headOf(path)
	if err != nil {
		return err
	}
	if len(head) > 0 && !isKind(head) {
		return fmt.Errorf("-o %s exists and is not %s: nothing was written. Choose another name, or --force to overwrite it", path, kind)
	}
	return nil
}

// outputFile is the file that a command writes, of the flags -o and --force.
type outputFile struct {
	path  string
	force bool
}

func (f *outputFile) add(c *cobra.Command, usage string) {
	c.Flags().StringVarP(&f.path, "out", "o", "", usage)
	c.Flags().BoolVar(&f.force, "force", false, "overwrite whatever file -o names")
}

// check reports, as an error, a file that must not be replaced.
func (f outputFile) check(replace func(path string) error) error {
	if f.path == "" || f.force {
		return nil
	}
	return replace(f.path)
}

// headBytes is how much of a file tells what it is.
const headBytes = 4096

func headOf(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, headBytes))
}

// checkPlanFile reports, as an error, a file that a plan must not replace.
func checkPlanFile(path string) error {
	if err := checkReplace(path, "a plan", isPlan); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(path), "results.jsonl")); err == nil && filepath.Base(path) == "plan.json" {
		return fmt.Errorf("-o %s is the plan of a run that was made with it: choose another name", path)
	}
	return nil
}

// isPlan reports whether a file starts as plans do, with their format.
func isPlan(head []byte) bool {
	d := json.NewDecoder(bytes.NewReader(head))
	brace, _ := d.Token()
	key, _ := d.Token()
	return brace == json.Delim('{') && key == "format"
}

// checkReportFile reports, as an error, a file that a report must not replace.
func checkReportFile(path string) error {
	return checkReplace(path, "a report of EdgeBench", func(head []byte) bool {
		if filepath.Ext(path) == ".pdf" {
			return bytes.HasPrefix(head, []byte("%PDF-")) && madeByUs(path)
		}
		return bytes.Contains(head, []byte(`name="generator" content="EdgeBench"`))
	})
}

// madeByUs reports whether a PDF names this program as its creator, which
// stands near the file's end, in UTF-16.
func madeByUs(path string) bool {
	data, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	var creator []byte
	for _, c := range []byte("EdgeBench") {
		creator = append(creator, 0, c)
	}
	at := bytes.LastIndex(data, []byte("/Creator"))
	return at >= 0 && bytes.Contains(data[at:], creator)
}
