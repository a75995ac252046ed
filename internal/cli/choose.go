package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"edgebench/compiler/expression"
	"edgebench/executor/measure/quantity"
	"edgebench/internal/cli/console"
	"edgebench/report/answer"
	"edgebench/report/data"
)

const chooseLong = `Choose of the results of runs, of several machines and of published data alike,
those for which a condition holds, by what is to be as small as possible. Given
--minimize several times, it is each model's Pareto front: nothing is as good in
all of them and better in one.

Both are expressions (https://expr-lang.org) over a result r, as figures have
them: r.value_ms is a time, and of results that were measured r.peak_memory_mib,
r.load_ms and r.output_error are there too. What touches what is missing cannot be
decided: such results are counted, and not chosen. Each number comes with its
origin; what was published was measured by others, in their way.`

func newChoose() *cobra.Command {
	var flags chooseFlags
	c := &cobra.Command{
		Use:   "choose RUN...",
		Short: "Choose among the results of runs by a condition and what to minimize",
		Long:  chooseLong,
		Example: example(
			`edgebench choose results/pi4 results/pi5 --where 'r.metric == "time_per_inference" && r.model == "ResNet-50"' --minimize r.value_ms`,
			`edgebench choose results/first --where 'r.value_ms <= 33' --minimize r.value_ms --minimize r.peak_memory_mib --markdown`),
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, dirs []string) error { return choose(c, dirs, flags) },
	}
	c.Flags().StringVar(&flags.where, "where", "", "only results for which this expression holds")
	c.Flags().StringArrayVar(&flags.minimize, "minimize", nil, "what is to be small, such as r.value_ms (can be repeated)")
	c.Flags().BoolVar(&flags.json, "json", false, "print JSON")
	c.Flags().BoolVar(&flags.markdown, "markdown", false, "print Markdown")
	c.MarkFlagsMutuallyExclusive("json", "markdown")
	return c
}

type chooseFlags struct {
	where          string
	minimize       []string
	json, markdown bool
}

// programs compiles the expressions.
func (f chooseFlags) programs() (where *expression.Program, minimize []*expression.Program, err error) {
	if len(f.minimize) == 0 {
		return nil, nil, usageError{errors.New("--minimize is needed: say what is to be small, such as --minimize r.value_ms")}
	}
	if f.where != "" {
		if where, err = expression.Compile(f.where, expression.Results, expression.Condition, nil); err != nil {
			return nil, nil, usageError{fmt.Errorf("--where: %w", err)}
		}
	}
	for _, text := range f.minimize {
		m, err := expression.Compile(text, expression.Results, expression.Quantity, nil)
		if err != nil {
			return nil, nil, usageError{fmt.Errorf("--minimize: %w", err)}
		}
		minimize = append(minimize, m)
	}
	return where, minimize, nil
}

func choose(c *cobra.Command, dirs []string, f chooseFlags) error {
	where, minimize, err := f.programs()
	if err != nil {
		return err
	}
	run, err := data.Load(dirs...)
	if err != nil {
		return err
	}
	for _, fault := range run.Faults {
		console.Printf(c.ErrOrStderr(), "not counted: %s\n", fault)
	}
	chosen, err := answer.Choose(run.Rows(), where, minimize)
	if err != nil {
		return err
	}
	for _, u := range chosen.Undecided {
		console.Printf(c.ErrOrStderr(), "cannot be decided of %s, such as: %s\n", plural(u.Count, "result"), u.Reason)
	}
	if f.json {
		return printJSON(c.OutOrStdout(), chosen)
	}
	if len(chosen.Chosen) == 0 {
		return errors.New("no result meets the condition")
	}
	return showChosen(c.OutOrStdout(), chosen, f)
}

func showChosen(w io.Writer, c answer.Choice, f chooseFlags) error {
	head := append([]string{"model", "platform", "framework", "optimizations", "threads"}, f.minimize...)
	head = append(head, "origin")
	if f.markdown {
		printCells(w, head, "| ", " | ", " |\n")
		console.Printf(w, "|%s\n", strings.Repeat(" --- |", len(head)))
		for _, x := range c.Chosen {
			cells := chosenCells(x)
			for i := range cells {
				cells[i] = strings.ReplaceAll(cells[i], "|", `\|`)
			}
			printCells(w, cells, "| ", " | ", " |\n")
		}
		return nil
	}
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	printCells(out, head, "", "\t", "\n")
	for _, x := range c.Chosen {
		printCells(out, chosenCells(x), "", "\t", "\n")
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if c.Beaten > 0 {
		console.Printf(w, "\nThe Pareto front: not on it, and left out, is %s.\n", plural(c.Beaten, "result"))
	}
	return nil
}

func chosenCells(x answer.Chosen) []string {
	t := x.Row.Job.Target
	cells := []string{t.Model, t.Platform, t.Framework, optimizations(t), threads(t)}
	for _, v := range x.Values {
		cells = append(cells, answer.Digits(v))
	}
	return append(cells, originOf(x))
}

// originOf says where a result is from.
func originOf(x answer.Chosen) string {
	if p := x.Row.Job.Published; p != nil {
		return fmt.Sprintf("published: %s, figure %s, %s", p.Source, p.Rows, p.Origin)
	}
	text := "measured in " + cmp.Or(x.MeasuredIn, x.Run)
	if x.Low.Known() && x.High.Known() {
		text += ": " + quantity.New(x.Value.Float(), x.Low.Float(), x.High.Float(), x.Unit).String()
	}
	return text
}
