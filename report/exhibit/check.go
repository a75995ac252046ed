package exhibit

import (
	"fmt"

	"github.com/expr-lang/expr"

	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
)

// Check compiles the expressions of a plan's figures and claims, so that a
// fault in one is told before anything runs.
func Check(p *plan.Plan) error {
	var faults spec.Diagnostics
	fault := func(study, kind, name string, err error) {
		if err != nil {
			faults = append(faults, spec.Diagnostic{Path: fmt.Sprintf("study %s: %s.%s", study, kind, name), Msg: err.Error()})
		}
	}
	for _, s := range p.Studies {
		for name, f := range s.Figures.All() {
			_, err := compileQuery(f)
			fault(s.Name, "figures", name, err)
		}
		for name, c := range s.Claims.All() {
			fault(s.Name, "claims", name, checkClaim(c))
		}
	}
	return faults.Err()
}

func checkClaim(c *spec.Claim) error {
	switch {
	case c.Value != "":
		_, err := compile(c.Value, claimEnv{}, expr.AsFloat64())
		return err
	case c.Holds != "":
		_, err := compile(c.Holds, claimEnv{}, expr.AsBool())
		return err
	}
	return fmt.Errorf("state `holds`, a condition, or `value` and `printed`, a number to compare")
}
