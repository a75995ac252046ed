package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"edgebench/compiler"
	"edgebench/compiler/load"
	"edgebench/compiler/plan"
	"edgebench/executor/framework"
)

// options are what the command line says.
type options struct {
	rounds, threads int
	seconds         time.Duration // that a side infers in a round, about
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	models := flag.String("models", "CifarNet,MobileNet-v2,ResNet-18,ResNet-50", "models of the catalogue, separated by commas")
	frameworks := flag.String("frameworks", "", "frameworks, separated by commas; empty is all that have a tool: "+strings.Join(frameworkNames(), ", "))
	var o options
	flag.IntVar(&o.rounds, "rounds", 12, "rounds, each with a fresh process of either side")
	flag.IntVar(&o.threads, "threads", 1, "threads of either side")
	flag.DurationVar(&o.seconds, "time", 2*time.Second, "how long a side infers in a round, about")
	flag.Parse()
	if err := overhead(ctx, o, list(*models), list(*frameworks)); err != nil {
		fmt.Fprintln(os.Stderr, "overhead:", err)
		os.Exit(1)
	}
}

func list(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' })
}

// overhead measures each model in each framework, and prints a line of each.
func overhead(ctx context.Context, o options, models, frameworks []string) error {
	if o.rounds < 1 || o.threads < 1 || o.seconds <= 0 {
		return fmt.Errorf("-rounds, -threads and -time have to be above 0")
	}
	chosen, err := choose(frameworks)
	if err != nil {
		return err
	}
	known, err := compiler.Audits(ctx)
	if err != nil {
		return err
	}
	sides, err := installed(ctx, chosen)
	if err != nil {
		return err
	}
	fmt.Println(header)
	for _, name := range models {
		m, ok := known.Get(name)
		if !ok || m.Graph == nil {
			return fmt.Errorf("the catalogue has no model %q with layers", name)
		}
		for _, s := range sides {
			if err := measureModel(ctx, o, m, s); err != nil {
				return fmt.Errorf("%s in %s: %w", name, s.adapter.Name, err)
			}
		}
	}
	return nil
}

func measureModel(ctx context.Context, o options, m *plan.Model, s side) error {
	c, err := newComparison(o, m, s)
	if err != nil {
		return err
	}
	defer c.close()
	if err := c.run(ctx); err != nil {
		return err
	}
	fmt.Println(c.row())
	return nil
}

// side is a framework with the tool that EdgeBench is compared with.
type side struct {
	tool    tool
	adapter framework.Process
	python  string // that the tool runs in
}

// installed lists the sides that can run here, and says of the others why not.
func installed(ctx context.Context, tools []tool) ([]side, error) {
	catalogue, err := load.Builtin()
	if err != nil {
		return nil, err
	}
	var sides []side
	for _, t := range tools {
		f, ok := catalogue.Frameworks.Get(t.framework)
		if !ok || f.Runner == nil {
			return nil, fmt.Errorf("the catalogue has no runner for %s", t.framework)
		}
		s := side{tool: t, adapter: framework.Process{Name: f.Name, Runner: f.Runner}}
		probe, err := s.adapter.Probe(ctx)
		if err != nil {
			fmt.Fprintf(os.Stderr, "left out: %v\n", err)
			continue
		}
		if s.python, err = t.environment(ctx); err != nil {
			fmt.Fprintf(os.Stderr, "left out: %s, against %s: %v\n", t.framework, t.name, err)
			continue
		}
		fmt.Fprintf(os.Stderr, "%s %s, against %s\n", probe.Framework, probe.Version, t.name)
		sides = append(sides, s)
	}
	if len(sides) == 0 {
		return nil, errors.New("there is nothing to measure")
	}
	return sides, nil
}

// choose finds the tools of some frameworks; of all, where none is named.
func choose(frameworks []string) ([]tool, error) {
	if len(frameworks) == 0 {
		return tools, nil
	}
	var chosen []tool
	for _, name := range frameworks {
		if !slices.Contains(frameworkNames(), name) {
			return nil, fmt.Errorf("no tool is known for %q: choose from %s", name, strings.Join(frameworkNames(), ", "))
		}
		for _, t := range tools {
			if t.framework == name {
				chosen = append(chosen, t)
			}
		}
	}
	return chosen, nil
}
