package measure

import (
	"math"
	"slices"
	"time"

	"edgebench/compiler/spec/policy"
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
	n := t.batchSize(quantum)
	if t.count < w.MinCount {
		n = min(n, w.MinCount-t.count)
	}
	return t.underCeilings(n, ceilings{maxCount: w.MaxCount, maxTime: w.MaxTime})
}

// next is the size of the next measured batch of a turn's length, or the ceiling that ends the
// measurement. A target reached with the last allowed sample is a target reached.
func (r *run) next(t *track, turn time.Duration) (int, Clause) {
	p := r.policy
	n := t.batchSize(turn)
	if p.Interleave {
		n = min(n, max(1, t.expected(p)/roundShare))
	}
	n = min(n, t.toFloor(p))
	n, stop := t.underCeilings(n, ceilings{p.MinCount, p.MaxCount, p.MaxTime, p.Limit()})
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

// expected is how many samples there will be at least.
func (t *track) expected(p policy.Policy) int {
	n := max(p.MinCount, t.count)
	if t.cost > 0 {
		n = max(n, int(time.Duration(p.MinTime)/t.cost))
	}
	return n
}

// narrow looks at the headline's interval.
func (r *run) narrow(t *track) bool {
	sorted := slices.Sorted(slices.Values(t.counted))
	width, ok := headline(t.counted, sorted, r.policy).relativeHalfWidth()
	t.width = width
	return ok && width <= r.policy.TargetCI
}

// due reports whether the sample has grown enough for another look, and if so sets the next.
func (t *track) due() bool {
	if len(t.counted) < t.look {
		return false
	}
	t.look = int(float64(len(t.counted))*lookSpacing) + 1
	return true
}

// batchSize fills a turn, at most doubling the phase's sample: early inferences are slow and
// mislead about the later ones.
func (t *track) batchSize(turn time.Duration) int {
	n := min(max(1, t.count), unclocked)
	if t.cost > 0 {
		n = min(n, max(1, int(turn/t.cost)))
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

// ceilings end a phase. Time ends it above the floor of counted samples, the limit in any case.
type ceilings struct {
	floor, maxCount int
	maxTime, limit  policy.Duration
}

// underCeilings cuts a batch to what the ceilings leave, judging time by the last batch, so that the
// next inference would end in time. A phase has at least one inference: a limit too short for one gives a
// sample, not nothing. (In warm-up all samples are counted ones.)
func (t *track) underCeilings(n int, c ceilings) (int, Clause) {
	if c.maxCount > 0 {
		if len(t.counted) >= c.maxCount {
			return 0, ByMaxCount
		}
		n = min(n, c.maxCount-len(t.counted))
	}
	if c.limit > 0 {
		left, over := t.fits(c.limit)
		if over {
			return 0, ByGiveUp
		}
		n = min(n, left)
	}
	if c.maxTime > 0 {
		left, over := t.fits(c.maxTime)
		promised := c.floor - len(t.counted)
		if over && promised <= 0 {
			return 0, ByMaxTime
		}
		n = min(n, max(left, promised))
	}
	return n, notYet
}

// fits is how many inferences end within a limit, and whether not even one does.
func (t *track) fits(limit policy.Duration) (n int, over bool) {
	left := time.Duration(limit) - t.spent
	if t.count > 0 && (left <= 0 || left < t.cost) {
		return 0, true
	}
	if t.cost == 0 {
		return math.MaxInt, false
	}
	return max(1, int(left/t.cost)), false
}

// remaining estimates the time until this phase ends: the floors' and the target's need, under the
// ceilings. The interval's width falls with the square root of the count.
func (r *run) remaining(t *track) time.Duration {
	p := r.policy
	minCount, minTime, maxCount, maxTime := p.MinCount, p.MinTime, p.MaxCount, p.MaxTime
	if t.phase == WarmingUp {
		minCount, minTime, maxCount, maxTime = p.Warmup.MinCount, 0, p.Warmup.MaxCount, p.Warmup.MaxTime
	}
	aim := minCount
	if t.phase == Measured && p.TargetCI > 0 && t.width > 0 {
		need := float64(len(t.counted)) * (t.width / p.TargetCI) * (t.width / p.TargetCI)
		aim = max(aim, int(min(need, math.MaxInt32)))
	}
	if t.count == 0 {
		return -1
	}
	have := len(t.counted)
	floor := time.Duration(max(0, minCount-have)) * t.cost
	left := max(time.Duration(max(0, aim-have))*t.cost, floor, time.Duration(minTime)-t.spent)
	if maxCount > 0 {
		left = min(left, time.Duration(max(0, maxCount-have))*t.cost)
	}
	if maxTime > 0 {
		left = min(left, max(floor, time.Duration(maxTime)-t.spent))
	}
	if limit := time.Duration(p.Limit()); t.phase == Measured && limit > 0 {
		left = min(left, max(0, limit-t.spent))
	}
	return left
}
