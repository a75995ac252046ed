package exhibit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"edgebench/compiler/expression"
	"edgebench/compiler/metric"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/compiler/verdict"
	"edgebench/executor/journal"
	"edgebench/executor/measure"
	"edgebench/executor/measure/quantity"
	"edgebench/executor/result"
	"edgebench/executor/sensor"
	"edgebench/report/data"
	"edgebench/report/table"
)

// measuredTable lists this machine's inference times of one study, those of a
// model together.
func measuredTable(study string, rows []data.Row) *table.Table {
	timed := timedRows(study, rows)
	if len(timed) == 0 {
		return nil
	}
	out := &table.Table{ID: study + "-measured", Caption: "Measured on this machine: the time of one inference, of one input at a time (batch 1)"}
	common := commonHeadline(timed)
	out.Columns = []table.Column{{Name: "Model"}, {Name: "Platform, framework, optimizations"}, {Name: cmp.Or(common, "time") + " (ms)", Group: "Time", Align: table.Right}}
	if common == "" {
		out.Columns = append(out.Columns, table.Column{Name: "of", Group: "Time"})
	}
	out.Columns = append(out.Columns, table.Column{Name: "interval (ms)", Group: "Time", Align: table.Right}, table.Column{Name: "GFLOP/s", Align: table.Right})
	several := slices.ContainsFunc(timed, func(r *data.Row) bool { return r.Measurement.Summary.Processes != nil })
	if several {
		out.Columns = append(out.Columns, table.Column{Name: "Processes", Align: table.Right})
	}
	out.Columns = append(out.Columns, []table.Column{
		{Name: "Inferences", Align: table.Right}, {Name: "Ended by"}, {Name: "Error", Align: table.Right}, {Name: "Flags"},
	}...)
	shown := &legend{}
	confidence := 0.0
	for _, r := range timed {
		out.Rows = append(out.Rows, measuredRow(r, common == "", several, shown))
		if r.Job != nil && r.Job.Policy != nil && (confidence == 0 || r.Job.Policy.Confidence < confidence) {
			confidence = r.Job.Policy.Confidence
		}
	}
	if text := shown.text(); text != "" {
		out.Notes = append(out.Notes, text)
	}
	out.Notes = append(out.Notes, measuredNotes(confidence, several)...)
	return out
}

// timedRows are the inference times of a study that were measured, each result
// once, in the order in which their models are met.
func timedRows(study string, rows []data.Row) []*data.Row {
	var models names
	of := map[string][]*data.Row{}
	seen := map[*journal.Record]bool{}
	for i := range rows {
		r := &rows[i]
		if r.Study != study || r.Measurement == nil || r.Metric != metric.TimePerInference || r.Status != "ok" || seen[r.Record] {
			continue
		}
		seen[r.Record] = true // several experiments may share it
		models.add(r.Model)
		of[r.Model] = append(of[r.Model], r)
	}
	var timed []*data.Row
	for _, m := range models.list {
		timed = append(timed, of[m]...)
	}
	return timed
}

// commonHeadline is what all times are, such as the median; empty where they
// differ.
func commonHeadline(rows []*data.Row) string {
	common := rows[0].Measurement.Summary.Headline
	for _, r := range rows {
		if r.Measurement.Summary.Headline != common {
			return ""
		}
	}
	return string(common)
}

func measuredNotes(confidence float64, several bool) []string {
	interval := "A time has the digits that its interval lets it have. "
	if confidence > 0 {
		interval = fmt.Sprintf("The interval is a confidence interval of at least %g %%; a time has the digits that it lets it have. ", 100*confidence)
	}
	processes := ""
	if several {
		processes = "Processes: in how many fresh processes it was measured, and how much of the variance of their headlines is between them, rather than the noise of their inferences. "
	}
	return []string{interval + processes + fmt.Sprintf(
		"GFLOP/s: billions of the model's floating-point operations per second, a multiply-add counted as %d. Inferences: how many the time is taken from; ended by: what of the policy ended them, an interval that was narrow enough or a limit. Error: of the outputs of the session that was timed, relative to the reference (L2), or of the reference's own layers to float64, whichever is larger; in brackets, of pruned weights: of the same outputs, relative to those of the network with all of its weights.", data.FLOPPerMAC)}
}

func measuredRow(r *data.Row, headline, several bool, shown *legend) table.Row {
	m := r.Measurement
	time := rowTime(r)
	row := table.Text(r.Model, r.Target())
	value, interval := table.Cell{Text: time.Number(), Strong: true, Full: sourceDigits(r.ValueMS.Float())}, table.Cell{Text: "–"}
	if time.Known {
		interval = table.Cell{Text: unbroken(time.Interval()), Full: sourceDigits(r.Low.Float()) + " to " + sourceDigits(r.High.Float())}
	}
	row.Cells = append(row.Cells, value)
	if headline {
		row.Cells = append(row.Cells, table.Cell{Text: string(m.Summary.Headline)})
	}
	rate := table.Cell{Text: throughput(r)}
	if r.GFLOPS.Known() {
		rate.Full = sourceDigits(r.GFLOPS.Float())
	}
	row.Cells = append(row.Cells, interval, rate)
	if several {
		row.Cells = append(row.Cells, table.Cell{Text: unbroken(processesText(m.Summary.Processes))})
	}
	row.Cells = append(row.Cells, table.Cell{Text: fmt.Sprint(m.Summary.Count)}, table.Cell{Text: unbroken(endedBy(m.Series.Stopped))},
		checkCell(m.Check), table.Cell{Text: unbroken(shown.letters(r))})
	return row
}

// processesText is such as "5 (41 %)": how many processes, and their share of the variance.
func processesText(p *measure.Processes) string {
	switch {
	case p == nil:
		return "1"
	case p.Share == nil:
		return fmt.Sprint(len(p.Levels))
	}
	return fmt.Sprintf("%d (%.0f %%)", len(p.Levels), 100**p.Share)
}

// checkCell is the error of what was timed. A pruned network has besides, in
// brackets, what pruning costs.
func checkCell(c result.Check) table.Cell {
	cell := deviationCell(outputError(c))
	if c.Unchecked != "" || c.DenseError == nil {
		return cell
	}
	dense := expression.Num(*c.DenseError)
	return table.Cell{Text: unbroken(cell.Text + " (" + errorText(dense) + ")"), Full: cell.Full + " (" + sourceDigits(dense.Float()) + ")"}
}

// deviationCell is an error of outputs, where it is known.
func deviationCell(e expression.Number) table.Cell {
	if !e.Known() {
		return table.Cell{Text: "not checked"}
	}
	return table.Cell{Text: errorText(e), Full: sourceDigits(e.Float())}
}

// errorText writes an error so that its exponent stays in one line.
func errorText(e expression.Number) string {
	return strings.ReplaceAll(fmt.Sprintf("%.0e", e.Float()), "-", "\u2011")
}

// unbroken keeps a text in one line.
func unbroken(text string) string { return strings.ReplaceAll(text, " ", "\u00a0") }

// endings are what of a policy ends the inferences.
var endings = map[measure.Clause]string{
	measure.ByTarget: "interval", measure.ByMinTime: "least time", measure.ByMinCount: "least count",
	measure.ByMaxTime: "most time", measure.ByMaxCount: "most count", measure.ByGiveUp: "give-up",
}

func endedBy(c measure.Clause) string {
	return cmp.Or(endings[c], strings.ReplaceAll(string(c), "_", " "))
}

// throughput is known as well as the time that it was computed from.
func throughput(r *data.Row) string {
	if !r.GFLOPS.Known() {
		return "–"
	}
	time := rowTime(r)
	if !time.Known {
		return quantity.Bare(r.GFLOPS.Float(), "").Number()
	}
	per := func(t float64) float64 { return r.GFLOPS.Float() * time.Value / t }
	return quantity.New(r.GFLOPS.Float(), per(time.High), per(time.Low), "").Number()
}

// degradedTable lists what ran, or would, in a lesser way.
func degradedTable(study plan.Study, rows []data.Row) *table.Table {
	g := newReasons(study, "degraded", "Degraded: these run, but not as one would wish")
	for _, r := range rows {
		if why := r.Degraded(); r.Study == study.Name && why != "" {
			g.add(r, r.Code, why)
		}
	}
	return g.table()
}

// skippedTable lists what an experiment selects and what has no value, with
// the reason. What a run did not come to, and frameworks that are not installed,
// take one row each; what a source merely does not state is counted.
func skippedTable(study plan.Study, rows []data.Row) *table.Table {
	g := newReasons(study, "skipped", "Skipped or failed, and why")
	unpublished, leftOut, unreached := 0, 0, false
	var missing absent
	for _, r := range rows {
		switch {
		case r.Study != study.Name || r.Status == "ok":
		case r.Status == "unpublished":
			unpublished++
		case r.Status == data.NotRun:
			leftOut++
		case r.Status == data.NotInstalled || r.Status == data.NoDevice:
			missing.add(r)
		case r.Unreached:
			unreached = true
			g.add(r, "not reached: "+r.Status, firstLine(r.Reason))
		default:
			g.add(r, r.Status, firstLine(r.Reason))
		}
	}
	for _, l := range missing.list {
		g.sum(missing.count[l], l.what, strings.ReplaceAll(l.status, "_", " "), l.reason)
	}
	if leftOut > 0 {
		g.sum(leftOut, "", "not run", "this run left them out, or did not get to them")
	}
	out := g.table()
	if unreached {
		out.Notes = append(out.Notes, "Not reached: it could run there, but not from this machine.")
	}
	if out != nil && unpublished > 0 {
		out.Notes = append(out.Notes, fmt.Sprintf("%d further combinations are not listed: the source has no value for them.", unpublished))
	}
	return out
}

// reasons gathers the models that have no value, or a lesser one, on the same
// target for the same reason.
type reasons struct {
	study       plan.Study
	id, caption string
	keys        []reasonKey
	models      map[reasonKey]*names
	sums        []table.Row // of many results at once
}

type reasonKey struct{ experiment, target, code, reason string }

func newReasons(study plan.Study, kind, caption string) *reasons {
	return &reasons{study: study, id: study.Name + "-" + kind, caption: caption, models: map[reasonKey]*names{}}
}

func (g *reasons) add(r data.Row, code, reason string) {
	k := reasonKey{r.Experiment, r.Target(), code, reason}
	if g.models[k] == nil {
		g.keys = append(g.keys, k)
		g.models[k] = &names{}
	}
	g.models[k].add(r.Model)
}

// sum tells a number of results at once.
func (g *reasons) sum(n int, target, code, reason string) {
	results := "results"
	if n == 1 {
		results = "result"
	}
	g.sums = append(g.sums, table.Text(fmt.Sprintf("%d %s", n, results), target, code, reason))
}

// title is an experiment's, with its name: titles may be alike.
func (g *reasons) title(experiment string) string {
	if x, ok := g.study.Experiments.Get(experiment); ok && x.Title != "" {
		return x.Title + " (" + experiment + ")"
	}
	return experiment
}

// table is nil where there is nothing to list.
func (g *reasons) table() *table.Table {
	if len(g.keys)+len(g.sums) == 0 {
		return nil
	}
	out := &table.Table{ID: g.id, Caption: g.caption, Columns: []table.Column{
		{Name: "Models", Weight: 1.6}, {Name: "Platform, framework, optimizations", Weight: 1.4}, {Name: "Code", Weight: 1}, {Name: "Reason", Weight: 6},
	}}
	experiment := ""
	for _, k := range g.keys {
		if k.experiment != experiment {
			experiment = k.experiment
			out.Rows = append(out.Rows, table.Row{Heading: true, Cells: []table.Cell{{Text: g.title(experiment)}}})
		}
		out.Rows = append(out.Rows, table.Text(strings.Join(g.models[k].list, ", "), k.target, strings.ReplaceAll(k.code, "_", " "), k.reason))
	}
	if len(g.sums) > 0 && len(g.keys) > 0 {
		out.Rows = append(out.Rows, table.Row{Heading: true, Cells: []table.Cell{{Text: "Of all experiments"}}})
	}
	out.Rows = append(out.Rows, g.sums...)
	return out
}

// absent counts the results that a machine cannot have as it is, by what it lacks
// for them.
type absent struct {
	list  []lack
	count map[lack]int
}

// lack is a framework, or a device for it, that is not there.
type lack struct{ what, status, reason string }

func (a *absent) add(r data.Row) {
	l := lack{r.Framework, r.Status, firstLine(r.Reason)}
	if l.status == data.NoDevice && r.Device != "" {
		l.what += " on " + r.Device
	}
	if a.count == nil {
		a.count = map[lack]int{}
	}
	if a.count[l] == 0 {
		a.list = append(a.list, l)
	}
	a.count[l]++
}

func firstLine(s string) string {
	first, _, _ := strings.Cut(s, "\n")
	return first
}

func orNil(t *table.Table) *table.Table {
	if len(t.Rows) == 0 {
		return nil
	}
	return t
}

// claimsTable lists a study's claims with their verdicts.
func claimsTable(study string, judgements []Judgement) *table.Table {
	out := &table.Table{ID: study + "-claims", Caption: "Claims, judged by the data"}
	out.Columns = []table.Column{
		{Name: "Claim", Weight: 4}, {Name: "Source", Weight: 2}, {Name: "Printed", Align: table.Right},
		{Name: "Computed", Align: table.Right}, {Name: "Verdict", Weight: 1.5},
	}
	notes := &footnotes{table: out}
	for _, j := range judgements {
		if j.Study != study {
			continue
		}
		printed, computed := "", ""
		if j.Claim.Value != "" {
			printed = fmt.Sprint(j.Claim.Printed)
		}
		if j.Computed != nil {
			computed = besidePrinted(j.Claim.Printed, *j.Computed)
		}
		row := table.Text(apart(j.Claim.Statement, j.Run), j.Claim.Source, printed, computed, j.Verdict)
		row.Cells[4].Tone = verdictTone[j.Verdict]
		row.Cells[4].Mark = notes.mark(strings.TrimSpace(j.Undecided + " " + j.Claim.Note))
		out.Rows = append(out.Rows, row)
	}
	return orNil(out)
}

// besidePrinted writes a computed number with one decimal more than the printed
// one that it is compared with.
func besidePrinted(printed, computed float64) string {
	return quantity.Round(computed, decimals(printed)+1)
}

var verdictTone = map[string]table.Tone{Holds: table.Good, Nearly: table.Good, Fails: table.Bad, Undecided: table.Warn}

// disagreementTable lists the cells where the computed rules alone differ from
// what is stated.
func disagreementTable(r *data.Run) *table.Table {
	out := &table.Table{ID: "disagreements", Caption: "Where a source says otherwise than the rules: what the source says counts"}
	out.Columns = []table.Column{
		{Name: "In table"}, {Name: "Model"}, {Name: "Platform, framework"}, {Name: "The source says"}, {Name: "The rules say"}, {Name: "Reason", Weight: 3},
	}
	for _, c := range r.Plan.Cells {
		if c.Agree {
			continue
		}
		where := c.Platform
		if c.Framework != "" {
			where += ", " + c.Framework
		}
		out.Rows = append(out.Rows, table.Text(c.Label(), c.Model, where, word(c.Stated), word(c.Computed), cmp.Or(c.Computed.Reason, c.Stated.Reason)))
	}
	return orNil(out)
}

func word(v verdict.Verdict) string {
	if v.Name == verdict.OK {
		return "runs"
	}
	return strings.ReplaceAll(v.Code, "_", " ")
}

// environmentTable describes every environment that results were measured in.
func environmentTable(r *data.Run) *table.Table {
	if len(r.Environments) == 0 {
		return nil
	}
	out := &table.Table{ID: "environment", Caption: "This machine"}
	if len(r.Environments) > 1 {
		out.Caption = "The environments that results were measured in"
	}
	out.Columns = []table.Column{{Name: "What"}, {Name: "Value", Weight: 3}}
	for _, e := range r.Environments {
		describe(out, e)
	}
	return out
}

// describe adds one environment.
func describe(out *table.Table, e data.Environment) {
	if e.Name != "" {
		out.Rows = append(out.Rows, table.Row{Heading: true, Cells: []table.Cell{{Text: e.Name}}})
	}
	add := func(name, value string) {
		if value == "" {
			value = "unreadable"
		}
		out.Rows = append(out.Rows, table.Text(name, value))
	}
	add("System", strings.TrimSpace(e.System+" "+e.OS+"/"+e.Arch))
	add("Kernel", e.Kernel)
	add("Processor", e.CPU.Model)
	add("Cores", fmt.Sprintf("%d logical, %s", e.CPU.LogicalCores, e.CPU.PhysicalCores))
	add("Instruction sets", strings.Join(e.CPU.Features, ", "))
	add("Memory", memoryText(e.Memory))
	if e.Board != "" {
		add("Board", e.Board)
	}
	if e.Virtualization != "" {
		add("Runs in", e.Virtualization)
	}
	if e.CPUQuota != nil {
		add("CPU quota", e.CPUQuota.String())
	}
	add("EdgeBench", fmt.Sprintf("%s, built with %s; GOMAXPROCS %d", e.Program, e.Go, e.GOMAXPROCS))
	add("Digest", e.ID)
	for _, m := range e.Missing {
		note := m.Field + " could not be read: " + m.Reason
		if !slices.Contains(out.Notes, note) {
			out.Notes = append(out.Notes, note)
		}
	}
}

func memoryText(r sensor.Reading) string {
	if !r.Known() {
		return r.String()
	}
	return fmt.Sprintf("%.1f GiB", r.Value/(1<<30))
}

// policyTable states the measurement policies that were used.
func policyTable(r *data.Run) *table.Table {
	out := &table.Table{ID: "policies", Caption: "Measurement policies of this run"}
	out.Columns = []table.Column{
		{Name: "Policy"}, {Name: "Processes", Align: table.Right}, {Name: "Inferences", Align: table.Right}, {Name: "Time", Align: table.Right}, {Name: "Target interval", Align: table.Right},
		{Name: "Warm-up"}, {Name: "Headline"},
	}
	seen := map[string]bool{}
	for _, j := range r.Plan.Jobs {
		if j.Origin != spec.Measured || seen[j.Policy.Name] {
			continue
		}
		seen[j.Policy.Name] = true
		p := j.Policy
		inferences := fmt.Sprintf("at least %d", p.MinCount)
		if p.MaxCount > 0 {
			inferences = fmt.Sprintf("%d to %d", p.MinCount, p.MaxCount)
		}
		target := "none"
		if p.TargetCI > 0 {
			target = fmt.Sprintf("±%g %% at %g %%", 100*p.TargetCI, 100*p.Confidence)
		}
		warmup := "at least " + fmt.Sprint(p.Warmup.MinCount) + ", at most " + p.Warmup.MaxTime.String()
		if p.IncludeWarmup {
			warmup = "counted in"
		}
		out.Rows = append(out.Rows, table.Text(p.Name, fmt.Sprint(p.ProcessCount()), inferences, fmt.Sprintf("%v to %v", p.MinTime, p.MaxTime), target, warmup, string(p.Headline)))
	}
	return orNil(out)
}
