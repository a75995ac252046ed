package console

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Clean makes a text safe to stand in a line: what is no visible character is
// shown as an escape of JSON, such as \u001b or \n. Letters of all scripts stay.
func Clean(text string) string {
	safe, _ := clean([]byte(text), func(rune) bool { return false })
	return strings.ReplaceAll(strings.ReplaceAll(safe, `\u000a`, `\n`), `\u0009`, `\t`)
}

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
		case kept(r) || isVisible(r):
			b.Write(text[:size])
		default:
			escape(&b, r)
		}
		text = text[size:]
	}
	return b.String(), nil
}

// Joiners shape the letters of some scripts, and pictures of several parts.
const zeroWidthNonJoiner, zeroWidthJoiner = '\u200c', '\u200d'

func isVisible(r rune) bool {
	return r >= ' ' && r < 0x7f || r > 0x7f && unicode.IsGraphic(r) || r == zeroWidthNonJoiner || r == zeroWidthJoiner
}

// escape writes a character as JSON does, so that JSON that is written to a
// console keeps its meaning.
func escape(b *strings.Builder, r rune) {
	if high, low := utf16.EncodeRune(r); high != unicode.ReplacementChar {
		fmt.Fprintf(b, `\u%04x\u%04x`, high, low)
		return
	}
	fmt.Fprintf(b, `\u%04x`, r)
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
