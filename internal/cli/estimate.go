package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"edgebench/compiler"
	"edgebench/compiler/estimate"
	"edgebench/compiler/spec"
	"edgebench/compiler/suggest"
	"edgebench/compiler/verdict"
	"edgebench/executor/measure/quantity"
	"edgebench/internal/cli/console"
)

const estimateLong = `Estimate how long one inference of a model takes on platforms that are not here.

An estimate comes from times that a source prints of other models on the same
platform in the same framework: those of the built-in study "paper", and those of
specs of yours (--spec). A roofline is fitted to them: each layer takes the longer
of its arithmetic and its memory traffic, and an overhead.

How far off such estimates are is found by leaving out each model once; --check
prints that table. The interval follows from it: it holds the time in about 80 %
of cases. There is no estimate where the median error is above 50 %, where fewer
than 4 models have a published time, where the model cannot run, and where its
own time is published: the reason is said. An estimate is no measurement.`

func newEstimate() *cobra.Command {
	var flags estimateFlags
	c := &cobra.Command{
		Use:   "estimate MODEL|MODEL.onnx",
		Short: "Estimate a model's time on platforms that are not here, from published times",
		Long:  estimateLong,
		Example: example("edgebench estimate mobilenet.onnx", `edgebench estimate VGG19 --platform "Jetson Nano" --json`,
			"edgebench estimate --check"),
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeModel,
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case flags.check && len(args) > 0:
				return usageError{fmt.Errorf("--check is about all estimates, and needs no model: leave %s out", args[0])}
			case !flags.check && len(args) == 0:
				return usageError{fmt.Errorf("name a model, or --check to see how far off estimates are")}
			}
			estimators, err := flags.estimators(c.Context())
			if err != nil {
				return err
			}
			if flags.check {
				return checkEstimates(c.OutOrStdout(), estimators, flags.json)
			}
			return flags.estimate(c, args[0], estimators)
		},
	}
	c.Flags().StringArrayVar(&flags.platforms, "platform", nil, "only this platform (can be repeated)")
	c.Flags().BoolVar(&flags.check, "check", false, "print how far off estimates of models with a published time are")
	c.Flags().BoolVar(&flags.json, "json", false, "print JSON")
	flags.asked.add(c)
	return c
}

type estimateFlags struct {
	platforms   []string
	check, json bool
	asked       askedModel
}

// estimators are fitted to the times that the paper's study and the user's specs
// publish.
func (f *estimateFlags) estimators(ctx context.Context) ([]*estimate.Estimator, error) {
	if len(f.asked.specs) == 0 {
		return compiler.Estimators(ctx)
	}
	p, err := compile(ctx, f.asked.specs)
	if err != nil {
		return nil, err
	}
	return compiler.Estimators(ctx, p)
}

// estimated is one line of the answer: an estimate, or why there is none.
type estimated struct {
	Origin spec.Origin `json:"origin"`
	Model  string      `json:"model"`
	estimate.On
	*estimate.Estimate
	Level     float64          `json:"level,omitempty"` // of the interval
	Models    int              `json:"models"`          // that were fitted
	Sources   []string         `json:"sources,omitempty"`
	Error     *estimate.Errors `json:"error_of_models_left_out,omitempty"`
	Doubts    []string         `json:"doubts,omitempty"`
	None      string           `json:"no_estimate,omitempty"` // why
	Published float64          `json:"published_s,omitempty"`
}

func (f *estimateFlags) estimate(c *cobra.Command, model string, estimators []*estimate.Estimator) error {
	placed, err := f.asked.place(c.Context(), model)
	if err != nil {
		return err
	}
	if placed.Model.Graph == nil {
		return fmt.Errorf("%s: nothing can be estimated without its layers%s", placed.Model.Name, whyNoLayers(placed))
	}
	for _, p := range f.platforms {
		if !slices.Contains(placed.Platforms(), p) {
			return usageError{fmt.Errorf("no platform named %q%s", p, suggest.DidYouMean(p, placed.Platforms()))}
		}
	}
	var lines []estimated
	for _, e := range estimators {
		if len(f.platforms) > 0 && !slices.Contains(f.platforms, e.Platform) {
			continue
		}
		line, err := estimateOn(placed, e, isModelFile(model))
		if err != nil {
			return err
		}
		lines = append(lines, line)
	}
	lines = append(lines, f.unpublished(placed, estimators)...)
	slices.SortStableFunc(lines, func(a, b estimated) int {
		return slices.Index(placed.Platforms(), a.Platform) - slices.Index(placed.Platforms(), b.Platform)
	})
	if f.json {
		return printJSON(c.OutOrStdout(), lines)
	}
	return showEstimates(c.OutOrStdout(), placed, lines)
}

func whyNoLayers(placed *compiler.Placed) string {
	if o := placed.Model.Opaque; o != nil {
		return ", which the importer cannot read: " + o.Reason
	}
	return ", which its spec does not state"
}

// estimateOn estimates a model on a platform in a framework. A file's name says
// nothing of what is published.
func estimateOn(placed *compiler.Placed, e *estimate.Estimator, isFile bool) (estimated, error) {
	line := estimated{Origin: spec.Estimated, Model: placed.Model.Name, On: e.On, Models: len(e.Observations), Sources: e.Sources}
	v, err := placed.Judge(e.Platform, e.Framework, e.Optimizations, e.Precision)
	if err != nil {
		return line, err
	}
	if len(e.Checks) > 0 {
		errors := e.Errors(estimate.ByRoofline)
		line.Error = &errors
	}
	seconds, published := e.Time(placed.Model.Name)
	switch {
	case published && !isFile:
		line.Published = seconds
		line.None = "its time is published: " + duration(seconds)
	case v.Name == verdict.Skip:
		line.None = "it cannot run there: " + v.Reason
	case e.Refusal() != "":
		line.None = e.Refusal()
	default:
		net := estimate.NetworkOf(placed.Model.Graph, e.Precision)
		of := e.Of(net)
		line.Estimate, line.Level, line.Doubts = &of, estimate.Level, e.Doubts(net)
		if v.Name == verdict.Degraded {
			line.Doubts = append(line.Doubts, v.Reason)
		}
	}
	return line, nil
}

// unpublished are lines of the platforms that were asked for and of which no
// time is published.
func (f *estimateFlags) unpublished(placed *compiler.Placed, estimators []*estimate.Estimator) []estimated {
	var lines []estimated
	for _, p := range f.platforms {
		if !slices.ContainsFunc(estimators, func(e *estimate.Estimator) bool { return e.Platform == p }) {
			lines = append(lines, estimated{
				Origin: spec.Estimated, Model: placed.Model.Name, On: estimate.On{Platform: p},
				None: "no source has times of models there: measure there with edgebench run, or publish times in a spec (--spec)",
			})
		}
	}
	return lines
}

func duration(seconds float64) string { return quantity.BareTime(seconds * 1e9).String() }

func showEstimates(w io.Writer, placed *compiler.Placed, lines []estimated) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	showSize(out, placed.Model)
	given, refused := parted(lines)
	if len(given) > 0 {
		fmt.Fprintf(out, "\nEstimated, not measured: the time of one inference, and what holds it in about %.0f %% of cases\n", 100*estimate.Level)
		fmt.Fprint(out, "  PLATFORM\tFRAMEWORK\tOPTIMIZATIONS\tESTIMATE\tINTERVAL\tMEDIAN ERROR\tMODELS\n")
	}
	for _, l := range given {
		console.Printf(out, "  %s\t%s\t%s\t%s\t%s to %s\t%.0f %%\t%d\n", l.Platform, l.Framework, optionNames(l.Optimizations),
			duration(l.Seconds), duration(l.Low), duration(l.High), 100*l.Error.Median, l.Models)
	}
	for _, source := range sourcesOf(given) {
		console.Printf(out, "  From times of: %s\n", source)
	}
	showDoubts(out, given)
	if len(refused) > 0 {
		fmt.Fprint(out, "\nNo estimate\n  PLATFORM\tFRAMEWORK\tOPTIMIZATIONS\tWHY\n")
	}
	for _, l := range refused {
		console.Printf(out, "  %s\t%s\t%s\t%s\n", l.Platform, l.Framework, optionNames(l.Optimizations), l.None)
	}
	return out.Flush()
}

// showDoubts prints each doubt once, with what it is about.
func showDoubts(w io.Writer, given []estimated) {
	about := map[string][]string{}
	var doubts []string
	for _, l := range given {
		for _, doubt := range l.Doubts {
			if about[doubt] == nil {
				doubts = append(doubts, doubt)
			}
			about[doubt] = append(about[doubt], l.Platform+" in "+l.Framework)
		}
	}
	for _, doubt := range doubts {
		where := strings.Join(about[doubt], ", ")
		if len(about[doubt]) == len(given) && len(given) > 1 {
			where = "all of these"
		}
		console.Printf(w, "  Less sure, on %s: %s\n", where, doubt)
	}
}

// sourcesOf are the sources of some lines, each once.
func sourcesOf(lines []estimated) []string {
	var sources []string
	for _, l := range lines {
		for _, s := range l.Sources {
			if !slices.Contains(sources, s) {
				sources = append(sources, s)
			}
		}
	}
	return sources
}

// parted are the lines with an estimate, and those without.
func parted(lines []estimated) (given, refused []estimated) {
	for _, l := range lines {
		if l.Estimate != nil {
			given = append(given, l)
		} else {
			refused = append(refused, l)
		}
	}
	return given, refused
}

func optionNames(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, "+")
}

// checked is how far off the estimates on a platform in a framework are.
type checked struct {
	estimate.On
	Models     int               `json:"models"`
	Roofline   *estimate.Errors  `json:"roofline,omitempty"`
	FLOP       *estimate.Errors  `json:"from_flop,omitempty"`
	Parameters *estimate.Errors  `json:"from_parameters,omitempty"`
	Refused    string            `json:"refused,omitempty"` // why
	Fitted     estimate.Roofline `json:"fitted"`
	Checks     []estimate.Check  `json:"models_left_out,omitempty"`
}

func checkEstimates(w io.Writer, estimators []*estimate.Estimator, asJSON bool) error {
	var lines []checked
	for _, e := range estimators {
		line := checked{On: e.On, Models: len(e.Observations), Refused: e.Refusal(), Fitted: e.Roofline, Checks: e.Checks}
		if len(e.Checks) > 0 {
			roofline, flop, parameters := e.Errors(estimate.ByRoofline), e.Errors(estimate.ByFLOP), e.Errors(estimate.ByParameters)
			line.Roofline, line.FLOP, line.Parameters = &roofline, &flop, &parameters
		}
		lines = append(lines, line)
	}
	if asJSON {
		return printJSON(w, lines)
	}
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(out, "How far off estimates are: each model left out once, and estimated from the others. 50 % is\nhalf as long again as published, or two thirds. Median and worst.\n\n")
	fmt.Fprint(out, "PLATFORM\tFRAMEWORK\tMODELS\tROOFLINE\tFROM FLOP ALONE\tFROM PARAMETERS ALONE\tUSED\n")
	for _, l := range lines {
		used := "yes"
		if l.Refused != "" {
			used = "no: " + l.Refused
		}
		console.Printf(out, "%s\t%s\t%d\t%s\t%s\t%s\t%s\n", l.Platform, strings.Join(append([]string{l.Framework}, l.Optimizations...), ", "), l.Models, percents(l.Roofline), percents(l.FLOP), percents(l.Parameters), used)
	}
	s := estimate.Summarize(estimators)
	console.Printf(out, "all\t\t%d\t%s\t%s\t%s\t%d of %d\n", s.Checks, percents(&s.Roofline), percents(&s.FLOP), percents(&s.Parameters), s.Used, len(estimators))
	return out.Flush()
}

func percents(e *estimate.Errors) string {
	if e == nil {
		return ""
	}
	return fmt.Sprintf("%.0f %%, %.0f %%", 100*e.Median, 100*e.Worst)
}
