package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"edgebench/compiler"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/compiler/spec/requirement"
	"edgebench/compiler/verdict"
	"edgebench/executor/modelfile"
	"edgebench/internal/atomicfile"
	"edgebench/internal/cli/console"
)

const planLong = `Show what would run, what is degraded, what is skipped and why, and about how
long it would take. With -o FILE the plan is written to a file that "run" takes,
on this machine or another. Models that are files go with it, to FILE.files.

For each cell of a compatibility table the plan shows the verdict that the
specs state, and the one that the computed rules alone give.

--threads, --policy and --processes replace what the specs' measured experiments
say, in all of them, and --require adds to it. --only takes the expressions of
` + "`edgebench run`" + `.`

func newPlan() *cobra.Command {
	var asJSON bool
	var only string
	var out outputFile
	var asked asked
	c := &cobra.Command{
		Use:               "plan [PATH...|MODEL.onnx...]",
		Short:             "Show or write what would run",
		Long:              planLong,
		Example:           example("edgebench plan", "edgebench plan mystudy -o plan.json", "edgebench plan --json paper", `edgebench plan host --only 'model == "ResNet-50"' --threads 1`, "edgebench plan model.onnx"),
		ValidArgsFunction: completePaths,
		RunE: func(c *cobra.Command, paths []string) error {
			selected, err := newSelection(only)
			if err != nil {
				return err
			}
			p, err := asked.compile(c.Context(), paths)
			if err != nil {
				return err
			}
			if err := selected.reduce(p); err != nil {
				return err
			}
			if out.path != "" {
				return writePlan(c, p, out)
			}
			if asJSON {
				return p.Encode(c.OutOrStdout())
			}
			return showPlan(c.OutOrStdout(), p)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the plan as JSON")
	c.Flags().StringVar(&only, "only", "", "keep the jobs and skips for which this expression holds")
	out.add(c, "write the plan to a file")
	asked.add(c)
	return c
}

// asked is what a plan is to be compiled of, beside paths.
type asked struct {
	overrides overrideFlags
	draft     draftFlags
}

func (a *asked) add(c *cobra.Command) {
	a.overrides.add(c)
	a.draft.add(c)
}

// compile compiles specs, or the study of models without one.
func (a *asked) compile(ctx context.Context, paths []string) (*plan.Plan, error) {
	if err := a.draft.check(paths); err != nil {
		return nil, err
	}
	for _, n := range a.overrides.threads {
		if n < 1 {
			return nil, usageError{fmt.Errorf("--threads: %d is no number of threads: give one from 1 up", n)}
		}
	}
	if a.draft.given(paths) {
		return a.draft.compile(ctx, paths, a.overrides)
	}
	o, err := a.overrides.ofSpecs()
	if err != nil {
		return nil, err
	}
	return compileWith(ctx, o, paths)
}

// overrideFlags replace what specs say.
type overrideFlags struct {
	threads   []int
	policy    string
	processes int
	require   []string
}

func (o *overrideFlags) add(c *cobra.Command) {
	c.Flags().IntSliceVar(&o.threads, "threads", nil, "measure with so many threads, whatever the specs say; of models without a spec also several, such as 1,2")
	c.Flags().StringVar(&o.policy, "policy", "", "measure by this policy, whatever the specs say (see edgebench list policies)")
	c.Flags().StringArrayVar(&o.require, "require", nil, "what a result must be to be recommended, such as 'latency_p90_ms <= 33' (can be repeated)")
	mustRegister(c.RegisterFlagCompletionFunc("policy", completePolicies))
	c.Flags().IntVar(&o.processes, "processes", 0, "measure each job in so many fresh processes, whatever its policy says")
}

func (o *overrideFlags) given() bool {
	return len(o.threads) > 0 || o.policy != "" || o.processes != 0 || len(o.require) > 0
}

// requirements reads what is required.
func (o *overrideFlags) requirements() ([]requirement.Requirement, error) {
	var list []requirement.Requirement
	for _, text := range o.require {
		q, err := requirement.Parse(text)
		if err != nil {
			return nil, usageError{fmt.Errorf("--require: %w", err)}
		}
		list = append(list, q)
	}
	return list, nil
}

// ofSpecs are the overrides of specs, in which one number of threads replaces
// another.
func (o *overrideFlags) ofSpecs() (compiler.Overrides, error) {
	overrides := compiler.Overrides{Policy: o.policy, Processes: o.processes}
	var err error
	if overrides.Require, err = o.requirements(); err != nil {
		return overrides, err
	}
	switch {
	case len(o.threads) > 1:
		return overrides, usageError{errors.New("--threads takes one number for specs: a spec's target has several as `threads: [1, 2]`")}
	case len(o.threads) == 1:
		overrides.Threads = o.threads[0]
	}
	return overrides, nil
}

// compile compiles specs.
func compile(ctx context.Context, paths []string) (*plan.Plan, error) {
	return compileWith(ctx, compiler.Overrides{}, paths)
}

// compileWith compiles specs with what flags say instead of them.
func compileWith(ctx context.Context, o compiler.Overrides, paths []string) (*plan.Plan, error) {
	p, err := compiler.CompileWith(ctx, o, paths...)
	return p, interrupted(err)
}

// interrupted says it of a compilation that the user ended.
func interrupted(err error) error {
	if errors.Is(err, context.Canceled) {
		return errors.New("interrupted while compiling: nothing was run")
	}
	return err
}

func writePlan(c *cobra.Command, p *plan.Plan, out outputFile) error {
	if err := out.check(checkPlanFile); err != nil {
		return err
	}
	for _, m := range p.Catalog.Models.All() {
		if m.Source == nil || !m.Runnable() {
			continue // nothing runs it
		}
		if err := modelfile.Beside(out.path).Keep(m.Source, ""); err != nil {
			return fmt.Errorf("the files of %s could not be put beside the plan: %w", m.Name, err)
		}
	}
	if err := atomicfile.Write(out.path, p.Encode); err != nil {
		return fmt.Errorf("the plan could not be written: %w", err)
	}
	_, err := console.Printf(c.ErrOrStderr(), "wrote %s: %s, %s\n", out.path, plural(len(p.Jobs), "job"), plural(len(p.Skips), "skip"))
	return err
}

// showPlan prints a plan as a person reads it.
func showPlan(w io.Writer, p *plan.Plan) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	console.Printf(out, "Plan %.12s of %s\n", p.Digest, studyNames(p))
	showMeasured(out, p)
	showPublished(out, p)
	showDegraded(out, p)
	showSkips(out, p)
	showAllPlaces(out, p.Places)
	showCells(out, p)
	if len(p.Contradictions) > 0 {
		console.Printf(out, "\nContradictions found: %d\n", len(p.Contradictions))
		for _, c := range p.Contradictions {
			console.Printf(out, "  %s\n", c)
		}
	}
	return out.Flush()
}

func studyNames(p *plan.Plan) string {
	var names []string
	for _, s := range p.Studies {
		names = append(names, s.Name)
	}
	if len(names) == 0 {
		return "no study: the specs declare none"
	}
	return strings.Join(names, " and ")
}

func showMeasured(w io.Writer, p *plan.Plan) {
	jobs := jobsOf(p, spec.Measured)
	if len(jobs) == 0 {
		return
	}
	least, most := measuringTime(jobs)
	console.Printf(w, "\nMeasured on this machine: %s, about %v to %v of measuring\n", plural(len(jobs), "job"), least, most)
	console.Printf(w, "  MODEL\tPLATFORM\tFRAMEWORK\tOPTIMIZATIONS\tTHREADS\tPOLICY\tVERDICT\n")
	for _, j := range jobs {
		console.Printf(w, "  %s\t%s\t%s\t%s\t%s\t%s\t%s\n",
			j.Model, j.Platform, frameworkOn(j.Target), optimizations(j.Target), threads(j.Target), j.Policy.Name, v(j.Verdict))
	}
}

// measuringTime is about how long the measured phases take. Loading and checking
// come on top, and so do models so slow that the policy's least number of
// inferences takes longer than its time.
func measuringTime(jobs []plan.Job) (least, most time.Duration) {
	for _, j := range jobs {
		least += time.Duration(j.Policy.MinTime)
		most += time.Duration(j.Policy.MaxTime) + time.Duration(j.Policy.Warmup.MaxTime)
	}
	return least, most
}

func jobsOf(p *plan.Plan, origin spec.Origin) []plan.Job {
	var jobs []plan.Job
	for _, j := range p.Jobs {
		if j.Origin == origin {
			jobs = append(jobs, j)
		}
	}
	return jobs
}

func showPublished(w io.Writer, p *plan.Plan) {
	jobs := jobsOf(p, spec.Published)
	if len(jobs) == 0 {
		return
	}
	counts := map[plan.Feed]int{}
	var feeds []plan.Feed
	for _, j := range jobs {
		for _, f := range j.Feeds {
			if counts[f] == 0 {
				feeds = append(feeds, f)
			}
			counts[f]++
		}
	}
	console.Printf(w, "\nPublished values replayed: %d\n  EXPERIMENT\tMETRIC\tVALUES\tTITLE\n", len(jobs))
	for _, f := range feeds {
		x := experiment(p, f)
		console.Printf(w, "  %s/%s\t%s\t%d\t%s\n", f.Study, f.Experiment, x.Metric, counts[f], x.Title)
	}
}

func experiment(p *plan.Plan, f plan.Feed) *spec.Experiment {
	for _, s := range p.Studies {
		if x, ok := s.Experiments.Get(f.Experiment); ok && s.Name == f.Study {
			return x
		}
	}
	return &spec.Experiment{}
}

func showDegraded(w io.Writer, p *plan.Plan) {
	heading := "\nDegraded\n"
	for _, j := range p.Jobs {
		if j.Verdict.Name == verdict.Degraded {
			fmt.Fprint(w, heading)
			console.Printf(w, "  %s/%s\t%s\t%s\t%s\t%s\t%s: %s\n", j.Feeds[0].Study, j.Feeds[0].Experiment, j.Model, j.Platform, frameworkOn(j.Target), optimizations(j.Target), j.Verdict.Code, j.Verdict.Reason)
			heading = ""
		}
	}
}

// showSkips prints the skips in three parts: where a model cannot run, where it
// could and this machine does not reach it, and what no source has a value for.
func showSkips(w io.Writer, p *plan.Plan) {
	var cannot, unreached, unpublished []plan.Skip
	for _, s := range p.Skips {
		switch {
		case s.Verdict.Unreached():
			unreached = append(unreached, s)
		case s.Verdict.Code == verdict.CodeUnpublished:
			unpublished = append(unpublished, s)
		default:
			cannot = append(cannot, s)
		}
	}
	showSkipped(w, "cannot run there", cannot)
	showSkipped(w, "could run there, but this machine does not reach it", unreached)
	showSkipped(w, "the source has no value", unpublished)
}

func showSkipped(w io.Writer, what string, skips []plan.Skip) {
	if len(skips) == 0 {
		return
	}
	console.Printf(w, "\nSkipped, %s: %d\n  EXPERIMENT\tMODEL\tPLATFORM\tFRAMEWORK\tOPTIMIZATIONS\tWHY\n", what, len(skips))
	for _, s := range skips {
		console.Printf(w, "  %s/%s\t%s\t%s\t%s\t%s\t%s: %s\n", s.Study, s.Experiment, s.Model, s.Platform, s.Framework, optimizations(s.Target), s.Verdict.Code, s.Verdict.Reason)
	}
}

func showCells(w io.Writer, p *plan.Plan) {
	if len(p.Cells) == 0 {
		return
	}
	agree := 0
	for _, c := range p.Cells {
		if c.Agree {
			agree++
		}
	}
	console.Printf(w, "\nCompatibility: %d cells; the computed rules alone agree with %d\n", len(p.Cells), agree)
	console.Printf(w, "  TABLE\tMODEL\tPLATFORM\tFRAMEWORK\tSTATED\tRULES ALONE\tAGREE\n")
	for _, c := range p.Cells {
		framework := c.Framework
		if framework == "" {
			framework = "any"
		}
		console.Printf(w, "  %s\t%s\t%s\t%s\t%s\t%s\t%s\n", c.Label(), c.Model, c.Platform, framework, v(c.Stated), v(c.Computed), yesNo(c.Agree))
	}
	showDisagreements(w, p)
}

func showDisagreements(w io.Writer, p *plan.Plan) {
	heading := "\nWhere the rules alone disagree with the table\n"
	for _, c := range p.Cells {
		if c.Agree {
			continue
		}
		fmt.Fprint(w, heading)
		console.Printf(w, "  %s on %s: the table has %s, the rules %s. %s\n", c.Model, c.Platform, v(c.Stated), v(c.Computed), cmp.Or(c.Computed.Reason, c.Stated.Reason))
		heading = ""
	}
}

func v(v verdict.Verdict) string {
	if v.Name == verdict.OK {
		return v.Name
	}
	return v.Name + " (" + v.Code + ")"
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
