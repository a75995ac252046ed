package executor

import (
	"context"
	"fmt"

	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/executor/framework"
)

// software is what is installed of the frameworks that jobs run in, by name.
type software map[string]installation

type installation struct {
	framework.Probe
	digest  string // of the probe
	missing error  // why the framework cannot run
}

// probe asks the adapters of all measured jobs, each framework's once.
func probe(ctx context.Context, p *plan.Plan, jobs []plan.Job, adapter func(*spec.Framework) (framework.Adapter, error)) software {
	s := software{}
	for _, j := range jobs {
		if _, asked := s[j.Framework]; asked || j.Origin != spec.Measured {
			continue
		}
		found, err := probeOne(ctx, p, j.Framework, adapter)
		if err != nil {
			s[j.Framework] = installation{missing: err}
		} else {
			s[j.Framework] = installation{Probe: found, digest: found.Digest()}
		}
	}
	return s
}

func probeOne(ctx context.Context, p *plan.Plan, name string, adapter func(*spec.Framework) (framework.Adapter, error)) (framework.Probe, error) {
	f, ok := p.Catalog.Frameworks.Get(name)
	if !ok {
		return framework.Probe{}, fmt.Errorf("the plan holds no framework %q", name)
	}
	a, err := adapter(f)
	if err != nil {
		return framework.Probe{}, err
	}
	return a.Probe(ctx)
}
