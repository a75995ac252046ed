package cli

import (
	"errors"
	"fmt"
	"slices"

	"edgebench/compiler/expression"
	"edgebench/compiler/plan"
)

// seen is a job as expressions see it.
func seen(j plan.Job) *expression.Job {
	job := &expression.Job{
		Origin: string(j.Origin), Metric: j.Metric, Model: j.Model, Platform: j.Platform, Framework: j.Framework,
		Optimizations: j.Optimizations, Precision: j.Precision, Environment: j.Environment, Threads: j.Threads, Device: j.Device,
	}
	for _, f := range j.Feeds {
		job.Study = f.Study
		job.Experiments = append(job.Experiments, f.Experiment)
	}
	return job
}

// selection is the expression of --only.
type selection struct {
	source  string
	program *expression.Program
}

// newSelection compiles the expression of --only; it is nil for none.
func newSelection(source string) (*selection, error) {
	if source == "" {
		return nil, nil
	}
	program, err := expression.Compile(source, expression.Jobs, expression.Condition, nil)
	if err != nil {
		return nil, usageError{fmt.Errorf("--only: %w", err)}
	}
	return &selection{source, program}, nil
}

// jobs are the ids of the jobs for which the expression holds; nil for all.
// It is an error if there are none.
func (s *selection) jobs(p *plan.Plan) (map[string]bool, error) {
	if s == nil {
		return nil, nil
	}
	chosen := map[string]bool{}
	for _, j := range p.Jobs {
		holds, err := s.program.Run(seen(j))
		if err != nil {
			return nil, fmt.Errorf("--only: job %s: %w", jobName(j), err)
		}
		if holds == true {
			chosen[j.ID] = true
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("--only %q: none of the %s matches%s", s.source, plural(len(p.Jobs), "job"), s.hint(p))
	}
	return chosen, nil
}

// filter keeps the jobs for which the expression holds; it is nil for all.
func (s *selection) filter(p *plan.Plan) (func(plan.Job) bool, error) {
	chosen, err := s.jobs(p)
	if chosen == nil {
		return nil, err
	}
	return func(j plan.Job) bool { return chosen[j.ID] }, nil
}

// reduce leaves the jobs and skips in a plan for which the expression holds.
func (s *selection) reduce(p *plan.Plan) error {
	keep, err := s.filter(p)
	if keep == nil {
		return err
	}
	p.Jobs = slices.DeleteFunc(p.Jobs, func(j plan.Job) bool { return !keep(j) })
	p.Skips = slices.DeleteFunc(p.Skips, func(k plan.Skip) bool {
		x := experiment(p, k.Feed)
		holds, err := s.program.Run(seen(plan.Job{Origin: x.Origin, Metric: x.Metric, Target: k.Target, Feeds: []plan.Feed{k.Feed}}))
		return err != nil || holds != true
	})
	return p.Seal()
}

// hint says which name in the expression no job has, and which is near.
func (s *selection) hint(p *plan.Plan) string {
	var f *expression.Fault
	if _, err := expression.Compile(s.source, expression.Jobs, expression.Condition, namesOfJobs(p)); errors.As(err, &f) {
		return ": " + f.Message
	}
	return ". `edgebench plan` lists the jobs"
}

// namesOfJobs lists the names that jobs have.
func namesOfJobs(p *plan.Plan) expression.Known {
	known := expression.Known{}
	for _, j := range p.Jobs {
		job := seen(j)
		for kind, names := range map[string][]string{
			"study": {job.Study}, "experiment": job.Experiments, "origin": {job.Origin}, "metric": {job.Metric}, "model": {job.Model},
			"platform": {job.Platform}, "framework": {job.Framework}, "optimization": job.Optimizations,
			"precision": {job.Precision}, "environment": {job.Environment}, "device": {job.Device},
		} {
			for _, name := range names {
				if name != "" && !slices.Contains(known[kind], name) {
					known[kind] = append(known[kind], name)
				}
			}
		}
	}
	return known
}
