// Package runnertest is a fake runner: the test's own binary, which behaves as
// it is told.
package runnertest

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"edgebench/executor/framework/protocol"
	"edgebench/executor/framework/runner"
)

const (
	behaviourVariable = "EDGEBENCH_TEST_RUNNER"
	addressVariable   = "EDGEBENCH_TEST_ADDRESS"
)

// Behaviour is what the fake does.
type Behaviour string

// The behaviours. Each but the first two happens when a model is loaded, unless
// it says otherwise.
const (
	OK          Behaviour = "ok"
	WrongModel  Behaviour = "says why it cannot load"
	Crash       Behaviour = "crashes"
	Kills       Behaviour = "is killed"
	Hang        Behaviour = "hangs"
	Stubborn    Behaviour = "hangs and ignores SIGTERM"
	Garbage     Behaviour = "answers garbage"
	OtherID     Behaviour = "answers another request"
	Huge        Behaviour = "answers a line without end"
	Chatty      Behaviour = "prints on all streams"
	Slow        Behaviour = "says what it is at"
	Forks       Behaviour = "leaves a child behind and crashes"
	ClosesPipe  Behaviour = "closes its pipe and goes on"
	NewVersion  Behaviour = "greets with another version"
	NoName      Behaviour = "greets without a name"
	WrongCount  Behaviour = "runs fewer inferences than it was told"
	Overlaps    Behaviour = "runs two inferences at once"
	WrongSize   Behaviour = "writes fewer outputs than it says"
	WrongOutput Behaviour = "computes something else"
	Greedy      Behaviour = "runs with three threads and a child, however many it was told"
	burner      Behaviour = "is the greedy one's child"
	orphan      Behaviour = "is the child left behind"
)

// Main is the fake where the test binary was started as one. TestMain calls it.
func Main() {
	b := Behaviour(os.Getenv(behaviourVariable))
	if b == "" {
		return
	}
	switch b {
	case orphan:
		beOrphan()
	case burner:
		burn(Burnt)
		os.Exit(0)
	}
	in, out, err := runner.Pipes()
	if err == nil {
		err = fake{b, out}.serve(in)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Command returns the arguments and the environment that start the fake.
func Command(t testing.TB, b Behaviour) (args, environment []string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return []string{self}, []string{behaviourVariable + "=" + string(b)}
}

// Watch returns the environment that lets a child left behind be watched, and a
// function that returns once that is gone.
func Watch(t testing.TB) (environment string, gone func() error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return addressVariable + "=" + listener.Addr().String(), func() error {
		c, err := listener.Accept()
		if err != nil {
			return err
		}
		defer c.Close()
		io.Copy(io.Discard, c) // ends, whichever way the child does
		return nil
	}
}

// beOrphan holds a connection, and all pipes, for ever.
func beOrphan() {
	c, err := net.Dial("tcp", os.Getenv(addressVariable))
	if err == nil {
		fmt.Fprintln(c, "alive")
	}
	fmt.Println("connected")
	wait()
}

func wait() {
	forever := make(chan os.Signal, 1)
	signal.Notify(forever, syscall.SIGHUP) // which nobody sends
	<-forever
}

type fake struct {
	behaviour Behaviour
	out       *os.File
}

func (f fake) serve(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := protocol.ReadLine(lines)
		if err != nil {
			return err
		}
		var r protocol.Request
		if err := json.Unmarshal(line, &r); err != nil {
			return err
		}
		if err := f.answer(r); err != nil {
			return err
		}
		if r.Op == protocol.OpClose {
			return nil
		}
	}
}

func (f fake) answer(r protocol.Request) error {
	switch r.Op {
	case protocol.OpHello:
		return f.reply(r, f.hello())
	case protocol.OpLoad:
		return f.load(r)
	case protocol.OpRun:
		return f.run(r)
	case protocol.OpOutput:
		return f.output(r)
	}
	return f.reply(r, struct{}{})
}

func (f fake) reply(r protocol.Request, result any) error {
	text, err := json.Marshal(result)
	if err != nil {
		return err
	}
	return protocol.WriteLine(f.out, protocol.Reply{ID: r.ID, Result: text})
}

func (f fake) hello() protocol.Hello {
	h := protocol.Hello{
		Protocol: protocol.Version, Framework: "Fake", Version: "1.0",
		Devices: []string{"cpu"}, Optimizations: []string{}, Precisions: []string{"fp32"},
	}
	switch f.behaviour {
	case NewVersion:
		h.Protocol++
	case NoName:
		h.Framework = ""
	}
	return h
}

func (f fake) load(r protocol.Request) error {
	switch f.behaviour {
	case WrongModel:
		return protocol.WriteLine(f.out, protocol.Reply{ID: r.ID, Error: "no such operator"})
	case Crash:
		fmt.Fprintln(os.Stderr, "loading\nfatal: out of cheese")
		os.Exit(3)
	case Kills:
		return kill()
	case Hang:
		wait()
	case Stubborn:
		signal.Ignore(syscall.SIGTERM)
		fmt.Fprintln(os.Stderr, "I stay")
		wait()
	case Garbage:
		_, err := fmt.Fprintln(f.out, "Loading model... done")
		return err
	case OtherID:
		return protocol.WriteLine(f.out, protocol.Reply{ID: r.ID + 1, Result: json.RawMessage("{}")})
	case Huge:
		return f.flood()
	case Chatty:
		fmt.Println(`{"id": 2, "result": {}}`)
		fmt.Fprintln(os.Stderr, strings.Repeat("warning\n", 1<<14))
	case Slow:
		for _, words := range []string{"tuning", "tuning, 1 of 2 \x1b[2J"} {
			if err := protocol.WriteLine(f.out, protocol.Reply{ID: r.ID, Progress: words}); err != nil {
				return err
			}
		}
	case Forks:
		return fork()
	case ClosesPipe:
		f.out.Close()
		wait()
	}
	return f.reply(r, protocol.Loaded{LoadNS: 5, Threads: 1})
}

func kill() error {
	p, err := os.FindProcess(os.Getpid())
	if err != nil {
		return err
	}
	return p.Kill()
}

// flood writes until nobody reads any more.
func (f fake) flood() error {
	text := []byte(strings.Repeat("x", 1<<20))
	for {
		if _, err := f.out.Write(text); err != nil {
			return err
		}
	}
}

// fork starts a child, waits until that is watched, and crashes.
func fork() error {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), behaviourVariable+"="+string(orphan))
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		return err
	}
	return errors.New("a child is left behind")
}

// Burnt is the processor time that a greedy runner takes at least for each run, and its child as much again.
const Burnt = 300 * time.Millisecond

// gorge takes processor time in several threads and in a child.
func gorge() error {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), behaviourVariable+"="+string(burner))
	if err := c.Start(); err != nil {
		return err
	}
	var threads sync.WaitGroup
	for range 3 {
		threads.Go(func() { burn(Burnt / 3) })
	}
	threads.Wait()
	return c.Wait()
}

// burn takes processor time in one thread.
func burn(least time.Duration) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for begin := threadTime(); threadTime()-begin < least; {
		for range 1 << 16 { // far longer than looking at the clock
		}
	}
}

// run takes 10 ns an inference.
func (f fake) run(r protocol.Request) error {
	var p protocol.RunParams
	if err := json.Unmarshal(r.Params, &p); err != nil {
		return err
	}
	apart := int64(10)
	switch f.behaviour {
	case Greedy:
		if err := gorge(); err != nil {
			return err
		}
	case WrongCount:
		p.N--
	case Overlaps:
		apart = 5
	}
	b := protocol.Batch{StartNS: []int64{}, DurationNS: []int64{}, Usage: &protocol.Usage{CPUNS: 9}}
	for i := range int64(p.N) {
		b.StartNS, b.DurationNS = append(b.StartNS, i*apart), append(b.DurationNS, 10)
	}
	return f.reply(r, b)
}

// output is 1 and 1.
func (f fake) output(r protocol.Request) error {
	var p protocol.OutputParams
	if err := json.Unmarshal(r.Params, &p); err != nil {
		return err
	}
	ones := []byte{0, 0, 0x80, 0x3f, 0, 0, 0x80, 0x3f}
	switch f.behaviour {
	case WrongSize:
		ones = ones[:4]
	case WrongOutput:
		ones[3] = 0
	}
	if err := os.WriteFile(p.File, ones, 0o600); err != nil {
		return err
	}
	return f.reply(r, protocol.Output{Elements: []int64{2}})
}
