package data

import (
	"fmt"
	"slices"
	"strings"

	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
)

// Mend takes the figures, tables and claims of newly compiled specs in place of
// those that were sealed into the plan before the run: they decide nothing that
// was measured. The plan in the run directory stays as it is. Specs that would
// run something else than what was run are refused.
func (r *Run) Mend(specs *plan.Plan) error {
	for _, s := range specs.Studies {
		mended := false
		for _, one := range r.Each() {
			if !hasStudy(one.Plan, s.Name) {
				continue
			}
			if err := corresponds(one.Plan, specs, s); err != nil {
				return err
			}
			one.show(s, specs)
			mended = true
		}
		if !mended {
			return fmt.Errorf("the run has no study %q: %s", s.Name, onlyReportParts)
		}
		if len(r.parts) > 0 {
			r.show(s, specs)
		}
		r.Mended = append(r.Mended, s.Name)
	}
	return nil
}

func hasStudy(p *plan.Plan, name string) bool {
	return slices.ContainsFunc(p.Studies, func(s plan.Study) bool { return s.Name == name })
}

// show replaces what the report shows of a study.
func (r *Run) show(s plan.Study, specs *plan.Plan) {
	for i := range r.Plan.Studies {
		if ran := &r.Plan.Studies[i]; ran.Name == s.Name {
			ran.Figures, ran.Tables, ran.Claims = s.Figures, s.Tables, s.Claims
		}
	}
	addMissing(&r.Plan.Catalog.Models, &specs.Catalog.Models)
	addMissing(&r.Plan.Catalog.Frameworks, &specs.Catalog.Frameworks)
	addMissing(&r.Plan.Catalog.Platforms, &specs.Catalog.Platforms)
}

// addMissing adds what a table of the newly compiled specs may name.
func addMissing[T any](into, from *spec.Named[*T]) {
	for name, v := range from.All() {
		into.Add(name, v)
	}
}

const onlyReportParts = "a report takes figures, tables and claims from specs whose experiments are those that were run. Undo what else was changed, or run the specs anew"

// corresponds reports, as an error, the first job of a study that is not in both
// plans.
func corresponds(ran, specs *plan.Plan, s plan.Study) error {
	before, now := jobsOf(ran, s.Name), jobsOf(specs, s.Name)
	if j, ok := firstWithout(now, before); ok {
		return fmt.Errorf("study %s: the run has no %s: %s", s.Name, j, onlyReportParts)
	}
	if j, ok := firstWithout(before, now); ok {
		return fmt.Errorf("study %s: the specs have no %s, which was run: %s", s.Name, j, onlyReportParts)
	}
	return nil
}

// feedingJob is a job with the experiment that it feeds.
type feedingJob struct {
	experiment string
	*plan.Job
}

func jobsOf(p *plan.Plan, study string) []feedingJob {
	var jobs []feedingJob
	for i := range p.Jobs {
		for _, f := range p.Jobs[i].Feeds {
			if f.Study == study {
				jobs = append(jobs, feedingJob{f.Experiment, &p.Jobs[i]})
			}
		}
	}
	return jobs
}

// firstWithout is the first of some jobs that is not among others.
func firstWithout(jobs, others []feedingJob) (feedingJob, bool) {
	type key struct{ experiment, identity string }
	known := map[key]bool{}
	for _, j := range others {
		known[key{j.experiment, j.Identity}] = true
	}
	for _, j := range jobs {
		if !known[key{j.experiment, j.Identity}] {
			return j, true
		}
	}
	return feedingJob{}, false
}

func (j feedingJob) String() string {
	with := strings.Join(append([]string{j.Framework}, j.Optimizations...), ", ")
	return fmt.Sprintf("job %s (%s: %s on %s with %s)", j.ID, j.experiment, j.Model, j.Platform, with)
}
