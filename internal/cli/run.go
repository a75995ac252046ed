package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/executor"
	"edgebench/executor/modelfile"
	"edgebench/internal/cli/console"
	"edgebench/internal/regular"
	"edgebench/report"
)

// requireHelp lists what can be required.
const requireHelp = `latency_ms, percentiles of it (latency_p90_ms), load_ms, first_ms, peak_memory_mib,
size_mib, output_error and energy_mj. What nothing measured is not met: it cannot
be decided`

const runLong = `Compile specs, run the plan, and write the report.

Instead of specs, PLAN is a file that "plan -o" wrote. The run directory keeps
the plan, the environment, every record and every raw sample; a run that was
interrupted goes on with --resume where it stopped, without a PATH too. Ctrl-C
ends it after the inference under way, a second Ctrl-C at once.

--threads, --policy and --processes replace what the specs' measured experiments
say, in all of them: the results are those of another plan.

The run ends with its answer: what to use for each model, the others ranked
beside it, and which of them cannot be told from it. --require says what a result
must be to be recommended, such as 'latency_p90_ms <= 33': the metrics are
` + requireHelp + `.

--only keeps the jobs for which an expression (https://expr-lang.org) holds, over
study, experiments (a list), origin, metric, model, platform, framework,
optimizations (a list), precision, environment and threads.

` + draftLong

type runFlags struct {
	asked          asked
	asJSON         bool
	quiet, verbose bool
	out            string
	only           string
	resume         bool
	retry          bool
	report         reportFlags
	// terminal shows progress.
	terminal *console.Console
}

func newRun(terminal *console.Console) *cobra.Command {
	flags := runFlags{terminal: terminal}
	c := &cobra.Command{
		Use:   "run [PATH...|PLAN|MODEL.onnx...]",
		Short: "Compile, run and report",
		Long:  runLong,
		Example: example(
			"edgebench run model.onnx", "edgebench run --model ResNet-50 --framework OpenVINO --threads 1,2",
			"edgebench run", "edgebench run mystudy --out results/first",
			`edgebench run host --only 'model == "ResNet-50"'`, "edgebench run --resume --out results/first"),
		ValidArgsFunction: completePaths,
		RunE:              func(c *cobra.Command, paths []string) error { return runPlan(c, paths, flags) },
	}
	c.Flags().StringVarP(&flags.out, "out", "o", "", "the run directory (default: a new one below edgebench-runs)")
	c.Flags().StringVar(&flags.only, "only", "", "run only the jobs for which this expression holds")
	c.Flags().BoolVar(&flags.resume, "resume", false, "go on with the run that --out holds")
	c.Flags().BoolVar(&flags.retry, "retry", false, "with --resume: try jobs again that have lost their process twice")
	flags.asked.add(c)
	c.Flags().BoolVar(&flags.asJSON, "json", false, "print what came out as JSON")
	c.Flags().BoolVarP(&flags.quiet, "quiet", "q", false, "say nothing but what went wrong")
	c.Flags().BoolVarP(&flags.verbose, "verbose", "v", false, "a line for each job, and every skip, warning and claim")
	flags.report.add(c)
	c.MarkFlagsMutuallyExclusive("quiet", "verbose")
	return c
}

func runPlan(c *cobra.Command, paths []string, flags runFlags) error {
	if flags.resume && flags.out == "" {
		return usageError{errors.New("--resume needs --out, the directory of the run to go on with")}
	}
	reporting, err := flags.report.options()
	if err != nil {
		return err
	}
	selected, err := newSelection(flags.only)
	if err != nil {
		return err
	}
	if flags.out != "" {
		if err := checkRunDir(flags.out, flags.resume); err != nil {
			return err
		}
	}
	p, files, err := planToRun(c.Context(), paths, flags)
	if err != nil {
		return err
	}
	if len(p.Jobs) == 0 {
		return fmt.Errorf("the plan has no jobs (%s): there is nothing to run. `edgebench plan` says why", plural(len(p.Skips), "skip"))
	}
	only, err := selected.filter(p)
	if err != nil {
		return err
	}
	if flags.out == "" {
		flags.out = filepath.Join("edgebench-runs", time.Now().UTC().Format("20060102-150405"))
	}
	tally, err := execute(c, p, flags, files, only)
	if err := showTally(c, p, flags, tally, err); err != nil {
		return err
	}
	return reportRun(c, flags, reporting, tally)
}

// execute runs a plan, or, within a time, what may be the best of it.
func execute(c *cobra.Command, p *plan.Plan, flags runFlags, files modelfile.Folder, only func(plan.Job) bool) (executor.Tally, error) {
	o := executor.Options{Dir: flags.out, Resume: flags.resume, Retry: flags.retry, Program: Version, Only: only, Files: files}
	show := func(jobs []plan.Job) (func(executor.Event), func()) {
		progress := newProgress(flags.terminal, jobs, flags.verbose)
		return flags.progress(progress), progress.finish
	}
	if limit := flags.asked.draft.time; limit > 0 {
		contest := contest{plan: p, options: o, only: only, show: show}
		tally, err := contest.run(c.Context(), limit)
		if !flags.quiet {
			contest.tell(flags.terminal)
		}
		return tally, err
	}
	var finish func()
	o.Progress, finish = show(measuredJobs(p, only))
	defer finish()
	return executor.Run(c.Context(), p, o)
}

// progress is who is told what happens; nobody if that is not wanted.
func (f *runFlags) progress(p *progress) func(executor.Event) {
	if f.quiet {
		return nil
	}
	return p.show
}

// measuredJobs lists the jobs that may be measured.
func measuredJobs(p *plan.Plan, only func(plan.Job) bool) []plan.Job {
	return slices.DeleteFunc(jobsOf(p, spec.Measured), func(j plan.Job) bool { return only != nil && !only(j) })
}

// planToRun compiles specs, or reads a plan: the file that is named, or the
// plan of the run to go on with. A plan that was read has its models' files in
// a folder.
func planToRun(ctx context.Context, paths []string, flags runFlags) (*plan.Plan, modelfile.Folder, error) {
	compiled := len(paths) == 0 && flags.resume && len(flags.asked.draft.models) == 0 || len(paths) == 1 && filepath.Ext(paths[0]) == ".json"
	if compiled && (flags.asked.overrides.given() || flags.asked.draft.narrowing()) {
		return nil, "", usageError{errors.New("--threads, --policy, --processes, --require and what narrows a study are for specs and models: a plan is run as it was compiled")}
	}
	if compiled && len(paths) == 0 {
		p, err := readPlan(filepath.Join(flags.out, "plan.json"))
		return p, modelfile.InRun(flags.out), err
	}
	if len(paths) == 1 && filepath.Ext(paths[0]) == ".json" {
		p, err := readPlan(paths[0])
		return p, modelfile.Beside(paths[0]), err
	}
	p, err := flags.asked.compile(ctx, paths)
	return p, "", err
}

// maxPlan bounds a plan's file: that of 1e5 jobs has 200 MB.
const maxPlan = 1 << 30

func readPlan(path string) (*plan.Plan, error) {
	data, err := regular.ReadFile(path, maxPlan)
	if err != nil {
		return nil, err
	}
	p, err := plan.Decode(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// showTally says how the run went. The error says why it has no report.
func showTally(c *cobra.Command, p *plan.Plan, flags runFlags, o executor.Tally, err error) error {
	w := c.ErrOrStderr()
	for _, f := range report.Capped(o.Faults) {
		console.Printf(w, "set aside: %s\n", f)
	}
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("interrupted: %s done, the rest is not lost: go on with `edgebench run --resume --out %s`",
			plural(o.Done+o.Reused, "job"), flags.out)
	}
	if err != nil {
		return err
	}
	if !flags.quiet {
		console.Printf(w, "%s done, %s%d reused, %d failed, %d left out, %s\n",
			plural(o.Done, "job"), replayed(o.Replayed), o.Reused, o.Failed, o.Excluded, plural(len(p.Skips), "skip"))
		told := toldInFull(p) && !flags.asJSON // by the answers
		printSkips(w, slices.DeleteFunc(slices.Clone(p.Skips), func(s plan.Skip) bool { return told && reached(p, s.Target) }), flags.verbose)
		if !told {
			printMissing(w, o.Skipped, flags.verbose)
		}
	}
	printFailures(w, o.Failures, flags.verbose)
	return nil
}

// reached reports whether a backend reaches the platform of a target.
func reached(p *plan.Plan, t plan.Target) bool {
	platform, ok := p.Catalog.Platforms.Get(t.Platform)
	return ok && platform.Backend != ""
}

func replayed(n int) string {
	if n == 0 {
		return ""
	}
	return plural(n, "published value") + " replayed, "
}

// reportRun writes the report of what was measured, failures included, and says
// what came out.
func reportRun(c *cobra.Command, flags runFlags, opt report.Options, o executor.Tally) error {
	dir := flags.out
	opt.PDF, opt.HTML, opt.Dir = filepath.Join(dir, "report.pdf"), filepath.Join(dir, "report.html"), dir
	r, err := report.Write([]string{dir}, opt)
	if err != nil {
		return fmt.Errorf("the run is complete in %s, but its report could not be written: %w. Mend that, then `edgebench report %s`", dir, err, dir)
	}
	switch {
	case flags.asJSON:
		err = printJSON(c.OutOrStdout(), summaryOf(r, o, opt))
	case !flags.quiet:
		err = showReport(c, r, opt, flags.verbose)
	}
	if err != nil {
		return err
	}
	notices := printNotices(c, r)
	if o.Failed > 0 {
		return quietError{fmt.Errorf("%s failed", plural(o.Failed, "job"))}
	}
	return errors.Join(notices, flags.report.judge(c, r))
}

// showReport says what came out of a run: the results on the standard output,
// what to beware of beside it.
func showReport(c *cobra.Command, r *report.Report, opt report.Options, verbose bool) error {
	printWarnings(c.ErrOrStderr(), r.Rows, verbose)
	out := c.OutOrStdout()
	if err := showAnswers(out, r.Run.Plan, r.Set); err != nil {
		return err
	}
	showClaims(out, r.Judgements, verbose)
	_, err := fmt.Fprintln(out, opt.PDF+"\n"+opt.HTML)
	return err
}
