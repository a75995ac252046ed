package cli

import (
	"fmt"
	"strings"
	"time"

	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/executor"
	"edgebench/executor/device"
	"edgebench/internal/cli/console"
)

// How often progress is told: a status line is not redrawn for every
// inference, and a log gets a line for each model, or one now and then where a
// model takes long.
const (
	redrawEvery = 100 * time.Millisecond
	sayEvery    = 10 * time.Second
)

// progress shows how a run goes on: on a terminal in its status line, elsewhere
// in lines.
type progress struct {
	out     *console.Console
	verbose bool // a line for each job
	now     func() time.Time
	names   targetNames
	most    time.Duration // that the policies allow for measuring

	started time.Time   // of the first measured job; zero before it
	drawn   time.Time   // the status line
	step    device.Step // in the status line
	said    time.Time   // the last line
	model   string      // of the jobs that ended last
	ended   []string    // what to say of them
	count   string      // of the jobs that had ended then
}

func newProgress(out *console.Console, jobs []plan.Job, verbose bool) *progress {
	_, most := measuringTime(jobs)
	return &progress{out: out, verbose: verbose, now: time.Now, names: nameTargets(jobs), most: most}
}

func (p *progress) show(e executor.Event) {
	if e.Job.Origin == spec.Published {
		return
	}
	now := p.now()
	if p.started.IsZero() {
		p.started, p.said = now, now
	}
	if e.Job.Model != p.model {
		p.sayModel(now)
	}
	switch {
	case e.Outcome != nil:
		p.end(e)
	case p.out.Terminal():
		p.draw(e, now)
	case now.Sub(p.said) >= sayEvery:
		console.Printf(p.out, "%s\n", p.status(e, now))
		p.said = now
	}
}

// draw shows the status line, unless it was drawn a moment ago.
func (p *progress) draw(e executor.Event, now time.Time) {
	if e.Step == p.step && now.Sub(p.drawn) < redrawEvery {
		return
	}
	p.step, p.drawn = e.Step, now
	p.out.Status(bar(e.Done, e.Total, p.out.Width()/6) + " " + p.status(e, now))
}

func (p *progress) status(e executor.Event, now time.Time) string {
	return fmt.Sprintf("%d/%d%s  %s %s: %s%s", e.Done, e.Total, p.remaining(e, now), e.Job.Model, p.names.of(e.Job.Target), e.Step, detail(e))
}

// end notes how a job ended.
func (p *progress) end(e executor.Event) {
	p.model, p.count = e.Job.Model, fmt.Sprintf("[%d/%d]", e.Done, e.Total)
	text := p.names.of(e.Job.Target) + " " + outcomeText(e.Outcome)
	switch {
	case p.verbose:
		console.Printf(p.out, "%s %s: %s\n", p.count, p.model, text)
	case !p.out.Terminal():
		p.ended = append(p.ended, text)
	}
}

// sayModel writes the line of the model whose jobs have ended.
func (p *progress) sayModel(now time.Time) {
	const most = 8
	if len(p.ended) == 0 {
		return
	}
	if more := len(p.ended) - most; more > 0 {
		p.ended = append(p.ended[:most], fmt.Sprintf("and %d more", more))
	}
	console.Printf(p.out, "%s %s: %s\n", p.count, p.model, strings.Join(p.ended, ", "))
	p.ended, p.said = nil, now
}

// finish says what is left to say, and takes the status line away.
func (p *progress) finish() {
	p.sayModel(p.now())
	p.out.Status("")
}

// remaining estimates the time that the whole run still takes: from what its
// measured jobs took until now, or, before the first has ended, from what the
// policies allow.
func (p *progress) remaining(e executor.Event, now time.Time) string {
	left := e.Total - e.Done
	switch {
	case left <= 0:
		return ""
	case e.Done == 0:
		return fmt.Sprintf(", up to about %v", p.most)
	}
	each := now.Sub(p.started) / time.Duration(e.Done)
	return fmt.Sprintf(", about %v left", (each * time.Duration(left)).Round(time.Second))
}

func bar(done, total, width int) string {
	filled := 0
	if total > 0 {
		filled = width * done / total
	}
	return "[" + strings.Repeat("=", filled) + strings.Repeat(" ", width-filled) + "]"
}

func detail(e executor.Event) string {
	text, what := "", "job"
	if p := e.Progress; p.Processes > 1 {
		text, what = fmt.Sprintf(", process %d of %d", p.Process+1, p.Processes), "process"
	}
	if e.Count > 0 {
		text = ", " + plural(e.Count, "inference")
	}
	if left := e.Progress.Remaining; left > 0 {
		text += fmt.Sprintf(", %v for this %s", left.Round(100*time.Millisecond), what)
	}
	return text
}

func outcomeText(o *device.Outcome) string {
	if o.Err != nil {
		return "failed" // why stands at the run's end
	}
	return valueText(o.Job.Metric, o.Result.Measurement)
}
