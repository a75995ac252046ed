package pdf

import (
	"strings"
	"unicode/utf8"

	"edgebench/report/document"
	"edgebench/report/figure/face"
)

// Sizes of type, in points.
const (
	bodySize    = 10.0
	codeSize    = 8.5
	captionSize = 9.0
	noteSize    = 8.0
	smallSize   = 7.5
)

// leading is the distance of baselines for a size of type.
func leading(size float64) float64 { return size * 1.42 }

// style is how a text is set.
type style struct {
	face  *face.Face
	size  float64
	color rgb
	rise  float64 // above the baseline
	link  string
}

func (st style) bold() style {
	if st.face == face.Oblique {
		st.face = face.BoldOblique
	} else {
		st.face = face.Bold
	}
	return st
}

func (st style) oblique() style {
	if st.face == face.Bold {
		st.face = face.BoldOblique
	} else {
		st.face = face.Oblique
	}
	return st
}

func (st style) superscript() style {
	st.rise, st.size = st.size*0.35, st.size*0.72
	return st
}

// run is text of one style.
type run struct {
	text string
	style
}

// line is runs side by side.
type line struct {
	runs  []run
	width float64
}

// measure is the width of t in points.
func measure(t string, st style) float64 { return st.face.Width(t) * st.size }

// runs are spans in their faces, cleaned of what the faces lack.
func runs(spans []document.Span, base style) []run {
	out := make([]run, 0, len(spans))
	for _, s := range spans {
		st := base
		if s.Strong {
			st = st.bold()
		}
		if s.Emph {
			st = st.oblique()
		}
		if s.Code {
			st.face, st.size = face.Mono, st.size*0.92
		}
		if s.Link != "" {
			st.link, st.color = s.Link, accent
		}
		out = append(out, run{st.face.Clean(s.Text), st})
	}
	return out
}

// word is what stands between blanks; several runs where the style changes
// within it.
type word struct {
	runs  []run
	width float64
	blank *run // before the word, in the style it is written in
	brk   bool // a line ends before the word
}

// words parts runs at blanks and line breaks. A no-break space is no blank.
func words(rs []run) []word {
	var out []word
	var cur word
	flush := func() {
		if len(cur.runs) > 0 {
			out = append(out, cur)
			cur = word{}
		}
	}
	for _, r := range rs {
		for i, row := range strings.Split(r.text, "\n") {
			if i > 0 {
				flush()
				// A break without a word after it is kept by an empty word.
				if cur.brk {
					out = append(out, cur)
				}
				cur = word{brk: true}
			}
			for j, part := range strings.Split(row, " ") {
				if j > 0 {
					flush()
					cur.blank = &run{" ", r.style}
				}
				if part != "" {
					cur.runs = append(cur.runs, run{part, r.style})
					cur.width += measure(part, r.style)
				}
			}
		}
	}
	flush()
	return out
}

// breakLines fills lines of a width, ragged. A word wider than a line is
// broken where it must.
func breakLines(rs []run, width float64) []line {
	var lines []line
	var cur line
	for _, wd := range words(rs) {
		gap := 0.0
		if wd.blank != nil && len(cur.runs) > 0 {
			gap = measure(" ", wd.blank.style)
		}
		if wd.brk || len(cur.runs) > 0 && cur.width+gap+wd.width > width+1e-6 {
			lines = append(lines, cur)
			cur, gap = line{}, 0
		}
		if gap > 0 {
			cur.add(*wd.blank, gap)
		}
		for _, r := range wd.runs {
			for _, part := range chop(r, width-cur.width, width) {
				pw := measure(part, r.style)
				if len(cur.runs) > 0 && cur.width+pw > width+1e-6 {
					lines = append(lines, cur)
					cur = line{}
				}
				cur.add(run{part, r.style}, pw)
			}
		}
	}
	if len(cur.runs) > 0 {
		lines = append(lines, cur)
	}
	return lines
}

// add appends a run, joined to the last one where the style is the same, so
// that a reader's text selection sees whole lines.
func (l *line) add(r run, width float64) {
	l.width += width
	if n := len(l.runs) - 1; n >= 0 && l.runs[n].style == r.style {
		l.runs[n].text += r.text
		return
	}
	l.runs = append(l.runs, r)
}

// chop parts a run that is wider than a whole line, after a breakable
// character where there is one, into a first part that fits room and others
// that fit width.
func chop(r run, room, width float64) []string {
	if measure(r.text, r.style) <= max(room, width)+1e-6 {
		return []string{r.text}
	}
	var parts []string
	rest := r.text
	for rest != "" {
		n := fitting(rest, r.style, room)
		if n == 0 {
			room = width
			n = max(fitting(rest, r.style, room), firstRune(rest))
		}
		parts = append(parts, rest[:n])
		rest, room = rest[n:], width
	}
	return parts
}

// breakable are the characters after which a long word is best broken, if
// it does not begin with them. A point is none: numbers stay whole.
const breakable = "/-_&?"

func firstRune(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}

// fitting is how many bytes of t fit room: up to the last good place to
// break, if what follows it up to the next one fits a line of that width.
func fitting(t string, st style, room float64) int {
	sum, end, good := 0.0, 0, 0
	for i, r := range t {
		sum += st.face.Advance(r) * st.size
		if sum > room+1e-6 {
			break
		}
		end = i + utf8.RuneLen(r)
		if i > 0 && strings.ContainsRune(breakable, r) {
			good = end
		}
	}
	if end < len(t) && good > 0 {
		next := t[good:]
		if i := strings.IndexAny(next[1:], breakable); i >= 0 {
			next = next[:i+2]
		}
		if measure(next, st) <= room+1e-6 {
			return good
		}
	}
	return end
}

// draw writes the line from x with its baseline at y.
func (s *sheet) draw(l line, x, y float64) {
	for _, r := range l.runs {
		s.text(x, y, r.text, r.style)
		w := measure(r.text, r.style)
		if r.link != "" {
			s.link(x, y-r.size*0.8, w, r.size, r.link)
		}
		x += w
	}
}

// shorten cuts t with an ellipsis to a width.
func shorten(t string, st style, width float64) string {
	if measure(t, st) <= width {
		return t
	}
	n := fitting(t, st, width-measure("…", st))
	return strings.TrimRight(t[:n], " ") + "…"
}
