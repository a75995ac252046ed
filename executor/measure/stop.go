package measure

import (
	"edgebench/compiler/spec/policy"
	"math"
	"slices"
	"time"
)

const (
	// quantum is how long a batch lasts: progress, limits and cancellation are looked at this often.
	quantum = 100 * time.Millisecond
	// roundShare: an interleaved batch is at most this part of the sample, so that drift meets every
	// subject.
	roundShare = 10
	// lookSpacing is the growth of the sample between looks at its interval.
	lookSpacing = 1.05
	// unclocked is the largest batch where the clock is too coarse to see one.
	unclocked = 1 << 16
)

// nextWarmup is the size of the next warm-up batch, or what ends the warm-up.
func (r *run) nextWarmup(t *track) (int, Clause) {
	w := r.policy.Warmup
	if w == (policy.Warmup{}) {
		return 0, ByNoWarmup
	}
	if t.count >= w.MinCount {
		if !w.Detects() {
			return 0, ByMinCount
		}
		if t.due() && steady(t.counted).Reached {
			return 0, BySteady
		}
	}
	n := t.batchSize()
	if t.count < w.MinCount {
		n = min(n, w.MinCount-t.count)
	}
	return t.underCeilings(n, w.MaxCount, w.MaxTime)
}

// next is the size of the next measured batch, or what ends the measurement. The floors are looked
// at before the ceilings: a target reached with the last allowed sample is a target reached.
func (r *run) next(t *track) (int, Clause) {
	p := r.policy
	if stop := r.satisfied(t); stop != notYet {
		return 0, stop
	}
	n := t.batchSize()
	if p.Interleave {
		n = min(n, max(1, max(p.MinCount, t.count)/roundShare))
	}
	n = min(n, t.toFloor(p))
	n, stop := t.underCeilings(n, p.MaxCount, p.MaxTime)
	if stop != notYet && p.TargetCI > 0 && t.floorsMet(p) && r.narrow(t) {
		stop = ByTarget
	}
	return n, stop
}

func (t *track) floorsMet(p policy.Policy) bool {
	return len(t.counted) >= p.MinCount && t.spent >= time.Duration(p.MinTime)
}

func (r *run) satisfied(t *track) Clause {
	p := r.policy
	if !t.floorsMet(p) {
		return notYet
	}
	switch {
	case p.TargetCI > 0:
		if t.due() && r.narrow(t) {
			return ByTarget
		}
		return notYet
	case p.MinTime > 0:
		return ByMinTime
	}
	return ByMinCount
}

// narrow looks at the headline's interval.
func (r *run) narrow(t *track) bool {
	sorted := slices.Sorted(slices.Values(t.counted))
	width, ok := headline(t.counted, sorted, r.policy).relativeHalfWidth()
	t.width = width
	return ok && width <= r.policy.TargetCI
}

// due tells whether the sample has grown enough for another look, and if so sets the next.
func (t *track) due() bool {
	if len(t.counted) < t.look {
		return false
	}
	t.look = int(float64(len(t.counted))*lookSpacing) + 1
	return true
}

// batchSize fills a quantum, at most doubling the phase's sample: early inferences are slow and
// mislead about the later ones.
func (t *track) batchSize() int {
	n := min(max(1, t.count), unclocked)
	if t.cost > 0 {
		n = min(n, max(1, int(quantum/t.cost)))
	}
	return n
}

// toFloor is how many inferences the floors still ask for; no limit where only the target does.
func (t *track) toFloor(p policy.Policy) int {
	left := p.MinCount - len(t.counted)
	if lack := time.Duration(p.MinTime) - t.spent; lack > 0 {
		if t.cost == 0 {
			return math.MaxInt
		}
		left = max(left, int((lack+t.cost-1)/t.cost))
	}
	if left <= 0 { // only the target is left
		return math.MaxInt
	}
	return left
}

// underCeilings cuts a batch to what the ceilings leave, judging time by the last batch, so that the
// next inference would end in time. A phase has at least one inference: a max_time too short for one
// gives a sample, not nothing. (In warm-up all samples are counted ones.)
func (t *track) underCeilings(n, maxCount int, maxTime policy.Duration) (int, Clause) {
	if maxCount > 0 {
		if len(t.counted) >= maxCount {
			return 0, ByMaxCount
		}
		n = min(n, maxCount-len(t.counted))
	}
	if maxTime > 0 {
		left := time.Duration(maxTime) - t.spent
		if t.count > 0 && (left <= 0 || left < t.cost) {
			return 0, ByMaxTime
		}
		if t.cost > 0 {
			n = min(n, max(1, int(left/t.cost)))
		}
	}
	return n, notYet
}

// remaining estimates the time until this phase ends: the floors' and the target's need, under the
// ceilings. The interval's width falls with the square root of the count.
func (r *run) remaining(t *track) time.Duration {
	p := r.policy
	minCount, minTime, maxCount, maxTime := p.MinCount, p.MinTime, p.MaxCount, p.MaxTime
	if t.phase == WarmingUp {
		minCount, minTime, maxCount, maxTime = p.Warmup.MinCount, 0, p.Warmup.MaxCount, p.Warmup.MaxTime
	} else if p.TargetCI > 0 && t.width > 0 {
		need := float64(len(t.counted)) * (t.width / p.TargetCI) * (t.width / p.TargetCI)
		minCount = max(minCount, int(min(need, math.MaxInt32)))
	}
	if t.count == 0 {
		return -1
	}
	have := len(t.counted)
	left := time.Duration(max(0, minCount-have)) * t.cost
	left = max(left, time.Duration(minTime)-t.spent)
	if maxCount > 0 {
		left = min(left, time.Duration(max(0, maxCount-have))*t.cost)
	}
	if maxTime > 0 {
		left = min(left, max(0, time.Duration(maxTime)-t.spent))
	}
	return left
}
