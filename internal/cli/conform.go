package cli

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"edgebench/compiler/network/export"
	"edgebench/compiler/spec"
	"edgebench/compiler/spec/policy"
	"edgebench/executor/framework"
	"edgebench/internal/cli/console"
)

const conformLong = `Start a runner of your own as a session would, with a small model and one thread,
and check that it keeps the protocol (docs/runner-protocol.md): that it greets,
loads, refuses what it cannot do, computes what the reference does, times each
inference in nanoseconds, and ends when it is told.

COMMAND is what the framework's spec names: {python} and {runners} in it mean
the same. Each check that fails says what to do, and the exit code is 1.`

func newConform() *cobra.Command {
	var format string
	var limit time.Duration
	var asJSON bool
	c := &cobra.Command{
		Use:   "conform [flags] COMMAND [ARGUMENT...]",
		Short: "Check that a runner keeps the protocol",
		Long:  conformLong,
		Example: example("edgebench conform ./my-runner",
			"edgebench conform --format onnx --json {python} {runners}/edgebench_onnxruntime.py"),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{errors.New("conform needs the command of a runner, such as `edgebench conform ./my-runner`")}
			}
			if _, err := formatNamed(format, export.Formats()); err != nil {
				return err
			}
			return conform(c, conformee(args, format, limit), asJSON)
		},
	}
	c.Flags().SetInterspersed(false) // flags after the command are its own
	c.Flags().StringVar(&format, "format", string(export.ONNX), "the format of the model that it is given: "+formatList(export.Formats()))
	c.Flags().DurationVar(&limit, "timeout", time.Minute, "the time that it has for each answer")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// conformee is the runner as a framework's spec would state it.
func conformee(command []string, format string, limit time.Duration) framework.Process {
	l := policy.Duration(limit)
	return framework.Process{Name: "the runner", Runner: &spec.Runner{
		Command: command, Format: format, Limits: spec.RunnerLimits{Start: l, Load: l, Run: l},
	}}
}

func conform(c *cobra.Command, p framework.Process, asJSON bool) error {
	findings, err := p.Conform(c.Context())
	if err != nil {
		return err
	}
	if asJSON {
		err = printJSON(c.OutOrStdout(), findings)
	} else {
		printFindings(c.OutOrStdout(), findings)
	}
	failed := 0
	for _, f := range findings {
		if !f.Passed {
			failed++
		}
	}
	if failed > 0 {
		err = errors.Join(err, fmt.Errorf("%d of %s failed", failed, plural(len(findings), "check")))
	}
	return err
}

func printFindings(w io.Writer, findings []framework.Finding) {
	for _, f := range findings {
		if f.Passed {
			console.Printf(w, "passed  %s\n", f.Check)
		} else {
			console.Printf(w, "FAILED  %s: %s\n", f.Check, f.Reason)
		}
	}
}
