package load

import (
	"strings"
	"testing"
)

// TestWithin finds the letter X of a text in the literal that spells it.
func TestWithin(t *testing.T) {
	for _, c := range []struct {
		literal, text string
	}{
		{`"abXc"`, "abXc"},
		{`"X"`, "X"},
		{`"a \"b\" X"`, `a "b" X`},
		{`"é \t Xx"`, "é \t Xx"},
		{`#"a "b" \n X"#`, `a "b" \n X`},
		{`#"a \#n X"#`, "a \n X"},
		{"\"\"\"\n\t\tone X\n\t\ttwo\n\t\t\"\"\"", "one X\ntwo"},
		{"\"\"\"\n\t\tone\n\t\t  two X\n\t\t\"\"\"", "one\n  two X"},
	} {
		runes := len([]rune(c.text[:strings.Index(c.text, "X")]))
		line, col, ok := within(c.literal, runes)
		lines := strings.Split(c.literal, "\n")
		if !ok || lines[line][col:col+1] != "X" {
			t.Errorf("%s: line %d, column %d, %v", c.literal, line, col, ok)
		}
	}
	if _, _, ok := within(`"a \u0041 X"`, 4); ok {
		t.Error("an escape of several characters is looked into")
	}
}
