package executor

import (
	"encoding/json"
	"fmt"

	"edgebench/compiler/plan"
	"edgebench/executor/journal"
	"edgebench/executor/result"
)

// maxLosses is how often a job may lose its process before it is left alone.
const maxLosses = 2

// LostError is that of a job which is not tried again, unless Options.Retry
// says so.
type LostError struct {
	Times  int    // that it has lost its process
	Reason string // the last time
}

func (e *LostError) Error() string {
	return fmt.Sprintf("not tried again, since it has lost its process %d times. The last time: %s", e.Times, e.Reason)
}

// leaveLost fails the jobs that have lost their process too often, without a
// new record: what they were recorded with says why. It returns the others.
func (r *run) leaveLost(jobs []plan.Job) []plan.Job {
	losses := r.losses()
	if r.opt.Retry || len(losses) == 0 {
		return jobs
	}
	var others []plan.Job
	for _, j := range jobs {
		l := losses[r.key(j)]
		if l.count < maxLosses {
			others = append(others, j)
			continue
		}
		r.tally.Failed++
		r.tally.Failures = append(r.tally.Failures, Failure{j, &LostError{l.count, l.reason}})
	}
	return others
}

// loss is how often a job has lost its process, and why the last time.
type loss struct {
	count  int
	reason string
}

func (r *run) losses() map[journal.Key]loss {
	losses := map[journal.Key]loss{}
	for _, rec := range r.journal.Run().Records {
		var found result.Result
		if rec.Status != journal.StatusFailed || json.Unmarshal(rec.Payload, &found) != nil || !found.Lost {
			continue
		}
		losses[rec.Key()] = loss{losses[rec.Key()].count + 1, rec.Reason}
	}
	return losses
}

// key is that of a job's result here and now.
func (r *run) key(j plan.Job) journal.Key {
	return journal.NewKey(j.Identity, j.Origin, r.environment, r.software[j.Framework].digest)
}
