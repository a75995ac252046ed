package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/internal/cli/console"
)

const vetLong = `Check specs, without running anything.

Every error is printed as file:line:col: path: what is wrong and what to do. The
check covers the schema, names, layers and their shapes, claimed FLOP and
parameters, measurement policies, the combinations that experiments select, and
every expression (https://expr-lang.org) of rules, figures and claims.

Conditions of compatibility rules see
  model      name, task, has_layers, operators*, macs*, parameters*,
             claimed_flop_giga*, claimed_parameters_million*, flop_per_parameter*
  framework  name, dynamic_graph, weight_copies, runtime_bytes,
             unsupported_operators, adapter
  platform   name, category, memory_bytes*, swap_bytes, accelerator_bytes*,
             idle_power_w*, average_power_w*, unsupported_operators, precisions,
             backend
  optimizations, precision, weight_bytes*, activation_bytes*, and the functions
  mib(bytes), geomean(numbers) and known(field).
What is marked * may be missing, and is then no number: known(platform.memory_bytes)
tells. A condition that touches what is missing cannot be decided.

Evaluating a spec may take 6 s and 384 MiB, and specs may select 150000
combinations; EDGEBENCH_SPEC_SECONDS, EDGEBENCH_SPEC_MEMORY_MIB and
EDGEBENCH_MAX_COMBINATIONS allow more.`

func newVet() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:               "vet [PATH...]",
		Short:             "Check specs",
		Long:              vetLong,
		Example:           example("edgebench vet mystudy", "edgebench vet mystudy/study.cue", "edgebench vet --json mystudy"),
		ValidArgsFunction: completePaths,
		RunE: func(c *cobra.Command, paths []string) error {
			p, err := compile(c.Context(), paths)
			if asJSON {
				return vetJSON(c, err)
			}
			if err != nil {
				return err
			}
			return vetSummary(c, p)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the errors as a JSON list")
	return c
}

func vetSummary(c *cobra.Command, p *plan.Plan) error {
	experiments := 0
	for _, s := range p.Studies {
		experiments += s.Experiments.Len()
	}
	_, err := console.Printf(c.OutOrStdout(), "ok: %s, %s, %s, %s, %s\n",
		studies(len(p.Studies)), plural(experiments, "experiment"), plural(p.Catalog.Models.Len(), "model"),
		plural(len(p.Jobs), "job"), plural(len(p.Skips), "skip"))
	return err
}

func vetJSON(c *cobra.Command, err error) error {
	found := spec.Diagnostics{}
	if err != nil && !errors.As(err, &found) {
		var single spec.Diagnostic
		if !errors.As(err, &single) {
			return err
		}
		found = spec.Diagnostics{single}
	}
	if e := printJSON(c.OutOrStdout(), found); e != nil {
		return e
	}
	if err != nil {
		return quietError{err}
	}
	return nil
}

func studies(n int) string {
	if n == 1 {
		return "1 study"
	}
	return fmt.Sprintf("%d studies", n)
}
