package pdf

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
)

// output is an uncompressed PDF as written by gofpdf, read back: the texts
// of each page, one a line, in the order they are drawn.
type output struct {
	raw   []byte
	pages []string
	at    []position // of every text that is not turned
}

type position struct {
	page int
	x, y float64
	text string
}

var (
	pageStream = regexp.MustCompile(`(?s)/Contents (\d+) 0 R>>`)
	showText   = regexp.MustCompile(`BT ([\d.-]+) ([\d.-]+) Td \(((?s:\\.|[^\\)])*)\) Tj ET`)
)

// read finds each page's content stream and the text shown in it.
func read(t testing.TB, raw []byte) output {
	t.Helper()
	out := output{raw: raw}
	for _, m := range pageStream.FindAllSubmatch(raw, -1) {
		stream := object(t, raw, string(m[1]))
		var lines []string
		for _, s := range showText.FindAllSubmatchIndex(stream, -1) {
			text := decode(stream[s[6]:s[7]])
			lines = append(lines, text)
			out.at = append(out.at, position{
				page: len(out.pages) + 1, text: text,
				x: number(stream[s[2]:s[3]]), y: number(stream[s[4]:s[5]]),
			})
		}
		out.pages = append(out.pages, strings.Join(lines, "\n"))
	}
	if len(out.pages) == 0 {
		t.Fatal("no page was found in the output")
	}
	return out
}

func number(b []byte) float64 {
	v, _ := strconv.ParseFloat(string(b), 64)
	return v
}

// object is the stream of an object. Streams hold arbitrary bytes, but none
// of gofpdf's ends with its end mark inside.
func object(t testing.TB, raw []byte, id string) []byte {
	t.Helper()
	_, rest, ok := bytes.Cut(raw, []byte("\n"+id+" 0 obj\n"))
	if !ok {
		t.Fatalf("no object %s", id)
	}
	_, rest, _ = bytes.Cut(rest, []byte("stream\n"))
	stream, _, _ := bytes.Cut(rest, []byte("\nendstream"))
	return stream
}

// decode reads a string operand: escaped UTF-16, big endian.
func decode(operand []byte) string {
	var b []byte
	for i := 0; i < len(operand); i++ {
		if operand[i] == '\\' && i+1 < len(operand) {
			i++
			if operand[i] == 'r' {
				b = append(b, '\r')
				continue
			}
		}
		b = append(b, operand[i])
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = uint16(b[2*i])<<8 | uint16(b[2*i+1])
	}
	return string(utf16.Decode(units))
}

func utf16BE(s string) string {
	b := []byte{0xfe, 0xff}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u>>8), byte(u))
	}
	return string(b)
}

func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`, "\r", `\r`).Replace(s)
}

func (o output) count(pattern string) int {
	return len(regexp.MustCompile(pattern).FindAll(o.raw, -1))
}

// bookmarks are the outline's titles.
func (o output) bookmarks() []string {
	var out []string
	for _, part := range bytes.Split(o.raw, []byte("<</Title (\xfe\xff"))[1:] {
		title, _, _ := bytes.Cut(part, []byte(")\n/Parent"))
		out = append(out, decode(title))
	}
	return out
}

// checkMargins: no text begins outside the page's margins.
func (o output) checkMargins(t *testing.T) {
	t.Helper()
	g, err := Options{}.geometry()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range o.at {
		if p.x < g.left-0.01 || p.x > g.right || p.y < 20 || p.y > g.height-20 {
			t.Errorf("page %d: %.30q begins at %.0f, %.0f, outside the margins", p.page, p.text, p.x, p.y)
		}
	}
}
