package cli

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"edgebench/compiler/plan"
	"edgebench/compiler/suggest"
	"edgebench/executor/measure"
	"edgebench/executor/measure/quantity"
	"edgebench/internal/cli/console"
	"edgebench/report/comparison"
	"edgebench/report/data"
)

const compareLong = `Compare the times per inference of two runs, job by job: after a change of a
model, of a framework's version or of EdgeBench itself.

Each pair has the ratio of the new time to the old one with its 95 % interval.
"regressed" and "improved" are differences that chance does not explain: over
the whole comparison, one is named where there is none in at most 5 % of
comparisons. Two processes of one program differ too, by about 1.5 %; where a
result comes of one process only, that much is allowed for, so that a smaller
difference than about 4 % cannot be found.

What was not measured alike is not compared, and the reason is said: another
model, machine or policy, or a machine that was loaded or throttled meanwhile.
Where such a difference is the very question, --across names it. Other versions
of software do not hinder a comparison; they are named.

A regression ends with exit code 1.`

func newCompare() *cobra.Command {
	var flags compareFlags
	c := &cobra.Command{
		Use:   "compare OLD NEW",
		Short: "Compare two runs: what became faster or slower, and is it more than chance",
		Long:  compareLong,
		Example: example("edgebench compare results/before results/after", "edgebench compare results/before results/after --threshold 3%",
			"edgebench compare results/before results/after --markdown", "edgebench compare results/pi4 results/pi5 --across machine"),
		Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			o, err := flags.options()
			if err != nil {
				return err
			}
			return compareRuns(c, args[0], args[1], o, flags)
		},
	}
	c.Flags().StringVar(&flags.threshold, "threshold", "0%", "the least difference to call one, such as 3%")
	c.Flags().StringSliceVar(&flags.across, "across", nil, "compare results although this differs: "+kindNames())
	c.Flags().BoolVar(&flags.json, "json", false, "print JSON")
	c.Flags().BoolVar(&flags.markdown, "markdown", false, "print Markdown, as for a pull request")
	c.MarkFlagsMutuallyExclusive("json", "markdown")
	return c
}

type compareFlags struct {
	threshold      string
	across         []string
	json, markdown bool
}

func kindNames() string {
	var names []string
	for _, k := range comparison.Kinds {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

func (f compareFlags) options() (comparison.Options, error) {
	var o comparison.Options
	number, isPercent := strings.CutSuffix(strings.TrimSpace(f.threshold), "%")
	value, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !(value >= 0) || math.IsInf(value, 0) {
		return o, usageError{fmt.Errorf("--threshold is %q: it must be a share, such as 3%% or 0.03", f.threshold)}
	}
	if isPercent {
		value /= 100
	}
	o.Threshold = value
	for _, name := range f.across {
		if !slices.Contains(comparison.Kinds, comparison.Kind(name)) {
			return o, usageError{fmt.Errorf("--across is %q: it must be one of %s%s", name, kindNames(), suggest.DidYouMean(name, strings.Split(kindNames(), ", ")))}
		}
		o.Across = append(o.Across, comparison.Kind(name))
	}
	return o, nil
}

func compareRuns(c *cobra.Command, oldDir, newDir string, o comparison.Options, f compareFlags) error {
	before, err := data.Load(oldDir)
	if err != nil {
		return err
	}
	after, err := data.Load(newDir)
	if err != nil {
		return err
	}
	for _, r := range []*data.Run{before, after} {
		for _, fault := range r.Faults {
			console.Printf(c.ErrOrStderr(), "%s: not counted: %s\n", r.Dir, fault)
		}
	}
	found, err := comparison.Compare(before, after, o)
	if err != nil {
		return err
	}
	if err := showComparison(c.OutOrStdout(), found, f); err != nil {
		return err
	}
	if n := found.Count(comparison.Regressed); n > 0 {
		return quietError{errors.New("slower than before")}
	}
	return nil
}

func showComparison(w io.Writer, c *comparison.Comparison, f compareFlags) error {
	switch {
	case f.json:
		return printJSON(w, c)
	case f.markdown:
		comparisonMarkdown(w, c)
		return nil
	}
	return comparisonText(w, c)
}

var comparisonHead = []string{"model", "framework", "old", "new", "new / old", "verdict"}

func comparisonText(w io.Writer, c *comparison.Comparison) error {
	console.Printf(w, "%s\n\n", verdictLine(c))
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	printCells(out, comparisonHead, "", "\t", "\n")
	for _, p := range c.Pairs {
		printCells(out, pairCells(p), "", "\t", "\n")
	}
	if err := out.Flush(); err != nil {
		return err
	}
	console.Printf(w, "\n")
	for _, note := range comparisonNotes(c) {
		console.Printf(w, "%s\n", note)
	}
	return nil
}

func comparisonMarkdown(w io.Writer, c *comparison.Comparison) {
	console.Printf(w, "**%s**\n\n", verdictLine(c))
	printCells(w, comparisonHead, "| ", " | ", " |\n")
	console.Printf(w, "|%s\n", strings.Repeat(" --- |", len(comparisonHead)))
	for _, p := range c.Pairs {
		cells := pairCells(p)
		for i := range cells {
			cells[i] = strings.ReplaceAll(cells[i], "|", `\|`)
		}
		printCells(w, cells, "| ", " | ", " |\n")
	}
	console.Printf(w, "\n")
	for _, note := range comparisonNotes(c) {
		console.Printf(w, "- %s\n", note)
	}
}

func printCells(w io.Writer, cells []string, before, between, after string) {
	io.WriteString(w, before)
	for i, cell := range cells {
		if i > 0 {
			io.WriteString(w, between)
		}
		console.Printf(w, "%s", cell)
	}
	io.WriteString(w, after)
}

// verdictLine says in one line what came out.
func verdictLine(c *comparison.Comparison) string {
	var parts []string
	for _, v := range comparison.Verdicts {
		if n := c.Count(v); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	if len(parts) == 0 {
		return "No job is in both runs"
	}
	return fmt.Sprintf("%s: %s", plural(len(c.Pairs), "job"), strings.Join(parts, ", "))
}

func pairCells(p comparison.Pair) []string {
	return []string{
		p.Model, comparedName(p.Target), timeText(p.Old.Measurement.Summary), timeText(p.New.Measurement.Summary),
		ratioText(p.Difference), string(p.Verdict),
	}
}

func comparedName(t plan.Target) string {
	name := fmt.Sprintf("%s (%s)", frameworkOn(t), optimizations(t))
	if t.Threads != 0 {
		name += ", threads: " + threads(t)
	}
	return name
}

func ratioText(d *measure.Difference) string {
	if d == nil {
		return "-"
	}
	q := quantity.New(d.Ratio, d.Low, d.High, "")
	return fmt.Sprintf("%s (%s)", q.Number(), q.Interval())
}

// comparisonNotes say what stands behind the table: why what was not compared
// was not, what differed, and what only one run has.
func comparisonNotes(c *comparison.Comparison) []string {
	var notes []string
	for _, text := range c.Differ {
		notes = append(notes, "differs in all: "+text)
	}
	for _, p := range c.Pairs {
		for _, text := range p.Reasons {
			notes = append(notes, fmt.Sprintf("%s, %s, is not compared: %s", p.Model, comparedName(p.Target), text))
		}
		if p.Difference == nil {
			continue // what else differs does not matter
		}
		for _, text := range p.Differ {
			notes = append(notes, fmt.Sprintf("%s, %s, differs: %s", p.Model, comparedName(p.Target), text))
		}
	}
	for _, s := range c.OnlyOld {
		notes = append(notes, fmt.Sprintf("%s, %s, is only in %s: %s", s.Model, comparedName(s.Target), c.Old, s.Reason))
	}
	for _, s := range c.OnlyNew {
		notes = append(notes, fmt.Sprintf("%s, %s, is only in %s: %s", s.Model, comparedName(s.Target), c.New, s.Reason))
	}
	return append(notes, spreadNote(c)...)
}

// spreadNote says how much processes were taken to differ.
func spreadNote(c *comparison.Comparison) []string {
	assumed := 0
	for _, p := range c.Pairs {
		if p.Difference != nil && p.Assumed {
			assumed++
		}
	}
	if assumed == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s of one process on a side: two processes of one program are taken to differ by %s (one standard deviation), which was not measured here (`edgebench run --processes 3` measures it)",
		plural(assumed, "comparison"), quantity.Percent(measure.AssumedSpread))}
}
