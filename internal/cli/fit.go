package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"edgebench/compiler"
	"edgebench/compiler/plan"
	"edgebench/compiler/verdict"
	"edgebench/internal/cli/console"
)

const fitLong = `Show on which platforms a model would run, and in which frameworks there. What
cannot run somewhere, because of memory, an operator or the number format, is
told apart from what could run there, but not from this machine.

The model is one of the catalogue, of specs of yours (--spec), or an ONNX file.
Nothing is run: the verdicts are those of the compatibility rules and cells, as
` + "`edgebench plan`" + ` has them. Of the number formats that a framework offers on a
platform the first that works is shown: fp32, fp16, int8. Where published times of
other models let it, the time is estimated (see ` + "`edgebench estimate --help`" + `).`

func newFit() *cobra.Command {
	var asJSON bool
	var asked askedModel
	c := &cobra.Command{
		Use:               "fit MODEL|MODEL.onnx",
		Short:             "Show where a model would run, and where it cannot and why",
		Long:              fitLong,
		Example:           example("edgebench fit ResNet-50", "edgebench fit mobilenet.onnx --json", "edgebench fit TinyNet --spec mystudy"),
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeModel,
		RunE: func(c *cobra.Command, args []string) error {
			placed, err := asked.place(c.Context(), args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), fitJSON{summarize(placed.Model), placed.Places})
			}
			return showFit(c.OutOrStdout(), placed)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	asked.add(c)
	return c
}

// fitJSON is where a model would run, for scripts.
type fitJSON struct {
	Model  summary      `json:"model"`
	Places []plan.Place `json:"places"`
}

// showFit prints places in three parts: here, elsewhere, nowhere.
func showFit(w io.Writer, placed *compiler.Placed) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	showSize(out, placed.Model)
	showParts(out, placed.Places)
	return out.Flush()
}

// showAllPlaces prints the places of several models, one after the other.
func showAllPlaces(w io.Writer, places []plan.Place) {
	for len(places) > 0 {
		model := places[0].Model
		n := slices.IndexFunc(places, func(p plan.Place) bool { return p.Model != model })
		if n < 0 {
			n = len(places)
		}
		console.Printf(w, "\nWhere %s would run\n", model)
		showParts(w, places[:n])
		places = places[n:]
	}
}

func showParts(w io.Writer, places []plan.Place) {
	here, elsewhere, nowhere := plan.ByReach(places)
	showPlaces(w, "Runs on this machine", here)
	showPlaces(w, "Could run there, but this machine does not reach it", elsewhere)
	showPlaces(w, "Cannot run there", nowhere)
}

func showSize(w io.Writer, m *plan.Model) {
	switch {
	case m.Audit != nil:
		console.Printf(w, "%s: %s parameters, %s multiply-adds\n", m.Name, millions(m.Audit.Cost.Params), giga(m.Audit.Cost.MACs))
	case m.Opaque != nil:
		console.Printf(w, "%s: %s parameters, multiply-adds unknown\n", m.Name, millions(m.Opaque.Parameters))
	default:
		console.Printf(w, "%s: its spec states no layers\n", m.Name)
	}
}

func showPlaces(w io.Writer, heading string, places []plan.Place) {
	if len(places) == 0 {
		return
	}
	console.Printf(w, "\n%s: %d\n  PLATFORM\tFRAMEWORK\tOPTIMIZATIONS\tVERDICT\n", heading, len(places))
	for _, p := range places {
		console.Printf(w, "  %s\t%s\t%s\t%s\n", p.Platform, p.Framework, optimizations(plan.Target{Optimizations: p.Optimizations}), placeVerdict(p))
	}
	showRemedies(w, places)
}

// showRemedies says what would bring places within reach, each remedy once.
func showRemedies(w io.Writer, places []plan.Place) {
	platforms := map[string][]string{}
	var remedies []string
	for _, p := range places {
		if !p.Runs() || p.Reached {
			continue
		}
		remedy := p.Remedy()
		if platforms[remedy] == nil {
			remedies = append(remedies, remedy)
		}
		if !slices.Contains(platforms[remedy], p.Platform) {
			platforms[remedy] = append(platforms[remedy], p.Platform)
		}
	}
	for _, remedy := range remedies {
		console.Printf(w, "  To reach %s: %s\n", strings.Join(platforms[remedy], ", "), remedy)
	}
}

// placeVerdict is a verdict with its reasons, or with what speaks for it.
func placeVerdict(p plan.Place) string {
	text := v(p.Verdict)
	if p.Verdict.Name == verdict.OK {
		return strings.Join(append([]string{text}, p.Facts...), ": ") + estimateText(p.Estimate)
	}
	return fmt.Sprintf("%s: %s%s", text, p.Verdict.Reason, estimateText(p.Estimate))
}

// estimateText is an estimate as an aside, and says that it is one.
func estimateText(e *plan.Estimate) string {
	if e == nil {
		return ""
	}
	return fmt.Sprintf("; estimated, not measured: %s (%s to %s)", duration(e.Seconds), duration(e.Low), duration(e.High))
}
