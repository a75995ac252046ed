// Package process runs a runner: a process of its own in which a framework
// infers, so that it has its own memory and that its crash is not ours.
//
//  1. [Start] starts the command in a process group of its own, with two pipes
//     for the protocol's lines, and greets it;
//  2. [Runner.Call] asks one thing and waits for the reply, for a limited time;
//  3. [Runner.Close] asks it to end, then terminates it, then kills the group.
//
// Whatever a runner does wrong, crash, hang, answer nonsense, is a [Failure]
// with its last words, after which its process group is gone.
package process

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"sync"
	"time"

	"edgebench/executor/framework/protocol"
	"edgebench/executor/sensor"
	"edgebench/internal/visible"
)

// Command says how to start a runner.
type Command struct {
	Args        []string // the program and its arguments
	Environment []string // NAME=VALUE, in addition to this process's
	Dir         string   // where it runs; empty is here
	Grace       time.Duration
	HelloLimit  time.Duration     // to start and to answer the first request
	Options     map[string]string // that it is greeted with
	// Tell is told what an operation that takes long is at, where the runner
	// says so; it may be nil.
	Tell func(words string)
}

const (
	// defaultGrace is how long a runner has to end by itself, and again after
	// it was told to terminate.
	defaultGrace      = 3 * time.Second
	defaultHelloLimit = 2 * time.Minute
)

// Runner is a running one. Its methods are called from one goroutine at a time.
type Runner struct {
	Hello protocol.Hello

	command  Command
	process  *exec.Cmd
	group    group
	in, out  *os.File
	messages *tail
	lines    chan line
	exited   chan struct{} // closed once the process is gone and reaped
	stop     chan struct{} // closed when nobody reads lines any more
	workers  sync.WaitGroup
	kills    outOfMemory
	id       int64
	peak     sensor.Reading
	ended    bool
	failure  error
}

// line is what the runner wrote, or why nothing more will come.
type line struct {
	text []byte
	err  error
}

// Start starts a runner and greets it. The error says how it failed, or is that
// of ctx.
func Start(ctx context.Context, c Command) (*Runner, error) {
	if len(c.Args) == 0 {
		return nil, errors.New("a runner needs a command")
	}
	if c.Grace == 0 {
		c.Grace = defaultGrace
	}
	if c.HelloLimit == 0 {
		c.HelloLimit = defaultHelloLimit
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r := &Runner{
		command: c, messages: &tail{}, kills: countKills(),
		lines: make(chan line), exited: make(chan struct{}), stop: make(chan struct{}),
		peak: noPeak("the runner has not answered yet"),
	}
	if err := r.start(); err != nil {
		return nil, fmt.Errorf("the runner cannot be started: %w", err)
	}
	err := r.Call(ctx, protocol.OpHello, protocol.HelloParams{Protocol: protocol.Version, Options: c.Options}, &r.Hello, c.HelloLimit)
	if err == nil && r.Hello.Protocol != protocol.Version {
		err = r.fail(Garbage, fmt.Sprintf("speaks version %d of the protocol, and this program version %d", r.Hello.Protocol, protocol.Version))
	}
	if err == nil && (r.Hello.Framework == "" || r.Hello.Version == "") {
		err = r.fail(Garbage, "does not say which framework it runs, in which version")
	}
	if err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// start starts the process and the goroutines that read from it.
func (r *Runner) start() error {
	r.process = exec.Command(r.command.Args[0], r.command.Args[1:]...)
	r.process.Dir = r.command.Dir
	r.process.Env = slices.Concat(os.Environ(), r.command.Environment)
	words, stderr, err := os.Pipe()
	if err != nil {
		return err
	}
	p, err := attach(r.process)
	if err != nil {
		return errors.Join(err, words.Close(), stderr.Close())
	}
	r.in, r.out = p.in, p.out
	r.process.Stderr = stderr
	if r.process.Stdout == nil {
		r.process.Stdout = stderr // what a library prints
	}
	err = r.group.start(r.process)
	// The process has its own copies of the ends that are its.
	closeAll(append(p.theirs, stderr)...)
	if err != nil {
		closeAll(p.in, p.out, words)
		return err
	}
	offerToKernel(r.process.Process.Pid)
	r.workers.Go(r.readLines)
	r.workers.Go(func() { r.watch(words) })
	return nil
}

// watch waits for the process and its last words.
func (r *Runner) watch(words *os.File) {
	copied := make(chan struct{})
	go func() {
		r.messages.copy(words)
		close(copied)
	}()
	r.process.Wait() // how it ended is told by ProcessState
	r.group.kill()   // what it left behind
	close(r.exited)
	select {
	case <-copied:
	case <-time.After(r.command.Grace): // a process that left the group holds the other end
	}
	words.Close()
	<-copied
}

func closeAll(files ...*os.File) {
	for _, f := range files {
		f.Close()
	}
}

func (r *Runner) readLines() {
	lines := bufio.NewReader(r.out)
	for {
		text, err := protocol.ReadLine(lines)
		select {
		case r.lines <- line{text, err}:
		case <-r.stop:
			return
		}
		if err != nil {
			return
		}
	}
}

// Call asks the runner, and decodes its result. An error that the runner states
// is that of the operation: the session goes on. Any other is a *Failure, and
// the runner is gone; so it is once ctx is done, when the error is ctx's. A
// result that comes while a cancelled runner ends is decoded nevertheless.
func (r *Runner) Call(ctx context.Context, op protocol.Op, params, result any, limit time.Duration) error {
	if r.failure != nil {
		return r.failure
	}
	if err := r.send(op, params); err != nil {
		return err
	}
	timer, look := time.NewTimer(limit), time.NewTicker(lookInterval)
	defer timer.Stop()
	defer look.Stop()
	if op == protocol.OpRun {
		look.Stop() // nothing disturbs a measurement
	}
	for {
		select {
		case l := <-r.lines:
			if !r.progress(l) {
				return r.receive(op, l, result)
			}
		case <-r.exited:
			return r.lastLine(op, result)
		case <-look.C:
			r.notePeak()
		case <-timer.C:
			return r.fail(TimedOut, fmt.Sprintf("did not answer %q within %v", op, limit))
		case <-ctx.Done():
			r.cancelled(op, result)
			r.failure = ctx.Err()
			return r.failure
		}
	}
}

// progress passes on a line that only says what the request is at, and reports
// whether this was one.
func (r *Runner) progress(l line) bool {
	var reply protocol.Reply
	if l.err != nil || json.Unmarshal(l.text, &reply) != nil || reply.ID != r.id || reply.Progress == "" || reply.Result != nil || reply.Error != "" {
		return false
	}
	if r.command.Tell != nil {
		r.command.Tell(visible.Line(reply.Progress))
	}
	return true
}

// lookInterval is how often the memory of a runner that loads is looked at, so
// that its failure can tell it.
const lookInterval = 50 * time.Millisecond

// send writes a request. A runner that does not read is one that does not
// answer: the limit of a write is short, since a pipe holds most requests.
func (r *Runner) send(op protocol.Op, params any) error {
	text, err := json.Marshal(params)
	if err != nil {
		return err
	}
	r.id++
	r.in.SetWriteDeadline(time.Now().Add(writeLimit)) // where the system has none, a write may block
	err = protocol.WriteLine(r.in, protocol.Request{ID: r.id, Op: op, Params: text})
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return r.fail(TimedOut, fmt.Sprintf("did not read %q within %v", op, writeLimit))
	}
	return r.crashed(op)
}

const writeLimit = time.Minute

// lastLine takes what a runner that is gone may have said before.
func (r *Runner) lastLine(op protocol.Op, result any) error {
	select {
	case l := <-r.lines:
		return r.receive(op, l, result)
	case <-time.After(r.command.Grace):
		return r.crashed(op)
	}
}

// receive takes a reply.
func (r *Runner) receive(op protocol.Op, l line, result any) error {
	if errors.Is(l.err, protocol.ErrTooLong) {
		return r.fail(Garbage, fmt.Sprintf("answered %q with garbage: %v", op, l.err))
	}
	if l.err != nil {
		return r.crashed(op)
	}
	var reply protocol.Reply
	err := json.Unmarshal(l.text, &reply)
	if err == nil && reply.ID != r.id {
		err = fmt.Errorf("it is of request %d, and this is request %d", reply.ID, r.id)
	}
	if err == nil && reply.Error == "" {
		err = json.Unmarshal(reply.Result, result)
	}
	if err != nil {
		return r.fail(Garbage, fmt.Sprintf("answered %q with garbage, %s: %v", op, quote(l.text), err))
	}
	r.notePeak()
	if reply.Error != "" {
		return fmt.Errorf("%s", reply.Error)
	}
	return nil
}

// crashed is the failure of a runner that ended, or closed its pipe, unasked.
func (r *Runner) crashed(op protocol.Op) error {
	select {
	case <-r.exited:
	case <-time.After(r.command.Grace):
		return r.fail(Garbage, fmt.Sprintf("closed its pipe instead of answering %q", op))
	}
	kind, how := r.kills.explain(r.process.ProcessState, op, r.peak)
	return r.fail(kind, how)
}

// fail ends the runner and makes its failure.
func (r *Runner) fail(kind Kind, what string) error {
	r.end(true)
	f := &Failure{Kind: kind, What: what, LastWords: r.messages.String()}
	f.Framework = r.Hello.Framework
	r.failure = f
	return f
}

// cancelled lets a runner finish what it is at, and ends it.
func (r *Runner) cancelled(op protocol.Op, result any) {
	id := r.id
	if r.send(protocol.OpClose, struct{}{}) == nil {
		select {
		case l := <-r.lines:
			r.id = id
			_ = r.receive(op, l, result) // what it has is better than nothing
		case <-r.exited:
		case <-time.After(r.command.Grace):
		}
	}
	r.end(false)
}

// Close asks the runner to end and waits until it and its process group are
// gone. It may be called again.
func (r *Runner) Close() {
	if !r.ended && r.failure == nil {
		r.notePeak()
		_ = r.send(protocol.OpClose, struct{}{}) // it ends in any case
	}
	r.end(false)
}

// EndsAlone reports whether a runner that answered a close, or whose requests
// end now, ends by itself within the grace. It is gone afterwards in any case.
func (r *Runner) EndsAlone(hangUp bool) bool {
	if hangUp {
		r.in.Close()
	}
	alone := r.gone()
	r.end(!alone)
	return alone
}

// end waits for the process to end by itself, unless at once, then terminates,
// then kills it, and waits for all that belongs to it.
func (r *Runner) end(atOnce bool) {
	if r.ended {
		return
	}
	r.ended = true
	r.in.Close()
	if atOnce || !r.gone() {
		if !atOnce {
			r.group.terminate()
		}
		if atOnce || !r.gone() {
			r.group.kill()
		}
	}
	<-r.exited
	close(r.stop)
	r.out.Close()
	r.workers.Wait()
	r.group.release()
}

// gone reports whether the process ends within the grace. Its lines are
// dropped: it may be waiting for somebody to read them.
func (r *Runner) gone() bool {
	timer := time.NewTimer(r.command.Grace)
	defer timer.Stop()
	lines := r.lines
	for {
		select {
		case <-r.exited:
			return true
		case l := <-lines:
			if l.err != nil {
				lines = nil // there are no more
			}
		case <-timer.C:
			return false
		}
	}
}

// CPU is what the runner and all processes of its group have used of the processors until now; false
// where the system does not tell.
func (r *Runner) CPU() (time.Duration, bool) { return r.group.cpu() }

// Peak is the most memory that the process has had resident, so far.
func (r *Runner) Peak() sensor.Reading { return r.peak }

func (r *Runner) notePeak() {
	if peak := peakOf(r.process.Process.Pid); peak.Known() || !r.peak.Known() {
		r.peak = peak
	}
}

const peakName = "peak resident memory"

func noPeak(reason string) sensor.Reading {
	return sensor.Reading{Name: peakName, Unit: sensor.Bytes, Status: sensor.Unreadable, Reason: reason}
}
