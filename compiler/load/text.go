package load

import (
	"strings"
	"unicode/utf8"
)

// within finds the place after some runes of a text, in the literal that spells
// it: lines and bytes after the literal's beginning, and, after its first line,
// after the beginning of the line.
func within(literal string, runes int) (line, col int, ok bool) {
	hashes := len(literal) - len(strings.TrimLeft(literal, "#"))
	marks := literal[:hashes]
	body := strings.TrimSuffix(literal[hashes:], marks)
	switch {
	case strings.HasPrefix(body, `"""`):
		return withinLines(strings.Split(body, "\n"), runes)
	case strings.HasPrefix(body, `"`) && len(body) >= 2:
		col, ok = afterRunes(body[1:len(body)-1], `\`+marks, runes)
		return 0, hashes + 1 + col, ok
	}
	return 0, 0, false
}

// withinLines is within for a literal of several lines, whose last one holds
// the indentation that does not count.
func withinLines(lines []string, runes int) (line, col int, ok bool) {
	last := lines[len(lines)-1]
	indent := last[:len(last)-len(strings.TrimLeft(last, " \t"))]
	for i, text := range lines[1 : len(lines)-1] {
		text = strings.TrimPrefix(text, indent)
		if n := utf8.RuneCountInString(text); runes > n {
			runes -= n + 1
			continue
		}
		col, ok = afterRunes(text, `\`, runes)
		return i + 1, len(indent) + col, ok
	}
	return 0, 0, false
}

// afterRunes counts the bytes that spell the first runes of a text. Escapes of
// one character, such as \", count as one; others are not looked into.
func afterRunes(text, escape string, runes int) (bytes int, ok bool) {
	for ; runes > 0; runes-- {
		rest := text[bytes:]
		if rest == "" {
			return 0, false
		}
		if strings.HasPrefix(rest, escape) {
			bytes += len(escape)
			if rest = text[bytes:]; rest == "" || !strings.ContainsRune(`"\/abfnrtv'`, rune(rest[0])) {
				return 0, false
			}
		}
		_, size := utf8.DecodeRuneInString(rest)
		bytes += size
	}
	return bytes, true
}
