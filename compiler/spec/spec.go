// Package spec holds what specs say, as plain data: models, frameworks,
// platforms, rules, experiments, figures and claims.
//
// Package load fills it from CUE. A Spec can say where the user wrote each of
// its values, so that whatever looks at it later can report errors with a
// position.
package spec

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"edgebench/compiler/spec/policy"
)

// Spec is one directory of specs together with the built-in catalogue.
type Spec struct {
	Study         *Study                `json:"study"`
	Models        Named[*Model]         `json:"models"`
	Frameworks    Named[*Framework]     `json:"frameworks"`
	Optimizations Named[*Optimization]  `json:"optimizations"`
	Platforms     Named[*Platform]      `json:"platforms"`
	Policies      Named[*policy.Policy] `json:"policies"`
	Rules         Named[*Rule]          `json:"rules"`
	Cells         Named[*Cell]          `json:"cells"`
	Sources       Named[*Source]        `json:"sources"`
	Experiments   Named[*Experiment]    `json:"experiments"`
	Figures       Named[*Figure]        `json:"figures"`
	Tables        Named[*Table]         `json:"tables"`
	Claims        Named[*Claim]         `json:"claims"`

	// Files are the spec's folder; nil where it is not known.
	Files fs.FS `json:"-"`
	// Dir is the absolute path of the folder, "" of a built-in spec, whose files
	// are not on disk.
	Dir string `json:"-"`
	// Text says where values were written.
	Text Locator `json:"-"`
}

// Locator finds values in the text of a spec.
type Locator interface {
	// Locate returns the position of the value at a path of names and list
	// indices, or of the nearest enclosing one that a file spells out, and the
	// path written as CUE.
	Locate(elements ...any) (Position, string)
	// LocateIn returns the position of what stands after some runes of the text
	// at a path, if a file spells that text out in one piece.
	LocateIn(runes int, elements ...any) (Position, bool)
}

// At returns the position of the value at a path of names and list indices,
// or of the nearest enclosing one that a file spells out, and the path written
// as CUE.
func (s *Spec) At(elements ...any) (Position, string) { return s.Text.Locate(elements...) }

// Fault makes a diagnostic about the value at a path.
func (s *Spec) Fault(at []any, format string, args ...any) Diagnostic {
	pos, path := s.At(at...)
	return Diagnostic{Position: pos, Path: path, Msg: fmt.Sprintf(format, args...)}
}

// FaultIn is Fault for a field below a path, such as "warmup.max_count" or
// "percentiles[0]".
func (s *Spec) FaultIn(at []any, field, format string, args ...any) Diagnostic {
	at = slices.Clip(at)
	for _, part := range strings.FieldsFunc(field, func(r rune) bool { return strings.ContainsRune(".[]", r) }) {
		if index, err := strconv.Atoi(part); err == nil {
			at = append(at, index)
		} else {
			at = append(at, part)
		}
	}
	return s.Fault(at, format, args...)
}

// maxData is the size of a data file. The paper's has 0.05 MB.
const maxData = 64 << 20

// ReadFile reads a data file that the spec names, relative to the spec. Names
// that lead out of the spec's folder are refused, and so is what is no regular
// file.
func (s *Spec) ReadFile(name string) ([]byte, error) {
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return nil, fmt.Errorf("%s leads out of the spec's folder: data files must lie in it or below", name)
	}
	path := filepath.ToSlash(name)
	info, err := fs.Stat(s.Files, path)
	if failed := (*fs.PathError)(nil); errors.As(err, &failed) {
		err = failed.Err // without the system's name of the call
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("data file: %s: %w", name, err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("data file: %s is no regular file: a pipe or a device has no content to go by", name)
	case info.Size() > maxData:
		return nil, fmt.Errorf("data file: %s has %d MB, and %d are read: divide it into several sources", name, info.Size()>>20, maxData>>20)
	}
	data, err := fs.ReadFile(s.Files, path)
	if err != nil {
		return nil, fmt.Errorf("data file: %w", err)
	}
	return data, nil
}
