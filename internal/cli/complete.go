package cli

import (
	"slices"

	"github.com/spf13/cobra"

	"edgebench/compiler"
	"edgebench/specs"
)

// This file completes arguments in a shell: names first, then files.

func completePaths(_ *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	return specs.Studies, cobra.ShellCompDirectiveDefault
}

// completeModel completes one model, then the specs that have it.
func completeModel(c *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return completePaths(c, args, toComplete)
	}
	return completeModels(c, args, toComplete)
}

func completeModels(c *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	models, err := compiler.Audits(c.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return models.Names(), cobra.ShellCompDirectiveNoFileComp
}

func completePolicies(c *cobra.Command, paths []string, _ string) ([]string, cobra.ShellCompDirective) {
	loaded, err := loadSpecs(c.Context(), paths)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for _, i := range itemsOf("policies", loaded) {
		names = append(names, i.Name)
	}
	return slices.Compact(names), cobra.ShellCompDirectiveNoFileComp
}

// mustRegister is for completions of flags that were just declared.
func mustRegister(err error) {
	if err != nil {
		panic(err)
	}
}
