package data

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
)

// Each lists the runs that a run consists of: itself, unless it was read from
// several directories.
func (r *Run) Each() []*Run {
	if len(r.parts) == 0 {
		return []*Run{r}
	}
	return r.parts
}

// together shows several runs as one. Measured results of all of them stand
// side by side, named apart; what is the same in all, such as a published value,
// stands once. A study that several runs have shows the figures and tables of
// the first one, and where they differ a note says so.
func together(runs []*Run) (*Run, error) {
	if err := nameRuns(runs); err != nil {
		return nil, err
	}
	all := &Run{Dir: runs[0].Dir, Name: runs[0].Name, Plan: &plan.Plan{Format: plan.Format, Digest: runs[0].Plan.Digest}, parts: runs}
	for _, r := range runs {
		all.Faults, all.Repaired = append(all.Faults, r.Faults...), append(all.Repaired, r.Repaired...)
		if r.Finished.After(all.Finished) {
			all.Finished = r.Finished
		}
		if err := mergePlan(all.Plan, r); err != nil {
			return nil, err
		}
	}
	nameEnvironments(runs)
	nameSoftware(runs)
	for _, r := range runs {
		for _, e := range r.Environments {
			known := func(k Environment) bool { return k.ID == e.ID && k.Name == e.Name }
			if !slices.ContainsFunc(all.Environments, known) {
				all.Environments = append(all.Environments, e)
			}
		}
	}
	return all, nil
}

// nameRuns names runs by their folders, as shortly as tells them apart.
func nameRuns(runs []*Run) error {
	met := map[string]bool{}
	base := map[string]int{}
	for _, r := range runs {
		dir := filepath.Clean(r.Dir)
		if met[dir] {
			return fmt.Errorf("the run %s is given twice", dir)
		}
		met[dir] = true
		base[r.Name]++
	}
	for _, r := range runs {
		if base[r.Name] > 1 {
			r.Name = filepath.ToSlash(filepath.Clean(r.Dir))
		}
	}
	return nil
}

// mergePlan adds what a run's plan has more than the plans of the runs before it.
func mergePlan(into *plan.Plan, r *Run) error {
	if err := mergeStudies(into, r); err != nil {
		return err
	}
	if err := mergeCatalog(into, r); err != nil {
		return err
	}
	into.Jobs = append(into.Jobs, r.Plan.Jobs...)
	into.Skips = append(into.Skips, r.Plan.Skips...)
	for _, c := range r.Plan.Cells {
		same := func(known plan.Cell) bool {
			return known.Table == c.Table && known.Model == c.Model && known.Platform == c.Platform && known.Framework == c.Framework
		}
		if !slices.ContainsFunc(into.Cells, same) {
			into.Cells = append(into.Cells, c)
		}
	}
	for _, p := range r.Plan.Places {
		same := func(known plan.Place) bool {
			return known.Model == p.Model && known.Platform == p.Platform && known.Framework == p.Framework
		}
		if !slices.ContainsFunc(into.Places, same) {
			into.Places = append(into.Places, p)
		}
	}
	for _, c := range r.Plan.Contradictions {
		if !slices.Contains(into.Contradictions, c) {
			into.Contradictions = append(into.Contradictions, c)
		}
	}
	return nil
}

func mergeStudies(into *plan.Plan, r *Run) error {
	for _, s := range r.Plan.Studies {
		i := slices.IndexFunc(into.Studies, func(known plan.Study) bool { return known.Name == s.Name })
		if i < 0 {
			into.Studies = append(into.Studies, s)
			continue
		}
		same, err := equal(into.Studies[i], s)
		if err != nil {
			return err
		}
		if !same {
			into.Contradictions = append(into.Contradictions, fmt.Sprintf(
				"The run %s declares the study %s otherwise than a run before it: its results are shown in that one's figures and tables.", r.Name, s.Name))
		}
	}
	return nil
}

func mergeCatalog(into *plan.Plan, r *Run) error {
	var differ []string
	err := errors.Join(
		mergeNamed(&into.Catalog.Models, &r.Plan.Catalog.Models, &differ),
		mergeNamed(&into.Catalog.Frameworks, &r.Plan.Catalog.Frameworks, &differ),
		mergeNamed(&into.Catalog.Optimizations, &r.Plan.Catalog.Optimizations, &differ),
		mergeNamed(&into.Catalog.Platforms, &r.Plan.Catalog.Platforms, &differ),
	)
	for _, name := range differ {
		into.Contradictions = append(into.Contradictions, fmt.Sprintf("%s is another thing in the run %s than in a run before it: do not compare their results.", name, r.Name))
	}
	return err
}

// mergeNamed adds what is not there, and names what is there as another thing.
func mergeNamed[T any](into, from *spec.Named[*T], differ *[]string) error {
	for name, v := range from.All() {
		if into.Add(name, v) {
			continue
		}
		known, _ := into.Get(name)
		same, err := equal(known, v)
		if err != nil {
			return err
		}
		if !same {
			*differ = append(*differ, name)
		}
	}
	return nil
}

func equal(a, b any) (bool, error) {
	x, err := json.Marshal(a)
	if err != nil {
		return false, err
	}
	y, err := json.Marshal(b)
	return bytes.Equal(x, y), err
}

// rowsTogether lists the rows of all runs: what is the same in several once, and
// a job that one run did not get to only where no run did.
func (r *Run) rowsTogether() []Row {
	ran := map[string]bool{}
	for _, part := range r.parts {
		for identity := range part.findings {
			ran[identity] = true
		}
	}
	type key struct{ study, experiment, identity, target, reason string }
	met := map[key]bool{}
	var rows []Row
	for _, part := range r.parts {
		for _, row := range part.Rows() {
			k := key{study: row.Study, experiment: row.Experiment}
			switch {
			case row.Job == nil: // skipped
				k.target, k.reason = row.Model+", "+row.Target(), row.Reason
			case row.Record == nil && ran[row.Job.Identity]:
				continue
			case row.Record == nil || row.Origin == spec.Published:
				k.identity = row.Job.Identity
			default:
				rows = append(rows, row)
				continue
			}
			if !met[k] {
				met[k] = true
				rows = append(rows, row)
			}
		}
	}
	return rows
}
