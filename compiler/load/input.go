package load

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"unicode/utf8"

	"cuelang.org/go/cue/scanner"
	"cuelang.org/go/cue/token"

	"edgebench/compiler/spec"
	"edgebench/internal/regular"
)

const (
	// maxSpecFile is the size of a spec's file. The catalogue has 0.1 MB.
	maxSpecFile = 16 << 20
	// maxParts is how long an expression may be, such as a sum. The evaluator
	// takes some KiB of stack for each part.
	maxParts = 10_000
)

// checkFiles refuses what the evaluator must not be given: pipes and devices,
// files without an end, and expressions that take all its stack.
func (src source) checkFiles() error {
	pattern := filepath.Join(escapeGlob(src.config.Dir), "*.cue")
	if name := src.args[0]; name != "." {
		pattern = filepath.Join(escapeGlob(src.config.Dir), escapeGlob(name))
	}
	files, err := filepath.Glob(pattern)
	if err != nil {
		return err
	}
	var faults spec.Diagnostics
	for _, file := range files {
		faults = append(faults, checkFile(file, src.display(file))...)
	}
	return faults.Err()
}

func checkFile(file, name string) spec.Diagnostics {
	fault := func(line, col int, format string, args ...any) spec.Diagnostics {
		return spec.Diagnostics{{Position: spec.Position{File: name, Line: line, Col: col}, Msg: fmt.Sprintf(format, args...)}}
	}
	data, err := regular.ReadFile(file, maxSpecFile)
	if err != nil {
		if failed := (*fs.PathError)(nil); errors.As(err, &failed) {
			err = failed.Err // the position names the file
		}
		return fault(1, 1, "the file cannot be read: %v", err)
	}
	if line, col, ok := invalidUTF8(data); !ok {
		return fault(line, col, "the file is not UTF-8 text from here on: save it in that encoding")
	}
	if p := longExpression(file, data); p.IsValid() {
		return fault(p.Line(), p.Column(), "an expression has more than %d parts here: divide it, or write a comprehension", maxParts)
	}
	return nil
}

// invalidUTF8 is where a text is not UTF-8.
func invalidUTF8(data []byte) (line, col int, ok bool) {
	line, col = 1, 1
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return line, col, false
		case r == '\n':
			line, col = line+1, 0
		}
		i += size
		col += size // as the parser counts
	}
	return 0, 0, true
}

// longExpression is where an expression becomes too long. The parser itself
// bounds how deep expressions lie in each other.
func longExpression(file string, data []byte) token.Pos {
	var s scanner.Scanner
	s.Init(token.NewFile(file, -1, len(data)), data, func(token.Pos, string, []any) {}, 0)
	parts := []int{0} // of the expression at each depth
	for {
		pos, tok, _ := s.Scan()
		last := len(parts) - 1
		switch tok {
		case token.EOF:
			return token.NoPos
		case token.LPAREN, token.LBRACK, token.LBRACE:
			parts = append(parts, 0)
		case token.RPAREN, token.RBRACK, token.RBRACE:
			parts = parts[:max(1, last)]
		case token.COMMA:
			parts[last] = 0
		default:
			if parts[last]++; parts[last] > maxParts {
				return pos
			}
		}
	}
}
