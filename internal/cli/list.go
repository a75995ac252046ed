package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"edgebench/compiler/load"
	"edgebench/compiler/spec"
	"edgebench/compiler/suggest"
	"edgebench/internal/cli/console"
	"edgebench/specs"
)

const listLong = `List what specs can name: those of the built-in catalogue and, with a PATH, of
your own specs too.

  studies        what can be vetted, planned and run by name
  platforms      devices, and whether this machine is one
  frameworks     and whether edgebench runs them
  optimizations  with what they do
  policies       how measurements are taken, and when they end
  models         as ` + "`edgebench model list`" + ` does`

// kinds are what can be listed, in the order of the help text.
var kinds = []string{"studies", "platforms", "frameworks", "optimizations", "policies", "models"}

func newList() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:       "list " + strings.Join(kinds, "|") + " [PATH...]",
		Short:     "List studies, platforms, frameworks, optimizations, policies or models",
		Long:      listLong,
		Example:   example("edgebench list platforms", "edgebench list policies mystudy", "edgebench list studies --json"),
		ValidArgs: kinds,
		Args:      cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return list(c, args[0], args[1:], asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func list(c *cobra.Command, kind string, paths []string, asJSON bool) error {
	switch {
	case !slices.Contains(kinds, kind):
		return usageError{fmt.Errorf("nothing is listed by the name %q%s", kind, suggest.DidYouMean(kind, kinds))}
	case kind == "models":
		return printModels(c, paths, asJSON)
	}
	loaded, err := loadSpecs(c.Context(), paths)
	if err != nil {
		return err
	}
	items := itemsOf(kind, loaded)
	if asJSON {
		return printJSON(c.OutOrStdout(), items)
	}
	return showItems(c.OutOrStdout(), items)
}

// loadSpecs loads specs, or the built-in studies, each with the catalogue.
func loadSpecs(ctx context.Context, paths []string) ([]*spec.Spec, error) {
	var loaded []*spec.Spec
	for _, path := range slices.Concat(specs.Studies, paths) {
		s, err := load.Load(ctx, path)
		if err != nil {
			return nil, err
		}
		loaded = append(loaded, s)
	}
	return loaded, nil
}

// item is one name that specs can use.
type item struct {
	Name  string `json:"name"`
	Kind  string `json:"kind,omitempty"`
	About string `json:"about"`
}

// itemsOf lists what several specs have, each name once.
func itemsOf(kind string, loaded []*spec.Spec) []item {
	items := []item{}
	seen := map[string]bool{}
	for _, s := range loaded {
		for _, i := range itemsOfSpec(kind, s) {
			if !seen[i.Name] {
				seen[i.Name] = true
				items = append(items, i)
			}
		}
	}
	return items
}

func itemsOfSpec(kind string, s *spec.Spec) []item {
	var items []item
	switch kind {
	case "studies":
		if s.Study != nil {
			items = append(items, item{Name: s.Study.Name, About: s.Study.Title})
		}
	case "platforms":
		for _, p := range s.Platforms.All() {
			items = append(items, item{p.Name, reach(p), p.Category})
		}
	case "frameworks":
		for _, f := range s.Frameworks.All() {
			items = append(items, item{f.Name, runs(f), cmp.Or(f.About, f.Label, f.Source)})
		}
	case "optimizations":
		for _, o := range s.Optimizations.All() {
			items = append(items, item{o.Name, o.Precision, o.Meaning})
		}
	case "policies":
		for _, p := range s.Policies.All() {
			items = append(items, item{Name: p.Name, About: p.About})
		}
	}
	return items
}

func reach(p *spec.Platform) string {
	if p.Backend == "" {
		return "published values"
	}
	return p.Backend
}

func runs(f *spec.Framework) string {
	if f.Adapter == "" {
		return "published values"
	}
	return f.Adapter
}

func showItems(w io.Writer, items []item) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	hasKinds := slices.ContainsFunc(items, func(i item) bool { return i.Kind != "" })
	for _, i := range items {
		console.Printf(out, "%s\t", i.Name)
		if hasKinds {
			console.Printf(out, "%s\t", i.Kind)
		}
		console.Printf(out, "%s\n", i.About)
	}
	return out.Flush()
}
