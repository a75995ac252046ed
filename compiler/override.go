package compiler

import (
	"errors"
	"fmt"
	"slices"

	"edgebench/compiler/spec"
	"edgebench/compiler/spec/policy"
	"edgebench/compiler/spec/requirement"
	"edgebench/compiler/suggest"
)

// Overrides replace what measured experiments say, all of them alike: replayed
// values are what their source measured. What they change is part of a job's
// identity, as if the specs said it.
type Overrides struct {
	Threads int                       // of every target; 0: those that the specs say
	Policy  string                    // of every experiment; empty: the one that the specs say
	Require []requirement.Requirement // beside those that the specs say
	// Processes that each job is measured in; 0: as many as its policy says.
	Processes int
}

func (o Overrides) empty() bool {
	return o.Threads == 0 && o.Policy == "" && len(o.Require) == 0 && o.Processes == 0
}

// apply changes specs that were just loaded. It is an error if a spec does not
// have the policy, or if there is nothing to change.
func (o Overrides) apply(loaded []*spec.Spec) error {
	if o.empty() {
		return nil
	}
	if o.Threads < 0 {
		return fmt.Errorf("%d is no number of threads: give one from 1 up", o.Threads)
	}
	if o.Processes < 0 {
		return fmt.Errorf("%d is no number of processes: give one from 1 up", o.Processes)
	}
	changed := false
	for _, s := range loaded {
		if _, known := s.Policies.Get(o.Policy); !known && o.Policy != "" {
			return fmt.Errorf("no policy named %q%s", o.Policy, suggest.DidYouMean(o.Policy, s.Policies.Names()))
		}
		used := map[string]bool{} // policies
		for _, x := range s.Experiments.All() {
			if x.Origin == spec.Measured {
				o.change(x)
				used[x.Policy] = true
				changed = true
			}
		}
		if err := o.changePolicies(s, used); err != nil {
			return err
		}
	}
	if !changed {
		return errors.New("the specs measure nothing, so that no policy, requirement, and number of threads or processes can be set")
	}
	return nil
}

// changePolicies gives a spec policies of its own with the number of processes,
// since specs may share those of the catalogue.
func (o Overrides) changePolicies(s *spec.Spec, used map[string]bool) error {
	if o.Processes == 0 {
		return nil
	}
	var policies spec.Named[*policy.Policy]
	for name, p := range s.Policies.All() {
		if used[name] {
			changed := *p
			changed.Processes = o.Processes
			if faults := changed.Check(); len(faults) > 0 {
				return fmt.Errorf("policy %q: %w", name, errors.Join(faults...))
			}
			p = &changed
		}
		policies.Add(name, p)
	}
	s.Policies = policies
	return nil
}

func (o Overrides) change(x *spec.Experiment) {
	if o.Policy != "" {
		x.Policy = o.Policy
	}
	x.Require = slices.Concat(x.Require, o.Require)
	if o.Threads == 0 {
		return
	}
	x.Targets = slices.Clone(x.Targets)
	for i := range x.Targets {
		x.Targets[i].Threads = []spec.Range{{From: o.Threads, To: o.Threads}}
	}
}
