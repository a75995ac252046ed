package cli

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"edgebench/compiler/draft"
	"edgebench/compiler/plan"
	"edgebench/executor"
	"edgebench/executor/device"
	"edgebench/executor/framework"
	"edgebench/internal/cli/console"
	"edgebench/report/answer"
	"edgebench/report/data"
)

// A contest is a run within a time. It is the identification of the best of
// several arms by successive elimination (Even-Dar, Mannor and Mansour, "Action
// Elimination and Stopping Conditions for the Multi-Armed Bandit and Reinforcement
// Learning Problems", J. Mach. Learn. Res. 7, 2006), in two rounds, since each
// costs a start and a load of every framework in it:
//
//  1. a first look at each way to run a model, in at most lookShare of the time: at
//     what each framework does anyway, until firstShare of it, then at the
//     optimizations of these, those of the fastest first, and then at the frameworks
//     that are left, which are those that come last in the study;
//  2. the contenders, which a look does not tell from the first place, are
//     measured by the study's policy, in turns, as many as there is time for.
//
// What ends after the first round keeps the result of it, and is marked.
type contest struct {
	plan    *plan.Plan
	options executor.Options
	only    func(plan.Job) bool // of the user; nil: all
	until   time.Time
	looking time.Time // until which it looks
	show    func([]plan.Job) (progress func(executor.Event), finish func())

	tally   executor.Tally
	leftOut []string // what there was no time to look at
	steps   int
}

const (
	firstShare = 0.35
	lookShare  = 0.7
	// margin is how much slower than the first place a look has to find something at
	// least for it not to be measured: looks are not taken in turns, so that a drift of
	// the machine is in their ratio.
	margin = 1.1
	// fewest are measured of each model, so that the first place has something to be
	// compared with.
	fewest = 2
)

func (c *contest) run(ctx context.Context, limit time.Duration) (executor.Tally, error) {
	began := time.Now()
	c.until = began.Add(limit)
	c.looking = began.Add(time.Duration(lookShare * float64(limit)))
	frameworks := c.frameworks()
	first := began.Add(time.Duration(firstShare * float64(limit)))
	var later []string
	for _, f := range frameworks {
		if time.Now().After(first) && c.steps > 0 {
			later = append(later, f)
			continue
		}
		if err := c.look(ctx, f, f, c.plain); err != nil {
			return c.tally, err
		}
	}
	if c.steps == 0 {
		return c.tally, errors.New("nothing was looked at: --time is too short, or --only leaves nothing of the study")
	}
	ranked, err := c.byTime(frameworks)
	if err != nil {
		return c.tally, err
	}
	ranked = slices.DeleteFunc(ranked, func(f string) bool { return slices.Contains(later, f) })
	for _, f := range ranked {
		if err := c.look(ctx, f, f+"'s optimizations", func(j plan.Job) bool { return !c.plain(j) }); err != nil {
			return c.tally, err
		}
	}
	for _, f := range later {
		if err := c.look(ctx, f, f, func(plan.Job) bool { return true }); err != nil {
			return c.tally, err
		}
	}
	chosen, err := c.contenders()
	if err != nil || len(chosen) == 0 {
		return c.tally, err
	}
	_, err = c.step(ctx, c.until, func(j plan.Job) bool { return chosen[j.ID] })
	return c.tally, err
}

// look looks at some ways to run a framework, if there is time. What names them
// in what is said of those that there is none for.
func (c *contest) look(ctx context.Context, framework, what string, which func(plan.Job) bool) error {
	looks := func(j plan.Job) bool {
		return j.Framework == framework && feeds(j, draft.Look) && which(j) && (c.only == nil || c.only(j))
	}
	if !slices.ContainsFunc(c.plan.Jobs, looks) || c.absent(framework) {
		return nil
	}
	inTime := time.Now().Before(c.looking)
	var err error
	if inTime {
		inTime, err = c.step(ctx, c.looking, looks)
	}
	if !inTime {
		c.leftOut = append(c.leftOut, what)
	}
	return err
}

// plain reports whether a job asks of a framework what it does anyway, which is
// the first that the study has of it.
func (c *contest) plain(j plan.Job) bool {
	i := slices.IndexFunc(c.plan.Jobs, func(o plan.Job) bool { return o.Framework == j.Framework && feeds(o, draft.Look) })
	return i < 0 || slices.Equal(c.plan.Jobs[i].Optimizations, j.Optimizations)
}

// absent reports whether a framework was found not to be installed.
func (c *contest) absent(name string) bool {
	return slices.ContainsFunc(c.tally.Skipped, func(f executor.Failure) bool {
		return f.Job.Framework == name && errors.Is(f.Reason, framework.ErrNotInstalled)
	})
}

// byTime orders frameworks by the best place that each has with a model; those
// without a result come last.
func (c *contest) byTime(frameworks []string) ([]string, error) {
	run, err := data.Load(c.options.Dir)
	if err != nil {
		return nil, err
	}
	places := map[string]int{}
	for _, a := range answer.Of(run, run.Rows(), "") {
		for i, e := range a.Ranked {
			if best, known := places[e.Framework]; !known || i < best {
				places[e.Framework] = i
			}
		}
	}
	place := func(name string) int {
		if p, known := places[name]; known {
			return p
		}
		return len(frameworks)
	}
	ranked := slices.Clone(frameworks)
	slices.SortStableFunc(ranked, func(a, b string) int { return cmp.Compare(place(a), place(b)) })
	return ranked, nil
}

// frameworks of the looks, in their order.
func (c *contest) frameworks() []string {
	var names []string
	for _, j := range c.plan.Jobs {
		if feeds(j, draft.Look) && !slices.Contains(names, j.Framework) {
			names = append(names, j.Framework)
		}
	}
	return names
}

func feeds(j plan.Job, experiment string) bool {
	return slices.ContainsFunc(j.Feeds, func(f plan.Feed) bool { return f.Experiment == experiment })
}

// step runs some jobs, and reports whether they were done in time.
func (c *contest) step(ctx context.Context, until time.Time, which func(plan.Job) bool) (inTime bool, err error) {
	o := c.options
	o.Only = func(j plan.Job) bool { return which(j) && (c.only == nil || c.only(j)) }
	o.Resume = o.Resume || c.steps > 0
	c.steps++
	progress, finish := c.show(measuredJobs(c.plan, o.Only))
	o.Progress = progress
	limited, stop := context.WithDeadline(ctx, until)
	defer stop()
	t, err := executor.Run(limited, c.plan, o)
	finish()
	c.add(t)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return false, nil
	}
	return err == nil, err
}

func (c *contest) add(t executor.Tally) {
	c.tally.Dir = t.Dir
	c.tally.Done += t.Done
	c.tally.Failed += t.Failed
	c.tally.Reused += t.Reused
	for _, f := range t.Failures {
		if errors.Is(f.Reason, device.ErrInterrupted) {
			c.tally.Failed-- // the time was over: nothing is wrong with it
		} else {
			c.tally.Failures = append(c.tally.Failures, f)
		}
	}
	c.tally.Skipped = append(c.tally.Skipped, t.Skipped...)
	if c.steps == 1 {
		c.tally.Faults = t.Faults
	}
	c.tally.Excluded = len(c.plan.Jobs) - c.tally.Done - c.tally.Failed - c.tally.Reused - len(c.tally.Skipped)
}

// contenders are the jobs that measure what may be the best: of each model the
// first places, as many of those as there is time for.
func (c *contest) contenders() (map[string]bool, error) {
	run, err := data.Load(c.options.Dir)
	if err != nil {
		return nil, err
	}
	var jobs []plan.Job
	left := time.Until(c.until)
	answers := answer.Of(run, run.Rows(), "")
	count, ways := map[string]int{}, map[string]int{} // by model
	for _, a := range answers {
		ways[a.Model] = len(a.Ranked)
	}
	for place := 0; ; place++ { // the first place of every model before the second of any
		more := false
		for _, a := range answers {
			if place >= len(a.Ranked) || !contends(a, place) {
				continue
			}
			more = true
			j, ok := c.choice(a.Ranked[place].Target)
			if takes := c.estimate(&a.Ranked[place], j); ok && takes <= left {
				left -= takes
				jobs = append(jobs, j)
				count[j.Model]++
			}
		}
		if !more {
			break
		}
	}
	chosen := map[string]bool{}
	for _, j := range jobs {
		// One alone is compared with nothing, unless it is the only one.
		if count[j.Model] >= fewest || ways[j.Model] == 1 {
			chosen[j.ID] = true
		}
	}
	return chosen, nil
}

// contends reports whether a place of an answer may be the first.
func contends(a *answer.Answer, place int) bool {
	e := &a.Ranked[place]
	switch {
	case place < fewest:
		return true
	case e.Meets == answer.NotMet && a.Ranked[0].Meets != answer.NotMet:
		return false
	}
	return e.ToFirst == nil || e.Alike || e.ToFirst.Low < margin
}

// choice is the job that measures a target by the study's policy.
func (c *contest) choice(t plan.Target) (plan.Job, bool) {
	i := slices.IndexFunc(c.plan.Jobs, func(j plan.Job) bool {
		return feeds(j, draft.Choice) && combination(j.Target) == combination(t) && j.Threads == t.Threads
	})
	if i < 0 {
		return plan.Job{}, false
	}
	return c.plan.Jobs[i], true
}

// estimate is how long a measurement takes at most: to start, load and check, as
// the look did, and what the policy allows.
func (c *contest) estimate(e *answer.Entry, j plan.Job) time.Duration {
	if j.Policy == nil {
		return 0
	}
	took := e.Row.Record.Finished.Sub(e.Row.Record.Started)
	measuring := time.Duration(e.Row.Measurement.Series.WarmupTime + e.Row.Measurement.Series.MeasuredTime)
	return max(took-measuring, 0) + time.Duration(j.Policy.MaxTime) + time.Duration(j.Policy.Warmup.MaxTime)
}

// tell says what there was no time for.
func (c *contest) tell(w *console.Console) {
	if len(c.leftOut) > 0 {
		console.Printf(w, "the time was over before a look at %s: --time allows more\n", strings.Join(c.leftOut, ", "))
	}
}
