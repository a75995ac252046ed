package engine

import (
	"runtime"
	"sync"
	"sync/atomic"

	"edgebench/executor/engine/kernel"
)

// operation is one step of a program, divided into tasks that may run at the
// same time.
type operation interface {
	// bytes is what prepare will allocate.
	bytes() int64
	// prepare allocates and fills tables and weights, with the arena in place.
	prepare(arena []float32)
	tasks() int
	run(task int, s *scratch)
}

// scratched is an operation that needs memory of its own in each goroutine.
type scratched interface {
	scratch() int // elements
}

// scratchElements is what each goroutine needs for all operations.
func scratchElements(steps []operation) int {
	most := 0
	for _, op := range steps {
		if s, ok := op.(scratched); ok {
			most = max(most, s.scratch())
		}
	}
	return most
}

// scratch is what one goroutine works with.
type scratch struct {
	tile           kernel.Tile
	patch          kernel.WinogradPatch
	free           []float32 // as much as the operations say
	table, offsets [kernel.Rows]int32
	dot            kernel.Dot
	part           [partChannels]float32
	sum            [partChannels]float64
}

// team runs operations on several goroutines: the caller's, and workers that
// stay from one operation to the next. Waking a sleeping goroutine costs as
// much as a small convolution, so workers wait a while before they sleep.
//
// The tasks of the current operation are handed out by one word, a ticket: the
// run's number, the operation's index and the next task. Taking a ticket is
// one atomic addition, and tells at the same time which operation the task
// belongs to: a worker that wakes late finds the current operation or nothing,
// and nobody waits for it.
type team struct {
	steps  []operation
	own    scratch
	ticket atomic.Uint64
	done   atomic.Int64 // finished tasks of the current operation
	runs   uint64
	closed atomic.Bool

	sleepers atomic.Int32
	mu       sync.Mutex
	wake     sync.Cond
	workers  sync.WaitGroup
	helpers  int
}

const (
	taskBits = 24
	stepBits = 24
	maxTasks = 1 << (taskBits - 1) // leaves room for one failing ticket a worker
	// spins is how often a worker looks for work before it sleeps: about
	// 0.1 ms, which bridges the gaps between operations and between runs.
	spins = 1 << 15
)

func newTeam(threads int, steps []operation) *team {
	t := &team{steps: steps, helpers: threads - 1}
	t.wake.L = &t.mu
	free := scratchElements(steps)
	t.own.free = make([]float32, free)
	for range t.helpers {
		t.workers.Go(func() { t.work(&scratch{free: make([]float32, free)}) })
	}
	return t
}

// run executes all operations in order.
func (t *team) run() {
	t.runs++
	for i, op := range t.steps {
		if n := op.tasks(); n == 1 || t.helpers == 0 {
			for task := range n {
				op.run(task, &t.own)
			}
		} else {
			t.share(i, n)
		}
	}
}

// share runs one operation together with the workers.
func (t *team) share(step, tasks int) {
	t.done.Store(0)
	t.ticket.Store(t.runs<<(taskBits+stepBits) | uint64(step)<<taskBits)
	if t.sleepers.Load() > 0 {
		t.mu.Lock()
		t.wake.Broadcast()
		t.mu.Unlock()
	}
	t.help(&t.own)
	for i := 0; t.done.Load() < int64(tasks); i++ {
		yield(i)
	}
}

// help runs tasks of the current operation until none is left, and returns
// which operation that was.
func (t *team) help(s *scratch) uint64 {
	for {
		ticket := t.ticket.Add(1) - 1
		op := t.steps[ticket>>taskBits&(1<<stepBits-1)]
		task := int(ticket & (1<<taskBits - 1))
		if task >= op.tasks() {
			return ticket >> taskBits
		}
		op.run(task, s)
		t.done.Add(1)
	}
}

func (t *team) work(s *scratch) {
	seen := uint64(0)
	for t.await(seen) {
		seen = t.help(s)
	}
}

// await returns when there is another operation than the one last seen, or
// false when the team is closed.
func (t *team) await(seen uint64) bool {
	for i := range spins {
		if t.closed.Load() {
			return false
		}
		if t.ticket.Load()>>taskBits != seen {
			return true
		}
		yield(i)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	// The count goes up before the last look at the ticket, and share looks
	// at the count after it set the ticket: one of them sees the other.
	t.sleepers.Add(1)
	defer t.sleepers.Add(-1)
	for t.ticket.Load()>>taskBits == seen && !t.closed.Load() {
		t.wake.Wait()
	}
	return !t.closed.Load()
}

// yield lets other goroutines run now and then: there may be fewer processors
// than goroutines.
func yield(i int) {
	if i%64 == 63 {
		runtime.Gosched()
	}
}

// close ends the workers and waits for them.
func (t *team) close() {
	t.mu.Lock()
	t.closed.Store(true)
	t.wake.Broadcast()
	t.mu.Unlock()
	t.workers.Wait()
}

// split returns the bounds of part i of n nearly equal parts of total.
func split(total, n, i int) (from, to int) {
	each, more := total/n, total%n
	from = i*each + min(i, more)
	to = from + each
	if i < more {
		to++
	}
	return from, to
}

// parts is into how many tasks to divide work of a given size: none smaller
// than least, and no more than eight a thread, which evens out what threads do
// without much overhead.
func parts(work, least int64, threads, most int) int {
	if threads == 1 {
		return 1
	}
	return int(max(min(work/max(least, 1), int64(8*threads), int64(most)), 1))
}
