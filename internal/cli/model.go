package cli

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"edgebench/compiler"
	"edgebench/compiler/network/audit"
	"edgebench/compiler/network/graph"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/compiler/suggest"
	"edgebench/internal/cli/console"
)

func newModel() *cobra.Command {
	c := &cobra.Command{
		Use:     "model",
		Short:   "List, show and audit models",
		Example: example("edgebench model list", "edgebench model show ResNet-50", "edgebench model audit"),
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newModelList(), newModelShow(), newModelAudit(), newModelExport(), newModelVerify())
	return c
}

// specFlag adds the older way to name the specs whose models are meant.
func specFlag(c *cobra.Command, paths *[]string) {
	c.Flags().StringArrayVar(paths, "spec", nil, "a spec whose models are meant too: a folder or a .cue file")
}

// hiddenSpecFlag is specFlag of a command whose arguments can name specs.
func hiddenSpecFlag(c *cobra.Command, paths *[]string) {
	specFlag(c, paths)
	c.Flags().Lookup("spec").Hidden = true
}

func newModelList() *cobra.Command {
	var asJSON bool
	var specs []string
	c := &cobra.Command{
		Use:               "list [PATH...]",
		Short:             "List the models",
		Long:              "List the models of the catalogue, or those that specs of yours can use: theirs and\nthe catalogue's.",
		Example:           example("edgebench model list", "edgebench model list mystudy --json"),
		ValidArgsFunction: completePaths,
		RunE: func(c *cobra.Command, paths []string) error {
			return printModels(c, append(paths, specs...), asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	hiddenSpecFlag(c, &specs)
	return c
}

func printModels(c *cobra.Command, paths []string, asJSON bool) error {
	models, err := compiler.Audits(c.Context(), paths...)
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(c.OutOrStdout(), summaries(models))
	}
	return listModels(c.OutOrStdout(), models)
}

// summary is a model without its layers, for scripts.
type summary struct {
	Name       string        `json:"name"`
	Task       string        `json:"task"`
	Reference  string        `json:"reference"`
	Input      graph.Shape   `json:"input"`
	Cost       *graph.Cost   `json:"cost,omitempty"` // where the layers are stated
	Claimed    *spec.Claimed `json:"claimed,omitempty"`
	Operators  []string      `json:"operators,omitempty"`
	GraphNodes int           `json:"graph_nodes,omitempty"`
}

func summaries(models *spec.Named[*plan.Model]) []summary {
	var list []summary
	for _, m := range models.All() {
		list = append(list, summarize(m))
	}
	return list
}

func summarize(m *plan.Model) summary {
	s := summary{Name: m.Name, Task: m.Task, Reference: m.Reference, Input: m.Input, Claimed: m.Claimed}
	if m.Graph != nil {
		s.Cost, s.Operators, s.GraphNodes = &m.Audit.Cost, m.Graph.Kinds(), len(m.Graph.Nodes)
	}
	return s
}

func listModels(w io.Writer, models *spec.Named[*plan.Model]) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "MODEL\tINPUT\tPARAMETERS\tMULTIPLY-ADDS\tTASK")
	for _, m := range models.All() {
		parameters, macs := "no layers", ""
		if m.Audit != nil {
			parameters, macs = millions(m.Audit.Cost.Params), giga(m.Audit.Cost.MACs)
		}
		if m.Opaque != nil {
			parameters, macs = millions(m.Opaque.Parameters), "unknown"
		}
		console.Printf(out, "%s\t%v\t%s\t%s\t%s\n", m.Name, m.Input, parameters, macs, m.Task)
	}
	return out.Flush()
}

func millions(n int64) string { return fmt.Sprintf("%.2f M", float64(n)/1e6) }
func giga(n int64) string     { return fmt.Sprintf("%.3f G", float64(n)/1e9) }

func newModelShow() *cobra.Command {
	var asJSON bool
	var specs []string
	c := &cobra.Command{
		Use:               "show MODEL [PATH...]",
		Short:             "Print a model's layers with their shapes and costs",
		Example:           example("edgebench model show ResNet-50", "edgebench model show TinyNet mystudy"),
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: completeModel,
		RunE: func(c *cobra.Command, args []string) error {
			models, err := compiler.Audits(c.Context(), append(args[1:], specs...)...)
			if err != nil {
				return err
			}
			m, ok := models.Get(args[0])
			if !ok {
				return fmt.Errorf("no model named %q%s", args[0], suggest.DidYouMean(args[0], models.Names()))
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), layersOf(m))
			}
			return showModel(c.OutOrStdout(), m)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	hiddenSpecFlag(c, &specs)
	return c
}

// layer is one operator of a model, for scripts.
type layer struct {
	Name   string      `json:"name"`
	Op     string      `json:"op"`
	Output graph.Shape `json:"output"`
	Params int64       `json:"params"`
	graph.Work
	Share float64 `json:"macs_share"` // of the model's multiply-adds
}

type modelLayers struct {
	summary
	Layers []layer `json:"layers,omitempty"`
}

func layersOf(m *plan.Model) modelLayers {
	all := modelLayers{summary: summarize(m)}
	if m.Graph == nil {
		return all
	}
	total := float64(max(m.Audit.Cost.MACs, 1))
	for _, n := range m.Graph.Nodes {
		cost := m.Graph.NodeCost(n)
		all.Layers = append(all.Layers, layer{
			Name: n.Name, Op: n.Op.Kind(), Output: n.Shape, Params: cost.Params,
			Work: cost.Work, Share: float64(cost.MACs) / total,
		})
	}
	return all
}

func showModel(w io.Writer, m *plan.Model) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	console.Printf(out, "%s: %s, input %v\n%s\n", m.Name, m.Task, m.Input, m.Reference)
	if m.Source != nil {
		for _, f := range m.Source.Files {
			console.Printf(out, "File: %s, %s, SHA-256 %s\n", f.Name, mib(f.Bytes), f.SHA256)
		}
	}
	for _, note := range m.Notes {
		console.Printf(out, "Note: %s\n", note)
	}
	if m.Opaque != nil {
		showOpaque(out, m.Opaque)
		return out.Flush()
	}
	if m.Graph == nil {
		fmt.Fprintln(out, "The spec states no layers.")
		return out.Flush()
	}
	fmt.Fprintln(out, "\nLAYER\tOPERATOR\tOUTPUT\tPARAMETERS\tMULTIPLY-ADDS\tSHARE")
	for _, l := range layersOf(m).Layers {
		console.Printf(out, "%s\t%s\t%v\t%d\t%d\t%.1f %%\n", l.Name, l.Op, l.Output, l.Params, l.MACs, 100*l.Share)
	}
	cost := m.Audit.Cost
	console.Printf(out, "\ntotal\t%d operators\t\t%d\t%d\t\n", len(m.Graph.Nodes)-1, cost.Params, cost.MACs)
	console.Printf(out, "other operations\t%d\n", cost.Ops)
	console.Printf(out, "weights in fp32\t%s\n", mib(cost.WeightBytes()))
	console.Printf(out, "largest set of activations alive at once in fp32\t%s\n", mib(cost.PeakBytes()))
	return out.Flush()
}

// showOpaque prints what is known of a file without its layers.
func showOpaque(w io.Writer, o *plan.Opaque) {
	console.Printf(w, "Input: %s\n", o.InputName)
	for _, out := range o.Outputs {
		console.Printf(w, "Output: %s, %d values\n", out.Name, out.Elements)
	}
	console.Printf(w, "Parameters: %d\nMultiply-adds: unknown\n", o.Parameters)
	console.Printf(w, "Only frameworks that read ONNX themselves can run it: %s\n", o.Reason)
}

func mib(bytes int64) string { return fmt.Sprintf("%.2f MiB", float64(bytes)/(1<<20)) }

const auditLong = `Set what a source claims of each model beside what its layers amount to:
parameters, and FLOP under both conventions, a multiply-add counted once or
twice. A claim is matched if it is within its tolerance (5 % by default).`

func newModelAudit() *cobra.Command {
	var asJSON bool
	var specs []string
	c := &cobra.Command{
		Use:               "audit [PATH...]",
		Short:             "Compare claimed FLOP and parameters with the layers",
		Long:              auditLong,
		Example:           example("edgebench model audit", "edgebench model audit mystudy --json"),
		ValidArgsFunction: completePaths,
		RunE: func(c *cobra.Command, paths []string) error {
			models, err := compiler.Audits(c.Context(), append(paths, specs...)...)
			if err != nil {
				return err
			}
			if asJSON {
				return auditJSON(c.OutOrStdout(), models)
			}
			return showAudit(c.OutOrStdout(), models)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	hiddenSpecFlag(c, &specs)
	return c
}

func auditJSON(w io.Writer, models *spec.Named[*plan.Model]) error {
	list := []*audit.Audit{}
	for _, m := range models.All() {
		if m.Audit != nil {
			list = append(list, m.Audit)
		}
	}
	return printJSON(w, list)
}

func showAudit(w io.Writer, models *spec.Named[*plan.Model]) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "MODEL\tPARAMETERS\tCLAIMED\tOFF\tMULTIPLY-ADDS\tCLAIMED FLOP\tTHE CLAIM FOLLOWS")
	for _, m := range models.All() {
		switch {
		case m.Opaque != nil:
			console.Printf(out, "%s\t%s\t\t\tunknown\t\tits layers are not all known\n", m.Name, millions(m.Opaque.Parameters))
		case m.Audit == nil:
			console.Printf(out, "%s\tno layers\t\t\t\t\t\n", m.Name)
		case m.Claimed == nil:
			console.Printf(out, "%s\t%s\t\t\t%s\t\tnothing is claimed\n", m.Name, millions(m.Audit.Cost.Params), giga(m.Audit.Cost.MACs))
		default:
			console.Printf(out, "%s\t%s\t%.2f M\t%s\t%s\t%.2f G\t%s\n", m.Name,
				millions(m.Audit.Cost.Params), m.Claimed.ParametersMillion, audit.Off(m.Audit.ParametersRatio),
				giga(m.Audit.Cost.MACs), m.Claimed.FLOPGiga, m.Audit.Convention)
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return auditNotes(w, models)
}

func auditNotes(w io.Writer, models *spec.Named[*plan.Model]) error {
	for _, m := range models.All() {
		if m.Audit == nil {
			continue
		}
		if m.Audit.Implementation != "" {
			console.Printf(w, "\n%s: the layers have exactly the parameters of %s\n", m.Name, m.Audit.Implementation)
		}
		if m.Audit.Explanation != "" {
			console.Printf(w, "%s: %s\n", m.Name, m.Audit.Explanation)
		}
	}
	return nil
}
