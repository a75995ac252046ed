package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/executor"
)

// progress shows how a run goes on: on a terminal one line that is rewritten,
// elsewhere a line for each job that has ended.
type progress struct {
	w        io.Writer
	terminal bool
	started  time.Time     // of the first measured job; zero before it
	measured int           // jobs that have ended
	left     int           // measured jobs that have not
	most     time.Duration // that the policies allow for measuring
}

func newProgress(f *os.File, p *plan.Plan) *progress {
	jobs := jobsOf(p, spec.Measured)
	_, most := measuringTime(jobs)
	return &progress{w: f, terminal: term.IsTerminal(int(f.Fd())), left: len(jobs), most: most}
}

// barWidth is the bar's width in characters.
const barWidth = 20

func (p *progress) show(e executor.Event) {
	if e.Job.Origin == spec.Published {
		return
	}
	if p.started.IsZero() {
		p.started = time.Now()
	}
	switch {
	case e.Outcome != nil:
		p.measured++
		p.left--
		p.clear()
		fmt.Fprintf(p.w, "[%d/%d] %s: %s\n", e.Done, e.Total, jobName(e.Job), outcomeText(e))
	case p.terminal:
		fmt.Fprintf(p.w, "\r\033[K%s %d/%d%s  %s: %s%s", bar(e.Done, e.Total), e.Done, e.Total, p.remaining(), jobName(e.Job), e.Phase, detail(e))
	}
}

// remaining estimates the time that the whole run still takes: from what its
// measured jobs took until now, or, before the first has ended, from what the
// policies allow.
func (p *progress) remaining() string {
	switch {
	case p.left <= 0:
		return ""
	case p.measured == 0:
		return fmt.Sprintf(", at most %v of measuring", p.most)
	}
	each := time.Since(p.started) / time.Duration(p.measured)
	return fmt.Sprintf(", about %v left", (each * time.Duration(p.left)).Round(time.Second))
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
		text += fmt.Sprintf(", %v for this job", left.Round(100*time.Millisecond))
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
