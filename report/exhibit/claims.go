package exhibit

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"edgebench/compiler/expression"
	"edgebench/compiler/spec"
)

// Judgement is a claim with its verdict.
type Judgement struct {
	Run       string      `json:"run,omitempty"` // whose results it is judged by, where there are several
	Study     string      `json:"study"`
	Claim     *spec.Claim `json:"claim"`
	Verdict   string      `json:"verdict"`
	Computed  *float64    `json:"computed,omitempty"` // of a claim about a number
	Undecided string      `json:"undecided,omitempty"`
}

// The verdicts on claims.
const (
	Holds     = "holds"
	Nearly    = "holds within rounding" // within the claim's tolerance, but not as printed
	Fails     = "does not hold"
	Undecided = "cannot be decided"
)

// judge evaluates one claim. The error says that its expression could not be
// evaluated, which is another thing than data that do not decide it.
func judge(study string, c *spec.Claim, env expression.OfStudy) (Judgement, error) {
	j := Judgement{Study: study, Claim: c}
	err := j.evaluate(env)
	if err == nil {
		return j, nil
	}
	j.Verdict, j.Computed = Undecided, nil
	if why, missing := expression.IsUndecided(err); missing {
		j.Undecided = why
		return j, nil
	}
	j.Undecided = err.Error()
	return j, err
}

func (j *Judgement) evaluate(env expression.OfStudy) (err error) {
	defer spec.Recover("claim "+j.Claim.Name, &err)
	if j.Claim.Value != "" {
		return j.compare(env)
	}
	return j.decide(env)
}

func (j *Judgement) decide(env expression.OfStudy) error {
	holds, err := evaluate(j.Claim.Holds, env, expression.Condition)
	if err != nil {
		return err
	}
	j.Verdict = Fails
	if holds == true {
		j.Verdict = Holds
	}
	return nil
}

func (j *Judgement) compare(env expression.OfStudy) error {
	v, err := evaluate(j.Claim.Value, env, expression.Quantity)
	if err != nil {
		return err
	}
	computed, ok := v.(float64)
	if !ok || math.IsNaN(computed) || math.IsInf(computed, 0) {
		return fmt.Errorf("its value is %v", v)
	}
	j.Computed = &computed
	off := math.Abs(computed - j.Claim.Printed)
	switch {
	case off <= halfDigit(j.Claim.Printed):
		j.Verdict = Holds
	case off <= j.Claim.Tolerance*math.Abs(j.Claim.Printed):
		j.Verdict = Nearly
	default:
		j.Verdict = Fails
	}
	return nil
}

// halfDigit is half a unit of the last decimal of a printed number, which
// rounding for print may hide. A whole number is taken as it is.
func halfDigit(printed float64) float64 {
	if decimals(printed) == 0 {
		return 0
	}
	return 0.5000001 * math.Pow10(-decimals(printed))
}

// decimals counts the decimals of a printed number.
func decimals(printed float64) int {
	_, after, _ := strings.Cut(strconv.FormatFloat(printed, 'f', -1, 64), ".")
	return len(after)
}

func evaluate(source string, env expression.OfStudy, kind expression.Kind) (any, error) {
	p, err := expression.Compile(source, expression.Claims, kind, nil)
	if err != nil {
		return nil, err
	}
	return p.Run(env)
}
