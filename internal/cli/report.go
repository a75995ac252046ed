package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"edgebench/compiler/plan"
	"edgebench/internal/cli/console"
	"edgebench/report"
	"edgebench/report/data"
	"edgebench/report/exhibit"
)

const reportLong = `Write the report of a run again, from its directory alone. Nothing is run.

Of several runs the report shows the measured results side by side, named apart
by what their environments differ in, or else by the run; each run's claims are
judged by its own results. Such a report needs -o.

Figures, tables and claims are no part of what was measured: change them in the
spec, and --spec shows the same results in them. A figure that cannot be drawn
leaves a notice in its place, and the exit code 1.

The report goes to report.pdf and report.html in the run directory, with every
figure as SVG and PNG and the data of every figure and table as CSV and JSON
beside it; or, with -o, to one file, whose name ends in .pdf or .html.`

func newReport() *cobra.Command {
	var out outputFile
	var flags reportFlags
	var asJSON bool
	var specs []string
	c := &cobra.Command{
		Use:     "report RUN...",
		Short:   "Write the report of one or several runs",
		Long:    reportLong,
		Example: example("edgebench report results/first", "edgebench report results/first -o first.pdf --paper Letter", "edgebench report results/first results/second -o both.pdf", "edgebench report results/first --spec mystudy", "edgebench report results/first --json"),
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			opt, err := flags.options()
			if err != nil {
				return err
			}
			if opt.Specs, err = reportSpecs(c.Context(), specs); err != nil {
				return err
			}
			if asJSON {
				return reportJSON(c, args, opt.Specs)
			}
			r, err := writeReport(c, args, out, opt)
			if err != nil {
				return err
			}
			return flags.judge(c, r)
		},
	}
	out.add(c, "where the report goes: a .pdf or an .html file")
	c.Flags().StringArrayVar(&specs, "spec", nil, "take the figures, tables and claims from this `PATH` of specs, changed since the run")
	c.Flags().BoolVar(&asJSON, "json", false, "print the results and judged claims as JSON instead")
	flags.add(c)
	return c
}

// reportFlags are the flags of every command that writes a report.
type reportFlags struct{ paper, templates, failOn string }

func (f *reportFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.paper, "paper", "A4", "size of the report's pages: A4 or Letter")
	c.Flags().StringVar(&f.templates, "template", "", "a folder with a report.md of your own")
	c.Flags().StringVar(&f.failOn, "fail-on", "", "\"claims\": exit with 1 if a claim does not hold or cannot be decided")
}

// options checks the flags.
func (f *reportFlags) options() (report.Options, error) {
	opt := report.Options{Paper: f.paper}
	if !strings.EqualFold(f.paper, "A4") && !strings.EqualFold(f.paper, "Letter") {
		return opt, usageError{fmt.Errorf("--paper is %q: it must be A4 or Letter", f.paper)}
	}
	if f.failOn != "" && f.failOn != "claims" {
		return opt, usageError{fmt.Errorf("--fail-on is %q: it must be claims", f.failOn)}
	}
	if f.templates == "" {
		return opt, nil
	}
	folder := os.DirFS(f.templates)
	if _, err := fs.Stat(folder, "report.md"); err != nil {
		return opt, usageError{fmt.Errorf("--template %s: it holds no report.md", f.templates)}
	}
	opt.Templates = folder
	return opt, nil
}

// judge fails on claims that do not hold, where that was asked for.
func (f *reportFlags) judge(c *cobra.Command, r *report.Report) error {
	if f.failOn == "" {
		return nil
	}
	failed := 0
	for _, j := range r.Judgements {
		if j.Verdict != exhibit.Holds && j.Verdict != exhibit.Nearly {
			failed++
			console.Printf(c.ErrOrStderr(), "claim %s/%s %s: %s\n", j.Study, j.Claim.Name, because(j), j.Claim.Statement)
		}
	}
	if failed > 0 {
		return quietError{errors.New("claims do not hold")}
	}
	return nil
}

// because is a claim's verdict with why it cannot be decided.
func because(j exhibit.Judgement) string {
	if j.Undecided == "" {
		return j.Verdict
	}
	return j.Verdict + " (" + j.Undecided + ")"
}

func writeReport(c *cobra.Command, dirs []string, out outputFile, opt report.Options) (*report.Report, error) {
	switch ext := filepath.Ext(out.path); {
	case out.path == "" && len(dirs) > 1:
		return nil, usageError{errors.New("the report of several runs belongs to none of their directories: say with -o where it goes, a .pdf or an .html file")}
	case out.path == "":
		dir := dirs[0]
		opt.PDF, opt.HTML, opt.Dir = filepath.Join(dir, "report.pdf"), filepath.Join(dir, "report.html"), dir
	case ext == ".pdf":
		opt.PDF = out.path
	case ext == ".html":
		opt.HTML = out.path
	default:
		return nil, usageError{fmt.Errorf("-o %s: the report is a PDF or a page, whose name ends in .pdf or .html", out.path)}
	}
	if err := out.check(checkReportFile); err != nil {
		return nil, err
	}
	r, err := report.Write(dirs, opt)
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(c.OutOrStdout(), cmp.Or(opt.PDF, opt.HTML))
	return r, damage(c, r)
}

// damage tells what in the run directories is not counted, and what of the
// report could not be made.
func damage(c *cobra.Command, r *report.Report) error {
	for _, f := range report.Capped(r.Run.Repaired) {
		console.Printf(c.ErrOrStderr(), "not counted, and measured again since: %s\n", f)
	}
	for _, f := range report.Capped(r.Run.Faults) {
		console.Printf(c.ErrOrStderr(), "not counted: %s\n", f)
	}
	for _, run := range r.Run.Each() {
		if n := len(run.Faults); n > 0 {
			console.Printf(c.ErrOrStderr(), "%s in %s; `edgebench run --resume --out %s` runs their jobs again\n", plural(n, "damaged record"), run.Dir, run.Dir)
		}
	}
	notices := printNotices(c, r)
	if len(r.Run.Faults) > 0 {
		return quietError{errors.New("damaged records")}
	}
	return notices
}

// printNotices tells what stands in the report in place of a figure, a table or
// a verdict, and how to mend what a spec can mend: a fault in what every report
// has is not in a spec.
func printNotices(c *cobra.Command, r *report.Report) error {
	var fault error
	mendable := false
	w := c.ErrOrStderr()
	for _, n := range r.Notices {
		if !n.Fault {
			console.Printf(w, "nothing to show: %s\n", n)
			continue
		}
		console.Printf(w, "%s\n", n)
		mendable = mendable || n.Remedy() != ""
		fault = quietError{errors.New("the report is not whole")}
	}
	if mendable {
		console.Printf(w, "all else is in the report. Mend that in the spec, then `%s`: nothing is measured again\n", mending(r.Run))
	}
	return fault
}

// mending is the command that shows the results of one or several runs in
// changed specs.
func mending(run *data.Run) string {
	var dirs []string
	for _, r := range run.Each() {
		dirs = append(dirs, r.Dir)
	}
	command := "edgebench report " + strings.Join(dirs, " ") + " --spec PATH"
	if len(dirs) > 1 {
		command += " -o FILE" // it belongs to none of the directories
	}
	return command
}

// reportSpecs compiles the specs whose figures, tables and claims are shown.
func reportSpecs(ctx context.Context, paths []string) (*plan.Plan, error) {
	if len(paths) == 0 {
		return nil, nil
	}
	return compile(ctx, paths)
}

// reportJSON prints what the report is made of, for scripts.
func reportJSON(c *cobra.Command, dirs []string, specs *plan.Plan) error {
	run, err := report.Load(dirs, specs)
	if err != nil {
		return err
	}
	r, err := report.Build(run, nil)
	if err != nil {
		return err
	}
	type runJSON struct {
		Run  string `json:"run"`
		Plan string `json:"plan"`
	}
	var runs []runJSON
	for _, each := range run.Each() {
		runs = append(runs, runJSON{each.Name, each.Plan.Digest})
	}
	err = printJSON(c.OutOrStdout(), struct {
		Runs    []runJSON           `json:"runs"`
		Plan    string              `json:"plan"` // of the first
		Results []data.Row          `json:"results"`
		Claims  []exhibit.Judgement `json:"claims"`
		Faults  []string            `json:"faults"`
		// Repaired are faults whose jobs were measured again.
		Repaired []string `json:"repaired"`
	}{runs, run.Plan.Digest, r.Rows, r.Judgements, run.Faults, run.Repaired})
	if err != nil {
		return err
	}
	return damage(c, r)
}
