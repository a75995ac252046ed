package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"edgebench/compiler/catalog"
	"edgebench/compiler/plan"
	"edgebench/executor"
)

// progress shows how a run goes on: on a terminal one line that is rewritten,
// elsewhere a line for each job that has ended.
type progress struct {
	w        io.Writer
	terminal bool
	jobs     []plan.Job // that were planned
	spent    map[string]time.Duration
	started  time.Time
	replayed int
}

func newProgress(f *os.File, p *plan.Plan) *progress {
	return &progress{w: f, terminal: term.IsTerminal(int(f.Fd())), jobs: jobsOf(p, catalog.Measured), started: time.Now()}
}

// barWidth is in characters.
const barWidth = 20

func (p *progress) show(e executor.Event) {
	if e.Job.Origin == catalog.Published {
		p.replayed++
		return
	}
	switch {
	case e.Outcome != nil:
		p.clear()
		fmt.Fprintf(p.w, "[%d/%d] %s: %s\n", e.Done, e.Total, jobName(e.Job), outcomeText(e))
	case p.terminal:
		fmt.Fprintf(p.w, "\r\033[K%s %d/%d  %s: %s%s", bar(e.Done, e.Total), e.Done, e.Total, jobName(e.Job), e.Phase, detail(e))
	}
}

// clear removes the rewritten line.
func (p *progress) clear() {
	if p.terminal {
		fmt.Fprint(p.w, "\r\033[K")
	}
}

func bar(done, total int) string {
	filled := 0
	if total > 0 {
		filled = barWidth * done / total
	}
	return "[" + strings.Repeat("=", filled) + strings.Repeat(" ", barWidth-filled) + "]"
}

func detail(e executor.Event) string {
	text := ""
	if e.Count > 0 {
		text = ", " + plural(e.Count, "inference")
	}
	if left := e.Progress.Remaining; left > 0 {
		text += fmt.Sprintf(", about %v left", left.Round(100*time.Millisecond))
	}
	return text
}

func jobName(j plan.Job) string {
	return fmt.Sprintf("%s on %s, %s (%s)", j.Model, j.Platform, j.Framework, optimizations(j.Target))
}

func outcomeText(e executor.Event) string {
	if e.Outcome.Err != nil {
		first, _, _ := strings.Cut(e.Outcome.Err.Error(), "\n")
		return "failed: " + first
	}
	s := e.Outcome.Result.Measurement.Summary
	text := fmt.Sprintf("%.3f ms", s.HeadlineNS/1e6)
	if s.RelativeHalfWidth != nil {
		text += fmt.Sprintf(" ±%.1f %%", 100**s.RelativeHalfWidth)
	}
	return text + fmt.Sprintf(" (%s of %d)", s.Headline, s.Count)
}
