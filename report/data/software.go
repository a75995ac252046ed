package data

import (
	"slices"

	"edgebench/compiler/spec"
)

// nameSoftware names the versions of each framework that results of some runs
// were measured with; a framework's only one needs no name.
func nameSoftware(runs []*Run) {
	digests, versions := map[string][]string{}, map[string][][]string{} // by framework
	for _, r := range runs {
		for _, j := range r.Plan.Jobs {
			for _, o := range r.findings[j.Identity] {
				digest := o.record.Software
				if o.record.Origin != spec.Measured || digest == "" || slices.Contains(digests[j.Framework], digest) {
					continue
				}
				digests[j.Framework] = append(digests[j.Framework], digest)
				versions[j.Framework] = append(versions[j.Framework], []string{o.version(j.Framework), shortDigest(digest)})
			}
		}
	}
	names := map[string]string{}
	for framework, facts := range versions {
		for i, name := range nameApart(facts) {
			names[digests[framework][i]] = name
		}
	}
	for _, r := range runs {
		r.software = names
	}
}

// version is the software as the result states it; a failed job has no result.
func (o finding) version(framework string) string {
	if m := o.result.Measurement; m != nil {
		return m.Software.Framework + " " + m.Software.Version
	}
	return framework + " of unknown version"
}
