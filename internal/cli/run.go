package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
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

const runLong = `Compile specs, run the plan, and write the report.

Instead of specs, PLAN is a file that "plan -o" wrote. The run directory keeps
the plan, the environment, every record and every raw sample; a run that was
interrupted goes on with --resume where it stopped, without a PATH too.

--only keeps the jobs for which an expression (https://expr-lang.org) holds, over
study, experiments (a list), origin, metric, model, platform, framework,
optimizations (a list), precision, environment and threads.`

type runFlags struct {
	out    string
	only   string
	resume bool
	retry  bool
	report reportFlags
	// terminal shows progress.
	terminal *console.Console
}

func newRun(terminal *console.Console) *cobra.Command {
	flags := runFlags{terminal: terminal}
	c := &cobra.Command{
		Use:   "run [PATH...|PLAN]",
		Short: "Compile, run and report",
		Long:  runLong,
		Example: example(
			"edgebench run", "edgebench run mystudy --out results/first",
			`edgebench run host --only 'model == "ResNet-50"'`, "edgebench run --resume --out results/first"),
		RunE: func(c *cobra.Command, paths []string) error { return runPlan(c, paths, flags) },
	}
	c.Flags().StringVarP(&flags.out, "out", "o", "", "the run directory (default: a new one below edgebench-runs)")
	c.Flags().StringVar(&flags.only, "only", "", "run only the jobs for which this expression holds")
	c.Flags().BoolVar(&flags.resume, "resume", false, "go on with the run that --out holds")
	c.Flags().BoolVar(&flags.retry, "retry", false, "with --resume: try jobs again that have lost their process twice")
	flags.report.add(c)
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
	show := newProgress(flags.terminal, measuredJobs(p, only), false)
	outcome, err := executor.Run(c.Context(), p, executor.Options{
		Dir: flags.out, Resume: flags.resume, Retry: flags.retry, Program: Version, Only: only, Files: files, Progress: show.show,
	})
	show.finish()
	if err := told(c, p, flags.out, outcome, err); err != nil {
		return err
	}
	return reportRun(c, flags, reporting, outcome)
}

// measuredJobs lists the jobs that may be measured.
func measuredJobs(p *plan.Plan, only func(plan.Job) bool) []plan.Job {
	return slices.DeleteFunc(jobsOf(p, spec.Measured), func(j plan.Job) bool { return only != nil && !only(j) })
}

// planToRun compiles specs, or reads a plan: the file that is named, or the
// plan of the run to go on with. A plan that was read has its models' files in
// a folder.
func planToRun(ctx context.Context, paths []string, flags runFlags) (*plan.Plan, modelfile.Folder, error) {
	if len(paths) == 0 && flags.resume {
		p, err := readPlan(filepath.Join(flags.out, "plan.json"))
		return p, modelfile.InRun(flags.out), err
	}
	if len(paths) == 1 && filepath.Ext(paths[0]) == ".json" {
		p, err := readPlan(paths[0])
		return p, modelfile.Beside(paths[0]), err
	}
	p, err := compile(ctx, paths)
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

// told says how the run went. The error says why it has no report.
func told(c *cobra.Command, p *plan.Plan, dir string, o executor.Outcome, err error) error {
	w := c.ErrOrStderr()
	for _, f := range report.Capped(o.Faults) {
		fmt.Fprintf(w, "set aside: %s\n", f)
	}
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("interrupted: %s done, the rest is not lost: go on with `edgebench run --resume --out %s`",
			plural(o.Done+o.Reused, "job"), dir)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s done, %d reused, %d failed, %d left out, %s\n",
		plural(o.Done, "job"), o.Reused, o.Failed, o.Excluded, plural(len(p.Skips), "skip"))
	return nil
}

// reportRun writes the report of what was measured, failures included.
func reportRun(c *cobra.Command, flags runFlags, opt report.Options, o executor.Outcome) error {
	dir := flags.out
	opt.PDF, opt.HTML, opt.Dir = filepath.Join(dir, "report.pdf"), filepath.Join(dir, "report.html"), dir
	r, err := report.Write([]string{dir}, opt)
	if err != nil {
		return fmt.Errorf("the run is complete in %s, but its report could not be written: %w. Mend that, then `edgebench report %s`", dir, err, dir)
	}
	fmt.Fprintln(c.OutOrStdout(), opt.PDF)
	if o.Failed > 0 {
		return failures(c.ErrOrStderr(), o)
	}
	return flags.report.judge(c, r)
}

func failures(w io.Writer, o executor.Outcome) error {
	for _, f := range o.Failures {
		fmt.Fprintf(w, "failed: %s: %v\n", jobName(f.Job), f.Reason)
	}
	return quietError{fmt.Errorf("%s failed", plural(o.Failed, "job"))}
}
