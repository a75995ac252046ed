package data

import (
	"slices"

	"edgebench/executor/journal"
)

// nameSoftware names the versions of each framework that results were measured
// with; a framework's only one needs no name.
func (r *Run) nameSoftware() {
	digests, versions := map[string][]string{}, map[string][][]string{} // by framework
	for _, j := range r.Plan.Jobs {
		for _, o := range r.outcomes[j.Identity] {
			if o.record.Origin != journal.OriginMeasured || o.record.Software == "" {
				continue
			}
			digest := o.record.Software
			if !slices.Contains(digests[j.Framework], digest) {
				digests[j.Framework] = append(digests[j.Framework], digest)
				versions[j.Framework] = append(versions[j.Framework], []string{o.version(j.Framework), shortDigest(digest)})
			}
		}
	}
	for framework, facts := range versions {
		for i, name := range nameApart(facts) {
			r.software[digests[framework][i]] = name
		}
	}
}

// version is the software as the result states it; a failed job has no result.
func (o outcome) version(framework string) string {
	if m := o.result.Measurement; m != nil {
		return m.Software.Framework + " " + m.Software.Version
	}
	return framework + " of unknown version"
}
