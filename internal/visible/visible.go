// Package visible makes text of strangers safe to show: names and notes of
// specs, models and records may hold characters that move a cursor, turn the
// direction of writing or are nothing to see.
package visible

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Line shows what is no visible character as an escape of JSON, such as \u001b
// or \n. Letters of all scripts stay.
func Line(text string) string {
	return short.Replace(shown(text, func(rune) bool { return false }))
}

var short = strings.NewReplacer(`\u000a`, `\n`, `\u0009`, `\t`)

// Text is the same, with line breaks and tabs kept.
func Text(text string) string {
	return shown(text, func(r rune) bool { return r == '\n' || r == '\t' })
}

func shown(text string, kept func(rune) bool) string {
	safe := true
	for _, r := range text {
		safe = safe && (kept(r) || Is(r)) && r != utf8.RuneError
	}
	if safe {
		return text
	}
	var b strings.Builder
	for _, r := range text { // a byte that is no UTF-8 is utf8.RuneError
		if kept(r) || Is(r) {
			b.WriteRune(r)
		} else {
			Escape(&b, r)
		}
	}
	return b.String()
}

// Joiners shape the letters of some scripts, and pictures of several parts.
const zeroWidthNonJoiner, zeroWidthJoiner = '\u200c', '\u200d'

// Is reports whether a character is visible, or needed by visible ones.
func Is(r rune) bool {
	return r >= ' ' && r < 0x7f || r > 0x7f && unicode.IsGraphic(r) || r == zeroWidthNonJoiner || r == zeroWidthJoiner
}

// Escape writes a character as JSON does, so that JSON keeps its meaning.
func Escape(b *strings.Builder, r rune) {
	if high, low := utf16.EncodeRune(r); high != unicode.ReplacementChar {
		fmt.Fprintf(b, `\u%04x\u%04x`, high, low)
		return
	}
	fmt.Fprintf(b, `\u%04x`, r)
}
