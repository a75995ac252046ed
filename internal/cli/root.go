// Package cli is the command line: one file a command.
package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"edgebench/compiler/spec"
	"edgebench/executor/framework/native"
	"edgebench/internal/cli/console"
)

// Version is the program's version. It is part of a run's environment.
const Version = "0.1.0"

// Exit codes.
const (
	exitDone  = 0
	exitFault = 1 // the work found a fault: an invalid spec, a failed job
	exitUsage = 2
)

// Main runs the command line and returns the exit code.
func Main() int {
	if code, handled := native.Main(); handled {
		return code
	}
	ctx, stop := interruptible()
	defer stop()
	stdout, stderr := console.New(os.Stdout), console.New(os.Stderr)
	root := newRoot(stdout, stderr)
	started := ""
	root.PersistentPreRun = func(c *cobra.Command, _ []string) { started = c.CommandPath() }
	return guarded(stderr, func() string { return cmp.Or(started, "edgebench") }, func() int {
		err := root.ExecuteContext(ctx)
		return end(stdout, stderr, err, started != "")
	})
}

// end says how the program ends, and why.
func end(stdout, stderr *console.Console, err error, started bool) int {
	if unwritten := stdout.Err(); unwritten != nil {
		fmt.Fprintf(stderr, "edgebench: the output could not be written: %v\n", unwritten)
		return exitFault
	}
	return exitCode(stderr, err, started)
}

// exitCode prints an error, once, and says how the program ends.
func exitCode(w io.Writer, err error, started bool) int {
	var quiet quietError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &quiet):
		return exitFault
	case !started:
		fmt.Fprintf(w, "edgebench: %s\nRun `edgebench --help` for the commands.\n", shortened(err))
		return exitUsage
	}
	var usage usageError
	if errors.As(err, &usage) {
		fmt.Fprintf(w, "edgebench: %s\n", shortened(err))
		return exitUsage
	}
	printError(w, err)
	return exitFault
}

// usageError is a wrong use of a command, found when it already runs.
type usageError struct{ error }

// quietError is a fault that the command has already told.
type quietError struct{ error }

func printError(w io.Writer, err error) {
	var ds spec.Diagnostics
	if !errors.As(err, &ds) {
		fmt.Fprintf(w, "edgebench: %s\n", shortened(err))
		return
	}
	for _, d := range ds {
		console.Printf(w, "%v\n", d)
	}
	fmt.Fprintf(w, "%s\n", plural(ds.Count(), "error"))
}

// shortened is an error's text, of several lines perhaps, without what is too
// long to be read.
func shortened(err error) string {
	lines := strings.Split(err.Error()+flagsFor(err), "\n")
	for i, line := range lines {
		lines[i] = console.Shorten(line)
	}
	return strings.Join(lines, "\n")
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

const rootLong = `EdgeBench chooses a device, a framework and an optimization for running a neural
network at the edge, with evidence.

Specs in CUE say what to compare. EdgeBench checks that every combination can
work before anything runs, runs what can, and writes a report in which every
number says where it comes from.

A PATH is a spec file, a folder of spec files, or a built-in study: "paper"
(Characterizing the Deployment of Deep Neural Networks on Commercial Edge
Devices, IISWC 2019) or "host" (this machine). Without a PATH it is both.`

func newRoot(stdout, stderr *console.Console) *cobra.Command {
	root := &cobra.Command{
		Use:   "edgebench",
		Short: "Choose a device, framework and optimization for neural networks at the edge",
		Long:  rootLong,
		Example: `  edgebench run                 run the built-in studies and write the report
  edgebench init mystudy        start a study of your own
  edgebench vet mystudy         check it
  edgebench plan mystudy        see what would run, and what not and why`,
		Version:       Version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetGlobalNormalizationFunc(oldSpellings)
	root.AddCommand(newVet(), newPlan(), newRun(stderr), newReport(), newCompare(), newChoose(), newEstimate(), newFit(), newModel(), newDoctor(), newList(), newSetup(), newInit(), newConform())
	return root
}

// oldSpellings lets flags go by the names that they had.
func oldSpellings(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	if name == "output" {
		name = "out"
	}
	return pflag.NormalizedName(name)
}

// printJSON writes a value for scripts.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// example indents a command's examples as cobra prints them.
func example(lines ...string) string { return "  " + strings.Join(lines, "\n  ") }
