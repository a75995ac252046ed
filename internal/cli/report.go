package cli

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"edgebench/report"
)

const reportLong = `Write the report of a run again, from its directory alone. Nothing is run.

The PDF goes to report.pdf in the run directory, or where -o says; every figure
is written as SVG, PNG and CSV and every table as CSV beside it.`

func newReport() *cobra.Command {
	var output, paper, templates string
	var asJSON bool
	c := &cobra.Command{
		Use:     "report RUN",
		Short:   "Write the report of a run",
		Long:    reportLong,
		Example: example("edgebench report results/first", "edgebench report results/first -o first.pdf --paper Letter", "edgebench report results/first --json"),
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if asJSON {
				return reportJSON(c, args[0])
			}
			opt, err := reportOptions(paper, templates)
			if err != nil {
				return err
			}
			return writeReport(c, args[0], output, opt)
		},
	}
	c.Flags().StringVarP(&output, "output", "o", "", "where the PDF goes")
	c.Flags().BoolVar(&asJSON, "json", false, "print the results and judged claims as JSON instead")
	reportFlags(c, &paper, &templates)
	return c
}

func writeReport(c *cobra.Command, dir, output string, opt report.Options) error {
	opt.PDF, opt.Dir = output, dir
	if output == "" {
		opt.PDF = filepath.Join(dir, "report.pdf")
	} else {
		if filepath.Ext(output) != ".pdf" {
			return usageError{fmt.Errorf("-o %s: the report is a PDF, whose name ends in .pdf", output)}
		}
		opt.Dir = filepath.Dir(output)
	}
	r, err := report.Write(dir, opt)
	if err != nil {
		return err
	}
	fmt.Fprintln(c.OutOrStdout(), opt.PDF)
	return damage(c, r)
}

// damage tells what in the run directory was not counted.
func damage(c *cobra.Command, r *report.Report) error {
	for _, f := range r.Run.Faults {
		fmt.Fprintf(c.ErrOrStderr(), "not counted: %s\n", f)
	}
	if n := len(r.Run.Faults); n > 0 {
		fmt.Fprintf(c.ErrOrStderr(), "%s in %s; `edgebench run --resume --out %s` runs their jobs again\n", plural(n, "damaged record"), r.Run.Dir, r.Run.Dir)
		return quietError{errors.New("damaged records")}
	}
	return nil
}

// reportJSON prints what the report is made of, for scripts.
func reportJSON(c *cobra.Command, dir string) error {
	run, err := report.Load(dir)
	if err != nil {
		return err
	}
	r, err := report.Build(run, nil)
	if err != nil {
		return err
	}
	err = printJSON(c.OutOrStdout(), struct {
		Plan    string             `json:"plan"`
		Results []report.Row       `json:"results"`
		Claims  []report.Judgement `json:"claims"`
		Faults  []string           `json:"faults"`
	}{run.Plan.Digest, r.Rows, r.Judgements, run.Faults})
	if err != nil {
		return err
	}
	return damage(c, r)
}
