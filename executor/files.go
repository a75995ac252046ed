package executor

import (
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/executor/modelfile"
)

// keepFiles puts the files of the plan's models into the run directory, so that
// the run can go on without the specs. It returns why, by model, that cannot be.
func keepFiles(p *plan.Plan, opt Options) map[string]error {
	failed := map[string]error{}
	kept := map[string]bool{}
	for _, j := range p.Jobs {
		m, ok := p.Catalog.Models.Get(j.Model)
		if !ok || m.Source == nil || j.Origin != spec.Measured || kept[j.Model] {
			continue
		}
		kept[j.Model] = true
		if err := modelfile.InRun(opt.Dir).Keep(m.Source, opt.Files); err != nil {
			failed[j.Model] = err
		}
	}
	return failed
}
