package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/executor/measure/quantity"
	"edgebench/internal/cli/console"
	"edgebench/internal/visible"
	"edgebench/report/answer"
	"edgebench/report/data"
	"edgebench/report/exhibit"
)

// toldInFull reports whether the models that a plan measures are few enough to be
// told in full; of more each has a line.
func toldInFull(p *plan.Plan) bool {
	models := map[string]bool{}
	for _, j := range jobsOf(p, spec.Measured) {
		models[j.Model] = true
	}
	return len(models) <= exhibit.FullAnswers
}

// showAnswers says which way to run each model is the best.
func showAnswers(w io.Writer, p *plan.Plan, s *exhibit.Set) error {
	if err := showEach(w, s.Answers, toldInFull(p)); err != nil {
		return err
	}
	if len(s.Untried) > 0 {
		console.Printf(w, "not run: %s\n", strings.Join(s.Untried, ", "))
	}
	return nil
}

func showEach(w io.Writer, answers []exhibit.Shown, full bool) error {
	if !full {
		return showBriefly(w, answers)
	}
	for _, a := range answers {
		if err := showAnswer(w, a.Answer); err != nil {
			return err
		}
	}
	return nil
}

// showBriefly has a line for each model.
func showBriefly(w io.Writer, answers []exhibit.Shown) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "MODEL\tUSE\tTIME\tCOMPARED")
	for _, a := range answers {
		if first := a.Recommended; first != nil {
			console.Printf(out, "%s\t%s\t%s\t%s\n", a.Model, a.Name(first.Target), first.Time(), a.Compared())
		} else {
			console.Printf(out, "%s\t-\t-\t%s\n", a.Model, a.Words[0])
		}
	}
	return out.Flush()
}

func showAnswer(w io.Writer, a *answer.Answer) error {
	console.Print(w, console.Bold, visible.Line(a.Model))
	console.Printf(w, "%s\n", a.About())
	for i, sentence := range a.Words {
		if i == 0 {
			console.Print(w, console.Green, visible.Line(sentence))
			console.Printf(w, "\n")
		} else {
			console.Printf(w, "%s\n", sentence)
		}
	}
	if err := showRanked(w, a); err != nil {
		return err
	}
	for _, g := range a.Groups(func(w answer.Without) bool { return w.Status != data.Failed }) { // those have been told as failures
		console.Printf(w, "  without a result: %s: %s\n", strings.Join(g.Names, "; "), g.Reason)
	}
	fmt.Fprintln(w)
	return nil
}

func showRanked(w io.Writer, a *answer.Answer) error {
	if len(a.Ranked) == 0 {
		return nil
	}
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	required := len(a.Requirements) > 0
	head := []string{"", "FRAMEWORK", "OPTIMIZATIONS", "THREADS", "TIME", "P90", "TIMES THE FIRST", "MEMORY", "LOAD", "ERROR"}
	if required {
		head = append(head, "REQUIRED")
	}
	printCells(out, head, "", "\t", "\n")
	for i := range a.Ranked {
		e := &a.Ranked[i]
		v := e.Values
		cells := []string{
			fmt.Sprint(i + 1), e.Framework, optimizations(e.Target), threads(e.Target), e.Time() + shortly(e), milliseconds(v.P90MS), toFirst(e, i),
			known(v.PeakMemoryMiB, " MiB"), milliseconds(v.LoadMS), errorText(v.OutputError),
		}
		if required {
			cells = append(cells, string(e.Meets))
		}
		printCells(out, cells, "", "\t", "\n")
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if len(a.Ranked) < 2 {
		return nil
	}
	if slices.ContainsFunc(a.Ranked, func(e answer.Entry) bool { return e.CutShort }) {
		console.Printf(w, "* of a first look alone: it was cut short, and is compared with the first place's look.\n")
	}
	console.Printf(w, "≈ no significant difference from the first place. Intervals are of 95 %%. Error: of the outputs, to a reference in 32 bits.\n")
	return nil
}

// shortly marks a result of a first look.
func shortly(e *answer.Entry) string {
	if e.CutShort {
		return " *"
	}
	return ""
}

func toFirst(e *answer.Entry, place int) string {
	switch {
	case place == 0:
		return "1"
	case e.ToFirst == nil:
		return "-"
	case e.Alike:
		return "≈ " + e.Ratio()
	}
	return e.Ratio()
}

// known is a value of which no interval is known.
func known(v *float64, unit string) string {
	if v == nil {
		return "-"
	}
	return answer.Digits(*v) + unit
}

func milliseconds(v *float64) string {
	if v == nil {
		return "-"
	}
	return quantity.BareTime(*v * 1e6).String()
}

func errorText(v *float64) string {
	if v == nil {
		return "not checked"
	}
	return fmt.Sprintf("%.0e", *v)
}
