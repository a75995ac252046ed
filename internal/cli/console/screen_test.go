package console

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// screen is a small model of a terminal: of a grid of cells, the cursor, and
// wrapping, as xterm and tmux have them. A line that wrapped is wrapped anew
// when the window's width changes, as tmux and others do.
type screen struct {
	cols, rows int
	lines      []line // from the first that was ever written
	x, y       int    // the cursor, y counted in lines
	noWrap     bool
}

// line is a row of the screen. Cells after a wide character are empty.
type line struct {
	cells   []string
	wrapped bool // goes on in the next row
}

func newScreen(cols, rows int) *screen {
	return &screen{cols: cols, rows: rows, lines: make([]line, 1)}
}

// text is what every row shows, those scrolled away and no empty last ones included.
func (s *screen) text() []string {
	var rows []string
	for _, l := range s.lines {
		rows = append(rows, strings.TrimRight(strings.Join(l.cells, ""), " "))
	}
	for len(rows) > 0 && rows[len(rows)-1] == "" {
		rows = rows[:len(rows)-1]
	}
	return rows
}

func (s *screen) Write(text []byte) (int, error) {
	n := len(text)
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch r {
		case '\x1b':
			size = s.control(string(text))
		case '\r':
			s.x = 0
		case '\n':
			s.x = 0 // the terminal's driver adds the return
			s.down()
		default:
			s.put(r)
		}
		text = text[size:]
	}
	return n, nil
}

func (s *screen) down() {
	s.y++
	if s.y == len(s.lines) {
		s.lines = append(s.lines, line{})
	}
}

func (s *screen) put(r rune) {
	w := runewidth.RuneWidth(r)
	if w == 0 {
		if cells := s.lines[s.y].cells; s.x > 0 && s.x <= len(cells) {
			cells[s.x-1] += string(r)
		}
		return
	}
	if s.x+w > s.cols {
		if s.noWrap {
			s.x = max(0, s.cols-w)
		} else {
			s.lines[s.y].wrapped = true
			s.x = 0
			s.down()
		}
	}
	l := &s.lines[s.y]
	for len(l.cells) < s.x+w {
		l.cells = append(l.cells, " ")
	}
	l.cells[s.x] = string(r)
	if w == 2 {
		l.cells[s.x+1] = ""
	}
	s.x += w
}

// control carries out a control sequence and returns its length.
func (s *screen) control(text string) int {
	end := strings.IndexFunc(text[2:], func(r rune) bool { return r >= '@' && r <= '~' }) + 2
	parameter := text[2:end]
	switch text[end] {
	case 'A':
		n, err := strconv.Atoi(parameter)
		if err != nil {
			panic(err)
		}
		s.y = max(0, s.y-n)
	case 'K':
		s.eraseRight()
	case 'J':
		s.eraseRight()
		s.lines = s.lines[:s.y+1]
	case 'h', 'l':
		s.noWrap = text[end] == 'l'
	case 'm':
	default:
		panic("the model has no sequence " + strconv.Quote(text[:end+1]))
	}
	return end + 1
}

func (s *screen) eraseRight() {
	l := &s.lines[s.y]
	l.cells, l.wrapped = l.cells[:min(s.x, len(l.cells))], false
}

// resize wraps every line anew. The cursor keeps its character.
func (s *screen) resize(cols int) {
	old, cursor := s.lines, [2]int{s.x, s.y}
	s.cols, s.lines, s.x, s.y = cols, make([]line, 1), 0, 0
	at := [2]int{}
	for i, l := range old {
		for j, cell := range l.cells {
			if cursor == [2]int{j, i} {
				at = [2]int{s.x, s.y}
			}
			for k, r := range cell {
				if k == 0 || runewidth.RuneWidth(r) == 0 {
					s.put(r)
				}
			}
		}
		if i == cursor[1] && cursor[0] >= len(l.cells) {
			at = [2]int{s.x, s.y}
		}
		if !l.wrapped && i < len(old)-1 {
			s.x = 0
			s.down()
		}
	}
	s.x, s.y = at[0], at[1]
}
