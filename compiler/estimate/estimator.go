package estimate

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
)

// What an estimator must have and show to be used.
const (
	MinModels = 4
	MaxError  = 0.5
)

// Error is how far an estimate is from a time, as a factor less one: 0.5 is half
// as much again, or two thirds. Unlike a share of the time it is as hard on
// estimates that are too low.
func Error(estimated, published float64) float64 {
	return math.Exp(math.Abs(math.Log(estimated/published))) - 1
}

// Check is a model that was left out, as the others estimate it.
type Check struct {
	Model      string  `json:"model"`
	Published  float64 `json:"published_s"`
	Estimated  float64 `json:"estimated_s"`
	FLOP       float64 `json:"from_flop_s"`       // by a power of its FLOP
	Parameters float64 `json:"from_parameters_s"` // by a power of its parameters
}

// Errors of models left out.
type Errors struct {
	Median float64 `json:"median"`
	Worst  float64 `json:"worst"`
}

// Estimator estimates times on one platform in one framework.
type Estimator struct {
	Published
	Roofline Roofline
	Checks   []Check    // of each model of the observations
	without  []Roofline // fitted without it
}

// New fits estimators. Which of them to use, Refusal says.
func New(published []Published) []*Estimator {
	estimators := make([]*Estimator, len(published))
	var fits errgroup.Group
	for i, p := range published {
		fits.Go(func() error {
			estimators[i] = newEstimator(p)
			return nil
		})
	}
	_ = fits.Wait() // none of them fails
	return estimators
}

func newEstimator(p Published) *Estimator {
	e := &Estimator{Published: p}
	if len(p.Observations) < MinModels {
		return e
	}
	fitted, end := fit(p.Observations, starts)
	e.Roofline = fitted
	for i, o := range p.Observations {
		others := slices.Delete(slices.Clone(p.Observations), i, i+1)
		without, _ := fit(others, [][]float64{end}) // one model moves it little
		e.without = append(e.without, without)
		e.Checks = append(e.Checks, Check{
			Model: o.Model, Published: o.Seconds, Estimated: without.Seconds(o.Network),
			FLOP:       fitPower(others, flopOf).of(o.Network.FLOP),
			Parameters: fitPower(others, parametersOf).of(o.Network.Parameters),
		})
	}
	return e
}

// Errors are those of models left out, as some prediction has them.
func (e *Estimator) Errors(prediction func(Check) float64) Errors {
	errors := make([]float64, len(e.Checks))
	for i, c := range e.Checks {
		errors[i] = Error(prediction(c), c.Published)
	}
	return ErrorsOf(errors)
}

// ErrorsOf is the median and the worst of some errors, of which there is at
// least one.
func ErrorsOf(errors []float64) Errors {
	sorted := slices.Sorted(slices.Values(errors))
	n := len(sorted)
	return Errors{Median: (sorted[(n-1)/2] + sorted[n/2]) / 2, Worst: sorted[n-1]}
}

// ByRoofline is the estimate of a check.
func ByRoofline(c Check) float64 { return c.Estimated }

// ByFLOP is what a check's FLOP alone predict.
func ByFLOP(c Check) float64 { return c.FLOP }

// ByParameters is what a check's parameters alone predict.
func ByParameters(c Check) float64 { return c.Parameters }

// Refusal is why an estimator is not to be used; empty: it is.
func (e *Estimator) Refusal() string {
	if n := len(e.Observations); n < MinModels {
		return fmt.Sprintf("times of %d of the models are published there, and an estimate needs %d", n, MinModels)
	}
	if median := e.Errors(ByRoofline).Median; median > MaxError {
		return fmt.Sprintf("estimates of models whose time is published there are off by %.0f %% (median), and at most %.0f %% are allowed", 100*median, 100*MaxError)
	}
	return ""
}

// Estimate is an estimated time with the interval that it is expected in.
type Estimate struct {
	Seconds float64 `json:"seconds"`
	Low     float64 `json:"low_s"`
	High    float64 `json:"high_s"`
}

// Level of the intervals.
const Level = 0.8

// Time is the published time of a model, if there is one.
func (e *Estimator) Time(model string) (seconds float64, published bool) {
	for _, o := range e.Observations {
		if o.Model == model {
			return o.Seconds, true
		}
	}
	return 0, false
}

// far is how many times as much arithmetic as the largest fitted network, or as
// little as the smallest, a network may have before it is said.
const far = 2

// Doubts are reasons to trust an estimate of a network less than its interval
// says: what it has that no fitted network has.
func (e *Estimator) Doubts(net *Network) []string {
	var doubts, kinds []string
	least, most := math.Inf(1), 0.0
	for _, o := range e.Observations {
		least, most = min(least, o.Network.FLOP), max(most, o.Network.FLOP)
		kinds = append(kinds, o.Network.Kinds...)
	}
	switch {
	case net.FLOP > far*most:
		doubts = append(doubts, fmt.Sprintf("it has %.1f times as much arithmetic as the largest model with a published time", net.FLOP/most))
	case net.FLOP < least/far:
		doubts = append(doubts, fmt.Sprintf("the smallest model with a published time has %.1f times as much arithmetic", least/net.FLOP))
	}
	var unseen []string
	for _, k := range net.Kinds {
		if !slices.Contains(kinds, k) {
			unseen = append(unseen, k)
		}
	}
	if len(unseen) > 0 {
		doubts = append(doubts, "no model with a published time has "+strings.Join(unseen, ", "))
	}
	return doubts
}

// Of estimates the time of a network. The interval is jackknife+ (Barber,
// Candès, Ramdas, Tibshirani: Predictive inference with the jackknife+, Annals
// of Statistics 49, 2021), in the logarithm of time: of the estimates that the
// fits without one model give, each moved by that fit's error of the model. For
// models that are exchangeable with the fitted ones it is sure to hold the time
// with a probability of 2*Level-1, and holds it with about Level.
func (e *Estimator) Of(net *Network) Estimate {
	n := len(e.Checks)
	low, high := make([]float64, n), make([]float64, n)
	for i, c := range e.Checks {
		factor := 1 + Error(c.Estimated, c.Published)
		seconds := e.without[i].Seconds(net)
		low[i], high[i] = seconds/factor, seconds*factor
	}
	slices.Sort(low)
	slices.Sort(high)
	outside := (n + 1) / 5 // (1-Level) of n+1, rounded down: those left out at each end
	return Estimate{Seconds: e.Roofline.Seconds(net), Low: low[outside-1], High: high[n-outside]}
}
