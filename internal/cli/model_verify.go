package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"edgebench/compiler/network/export"
	"edgebench/compiler/plan"
	"edgebench/executor/equivalence"
	"edgebench/executor/modelfile"
	"edgebench/internal/cli/console"
)

const verifyLong = `Export models, run each in a runtime of the format (ONNX Runtime, Darknet, OpenCV
for Caffe, and LiteRT) and compare every output with the native engine's, with the
same weights and an input drawn from a seed. They are the same if each output's relative
L2 error is at most 1e-4 and its largest element is the same one.

Without a MODEL it compares all. A runtime is one that "edgebench setup" installed,
or else one of the Python that EDGEBENCH_PYTHON names (default: python3); one that is
missing is skipped by name.`

func newModelVerify() *cobra.Command {
	var formats []string
	var specs []string
	var opt equivalence.Options
	var asJSON bool
	c := &cobra.Command{
		Use:   "verify [MODEL...]",
		Short: "Prove that exported models compute the same",
		Long:  verifyLong,
		Example: example("edgebench model verify ResNet-50 YOLOv3",
			"edgebench model verify --format onnx --json"),
		ValidArgsFunction: completeModels,
		RunE: func(c *cobra.Command, args []string) error {
			for _, name := range formats {
				f, err := formatNamed(name, equivalence.Formats())
				if err != nil {
					return err
				}
				opt.Formats = append(opt.Formats, f)
			}
			models, err := findModels(c.Context(), specs, args)
			if err != nil {
				return err
			}
			return verify(c, models, opt, asJSON)
		},
	}
	c.Flags().StringSliceVar(&formats, "format", nil, "the formats (default: "+formatList(equivalence.Formats())+")")
	c.Flags().Uint64Var(&opt.Seed, "seed", defaultSeed, "what the input is drawn from, and weights where a model has none")
	c.Flags().DurationVar(&opt.Timeout, "timeout", 10*time.Minute, "the time that a runtime has to load a model, and again to run it")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	specFlag(c, &specs)
	return c
}

// verify prints each result as it comes, since some take minutes.
func verify(c *cobra.Command, models []*plan.Model, opt equivalence.Options, asJSON bool) error {
	checker, err := equivalence.New(opt)
	if err != nil {
		return usageError{err}
	}
	results := []equivalence.Result{}
	table := newVerifyTable(c.OutOrStdout(), models)
	if !asJSON {
		table.head()
	}
	for _, m := range models {
		w, err := modelfile.OfSpec(m, opt.Seed)
		if err != nil {
			return err
		}
		err = checker.Check(c.Context(), m.Graph, w, func(r equivalence.Result) {
			results = append(results, r)
			if !asJSON {
				table.row(r)
			}
		})
		if err != nil {
			return err
		}
	}
	if asJSON {
		if err := printJSON(c.OutOrStdout(), results); err != nil {
			return err
		}
	}
	return faultsOf(results)
}

// faultsOf is an error if any comparison found a fault.
func faultsOf(results []equivalence.Result) error {
	faults := 0
	for _, r := range results {
		if r.Status.Fault() {
			faults++
		}
	}
	if faults > 0 {
		return fmt.Errorf("%s of %s failed", plural(faults, "comparison"), plural(len(results), "comparison"))
	}
	return nil
}

// verifyTable aligns rows that are printed one at a time.
type verifyTable struct {
	w     io.Writer
	model int // widest model name
}

func newVerifyTable(w io.Writer, models []*plan.Model) *verifyTable {
	t := &verifyTable{w: w, model: len("MODEL")}
	for _, m := range models {
		t.model = max(t.model, len(m.Name))
	}
	return t
}

func (t *verifyTable) head() {
	t.line("MODEL", "FORMAT", "STATUS", "ERROR", "OUTPUTS", "RUNTIME")
}

func (t *verifyTable) row(r equivalence.Result) {
	level, outputs, last := "", "", r.Runtime
	if r.RelativeL2 != nil {
		level = fmt.Sprintf("%.2e", *r.RelativeL2)
	}
	if r.Outputs > 0 {
		outputs = fmt.Sprint(r.Outputs)
	}
	if r.Reason != "" {
		last = r.Reason
	}
	if timedOut(r.Err) {
		last += " (--timeout allows more)"
	}
	t.line(r.Model, r.Format, r.Status, level, outputs, last)
}

func (t *verifyTable) line(model string, format export.Format, status equivalence.Status, level, outputs, last string) {
	console.Printf(t.w, "%-*s  %-8s  %-11s  %-8s  %-7s  %s\n", t.model, model, format, status, level, outputs, last)
}
