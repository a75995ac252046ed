package exhibit

import (
	"errors"
	"fmt"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"

	"edgebench/compiler/spec"
	"edgebench/report/document"
	"edgebench/report/figure"
	"edgebench/report/table"
)

// Notice is what the report says in place of a figure or table that it cannot
// show, and beside a claim that could not be evaluated.
type Notice struct {
	Study string // empty where it is of no study
	Kind  string // figures, tables or claims, as in a spec
	Name  string
	Also  []string // names of more that it is of, shown in the place of the first
	Why   string
	Fault bool // something is to be mended; else there is merely nothing to show
}

// Path is where in a spec the notice belongs.
func (n Notice) Path() string {
	paths := n.Kind + "." + n.Name
	for _, name := range n.Also {
		paths += ", " + n.Kind + "." + name
	}
	return paths
}

// Remedy is what to do; empty where nothing is wrong.
func (n Notice) Remedy() string {
	if !n.Fault || n.Study == "" {
		return ""
	}
	return fmt.Sprintf("Mend %s in the spec of the study %s; then `edgebench report RUN --spec PATH` makes the report again, of the same results.", n.Path(), n.Study)
}

func (n Notice) String() string {
	text := n.Path() + ": " + n.Why
	if n.Study != "" {
		text = "study " + n.Study + ": " + text
	}
	return text
}

// shown is the notice as the document has it.
func (n Notice) shown() document.Notice {
	kind := map[string]string{"figures": "figure", "tables": "table"}[n.Kind]
	text := n.Why
	if remedy := n.Remedy(); remedy != "" {
		text += ". " + remedy
	}
	label := kind + " " + n.Name
	if len(n.Also) > 0 {
		label = kind + "s " + strings.Join(append([]string{n.Name}, n.Also...), ", ")
	}
	return document.Notice{Anchor: kind + ":" + n.Name, Label: label, Text: text}
}

// note keeps a notice, and puts it in the place of its figure or table.
func (s *Set) note(n Notice) {
	s.Notices = append(s.Notices, n)
	if n.Kind != "claims" {
		s.Exhibits.Notices = append(s.Exhibits.Notices, n.shown())
	}
}

// addFigure keeps a figure that can be drawn. A notice stands in the place of
// one that cannot: nothing that is wrong with one figure keeps the rest of a
// report from being written.
func (s *Set) addFigure(study, name string, build func() (*figure.Figure, error)) *figure.Figure {
	chart, err := drawable(name, build)
	n := Notice{Study: study, Kind: "figures", Name: name, Fault: true}
	if err == nil {
		s.Exhibits.Figures = append(s.Exhibits.Figures, chart)
		return chart
	}
	var none nothing
	n.Why, n.Fault = reasonFor(name, err), !errors.As(err, &none)
	if none.lacks.any() {
		s.lack(n, none.lacks)
	} else {
		s.note(n)
	}
	return nil
}

// nothing is why a figure has nothing to show, which is no fault, and the
// frameworks that it would need for it.
type nothing struct {
	why   string
	lacks lacking
}

func (n nothing) Error() string { return n.why }

// lack keeps a notice of a figure that frameworks are missing for: one notice
// tells of all such figures of a study.
func (s *Set) lack(n Notice, lacks lacking) {
	l := &s.unfilled
	if l.notice.Name == "" {
		l.notice = n
	} else {
		l.notice.Also = append(l.notice.Also, n.Name)
	}
	l.lacks.include(lacks)
}

// unfilled are the figures of a study that frameworks are missing for.
type unfilled struct {
	notice Notice
	lacks  lacking
}

// tellLacking notes the figures that frameworks are missing for, and what to do.
func (s *Set) tellLacking() {
	if l := s.unfilled; l.notice.Name != "" {
		l.notice.Why = "Needed and not installed: " + l.lacks.String()
		s.note(l.notice)
	}
	s.unfilled = unfilled{}
}

// addTable does the same for a table. One that is nil is left out.
func (s *Set) addTable(study, name string, build func() *table.Table) {
	t, err := showable(name, build)
	if err != nil {
		s.note(Notice{Study: study, Kind: "tables", Name: name, Why: reasonFor(name, err), Fault: true})
	} else if t != nil {
		s.Exhibits.Tables = append(s.Exhibits.Tables, t)
	}
}

// maxReasons of a figure's faults are listed: every one of its values may be wrong in
// the same way.
const maxReasons = 3

// reasonFor puts what is wrong with something of a name into one line.
func reasonFor(name string, err error) string {
	text := err.Error()
	for _, kind := range []string{"figure", "table"} {
		text = strings.ReplaceAll(text, fmt.Sprintf("%s %q: ", kind, name), "")
	}
	lines := strings.Split(text, "\n")
	if more := len(lines) - maxReasons; more > 0 {
		lines = append(lines[:maxReasons], fmt.Sprintf("and %d more like it", more))
	}
	return strings.Join(lines, "; ")
}

// drawable makes a figure and draws it once, on a canvas that only notes what
// is asked of it.
func drawable(name string, build func() (*figure.Figure, error)) (chart *figure.Figure, err error) {
	defer spec.Recover("figure "+name, &err)
	if chart, err = build(); err != nil {
		return nil, err
	}
	width, height, err := chart.Size(0)
	if err != nil {
		return nil, err
	}
	return chart, chart.Draw(draw.NewCanvas(&recorder.Canvas{}, max(width, vg.Inch), height))
}

func showable(name string, build func() *table.Table) (t *table.Table, err error) {
	defer spec.Recover("table "+name, &err)
	if t = build(); t == nil {
		return nil, nil
	}
	return t, t.Check()
}
