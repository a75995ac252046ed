package expression

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Template is a text in which {expression} is replaced by its value.
type Template struct{ pieces []piece }

// piece is literal text, or an expression whose value is put in its place.
type piece struct {
	text  string
	value *Program
}

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

// CompileTemplate compiles the expressions in a text. The offset of the *Fault
// that it may return counts from the beginning of the text.
func CompileTemplate(text string, scope Scope, known Known) (*Template, error) {
	t := &Template{}
	end := 0
	for _, at := range placeholder.FindAllStringIndex(text, -1) {
		program, err := Compile(text[at[0]+1:at[1]-1], scope, Any, known)
		if err != nil {
			var f *Fault
			if errors.As(err, &f) {
				f.Offset += utf8.RuneCountInString(text[:at[0]+1])
			}
			return nil, err
		}
		t.pieces = append(t.pieces, piece{text: text[end:at[0]]}, piece{value: program})
		end = at[1]
	}
	t.pieces = append(t.pieces, piece{text: text[end:]})
	return t, nil
}

// Mentions reports whether a name of the scope is in one of the expressions.
func (t *Template) Mentions(name string) bool {
	for _, p := range t.pieces {
		if p.value != nil && p.value.Mentions(name) {
			return true
		}
	}
	return false
}

// Run writes the text over a value of its scope.
func (t *Template) Run(env any) (string, error) {
	var b strings.Builder
	for _, p := range t.pieces {
		b.WriteString(p.text)
		if p.value == nil {
			continue
		}
		v, err := p.value.Run(env)
		if err != nil {
			return "", err
		}
		if n, isNumber := v.(float64); isNumber {
			v = strconv.FormatFloat(n, 'f', -1, 64)
		}
		fmt.Fprint(&b, v)
	}
	return b.String(), nil
}
