package console

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"edgebench/internal/visible"
)

// Clean makes a text safe to stand in a line: what is no visible character is
// shown as an escape of JSON, such as \u001b or \n. Letters of all scripts stay.
func Clean(text string) string { return visible.Line(text) }

// isLayout reports whether a character makes lines and columns.
func isLayout(r rune) bool { return r == '\n' || r == '\t' }

// clean escapes what is neither visible nor kept. A character whose rest is
// missing at the end is returned as partial.
func clean(text []byte, kept func(rune) bool) (safe string, partial []byte) {
	var b strings.Builder
	b.Grow(len(text))
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && size == 1 && !utf8.FullRune(text):
			return b.String(), append([]byte(nil), text...)
		case r == utf8.RuneError && size == 1:
			b.WriteRune(utf8.RuneError)
		case kept(r) || visible.Is(r):
			b.Write(text[:size])
		default:
			visible.Escape(&b, r)
		}
		text = text[size:]
	}
	return b.String(), nil
}

// most is how many characters of a word, and of a text, are shown.
const (
	mostOfWord = 500
	mostOfText = 4000
)

// Shorten cuts words and texts that are too long to be read.
func Shorten(text string) string {
	if len(text) <= mostOfWord {
		return text
	}
	words := strings.Split(text, " ")
	for i, w := range words {
		words[i] = shorten(w, mostOfWord)
	}
	return shorten(strings.Join(words, " "), mostOfText)
}

// shorten keeps both ends of a text.
func shorten(text string, most int) string {
	if len(text) <= most {
		return text
	}
	characters := []rune(text)
	if len(characters) <= most {
		return text
	}
	head, tail := most/2, most/4
	return fmt.Sprintf("%s… (%d characters) …%s", string(characters[:head]), len(characters), string(characters[len(characters)-tail:]))
}
