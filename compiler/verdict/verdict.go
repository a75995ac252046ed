// Package verdict holds judgements of combinations: that one can run, that it can
// but not as one would wish, or that it cannot, each with its reason.
package verdict

// The verdicts.
const (
	OK       = "ok"
	Degraded = "degraded"
	Skip     = "skip"
)

// Codes of verdicts that no spec states.
const (
	CodeOK            = "ok"
	CodeNotDeployable = "not_deployable"
	CodeNoSuchOption  = "optimization_unsupported"
	CodeUnpublished   = "unpublished" // an experiment selects it, and its source has no row for it
)

// Verdict is the judgement of one combination.
type Verdict struct {
	Name   string `json:"verdict"`
	Code   string `json:"code"`
	Reason string `json:"reason,omitempty"` // in words a user can act on
	Source string `json:"source,omitempty"`
	// By names what decided: a cell or a rule.
	By string `json:"by,omitempty"`
	// ContradictedBy says where the same source states something else.
	ContradictedBy string `json:"contradicted_by,omitempty"`
}

// ByReach is what decides of a combination that could run where it is to run,
// but that nothing here can run.
const ByReach = "reach"

// Unreached reports whether a combination could run, but not from here.
func (v Verdict) Unreached() bool { return v.Name == Skip && v.By == ByReach }

var severity = map[string]int{OK: 0, Degraded: 1, Skip: 2}

// Worse reports whether v is a harder judgement than w.
func (v Verdict) Worse(w Verdict) bool { return severity[v.Name] > severity[w.Name] }
