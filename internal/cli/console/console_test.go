package console

import (
	"strings"
	"testing"
)

// texts are what a status line has to bear.
var texts = []string{
	"short",
	strings.Repeat("a long line that does not fit ", 10),
	strings.Repeat("漢字", 60),
	strings.Repeat("e\u0301\u0300", 120),
	"ResNet-18\x1b[31m on host\nwith a second line\r" + strings.Repeat("x", 70),
	strings.Repeat("💻", 50),
	"",
	"short again",
}

// TestStatusTakesOneLine shows that only one row is ever taken, whatever is
// shown and however the window changes.
func TestStatusTakesOneLine(t *testing.T) {
	for _, width := range []int{3, 20, 60, 100} {
		s := newScreen(width, 30)
		c := &Console{raw: s, terminal: true, width: func() int { return s.cols }}
		c.Write([]byte("message\n"))
		for round := range 40 {
			c.Status(texts[round%len(texts)])
			assertRows(t, s, "message")
			if round%5 == 4 {
				s.resize([]int{width/2 + 1, 2*width + 3, width}[round/5%3])
			}
		}
		s.resize(width)
		c.Status("")
		assertRows(t, s, "message")
		if got := strings.Join(s.text(), ""); got != "message" {
			t.Errorf("at width %d the screen ends as %q", width, got)
		}
	}
}

// TestStatusOfDisputedWidth shows characters that terminals give several widths:
// here two columns each part of what others draw in two.
func TestStatusOfDisputedWidth(t *testing.T) {
	s := newScreen(60, 30)
	c := &Console{raw: s, terminal: true, width: func() int { return s.cols }}
	c.Write([]byte("message\n"))
	for range 5 {
		c.Status(strings.Repeat("👩\u200d💻", 50))
		assertRows(t, s, "message")
	}
}

// assertRows fails unless the screen holds the message and at most one row more.
func assertRows(t *testing.T, s *screen, message string) {
	t.Helper()
	rows := s.text()
	wrapped := (len(message) + s.cols - 1) / s.cols
	if len(rows) > wrapped+1 {
		t.Fatalf("at width %d the screen has %d rows:\n%s", s.cols, len(rows), strings.Join(rows, "\n"))
	}
	if got := strings.Join(rows[:wrapped], ""); got != message {
		t.Fatalf("at width %d the message is %q", s.cols, got)
	}
}

// TestMessagesStandAlone shows that message replaces the status line.
func TestMessagesStandAlone(t *testing.T) {
	s := newScreen(60, 30)
	c := &Console{raw: s, terminal: true, colour: true, width: func() int { return s.cols }}
	c.Status("measuring")
	c.Write([]byte("first\n"))
	c.Status("measuring more")
	Print(c, Red, "second\n")
	if got := strings.Join(s.text(), "|"); got != "first|second" {
		t.Errorf("the screen shows %q", got)
	}
}

func TestElsewhereIsPlain(t *testing.T) {
	var b strings.Builder
	c := &Console{raw: &b, width: func() int { return 80 }}
	c.Status("measuring")
	Print(c, Red, "failed\n")
	if got := b.String(); got != "failed\n" {
		t.Errorf("a file gets %q", got)
	}
}

func TestClean(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"Grüße, 漢字, हिन्दी, می\u200cخواهم", "Grüße, 漢字, हिन्दी, می\u200cخواهم"},
		{"\x1b[31mRED\x1b]0;title\a", `\u001b[31mRED\u001b]0;title\u0007`},
		{"a\nb\tc\r\x00\x7f\u0085\u009b", `a\nb\tc\u000d\u0000\u007f\u0085\u009b`},
		{"\u202eevil\u2066\ufeff", `\u202eevil\u2066\ufeff`},
		{"\U000e0001", `\udb40\udc01`},
		{"\x9b31m", "\ufffd31m"},
	} {
		if got := Clean(c.text); got != c.want {
			t.Errorf("Clean(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

// TestWriteInParts shows that a character may come in two parts.
func TestWriteInParts(t *testing.T) {
	var b strings.Builder
	c := &Console{raw: &b}
	for _, part := range []string{"a\xe6", "\xbc\xa2\x1b", "[31m\n"} {
		if n, err := c.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatal(n, err)
		}
	}
	if got, want := b.String(), `a漢\u001b[31m`+"\n"; got != want {
		t.Errorf("%q was written, want %q", got, want)
	}
}

func TestShorten(t *testing.T) {
	for _, c := range []struct {
		name, text string
		most       int
	}{
		{"one word", "no model named " + strings.Repeat("x", 100_000), 500},
		{"many words", strings.Repeat("word ", 100_000), 4000},
	} {
		got := Shorten(c.text)
		if n := len([]rune(got)); n > c.most || !strings.Contains(got, "characters) …") {
			t.Errorf("%s: %d characters are left, want at most %d", c.name, n, c.most)
		}
	}
	if text := strings.Repeat("a word or two ", 30); Shorten(text) != text {
		t.Error("a text of usual length is changed")
	}
}
