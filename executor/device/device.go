// Package device runs jobs on devices, through backends.
//
// A backend is given the jobs that belong together, those of one model under
// one policy, and returns an outcome for each: `host` measures on this
// machine, `published` replays values of a source.
package device

import (
	"context"
	"errors"
	"time"

	"edgebench/compiler/plan"
	"edgebench/executor/measure"
	"edgebench/executor/result"
)

// Backend runs jobs on one kind of device.
type Backend interface {
	// Run runs jobs of one model and one policy, and calls done with each
	// job's outcome as soon as it is known. It returns when ctx is done or all
	// outcomes are out.
	Run(ctx context.Context, jobs []plan.Job, progress func(Progress), done func(Outcome) error) error
}

// Outcome is how one job ended.
type Outcome struct {
	Job      plan.Job
	Started  time.Time
	Finished time.Time
	Result   result.Result
	Samples  []measure.Sample
	Err      error // why it failed; samples taken until then are kept
	// Unfinished says that this is not the job's last outcome: it is what there is until now, and Err why
	// it does not count.
	Unfinished bool
}

// ErrInterrupted is the error, wrapped, of a job that the end of the context ended.
var ErrInterrupted = errors.New(result.Interrupted)

// Step is what a backend is at.
type Step string

// The steps of a measurement.
const (
	Loading   Step = "loading"
	Checking  Step = "checking the outputs"
	WarmingUp Step = "warming up"
	Measuring Step = "measuring"
)

// Progress says what a backend is at.
type Progress struct {
	Job       plan.Job
	Step      Step
	Process   int           // of the job's, from 0
	Processes int           // that the job is measured in
	Count     int           // inferences in this step
	Remaining time.Duration // an estimate; negative where there is none
}
