package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"edgebench/compiler/plan"
	"edgebench/executor"
	"edgebench/executor/framework"
	"edgebench/executor/measure"
	"edgebench/internal/cli/console"
	"edgebench/report/data"
	"edgebench/report/exhibit"
)

// group is several things that one text is true of.
type group struct {
	text  string
	names []string
}

// groups are in the order of their first things.
type groups []group

func (g *groups) add(text, name string) {
	for i := range *g {
		if (*g)[i].text == text {
			(*g)[i].names = append((*g)[i].names, name)
			return
		}
	}
	*g = append(*g, group{text, []string{name}})
}

// list names the first things of a group; all of them in full.
func (g group) list(full bool) string {
	const most = 3
	if more := len(g.names) - most; more > 1 && !full {
		return strings.Join(g.names[:most], "; ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(g.names, "; ")
}

// printFailures says which jobs failed, and why.
func printFailures(w io.Writer, failures []executor.Failure, verbose bool) {
	var why groups
	for _, f := range failures {
		reason := f.Reason.Error()
		if !verbose {
			reason, _, _ = strings.Cut(reason, "\n")
		}
		reason += flagsFor(f.Reason)
		why.add(reason, jobName(f.Job))
	}
	for _, g := range why {
		console.Print(w, console.Red, "failed: ")
		console.Printf(w, "%s: %s\n", g.list(verbose), g.text)
	}
}

// mostSkips are told one by one.
const mostSkips = 3

// printSkips says what does not run, and why: many by the code of the reason
// alone, since their reasons are in the plan and in the report.
func printSkips(w io.Writer, skips []plan.Skip, verbose bool) {
	if len(skips) > mostSkips && !verbose {
		var codes groups
		for _, s := range skips {
			codes.add(s.Verdict.Code, "")
		}
		var parts []string
		for _, g := range codes {
			parts = append(parts, fmt.Sprintf("%s %d", g.text, len(g.names)))
		}
		console.Printf(w, "skipped: %s (%s); `edgebench plan` says why\n", plural(len(skips), "combination"), strings.Join(parts, ", "))
		return
	}
	for _, s := range skips {
		console.Printf(w, "skipped: %s: %s\n", combination(s.Target), s.Verdict.Reason)
	}
}

// printMissing says which jobs were skipped because their frameworks are not
// installed, or do not see the device that was asked for.
func printMissing(w io.Writer, skipped []executor.Failure, verbose bool) {
	var installable, named groups
	var frameworks []string
	jobs := 0
	for _, f := range skipped {
		if errors.Is(f.Reason, framework.ErrNoDevice) {
			named.add(f.Reason.Error(), f.Job.Framework)
			continue
		}
		jobs++
		installable.add(f.Reason.Error(), f.Job.Framework)
		if !slices.Contains(frameworks, f.Job.Framework) {
			frameworks = append(frameworks, f.Job.Framework)
		}
	}
	if len(frameworks) <= 1 || verbose {
		named = append(installable, named...)
	} else {
		fmt.Fprintf(w, "skipped: %s of frameworks that are not installed: %s; `edgebench setup` installs the light ones, `edgebench setup --list` lists all\n",
			plural(jobs, "job"), strings.Join(frameworks, ", "))
	}
	for _, g := range named {
		fmt.Fprintf(w, "skipped: %s: %s\n", plural(len(g.names), "job"), g.text)
	}
}

// printWarnings names the models whose results are to be trusted less.
func printWarnings(w io.Writer, rows []data.Row, verbose bool) {
	var codes groups
	messages := map[string]string{}
	seen := map[string]bool{} // by code and model, or with verbose also by target
	for _, row := range rows {
		for _, warning := range warningsOf(row) {
			name := row.Model
			if verbose {
				name = jobName(*row.Job)
			}
			if exhibit.Usual(warning.Code) && !verbose || seen[warning.Code+"\n"+name] {
				continue
			}
			seen[warning.Code+"\n"+name] = true
			codes.add(warning.Code, name)
			messages[warning.Code] = warning.Message
		}
	}
	for _, g := range codes {
		text := messages[g.text]
		if len(g.names) > 1 { // a message has numbers, which are of one result
			text = strings.ReplaceAll(g.text, "_", " ")
		}
		console.Print(w, console.Yellow, "warning: ")
		console.Printf(w, "%s: %s\n", text, g.list(verbose))
	}
}

// warningsOf is what is said of a measurement.
func warningsOf(row data.Row) []measure.Warning {
	if row.Measurement == nil {
		return nil
	}
	return row.Measurement.Summary.Warnings
}

// showClaims counts the claims by verdict, and names those that do not hold.
func showClaims(w io.Writer, judged []exhibit.Judgement, verbose bool) {
	if len(judged) == 0 {
		return
	}
	var hold, fail, undecided []exhibit.Judgement
	for _, j := range judged {
		switch j.Verdict {
		case exhibit.Holds, exhibit.Nearly:
			hold = append(hold, j)
		case exhibit.Fails:
			fail = append(fail, j)
		default:
			undecided = append(undecided, j)
		}
	}
	console.Printf(w, "Claims: %d hold, %d do not, %d cannot be decided\n", len(hold), len(fail), len(undecided))
	listClaims(w, console.Red, fail, verbose)
	listClaims(w, console.Yellow, undecided, verbose)
}

// mostClaims are named of those that have one verdict.
const mostClaims = 3

func listClaims(w io.Writer, style console.Style, judged []exhibit.Judgement, verbose bool) {
	for i, j := range judged {
		if i == mostClaims && !verbose {
			console.Printf(w, "  and %d more: the report has them all\n", len(judged)-i)
			return
		}
		console.Print(w, style, "  "+j.Verdict)
		console.Printf(w, ": %s/%s: %s\n", j.Study, j.Claim.Name, j.Claim.Statement)
	}
}
